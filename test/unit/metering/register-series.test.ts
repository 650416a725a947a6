import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RegisterSeries, type RegisterRules } from '@gridveil/client/metering/register-series.js';
import { fuzz } from '../../helpers/fuzz.js';

const RULES: RegisterRules = {
  slotSeconds: 900,
  toleranceSeconds: 30,
  spreadsGaps: false,
  registerSpanWh: Infinity,
  limitWh: Infinity,
};

/** `[seconds, Wh]` in, `start: Wh quality` and drops out. */
function run(shown: readonly (readonly [number, number])[], rules: Partial<RegisterRules> = {}): string[] {
  const said: string[] = [];
  const series = new RegisterSeries(
    { ...RULES, ...rules },
    {
      interval: ({ startSeconds, energyWh, quality }) => said.push(`${startSeconds}: ${energyWh} ${quality}`),
      drop: (reason, line) => said.push(`${reason} ${line}`),
    },
  );
  for (const [i, [seconds, wh]] of shown.entries()) series.take(seconds, wh, i + 1);
  return said;
}

describe('register series', () => {
  it('takes the difference between the borders of slots', () => {
    assert.deepEqual(
      run([
        [0, 100],
        [300, 130],
        [900, 150],
        [1800, 150],
        [2700, 151],
      ]),
      ['0: 50 valid', '900: 0 valid', '1800: 1 valid'],
    );
  });

  it('takes the value right after a border for it, else the one right before, else none', () => {
    assert.deepEqual(
      run([
        [10, 100],
        [905, 150],
        [1790, 200],
        [1950, 210],
        [2700, 300],
        [3600, 400],
        [4540, 500],
        [5400, 600],
      ]),
      ['0: 50 valid', '900: 50 valid', '1800: 100 valid', '2700: 100 valid'],
    );
  });

  it('leaves the intervals of a gap out', () => {
    assert.deepEqual(
      run([
        [0, 0],
        [900, 10],
        [4500, 50],
        [5400, 60],
      ]),
      ['0: 10 valid', '4500: 10 valid'],
    );
  });

  it('spreads a gap where that was asked for, as estimates whose sum is exact', () => {
    assert.deepEqual(
      run(
        [
          [0, 0],
          [900, 10],
          [4500, 21],
          [5400, 30],
        ],
        { spreadsGaps: true },
      ),
      [
        '0: 10 valid',
        '900: 2 estimated',
        '1800: 3 estimated',
        '2700: 3 estimated',
        '3600: 3 estimated',
        '4500: 9 valid',
      ],
    );
  });

  it('says nothing of the interval in which a register began anew', () => {
    assert.deepEqual(
      run([
        [0, 1000],
        [900, 1010],
        [1000, 5],
        [1800, 20],
        [2700, 30],
      ]),
      ['0: 10 valid', 'counter-reset 3', '1800: 10 valid'],
    );
    assert.deepEqual(
      run([
        [0, 1000],
        [900, 3],
        [1800, 5],
      ]),
      ['counter-reset 2', '900: 2 valid'],
    );
  });

  it('counts on over the end of a register whose span is declared, and marks it', () => {
    const shown: [number, number][] = [
      [0, 9_990],
      [900, 5],
      [1800, 20],
    ];
    assert.deepEqual(run(shown, { registerSpanWh: 10_000 }), ['0: 15 repaired', '900: 15 valid']);
    assert.deepEqual(run(shown), ['counter-reset 2', '900: 15 valid']);
    // A fall from the middle is no overflow, and neither is one to the middle.
    for (const [before, after] of [
      [5_000, 5],
      [9_990, 5_000],
    ] as const)
      assert.deepEqual(
        run(
          [
            [0, before],
            [900, after],
          ],
          { registerSpanWh: 10_000 },
        ),
        ['counter-reset 2'],
      );
  });

  it('drops a value that jumps, and goes on from the one before', () => {
    assert.deepEqual(
      run(
        [
          [0, 100],
          [900, 110],
          [1000, 900_000],
          [1800, 120],
          [2700, 130],
        ],
        { limitWh: 1000 },
      ),
      ['0: 10 valid', 'absurd 3', '900: 10 valid', '1800: 10 valid'],
    );
  });

  it('takes a second value at the new level for another register, never for energy', () => {
    assert.deepEqual(
      run(
        [
          [0, 100],
          [900, 110],
          [1000, 900_000],
          [1800, 900_010],
          [2700, 900_020],
        ],
        { limitWh: 1000 },
      ),
      ['0: 10 valid', 'absurd 3', 'counter-reset 4', '1800: 10 valid'],
    );
  });

  it('drops what it has and what is older', () => {
    assert.deepEqual(
      run([
        [0, 1],
        [900, 2],
        [900, 2],
        [900, 3],
        [100, 1],
        [1800, 5],
      ]),
      ['0: 1 valid', 'duplicate 3', 'out-of-order 4', 'out-of-order 5', '900: 3 valid'],
    );
  });

  it('crosses years without a value in no time', () => {
    assert.deepEqual(
      run(
        [
          [0, 0],
          [60 * 50_000_000, 5],
        ],
        { slotSeconds: 60, toleranceSeconds: 2, spreadsGaps: true },
      ),
      [],
    );
  });

  it('neither loses nor invents energy, whatever the times', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.nat({ max: 500 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (moves) => {
        let [seconds, wh] = [0, 0];
        const shown: [number, number][] = [[0, 0]];
        for (const [wait, more] of moves) shown.push([(seconds += wait), (wh += more)]);
        let sumWh = 0;
        let next = 0;
        const series = new RegisterSeries(
          { ...RULES, spreadsGaps: true },
          {
            interval: ({ startSeconds, energyWh }) => {
              assert.equal(startSeconds, next, 'one interval after the other');
              assert.ok(energyWh >= 0);
              next += 900;
              sumWh += energyWh;
            },
            drop: (reason) => assert.fail(reason),
          },
        );
        for (const [at, value] of shown) series.take(at, value, 1);
        const reached = Math.floor(seconds / 900) * 900;
        assert.equal(next, reached);
        const before = shown.findLast(([at]) => at <= reached + 30)?.[1] ?? 0;
        const after = shown.find(([at]) => at >= reached)?.[1] ?? 0;
        const least = shown.findLast(([at]) => at <= reached)?.[1] ?? 0;
        assert.ok(sumWh >= least && sumWh <= Math.max(before, after), `${sumWh}`);
      }),
      fuzz(300),
    );
  });
});
