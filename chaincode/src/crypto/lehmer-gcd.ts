/**
 * Most of Euclid's algorithm on long numbers: drives the WebAssembly of chaincode/assembly/gcd.ts, where the method is explained.
 *
 * Run by whoever checks that a ciphertext is a unit, through `gcd` of modular.ts: peers, fog nodes, auditors, the MDMS for its key.
 * `newLehmerGcd` answers undefined where WebAssembly is missing or the self-test against Euclid fails; results never depend on it.
 * Cost for 3072 bits: 25 µs; at most 0.4 ms for a pair made to have only quotients that are too large for the WebAssembly.
 * Not constant time. The memory is wiped after each use, as the MDMS has secret numbers.
 */
import { bytesToBigint } from './bytes.js';
import { embeddedWasm } from './embedded-wasm.js';
import { GCD_WASM_BASE64 } from './generated/gcd-wasm.js';

/** Room for each number, as in chaincode/assembly/gcd.ts. */
const OPERAND_BYTES = 1024;
const ENGINE_BELOW = 1n << BigInt(8 * OPERAND_BYTES);
/** Shorter numbers are not worth the way into WebAssembly and back. */
const ENGINE_FROM = 1n << 128n;
const LIMB_BYTES = 4;
const MIN_LIMBS = 3;

export interface GcdExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  operands(): number;
  reduce(limbs: number): number;
}

type Pair = [a: bigint, b: bigint];

export class LehmerGcd {
  readonly #wasm: GcdExports;
  readonly #a: Buffer;
  readonly #b: Buffer;

  constructor(wasm: GcdExports) {
    this.#wasm = wasm;
    const start = wasm.operands();
    this.#a = Buffer.from(wasm.memory.buffer, start, OPERAND_BYTES);
    this.#b = Buffer.from(wasm.memory.buffer, start + OPERAND_BYTES, OPERAND_BYTES);
  }

  /**
   * A smaller pair with the same greatest common divisor, for 2^8192 > a >= b >= 0. Mostly that divisor
   * and 0; the pair unchanged where not one step is certain from the leading bits.
   */
  reduce(a: bigint, b: bigint): Pair {
    const hex = a.toString(16);
    const limbs = Math.max(MIN_LIMBS, Math.ceil(hex.length / (2 * LIMB_BYTES)));
    const digits = 2 * LIMB_BYTES * limbs;
    this.#a.write(hex.padStart(digits, '0'), 'hex');
    this.#b.write(b.toString(16).padStart(digits, '0'), 'hex');
    const left = LIMB_BYTES * this.#wasm.reduce(limbs);
    const reduced: Pair = [
      bytesToBigint(this.#a.subarray(0, left)),
      bytesToBigint(this.#b.subarray(0, left)),
    ];
    this.#a.fill(0, 0, LIMB_BYTES * limbs);
    this.#b.fill(0, 0, LIMB_BYTES * limbs);
    return reduced;
  }
}

/** Euclid's algorithm on BigInt, cut short by `engine` where there is one. @param a, b - not negative */
export function gcdWith(engine: LehmerGcd | undefined, a: bigint, b: bigint): bigint {
  while (b !== 0n) {
    [a, b] = [b, a % b];
    if (engine !== undefined && b >= ENGINE_FROM && a < ENGINE_BELOW) [a, b] = engine.reduce(a, b);
  }
  return a;
}

/** Pairs that take many certain steps, few, and none, each with its greatest common divisor. */
function passesSelfTest(engine: LehmerGcd): boolean {
  const full = ENGINE_BELOW - 1n;
  const cases: readonly [a: bigint, b: bigint, divisor: bigint][] = [
    [3n ** 5000n, 7n ** 2500n, 1n],
    [2n ** 3000n * 15n, 6n ** 900n * 35n, 2n ** 900n * 15n],
    [full, (full / 15n) * 14n, full / 15n],
    [full, ENGINE_BELOW >> 4000n, 1n],
    [full, full, full],
  ];
  return cases.every(([a, b, divisor]) => gcdWith(engine, a, b) === divisor);
}

/** An engine with its own memory, or undefined where it would not work. */
export function newLehmerGcd(instantiate = embeddedWasm<GcdExports>(GCD_WASM_BASE64)): LehmerGcd | undefined {
  const wasm = instantiate();
  if (wasm === undefined) return undefined;
  const engine = new LehmerGcd(wasm);
  return passesSelfTest(engine) ? engine : undefined;
}

let shared: { readonly engine: LehmerGcd | undefined } | undefined;

/** The engine of this process. */
export function lehmerGcd(): LehmerGcd | undefined {
  shared ??= { engine: newLehmerGcd() };
  return shared.engine;
}
