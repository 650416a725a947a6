import { connectUser, openLedger } from '../../unit/ledger/embedded/harness.js';
import { describeLedger } from './conformance.js';

describeLedger('the embedded ledger', async () => {
  const ledger = await openLedger();
  return {
    client: await connectUser(ledger, 'User1', 'Org1MSP'),
    other: await connectUser(ledger, 'User1', 'Org2MSP'),
    connect: () => connectUser(ledger, 'User1', 'Org1MSP'),
    close: () => ledger.close(),
  };
});
