/**
 * Fixed-base powers modulo N²: of h_N with a table, by meters (large ones, for secret exponents) and by whoever checks range proofs (small ones). Lim and Lee 1994 ("comb") on chaincode/assembly/montgomery.ts.
 *
 * The exponent is written as `teeth` rows of `tables · rounds` bits. Table j holds, for every subset I of the rows, Π_{i in I} h_N^(2^(i·tables·rounds + j·rounds)).
 * One power takes `tables · rounds` products and `rounds - 1` squarings.
 *
 * Table lookups depend on the secret exponent: not constant time against an attacker on the same core.
 */
import { bytesToBigint } from './bytes.js';
import { modInverse, modPow } from './modular.js';
import { VECTOR } from './montgomery-module.js';
import { newMontgomeryEngine, type MontgomeryEngine } from './montgomery.js';

const TABLES = 8;
/** The sum of logarithms doubles in every round; within these bounds it stays below R/4. */
const MAX_ROUNDS = 30;
const HEADROOM_BITS = 40;
const MAX_TEETH = 14;
const INTEGER_BYTES = 4;
const INTEGERS_PER_DIGIT = 3;

/** A table element x·R = t·(1 + ℓN) mod N² as the WebAssembly wants it. */
interface Generator {
  readonly t: bigint;
  /** R²/t mod N */
  readonly inverse: bigint;
  /** ℓ·R² mod N */
  readonly log: bigint;
}

export class FixedBaseTable {
  readonly #engine: MontgomeryEngine;
  readonly #entries: number;
  readonly #indices: number;
  readonly #teeth: number;
  readonly #rounds: number;

  private constructor(
    engine: MontgomeryEngine,
    n: bigint,
    base: bigint,
    exponentBits: number,
    teeth: number,
  ) {
    this.#engine = engine;
    this.#teeth = teeth;
    this.#rounds = Math.ceil(exponentBits / (teeth * TABLES));
    const vectorBytes = engine.digits * INTEGER_BYTES;
    const tableBytes = INTEGERS_PER_DIGIT * vectorBytes * 2 ** teeth;
    this.#indices = engine.reserve(TABLES * this.#rounds * INTEGER_BYTES);
    this.#entries = engine.reserve(TABLES * tableBytes);
    const inverses = engine.reserve(vectorBytes * 2 ** teeth);
    const [one, ...generators] = this.#generators(n, base);
    for (let j = 0; j < TABLES; j++) {
      const entries = this.#entries + j * tableBytes;
      this.#load(one);
      engine.wasm.storeGenerator(entries, inverses);
      for (let i = 0; i < teeth; i++) {
        this.#load(generators[i * TABLES + j]);
        engine.wasm.appendEntries(entries, inverses, 2 ** i);
      }
    }
  }

  /**
   * Builds the table.
   * @param teeth - at least exponentBits/240, at most 14; the table has 8 · 2^teeth entries of 1.6 kB (3072-bit N)
   * @returns undefined where WebAssembly is missing or the self-test against modPow fails
   */
  static build(n: bigint, base: bigint, exponentBits: number, teeth: number): FixedBaseTable | undefined {
    const minTeeth = Math.ceil(exponentBits / (TABLES * MAX_ROUNDS));
    if (!Number.isInteger(teeth) || teeth < minTeeth || teeth > MAX_TEETH)
      throw new RangeError(`"teeth" expected an integer from ${minTeeth} to ${MAX_TEETH}`);
    const engine = newMontgomeryEngine(n, HEADROOM_BITS);
    if (engine === undefined) return undefined;
    const table = new FixedBaseTable(engine, n, base, exponentBits, teeth);
    const pattern = new Uint8Array(Math.floor(exponentBits / 8)).map((_, i) => 0x5a ^ (i * 37));
    return table.power(pattern) === modPow(base, bytesToBigint(pattern), n * n) ? table : undefined;
  }

  /** base^exponent mod N². @param exponent - big-endian, at most the bits the table was built for */
  power(exponent: Uint8Array): bigint {
    const rounds = this.#rounds;
    const indices = new Uint32Array(this.#engine.wasm.memory.buffer, this.#indices, TABLES * rounds);
    let next = 0;
    for (let k = rounds - 1; k >= 0; k--) {
      for (let j = 0; j < TABLES; j++)
        indices[next++] = (j << this.#teeth) | this.#column(exponent, j * rounds + k);
    }
    this.#engine.wasm.power(this.#entries, this.#indices, rounds, TABLES);
    indices.fill(0);
    return this.#engine.result();
  }

  /** One bit from every row of the exponent. */
  #column(exponent: Uint8Array, column: number): number {
    let bits = 0;
    for (let i = 0; i < this.#teeth; i++) {
      const position = i * TABLES * this.#rounds + column;
      const byte = exponent[exponent.length - 1 - (position >> 3)] ?? 0;
      bits |= ((byte >> (position & 7)) & 1) << i;
    }
    return bits;
  }

  #load(generator: Generator | undefined): void {
    if (generator === undefined) throw new RangeError('"generator" expected one per tooth and table');
    this.#engine.loadVector(VECTOR.generator, generator.t);
    this.#engine.loadVector(VECTOR.generatorInverse, generator.inverse);
    this.#engine.loadVector(VECTOR.generatorLog, generator.log);
    this.#engine.wasm.prepareGenerator();
  }

  /** The element 1, then base^(2^(rounds·k)) for every tooth and table. One inversion serves all. */
  #generators(n: bigint, base: bigint): Generator[] {
    const nSquared = n * n;
    const { radix } = this.#engine;
    const residues = [1n];
    let power = base;
    for (let k = 0; k < this.#teeth * TABLES; k++) {
      residues.push(power);
      power = modPow(power, 1n << BigInt(this.#rounds), nSquared);
    }
    const elements = residues.map((residue) => (residue * radix) % nSquared);
    const inverses = invertAll(
      elements.map((element) => element % n),
      n,
    );
    const radixSquared = radix ** 2n % n;
    return elements.map((element, k) => {
      const inverse = ((inverses[k] ?? 0n) * radixSquared) % n;
      return { t: element % n, inverse, log: ((element / n) * inverse) % n };
    });
  }
}

/** Montgomery's trick: one inversion and three products per value. @throws RangeError when one is no unit. */
function invertAll(values: readonly bigint[], n: bigint): bigint[] {
  const prefixes: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    prefixes.push(product);
    product = (product * value) % n;
  }
  let inverse = modInverse(product, n);
  const inverses: bigint[] = [];
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = (inverse * (prefixes[i] ?? 0n)) % n;
    inverse = (inverse * (values[i] ?? 0n)) % n;
  }
  return inverses;
}
