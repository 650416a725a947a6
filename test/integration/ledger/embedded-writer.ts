/** Child process of the crash test: writes to the embedded ledger in the folder given until it is killed. */
import { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { ConformanceContract } from './conformance-contract.js';

const WRITERS = 4;

/** Writes one key after the other; each acknowledged one is printed as `transaction id, block, key`. */
async function write(folder: string): Promise<never> {
  const ledger = await EmbeddedLedger.open({ folder, contracts: [ConformanceContract] });
  const session = ledger.connect(await ledger.membership.enrol('Org1MSP', 'User1'));
  for (let i = ledger.height; ; i++) {
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        const key = `${process.pid}-${i}-${writer}`;
        const argument = JSON.stringify({ key, value: key.repeat(50) });
        const receipt = await session.submit({ contract: 'conformance', name: 'Put', argument });
        process.stdout.write(`${receipt.transactionId} ${receipt.blockNumber} ${key}\n`);
      }),
    );
  }
}

void write(process.argv[2] ?? '');
