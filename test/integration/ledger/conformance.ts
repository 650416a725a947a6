/**
 * What a party may rely on, whichever ledger it talks to: run against every adapter of the ledger port.
 *
 * A harness gives two sessions on a ledger where `ConformanceContract` is deployed. The ledger may hold data of earlier
 * runs: each case uses keys of its own.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusal, StateConflictError, NotFoundError } from '@gridveil/chaincode/errors.js';
import { LedgerError } from '@gridveil/client/ledger/ledger-error.js';
import type { CommitReceipt, EventCheckpoint, Ledger, LedgerEvent } from '@gridveil/client/ledger/port.js';

export interface LedgerHarness {
  /** Session of a client of the first organisation. */
  readonly client: Ledger;
  /** Session of a client of another organisation. */
  readonly other: Ledger;
  /** A further session like `client`. */
  connect(): Promise<Ledger>;
  close(): Promise<void>;
}

export function describeLedger(name: string, makeHarness: () => Promise<LedgerHarness>): void {
  describe(`the ledger port on ${name}`, () => {
    let harness: LedgerHarness;
    before(async () => {
      harness = await makeHarness();
    });
    after(() => harness.close());

    describeTransactions(() => harness);
    describeReading(() => harness);
    describeConcurrency(() => harness);
    describeEvents(() => harness);
    describeSessions(() => harness);
  });
}

const uniqueKey = (): string => `k-${randomUUID()}`;
const put = (ledger: Ledger, key: string, value: string): Promise<CommitReceipt> =>
  submit(ledger, 'Put', JSON.stringify({ key, value }));
const submit = (ledger: Ledger, name: string, argument: string): Promise<CommitReceipt> =>
  ledger.submit({ contract: 'conformance', name, argument });
const evaluate = (ledger: Ledger, name: string, argument: string): Promise<string> =>
  ledger.evaluate({ contract: 'conformance', name, argument });

/** The value of `key`; another organisation's peer may be a block behind the one that reported the commit. */
async function eventually(ledger: Ledger, key: string, wanted: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const value = await evaluate(ledger, 'Get', key);
    if (value === wanted || attempt === 50) return value;
    await sleep(100);
  }
}

const firstOf = (events: AsyncIterable<LedgerEvent>): Promise<IteratorResult<LedgerEvent>> =>
  events[Symbol.asyncIterator]().next();

/** The error must be a LedgerError of `code` whose message contains `text`. */
const ledgerError =
  (code: string, text = '') =>
  (error: unknown): boolean => {
    assert.ok(error instanceof LedgerError, `expected a LedgerError, got ${String(error)}`);
    assert.equal(error.code, code);
    assert.ok(error.message.includes(text), `expected "${text}" in "${error.message}"`);
    return true;
  };

function describeTransactions(harness: () => LedgerHarness): void {
  describe('transactions', () => {
    it("refuses with the contract's own error, class and facts, and writes nothing", async () => {
      const key = uniqueKey();
      await assert.rejects(
        submit(harness().client, 'PutThenRefuse', JSON.stringify({ key, value: 'v' })),
        (error: unknown) => {
          assert.ok(error instanceof NotFoundError);
          assert.ok(!(error instanceof StateConflictError));
          assert.deepEqual([error.code, error.facts], ['SLOT_UNKNOWN', { slot: 7 }]);
          assert.equal(error.message, refusal('SLOT_UNKNOWN', { slot: 7 }).message);
          return true;
        },
      );
      assert.equal(await evaluate(harness().client, 'Get', key), '');
    });

    it('reports any other failure of a contract as REJECTED with its text', async () => {
      await assert.rejects(
        submit(harness().client, 'Fail', 'plain trouble'),
        ledgerError('REJECTED', 'plain trouble'),
      );
      await assert.rejects(
        evaluate(harness().client, 'Fail', 'plain trouble'),
        ledgerError('REJECTED', 'plain trouble'),
      );
    });

    it('rejects unknown contracts and transactions', async () => {
      await assert.rejects(submit(harness().client, 'NoSuchTransaction', ''), ledgerError('REJECTED'));
      await assert.rejects(
        harness().client.evaluate({ contract: 'nowhere', name: 'Get', argument: '' }),
        ledgerError('REJECTED', 'nowhere'),
      );
    });

    it('returns the result, a transaction id and the block, and everybody sees the state', async () => {
      const key = uniqueKey();
      const receipt = await put(harness().client, key, 'v1');
      assert.equal(receipt.result, `stored ${key}`);
      assert.match(receipt.transactionId, /^[0-9a-f]{64}$/);
      assert.ok(Number.isSafeInteger(receipt.blockNumber));
      assert.equal(await evaluate(harness().client, 'Get', key), 'v1');
      assert.equal(await eventually(harness().other, key, 'v1'), 'v1');
    });

    it('brings transient data to the contract, by name', async () => {
      const [key, { client }] = [uniqueKey(), harness()];
      const call = { contract: 'conformance', name: 'PutTransient', argument: key };
      assert.equal((await client.submit(call)).result, '');
      const transient = { value: Buffer.from('beside, ä'), other: new Uint8Array() };
      assert.equal((await client.submit({ ...call, transient })).result, 'other,value');
      assert.equal(await evaluate(client, 'Get', key), 'beside, ä');
    });

    it('gives every transaction another id and never an earlier block', async () => {
      const first = await put(harness().client, uniqueKey(), 'v');
      const second = await put(harness().client, uniqueKey(), 'v');
      assert.notEqual(first.transactionId, second.transactionId);
      assert.ok(second.blockNumber > first.blockNumber);
    });

    it('shows a transaction the state before its own writes', async () => {
      const key = uniqueKey();
      const { result } = await submit(harness().client, 'PutThenRead', JSON.stringify({ key, value: 'new' }));
      assert.equal(result, '');
      const again = await submit(harness().client, 'PutThenRead', JSON.stringify({ key, value: 'newer' }));
      assert.equal(again.result, 'new');
    });

    it('deletes, and takes an empty value for a deletion', async () => {
      for (const remove of [
        (key: string) => submit(harness().client, 'Delete', key),
        (key: string) => put(harness().client, key, ''),
      ]) {
        const key = uniqueKey();
        await put(harness().client, key, 'v');
        await remove(key);
        const range = JSON.stringify({ start: key, end: `${key}~` });
        assert.equal(await evaluate(harness().client, 'Range', range), '[]');
      }
    });

    it('writes nothing when a writing transaction is only evaluated', async () => {
      const key = uniqueKey();
      assert.equal(
        await evaluate(harness().client, 'Put', JSON.stringify({ key, value: 'v' })),
        `stored ${key}`,
      );
      assert.equal(await evaluate(harness().client, 'Get', key), '');
    });

    it('carries any text both ways', async () => {
      for (const text of ['', '"', 'Zähler \u0000 \u{1F50C} \uffff', 'x'.repeat(400_000)])
        assert.equal(await evaluate(harness().client, 'Echo', text), text);
    });

    it('shows the contract the identity the session names, the channel and the time', async () => {
      for (const ledger of [harness().client, harness().other]) {
        const seen = JSON.parse(await evaluate(ledger, 'WhoAmI', '')) as Record<string, string>;
        assert.deepEqual({ mspId: seen['mspId'], subject: seen['subject'] }, { ...ledger.identity });
        assert.match(ledger.identity.subject, /^C=US,ST=California,L=San Francisco,OU=(client|admin),CN=/);
        assert.match(
          String(seen['id']),
          /^x509::\/C=US\/ST=California\/L=San Francisco\/OU=\w+\/CN=.+::\/C=US/,
        );
        assert.equal(seen['channel'], ledger.channel);
        assert.ok(Math.abs(Date.parse(String(seen['time'])) - Date.now()) < 60_000);
      }
      assert.notEqual(harness().client.identity.mspId, harness().other.identity.mspId);
    });
  });
}

function describeReading(harness: () => LedgerHarness): void {
  describe('reading ranges', () => {
    it('excludes the end key and orders keys by their UTF-8 bytes', async () => {
      const start = uniqueKey();
      const keys = ['', '-1', '-10', '-2', '-ä', '-\uffee', '-\u{1F50C}'].map((end) => start + end);
      await Promise.all([...keys].reverse().map((key) => put(harness().client, key, `value of ${key}`)));
      const read = async (end: string): Promise<string[]> => {
        const found = await evaluate(harness().client, 'Range', JSON.stringify({ start, end }));
        return (JSON.parse(found) as [string, string][]).map(([key, value]) => {
          assert.equal(value, `value of ${key}`);
          return key;
        });
      };
      assert.deepEqual(await read(`${start}~`), keys);
      assert.deepEqual(await read(`${start}-2`), keys.slice(0, 3));
      assert.deepEqual(await read(start), []);
    });

    it('reads pages with the next key as bookmark', async () => {
      const start = uniqueKey();
      const keys = Array.from({ length: 5 }, (_, i) => `${start}-${i}`);
      await Promise.all(keys.map((key) => put(harness().client, key, 'v')));
      const page = async (bookmark: string): Promise<unknown> =>
        JSON.parse(
          await evaluate(
            harness().client,
            'Page',
            JSON.stringify({ start, end: `${start}~`, size: 2, bookmark }),
          ),
        );
      assert.deepEqual(await page(''), { keys: keys.slice(0, 2), bookmark: keys[2], count: 2 });
      assert.deepEqual(await page(`${start}-2`), { keys: keys.slice(2, 4), bookmark: keys[4], count: 2 });
      assert.deepEqual(await page(`${start}-4`), { keys: keys.slice(4), bookmark: '', count: 1 });
    });

    it('refuses to mix pages and writes in one transaction', async () => {
      for (const name of ['WriteAfterPage', 'PageAfterWrite'])
        await assert.rejects(submit(harness().client, name, uniqueKey()), ledgerError('REJECTED'));
    });

    it('finds composite keys by their first parts, and only by whole parts', async () => {
      const group = uniqueKey();
      for (const [name, id] of [
        [group, 'b'],
        [group, 'a'],
        [`${group}x`, 'c'],
      ])
        await submit(harness().client, 'AddCounted', JSON.stringify({ group: name, id }));
      assert.deepEqual(JSON.parse(await evaluate(harness().client, 'Items', group)), [
        [[group, 'a'], '1'],
        [[group, 'b'], '0'],
      ]);
      const simpleKeys = await evaluate(harness().client, 'Range', JSON.stringify({ start: '', end: '' }));
      assert.ok(!simpleKeys.includes(group), 'composite keys must not show up among simple keys');
    });
  });
}

function describeConcurrency(harness: () => LedgerHarness): void {
  describe('concurrent transactions', () => {
    it('loses no update of a key', async () => {
      const key = uniqueKey();
      const ledgers = [harness().client, harness().other, harness().client];
      const receipts = await Promise.all(ledgers.map((ledger) => submit(ledger, 'Increment', key)));
      assert.deepEqual(receipts.map(({ result }) => result).sort(), ['1', '2', '3']);
      assert.equal(await eventually(harness().client, key, '3'), '3');
    });

    it('lets no key slip into a range that another transaction has read', async () => {
      const group = uniqueKey();
      const receipts = await Promise.all(
        ['a', 'b', 'c'].map((id) => submit(harness().client, 'AddCounted', JSON.stringify({ group, id }))),
      );
      assert.deepEqual(receipts.map(({ result }) => result).sort(), ['0', '1', '2']);
    });
  });
}

function describeEvents(harness: () => LedgerHarness): void {
  describe('events', () => {
    const expected = (receipt: CommitReceipt, key: string): LedgerEvent => ({
      name: 'Put',
      transactionId: receipt.transactionId,
      blockNumber: receipt.blockNumber,
      payload: JSON.stringify({ key, value: 'v' }),
    });

    /** The next `count` events after the checkpoint. */
    const take = async (after: EventCheckpoint, count: number): Promise<LedgerEvent[]> => {
      const stop = new AbortController();
      const events: LedgerEvent[] = [];
      for await (const event of harness().other.events({ after, signal: stop.signal })) {
        events.push(event);
        if (events.length === count) stop.abort();
      }
      return events;
    };

    it('come in ledger order with name, payload, transaction and block, none for refused or silent transactions', async () => {
      const { client } = harness();
      const start = await put(client, uniqueKey(), 'v');
      const [first, second] = [uniqueKey(), uniqueKey()];
      const one = await put(client, first, 'v');
      await submit(client, 'PutWithoutEvent', JSON.stringify({ key: uniqueKey(), value: 'v' }));
      await assert.rejects(submit(client, 'PutThenRefuse', JSON.stringify({ key: uniqueKey(), value: 'v' })));
      await evaluate(client, 'Put', JSON.stringify({ key: uniqueKey(), value: 'v' }));
      const two = await put(client, second, 'v');
      assert.deepEqual(await take(start, 2), [expected(one, first), expected(two, second)]);
    });

    it('go on after a transaction of a block, or after the whole block', async () => {
      const { client } = harness();
      const keys = Array.from({ length: 6 }, uniqueKey);
      const start = await put(client, uniqueKey(), 'v');
      const receipts = await Promise.all(keys.map((key) => put(client, key, 'v')));
      await put(client, uniqueKey(), 'v');
      const all = await take(start, keys.length + 1);
      assert.deepEqual(
        all
          .slice(0, -1)
          .map((event) => event.transactionId)
          .sort(),
        receipts.map((receipt) => receipt.transactionId).sort(),
      );
      for (const [i, event] of all.slice(0, -1).entries())
        assert.deepEqual(await take(event, all.length - i - 1), all.slice(i + 1));
      const { blockNumber } = all[0] as LedgerEvent;
      const later = all.filter((event) => event.blockNumber > blockNumber);
      assert.deepEqual(await take({ blockNumber }, later.length), later);
    });

    it('of one transaction are only the last one set', async () => {
      const start = await put(harness().client, uniqueKey(), 'v');
      const argument = uniqueKey();
      await submit(harness().client, 'TwoEvents', argument);
      const [event] = await take(start, 1);
      assert.deepEqual([event?.name, event?.payload], ['Second', argument]);
    });

    it('arrive while they happen, and end when the signal aborts', async () => {
      const start = await put(harness().client, uniqueKey(), 'v');
      const waiting = take(start, 2);
      const one = await put(harness().client, uniqueKey(), 'v');
      const two = await put(harness().client, uniqueKey(), 'v');
      assert.deepEqual(
        (await waiting).map((event) => event.transactionId),
        [one.transactionId, two.transactionId],
      );
      const stop = new AbortController();
      const silent = firstOf(harness().client.events({ after: two, signal: stop.signal }));
      stop.abort();
      assert.deepEqual(await silent, { done: true, value: undefined });
    });

    it('start with the first block when no checkpoint is given', async () => {
      const key = uniqueKey();
      const receipt = await put(harness().client, key, 'v');
      let last: LedgerEvent | undefined;
      let previousBlock = 0;
      for await (const event of harness().client.events()) {
        assert.ok(event.blockNumber >= previousBlock);
        previousBlock = event.blockNumber;
        last = event;
        if (event.transactionId === receipt.transactionId) break;
      }
      assert.deepEqual(last, expected(receipt, key));
    });
  });
}

function describeSessions(harness: () => LedgerHarness): void {
  describe('a closed session', () => {
    it('refuses transactions, ends its events and leaves other sessions alone', async () => {
      const session = await harness().connect();
      const receipt = await put(session, uniqueKey(), 'v');
      const waiting = firstOf(session.events({ after: receipt }));
      await session.close();
      assert.equal((await waiting).done, true);
      await assert.rejects(put(session, uniqueKey(), 'v'), ledgerError('CLOSED'));
      await assert.rejects(evaluate(session, 'Get', 'x'), ledgerError('CLOSED'));
      await put(harness().client, uniqueKey(), 'v');
    });
  });
}
