/**
 * Fast arithmetic modulo N² for one Paillier modulus N: drives the WebAssembly of chaincode/assembly/montgomery.ts.
 *
 * Run by fog nodes (products of ciphertexts) and, through paillier-table.ts, by meters and whoever checks range proofs (powers of h_N).
 * `montgomeryEngine` answers undefined where WebAssembly SIMD is missing or the self-test against BigInt fails; results never depend on it.
 * Not constant time. Measured for a 3072-bit N: a product of many ciphertexts costs 25 µs each, with BigInt 50 µs.
 */
import { bigintToBytes, bytesToBigint } from './bytes.js';
import { bitLength, modPow } from './modular.js';
import { instantiateMontgomery, VECTOR, type MontgomeryExports } from './montgomery-module.js';

const DIGIT_BITS = 23;
/** R = 2^(23·digits) is at least 2^8·N, enough for products of ciphertexts. */
const PRODUCT_HEADROOM_BITS = 8;
/** So many digits keep two columns of products exact: moduli up to 5,664 bits with 40 bits of headroom. */
const MAX_DIGITS = 248;
const PAGE_BYTES = 65_536;
/** Zero bytes the WebAssembly expects before each number. */
const LEADING_ZEROS = 8;
const SLOTS = 64;
const ENGINES_KEPT = 4;

export class MontgomeryEngine {
  readonly wasm: MontgomeryExports;
  readonly digits: number;
  /** R mod N². An engine's product of k ciphertexts carries a factor R^-(2k+1). */
  readonly radix: bigint;
  readonly #n: bigint;
  readonly #nSquared: bigint;
  readonly #staging: number;
  readonly #slotBytes: number;
  readonly #ciphertextBytes: number;
  #free: number;
  #correction = { count: -1, factor: 1n };

  constructor(n: bigint, wasm: MontgomeryExports, headroomBits: number) {
    this.#n = n;
    this.#nSquared = n * n;
    this.wasm = wasm;
    this.digits = digitsFor(n, headroomBits);
    this.#free = wasm.setup(this.digits);
    this.#ciphertextBytes = Math.ceil(bitLength(this.#nSquared) / 8);
    this.#slotBytes = LEADING_ZEROS + Math.max(this.#ciphertextBytes, this.#vectorBytes);
    this.#staging = this.reserve(SLOTS * this.#slotBytes);
    const radix = 1n << BigInt(DIGIT_BITS * this.digits);
    this.radix = radix % this.#nSquared;
    this.loadVector(VECTOR.modulus, n);
    this.loadVector(VECTOR.modulusInverse, negativeInverse(n, DIGIT_BITS * this.digits));
  }

  get #vectorBytes(): number {
    return Math.ceil((DIGIT_BITS * this.digits) / 8);
  }

  /** Sets memory aside for good, growing it as needed. @returns its address, a multiple of 16. */
  reserve(sizeBytes: number): number {
    const start = Math.ceil(this.#free / 16) * 16;
    this.#free = start + sizeBytes;
    const missing = this.#free - this.wasm.memory.buffer.byteLength;
    if (missing > 0) this.wasm.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return start;
  }

  /** @param value - in [0, R) */
  loadVector(index: number, value: bigint): void {
    this.#stage(0, bigintToBytes(value, this.#vectorBytes));
    this.wasm.loadVector(index, this.#staging + LEADING_ZEROS, this.#vectorBytes);
    this.#memory(this.#staging, this.#slotBytes).fill(0);
  }

  /** The residue modulo N² that `finishProduct` left. */
  result(): bigint {
    this.wasm.finishProduct();
    // Both come with N added, so that they are not negative.
    const low = this.#readVectorPlusN(VECTOR.outLow);
    const high = this.#readVectorPlusN(VECTOR.outHigh) - 1n;
    return (low + high * this.#n) % this.#nSquared;
  }

  /** The product modulo N² of encoded ciphertexts, each in [0, N²) and ceil(|N²|/8) bytes long. */
  product(ciphertexts: readonly Uint8Array[]): bigint {
    this.wasm.startProduct();
    for (let start = 0; start < ciphertexts.length; start += SLOTS) {
      const chunk = ciphertexts.slice(start, start + SLOTS);
      chunk.forEach((bytes, i) => this.#stage(i, bytes));
      this.wasm.multiplyCiphertexts(
        this.#staging + LEADING_ZEROS,
        this.#ciphertextBytes,
        this.#slotBytes,
        chunk.length,
      );
    }
    this.#memory(this.#staging, this.#slotBytes).fill(0);
    return (this.result() * this.#correctionFor(ciphertexts.length)) % this.#nSquared;
  }

  /** R^(2·count + 1) mod N²; remembered, since a fog node mostly adds as many reports as last time. */
  #correctionFor(count: number): bigint {
    if (this.#correction.count !== count) {
      this.#correction = { count, factor: modPow(this.radix, BigInt(2 * count + 1), this.#nSquared) };
    }
    return this.#correction.factor;
  }

  #stage(slot: number, bytes: Uint8Array): void {
    const address = this.#staging + slot * this.#slotBytes + LEADING_ZEROS;
    this.#memory(address, bytes.length).set(bytes);
  }

  #readVectorPlusN(index: number): bigint {
    this.wasm.storeVectorPlusN(index, this.#staging + LEADING_ZEROS);
    const littleEndian = this.#memory(this.#staging + LEADING_ZEROS, this.#vectorBytes);
    const value = bytesToBigint(Uint8Array.from(littleEndian).reverse());
    littleEndian.fill(0);
    return value;
  }

  #memory(address: number, sizeBytes: number): Uint8Array {
    return new Uint8Array(this.wasm.memory.buffer, address, sizeBytes);
  }
}

/** An even number of digits with R = 2^(23·digits) >= 2^headroomBits·n. */
function digitsFor(n: bigint, headroomBits: number): number {
  return 2 * Math.ceil((bitLength(n) + headroomBits) / (2 * DIGIT_BITS));
}

/** -1/n modulo 2^bits, by Newton's iteration. */
function negativeInverse(n: bigint, bits: number): bigint {
  let inverse = 1n;
  for (let exact = 1; exact < bits; exact *= 2) {
    inverse = BigInt.asUintN(2 * exact, inverse * (2n - n * inverse));
  }
  return BigInt.asUintN(bits, -inverse);
}

/** Compares one product of edge values and of arbitrary ones with BigInt. */
function passesSelfTest(engine: MontgomeryEngine, n: bigint): boolean {
  const nSquared = n * n;
  const values = [nSquared - 1n, n + 1n, n - 1n, nSquared / 3n, nSquared / 7n, 2n, 1n];
  const sizeBytes = Math.ceil(bitLength(nSquared) / 8);
  const expected = values.reduce((product, value) => (product * value) % nSquared, 1n);
  return engine.product(values.map((value) => bigintToBytes(value, sizeBytes))) === expected;
}

/**
 * A new engine with its own memory, or undefined where it would not work.
 * @param headroomBits - R is at least 2^headroomBits·n
 */
export function newMontgomeryEngine(
  n: bigint,
  headroomBits = PRODUCT_HEADROOM_BITS,
): MontgomeryEngine | undefined {
  const wasm = instantiateMontgomery();
  if (wasm === undefined || digitsFor(n, headroomBits) > MAX_DIGITS) return undefined;
  const engine = new MontgomeryEngine(n, wasm, headroomBits);
  return passesSelfTest(engine, n) ? engine : undefined;
}

const engines = new Map<bigint, MontgomeryEngine | undefined>();

/** The shared engine of a public modulus; it is remembered. */
export function montgomeryEngine(n: bigint): MontgomeryEngine | undefined {
  if (!engines.has(n)) {
    for (const oldest of engines.keys()) if (engines.size >= ENGINES_KEPT) engines.delete(oldest);
    engines.set(n, newMontgomeryEngine(n));
  }
  return engines.get(n);
}
