import assert from 'node:assert/strict';
import { Context, Contract, Returns, Transaction } from 'fabric-contract-api';
import { VALIDATION_CODE } from '@gridveil/client/ledger/embedded/block.js';
import type { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { decodeWriteSet } from '@gridveil/client/ledger/embedded/rw-set.js';
import { connectUser, entry, openLedger, simulate, temporaryFolder } from './harness.js';

const { VALID, DUPLICATE_TXID, MVCC_READ_CONFLICT, PHANTOM_READ_CONFLICT } = VALIDATION_CODE;

let localCounter = 0;

/** What peers of a real network would disagree about. */
class NoisyContract extends Contract {
  constructor() {
    super('noisy');
  }

  @Transaction()
  @Returns('string')
  async Call(context: Context, where: string): Promise<string> {
    const noise = Buffer.from(`${Date.now()} ${localCounter++}`);
    if (where === 'write') await context.stub.putState('k', noise);
    if (where === 'key') await context.stub.putState(noise.toString(), Buffer.from('v'));
    if (where === 'event') context.stub.setEvent('E', noise);
    if (where === 'outcome' && localCounter % 2 === 0) throw new Error('odd');
    return where === 'result' ? noise.toString() : '';
  }

  @Transaction()
  @Returns('string')
  async Clock(context: Context, key: string): Promise<string> {
    await context.stub.putState(key, Buffer.from(String(Date.now())));
    return '';
  }
}

/** Orders simulations so that they land in one block, and returns their codes. */
async function orderTogether(
  ledger: EmbeddedLedger,
  ...transactions: readonly [name: string, argument: string][]
): Promise<number[]> {
  const simulations = await Promise.all(
    transactions.map(([name, argument]) => simulate(ledger, name, argument)),
  );
  // The first is alone in its block; the rest waits while that is written.
  const first = ledger.order(await simulate(ledger, 'PutWithoutEvent', entry('first', 'v')));
  const outcomes = await Promise.all(simulations.map((simulation) => ledger.order(simulation)));
  await first;
  assert.equal(new Set(outcomes.map(({ blockNumber }) => blockNumber)).size, 1);
  return outcomes.map(({ validationCode }) => validationCode);
}

describe('the embedded ledger', () => {
  describe('validation', () => {
    it('refuses to order what the contract refused', async () => {
      const ledger = await openLedger();
      const refused = await simulate(ledger, 'Fail', 'no');
      assert.deepEqual([refused.status, refused.message], [500, 'no']);
      assert.throws(() => ledger.order(refused), RangeError);
      assert.equal(ledger.height, 0);
    });

    it('lets the first of two transactions on one version win, in one block', async () => {
      const ledger = await openLedger();
      assert.deepEqual(await orderTogether(ledger, ['Increment', 'k'], ['Increment', 'k']), [
        VALID,
        MVCC_READ_CONFLICT,
      ]);
    });

    it('lets the first win across blocks, and keeps the loser in its block', async () => {
      const ledger = await openLedger();
      const [winner, loser] = [
        await simulate(ledger, 'Increment', 'k'),
        await simulate(ledger, 'Increment', 'k'),
      ];
      assert.equal((await ledger.order(winner)).validationCode, VALID);
      const { validationCode, blockNumber } = await ledger.order(loser);
      assert.equal(validationCode, MVCC_READ_CONFLICT);
      const [recorded] = ledger.block(blockNumber).transactions;
      assert.deepEqual(
        [recorded?.transactionId, recorded?.validationCode],
        [loser.proposal.transactionId, MVCC_READ_CONFLICT],
      );
      const session = await connectUser(ledger);
      assert.equal(await session.evaluate({ contract: 'conformance', name: 'Get', argument: 'k' }), '1');
    });

    it('marks a phantom when a key appears in, vanishes from or changes in a range that was read', async () => {
      const item = (id: string): [string, string] => ['AddCounted', JSON.stringify({ group: 'g', id })];
      const ledger = await openLedger();
      assert.deepEqual(await orderTogether(ledger, item('a'), item('b')), [VALID, PHANTOM_READ_CONFLICT]);
      const range: [string, string] = ['Range', JSON.stringify({ start: 'r', end: 's' })];
      const puts: [string, string] = ['PutWithoutEvent', entry('r1', 'v')];
      assert.deepEqual(await orderTogether(ledger, puts, range), [VALID, PHANTOM_READ_CONFLICT]);
      assert.deepEqual(await orderTogether(ledger, puts, range), [VALID, PHANTOM_READ_CONFLICT]);
      assert.deepEqual(await orderTogether(ledger, ['Delete', 'r1'], range), [VALID, PHANTOM_READ_CONFLICT]);
      const after = await simulate(ledger, ...range);
      await ledger.order(await simulate(ledger, ...puts));
      assert.equal((await ledger.order(after)).validationCode, PHANTOM_READ_CONFLICT);
    });

    it('sees no phantom when the range is untouched, or only a missing key in it is deleted', async () => {
      const ledger = await openLedger();
      const range: [string, string] = ['Range', JSON.stringify({ start: 'r', end: 's' })];
      const outside: [string, string] = ['PutWithoutEvent', entry('s', 'v')];
      assert.deepEqual(await orderTogether(ledger, ['Delete', 'r1'], outside, range), [VALID, VALID, VALID]);
    });

    it('takes a transaction id once, in one block and across blocks', async () => {
      const ledger = await openLedger();
      const once = await simulate(ledger, 'PutWithoutEvent', entry('k', 'v'));
      const first = ledger.order(await simulate(ledger, 'PutWithoutEvent', entry('first', 'v')));
      const together = await Promise.all([ledger.order(once), ledger.order(once)]);
      await first;
      const later = await ledger.order(once);
      assert.deepEqual(
        [...together, later].map(({ validationCode }) => validationCode),
        [VALID, DUPLICATE_TXID, DUPLICATE_TXID],
      );
    });

    it('gives up with CONTENTION after five new proposals', async () => {
      // Each simulation of this contract is overtaken by another write before it is ordered.
      let overtake: () => Promise<unknown> = () => Promise.resolve();
      class Overtaken extends Contract {
        constructor() {
          super('overtaken');
        }
        @Transaction()
        @Returns('string')
        async Call(context: Context, key: string): Promise<string> {
          await context.stub.getState(key);
          await overtake();
          await context.stub.putState(key, Buffer.from('x'));
          return '';
        }
      }
      const { ConformanceContract } = await import('../../../integration/ledger/conformance-contract.js');
      const ledger = await openLedger({
        contracts: [Overtaken, ConformanceContract],
        checkDeterminism: false,
      });
      const session = await connectUser(ledger);
      let simulations = 0;
      overtake = () =>
        session.submit({
          contract: 'conformance',
          name: 'PutWithoutEvent',
          argument: entry('k', String(++simulations)),
        });
      await assert.rejects(session.submit({ contract: 'overtaken', name: 'Call', argument: 'k' }), {
        name: 'LedgerError',
        code: 'CONTENTION',
      });
      assert.equal(simulations, 6);
    });
  });

  describe('the determinism check', () => {
    it('refuses results, writes, events and outcomes that differ between two runs', async () => {
      const ledger = await openLedger({ contracts: [NoisyContract] });
      const session = await connectUser(ledger);
      for (const where of ['result', 'write', 'key', 'event', 'outcome'])
        await assert.rejects(
          session.submit({ contract: 'noisy', name: 'Call', argument: where }),
          { code: 'REJECTED', message: /not deterministic/ },
          where,
        );
      await session.submit({ contract: 'noisy', name: 'Call', argument: 'nowhere' });
    });

    it('refuses a contract that writes the time of day', async () => {
      const session = await connectUser(await openLedger({ contracts: [NoisyContract] }));
      for (let i = 0; i < 5; i++)
        await assert.rejects(session.submit({ contract: 'noisy', name: 'Clock', argument: 'k' }), {
          code: 'REJECTED',
          message: /not deterministic/,
        });
    });

    it('is off unless asked for', async () => {
      const session = await connectUser(
        await openLedger({ contracts: [NoisyContract], checkDeterminism: false }),
      );
      await session.submit({ contract: 'noisy', name: 'Call', argument: 'write' });
    });
  });

  describe('blocks', () => {
    it('hold at most maxMessageCount transactions and keep their order', async () => {
      const ledger = await openLedger({
        maxMessageCount: 10,
        batchTimeoutMs: 60_000,
        checkDeterminism: false,
      });
      const session = await connectUser(ledger);
      const keys = Array.from({ length: 25 }, (_, i) => `k${i}`);
      await Promise.all(
        keys.map((key) =>
          session.submit({ contract: 'conformance', name: 'PutWithoutEvent', argument: entry(key, 'v') }),
        ),
      );
      const blocks = [...ledger.blocks()];
      assert.deepEqual(
        blocks.map(({ transactions }) => transactions.length),
        [10, 10, 5],
      );
      const written = blocks.flatMap(({ transactions }) =>
        transactions.flatMap(({ writeSet }) => decodeWriteSet(writeSet).map(({ key }) => key)),
      );
      assert.deepEqual(written.sort(), keys.sort());
    });

    it('are cut at once when nothing else is on its way', async () => {
      const ledger = await openLedger({ batchTimeoutMs: 60_000 });
      const session = await connectUser(ledger);
      for (let i = 0; i < 3; i++)
        await session.submit({
          contract: 'conformance',
          name: 'PutWithoutEvent',
          argument: entry(`k${i}`, 'v'),
        });
      assert.equal(ledger.height, 3);
    });

    it('are cut after the timeout while a slow transaction is still being simulated', async () => {
      let release: () => void = () => undefined;
      const slow = new Promise<void>((resolve) => (release = resolve));
      class Slow extends Contract {
        constructor() {
          super('slow');
        }
        @Transaction()
        @Returns('string')
        async Call(_context: Context, wait: string): Promise<string> {
          if (wait === 'wait') await slow;
          return '';
        }
      }
      const ledger = await openLedger({ contracts: [Slow], checkDeterminism: false });
      const session = await connectUser(ledger);
      const waiting = session.submit({ contract: 'slow', name: 'Call', argument: 'wait' });
      const quick = await session.submit({ contract: 'slow', name: 'Call', argument: '' });
      assert.equal(quick.blockNumber, 0);
      release();
      assert.equal((await waiting).blockNumber, 1);
    });

    it('follow each other by hash', async () => {
      const ledger = await openLedger();
      const session = await connectUser(ledger);
      for (const key of ['a', 'b', 'c'])
        await session.submit({ contract: 'conformance', name: 'Put', argument: entry(key, 'v') });
      const [first, second, third] = [...ledger.blocks()];
      assert.deepEqual(second?.previousHash, first?.hash);
      assert.deepEqual(third?.previousHash, second?.hash);
      assert.deepEqual([...ledger.blocks(2)].length, 1);
    });
  });

  describe('its life', () => {
    it('says in one line that it is one node and what to use instead', async () => {
      const ledger = await openLedger();
      assert.match(ledger.describe(), /one node .+ use Fabric\.$/);
    });

    it('refuses a folder that is already open', async () => {
      const folder = await temporaryFolder();
      const ledger = await openLedger({ folder });
      await assert.rejects(openLedger({ folder }), { name: 'LedgerError', code: 'LOCKED' });
      await ledger.close();
      await (await openLedger({ folder })).close();
    });

    it('refuses a folder of another channel or chaincode, and names what it holds', async () => {
      const folder = await temporaryFolder();
      await (await openLedger({ folder, channel: 'one', chaincodeName: 'grid' })).close();
      for (const names of [{ channel: 'two', chaincodeName: 'grid' }, { channel: 'one' }])
        await assert.rejects(openLedger({ folder, ...names }), {
          code: 'REJECTED',
          message: /"one" with chaincode "grid"/,
        });
    });

    it('refuses a folder that cannot be made', async () => {
      const { writeFile } = await import('node:fs/promises');
      const file = `${await temporaryFolder()}/file`;
      await writeFile(file, '');
      await assert.rejects(openLedger({ folder: `${file}/ledger` }), { code: 'UNAVAILABLE' });
    });

    it('has state, blocks, identities and events again after a restart', async () => {
      const folder = await temporaryFolder();
      const first = await openLedger({ folder });
      const session = await connectUser(first);
      const receipt = await session.submit({
        contract: 'conformance',
        name: 'Put',
        argument: entry('k', 'v'),
      });
      const blocks = [...first.blocks()];
      await first.close();

      const second = await openLedger({ folder });
      const again = await connectUser(second);
      assert.deepEqual(again.identity, session.identity);
      assert.deepEqual([...second.blocks()], blocks);
      assert.equal(await again.evaluate({ contract: 'conformance', name: 'Get', argument: 'k' }), 'v');
      for await (const event of again.events()) {
        assert.equal(event.transactionId, receipt.transactionId);
        break;
      }
      const next = await again.submit({ contract: 'conformance', name: 'Increment', argument: 'n' });
      assert.equal(next.blockNumber, 1);
      assert.deepEqual(second.block(1).previousHash, blocks[0]?.hash);
      await second.verifyIntegrity();
    });

    it('finishes on close what was submitted, ends its events and refuses the rest', async () => {
      const ledger = await openLedger();
      const session = await connectUser(ledger);
      const waiting = session.events()[Symbol.asyncIterator]().next();
      const running = session.submit({
        contract: 'conformance',
        name: 'PutWithoutEvent',
        argument: entry('k', 'v'),
      });
      await ledger.close();
      assert.equal((await running).blockNumber, 0);
      assert.equal((await waiting).done, true);
      await assert.rejects(session.evaluate({ contract: 'conformance', name: 'Get', argument: 'k' }), {
        code: 'CLOSED',
      });
      assert.throws(() => ledger.block(0), { code: 'CLOSED' });
      await assert.rejects(ledger.verifyIntegrity(), { code: 'CLOSED' });
    });

    it('leaves uncaught errors to the process, as Node does', () => {
      const names = [
        ...process.listeners('uncaughtException'),
        ...process.listeners('unhandledRejection'),
      ].map((listener) => listener.name);
      assert.ok(!names.includes('bound _uncaughtException') && !names.includes('loggerUnhandledRejectionFn'));
    });
  });
});
