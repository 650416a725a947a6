/**
 * Random histories of a fog node that loses power, of a disk that is full, of a ledger that is away or loses answers. The oracle is in the totals:
 * each meter of a slot has a digit of its own, so that an opened total shows which reports it holds, and how often.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DurableBench } from '../../helpers/durable-bench.js';
import { NORTH } from '../../helpers/fog-bench.js';
import { fuzz } from '../../helpers/fuzz.js';
import { JournalFolders } from '../../helpers/journal-folder.js';

const SLOTS = 3;
const DIGIT_BITS = 2n;

const operation = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('report' as const), meter: fc.nat(4), slot: fc.nat(SLOTS - 1) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('batch' as const), slot: fc.nat(SLOTS - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), slot: fc.nat(SLOTS - 1) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('power cut' as const),
      keptOfRest: fc.constantFrom(0, 0.3, 0.9, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('compact' as const, 'full' as const, 'away' as const, 'loses' as const),
    }),
  },
);
const history = fc.array(fc.tuple(operation, fc.nat(4)), { maxLength: 60 });

describe('durable fog node properties', function () {
  this.timeout(180_000);
  const folders = new JournalFolders();
  afterEach(() => folders.remove());

  it('counts every receipted report exactly once, and none twice, whatever happens', async () => {
    const seen = { counted: 0, restarts: 0 };
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 5 }), async (steps, syncTurns) => {
        const bench = await DurableBench.open(folders);
        bench.disk.syncTurns = syncTurns;
        const firstSlot = bench.fog.slot - SLOTS;
        const reports = Array.from({ length: SLOTS }, (_, s) =>
          NORTH.map((meterId, i) =>
            bench.fog.report(meterId, 1n << (BigInt(i) * DIGIT_BITS), { slot: firstSlot + s }),
          ),
        );
        const receipted = new Set<string>();
        const send = (slot: number, meters: readonly number[]): void => {
          const bytes = meters.map((meter) => reports[slot]?.[meter] as Uint8Array);
          void bench.send(...bytes).then(
            ({ answers, receipt }) => {
              const standing = meters.filter((_, i) => answers[i]?.status !== 'refused');
              if (standing.length === 0) return;
              assert.ok(
                bench.holds(receipt, ...standing.map((meter) => reports[slot]?.[meter] as Uint8Array)),
              );
              for (const meter of standing) receipted.add(`${slot}/${meter}`);
            },
            () => undefined,
          );
        };
        for (const [what, turns] of steps) {
          if (what.kind === 'power cut') seen.restarts += 1;
          await perform(bench, what, firstSlot, send);
          for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
        }
        bench.ledger.away = false;
        bench.ledger.losesAnswers = false;
        await bench.restart();
        await bench.node.settle(Array.from({ length: SLOTS }, (_, s) => firstSlot + s));
        assert.equal(bench.ledger.conflicts, 0, 'a second total was submitted');
        for (let slot = 0; slot < SLOTS; slot++) {
          const promised = NORTH.flatMap((_, meter) => (receipted.has(`${slot}/${meter}`) ? meter : []));
          seen.counted += checkSlot(bench, firstSlot + slot, promised);
        }
      }),
      fuzz(120),
    );
    assert.ok(seen.counted > 0 && seen.restarts > 0, JSON.stringify(seen));
  });
});

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

async function perform(
  bench: DurableBench,
  what: Operation,
  firstSlot: number,
  send: (slot: number, meters: readonly number[]) => void,
): Promise<void> {
  const { disk, ledger, node } = bench;
  switch (what.kind) {
    case 'report':
      return send(what.slot, [what.meter]);
    case 'batch':
      return send(what.slot, [0, 1, 2, 3, 4]);
    case 'settle':
      void node.settle([firstSlot + what.slot]).catch(() => undefined);
      return;
    case 'power cut':
      await bench.restart(what.keptOfRest);
      return;
    case 'compact':
      void node.compact().catch(() => undefined);
      return;
    case 'full':
      disk.roomBytes = disk.roomBytes === 0 ? Infinity : 0;
      return;
    case 'away':
      ledger.away = !ledger.away;
      return;
    case 'loses':
      ledger.losesAnswers = !ledger.losesAnswers;
  }
}

/** @param promised - meters that hold a receipt. @returns how many reports the total holds. */
function checkSlot(bench: DurableBench, slot: number, promised: readonly number[]): number {
  const { count } = bench.ledger.total('north', slot) ?? { count: 0 };
  if (count === 0) {
    assert.ok(promised.length < 3, `slot ${slot} was withheld with ${promised.length} receipts`);
    return 0;
  }
  assert.ok(count >= bench.fog.grid.record.minGroup, `a total over ${count} reports was published`);
  const opened = bench.opened('north', slot) ?? 0n;
  const digits = NORTH.map((_, i) => Number((opened >> (BigInt(i) * DIGIT_BITS)) & 3n));
  assert.ok(
    digits.every((digit) => digit <= 1),
    `counted twice: ${digits.join('')}`,
  );
  assert.ok(
    promised.every((meter) => digits[meter] === 1),
    `lost: ${digits.join('')} of ${promised.join(',')}`,
  );
  assert.equal(
    digits.reduce((sum, digit) => sum + digit, 0),
    count,
  );
  return count;
}
