import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gcdWith, lehmerGcd, LehmerGcd } from '@gridveil/chaincode/crypto/lehmer-gcd.js';
import { gcd } from '@gridveil/chaincode/crypto/modular.js';

const MAX_BITS = 8192;
/** Cofactors of the WebAssembly stay below it: quotients around it end a run of certain steps. */
const COFACTOR_LIMIT = 1n << 31n;

function euclid(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** Every bit length is as likely as any other. */
function upTo(bits: number) {
  return fc
    .integer({ min: 0, max: bits })
    .chain((length) => fc.bigInt({ min: 0n, max: (1n << BigInt(length)) - 1n }));
}

/** The coprime pair whose quotients in Euclid's algorithm are these, last to first. */
function withQuotients(quotients: readonly bigint[]): [bigint, bigint] {
  return quotients.reduce<[bigint, bigint]>(([a, b], quotient) => [quotient * a + b, a], [1n, 0n]);
}

function assertSame(a: bigint, b: bigint, expected = euclid(a, b)): void {
  assert.equal(gcd(a, b), expected);
  assert.equal(gcd(b, a), expected);
}

describe('greatest common divisor', () => {
  let engine: LehmerGcd;

  before('WebAssembly runs here', () => {
    const found = lehmerGcd();
    assert.ok(found);
    engine = found;
  });

  it('equals Euclid for all sizes, equal or not', () => {
    fc.assert(fc.property(upTo(MAX_BITS), upTo(MAX_BITS), (a, b) => assertSame(a, b)));
  });

  it('equals Euclid beyond the size the WebAssembly takes', () => {
    fc.assert(
      fc.property(upTo(2 * MAX_BITS), upTo(2 * MAX_BITS), (a, b) => assertSame(a, b)),
      { numRuns: 30 },
    );
  });

  it('finds common factors of every size', () => {
    const half = MAX_BITS / 2;
    fc.assert(fc.property(upTo(half), upTo(half), upTo(half), (f, a, b) => assertSame(a * f, b * f)));
  });

  it('equals Euclid for any quotients, those around the limit of the cofactors included', () => {
    const quotient = fc.oneof(
      fc.bigInt({ min: 1n, max: 3n }),
      fc.bigInt({ min: COFACTOR_LIMIT - 2n, max: COFACTOR_LIMIT + 2n }),
      fc.bigInt({ min: 1n, max: 1n << 70n }),
    );
    const cases = fc.array(quotient, { maxLength: 110, size: 'max' });
    fc.assert(
      fc.property(cases, upTo(64), (quotients, factor) => {
        const [a, b] = withQuotients(quotients);
        assertSame(a * factor, b * factor, factor);
      }),
    );
  });

  it('is 1 for Fibonacci neighbours, the slowest pairs of Euclid', () => {
    let [a, b] = [1n, 1n];
    while (a < 1n << BigInt(MAX_BITS)) {
      if (a % 16n === 1n) assertSame(a, b, 1n);
      [a, b] = [a + b, a];
    }
  });

  it('is right for powers of two and their neighbours', () => {
    for (let bits = 0; bits <= MAX_BITS; bits += 31) {
      const power = 1n << BigInt(bits);
      for (const other of [
        power,
        power - 1n,
        power >> 1n,
        power >> 129n,
        (power >> 7n) * 5n,
        (power * 2n) / 3n,
      ])
        assertSame(power, other);
      assertSame(power - 1n, (1n << BigInt(bits >> 1)) - 1n);
    }
  });

  it('of equal numbers is the number, with zero the other one', () => {
    fc.assert(
      fc.property(upTo(MAX_BITS), (a) => {
        assertSame(a, a, a);
        assertSame(a, 0n, a);
        assertSame(a, 1n, 1n);
      }),
    );
  });

  it('without WebAssembly is the same', () => {
    fc.assert(
      fc.property(upTo(3072), upTo(3072), upTo(512), (a, b, factor) => {
        const divisor = gcdWith(undefined, a * factor, b * factor);
        assert.equal(gcdWith(engine, a * factor, b * factor), divisor);
        assert.equal(euclid(a * factor, b * factor), divisor);
      }),
    );
  });

  it('the WebAssembly never makes a pair larger and keeps its divisor', () => {
    fc.assert(
      fc.property(upTo(MAX_BITS), upTo(MAX_BITS), (x, y) => {
        const [a, b] = x < y ? [y, x] : [x, y];
        const [smallerA, smallerB] = engine.reduce(a, b);
        assert.ok(smallerB <= smallerA && smallerA <= a && smallerB <= b);
        assert.equal(euclid(smallerA, smallerB), euclid(a, b));
      }),
    );
  });

  it('the WebAssembly alone reaches the end when no quotient is large', () => {
    const quotients = fc.array(fc.bigInt({ min: 1n, max: 1000n }), { maxLength: 800, size: 'max' });
    fc.assert(
      fc.property(quotients, (chosen) => {
        assert.deepEqual(engine.reduce(...withQuotients(chosen)), [1n, 0n]);
      }),
    );
  });
});
