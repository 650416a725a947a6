/** The embedded ledger as other processes of the host see it. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import { LedgerError } from '@gridveil/client/ledger/ledger-error.js';
import { startLedgerServer } from '@gridveil/client/ledger/served/ledger-server.js';
import { ServedLedger } from '@gridveil/client/ledger/served/served-ledger.js';
import { createLog } from '@gridveil/client/operations/log.js';
import { connectUser, openLedger } from '../../unit/ledger/embedded/harness.js';
import { describeLedger } from './conformance.js';

const TOKEN = 'a token of this test';

async function serve() {
  const ledger = await openLedger();
  const directory: LedgerDirectory = {
    kind: 'embedded',
    description: 'of a test',
    users: () => undefined,
    connect: (mspId, user) => connectUser(ledger, user, mspId),
    close: () => ledger.close(),
  };
  const sink = new Writable({ write: (_, __, done) => done() });
  const log = createLog('ledger', 'debug', sink);
  const start = (port: number) =>
    startLedgerServer({ host: '127.0.0.1', port, directory, token: TOKEN, log });
  return { ledger, start, server: await start(0) };
}

describeLedger('the embedded ledger in another process', async () => {
  const { ledger, server } = await serve();
  const connect = (mspId: string) => ServedLedger.connect({ url: server.url, token: TOKEN }, mspId, 'User1');
  return {
    client: await connect('Org1MSP'),
    other: await connect('Org2MSP'),
    connect: () => connect('Org1MSP'),
    close: async () => {
      await server.close();
      await ledger.close();
    },
  };
});

describe('a served ledger', () => {
  const get = { contract: 'conformance', name: 'Get', argument: 'no-such-key' };

  it('lets in nobody without its token, and no identity that is not there', async () => {
    const { server } = await serve();
    const rejected = (error: unknown) => error instanceof LedgerError && error.code === 'REJECTED';
    for (const token of ['', 'a token of this tesT', `${TOKEN}x`])
      await assert.rejects(ServedLedger.connect({ url: server.url, token }, 'Org1MSP', 'User1'), rejected);
    await assert.rejects(
      ServedLedger.connect({ url: server.url, token: TOKEN }, 'Org9MSP', 'User1'),
      rejected,
    );
    await server.close();
  });

  it('is found again after a restart, and says when it is not', async () => {
    const { server, start } = await serve();
    const session = await ServedLedger.connect(
      { url: server.url, token: TOKEN, readinessMs: 5_000 },
      'Org1MSP',
      'User1',
    );
    await session.submit({ contract: 'conformance', name: 'Put', argument: '{"key":"k-1","value":"v"}' });
    await server.close();
    const waiting = session.evaluate({ ...get, argument: 'k-1' });
    const again = await start(Number(new URL(server.url).port));
    assert.equal(await waiting, 'v');
    await again.close();
    const impatient = { url: server.url, token: TOKEN, readinessMs: 0 };
    await assert.rejects(ServedLedger.connect(impatient, 'Org1MSP', 'User1'), { code: 'UNAVAILABLE' });
    await session.close();
    await assert.rejects(session.evaluate(get), { code: 'CLOSED' });
  });
});
