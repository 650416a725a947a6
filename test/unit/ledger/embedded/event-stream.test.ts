import assert from 'node:assert/strict';
import type { LedgerEvent } from '@gridveil/client/ledger/port.js';
import { connectUser, entry, openLedger, simulate } from './harness.js';

describe('the event stream', () => {
  it('rejects a checkpoint whose transaction is not in its block', async () => {
    const session = await connectUser(await openLedger());
    await session.submit({ contract: 'conformance', name: 'Put', argument: entry('k', 'v') });
    const events = session.events({ after: { blockNumber: 0, transactionId: 'ff' } });
    await assert.rejects(events[Symbol.asyncIterator]().next(), { name: 'LedgerError', code: 'REJECTED' });
  });

  it('leaves out invalid transactions', async () => {
    const ledger = await openLedger();
    const stale = await simulate(ledger, 'Put', entry('k', 'v'));
    await ledger.order(stale);
    await ledger.order(stale);
    const session = await connectUser(ledger);
    const last = await session.submit({ contract: 'conformance', name: 'Put', argument: entry('l', 'v') });
    const seen: string[] = [];
    for await (const event of session.events()) {
      seen.push(event.transactionId);
      if (event.transactionId === last.transactionId) break;
    }
    assert.deepEqual(seen, [stale.proposal.transactionId, last.transactionId]);
  });

  it('gives every event once to readers that start at any time while others write', async () => {
    const ledger = await openLedger({ maxMessageCount: 3, checkDeterminism: false });
    const session = await connectUser(ledger);
    const total = 60;
    const read = async (): Promise<LedgerEvent[]> => {
      const events: LedgerEvent[] = [];
      for await (const event of session.events()) if (events.push(event) === total) break;
      return events;
    };
    const readers = [read()];
    const receipts = await Promise.all(
      Array.from({ length: total }, async (_, i) => {
        const receipt = await session.submit({
          contract: 'conformance',
          name: 'Put',
          argument: entry(`k${i}`, 'v'),
        });
        if (i % 20 === 0) readers.push(read());
        return receipt;
      }),
    );
    const inOrder = [...ledger.blocks()].flatMap(({ transactions }) =>
      transactions.map((t) => t.transactionId),
    );
    assert.equal(inOrder.length, receipts.length);
    for (const events of await Promise.all(readers))
      assert.deepEqual(
        events.map((event) => event.transactionId),
        inOrder,
      );
  });

  it('ends without an event when its signal has aborted before', async () => {
    const session = await connectUser(await openLedger());
    await session.submit({ contract: 'conformance', name: 'Put', argument: entry('k', 'v') });
    const next = session.events({ signal: AbortSignal.abort() })[Symbol.asyncIterator]().next();
    assert.equal((await next).done, true);
  });
});
