/**
 * Loads the WebAssembly of chaincode/assembly/montgomery.ts, where the arithmetic is explained.
 *
 * `undefined` instead of an instance means that this machine cannot run it (no 128-bit SIMD): callers then use BigInt.
 */
import { MONTGOMERY_WASM_BASE64 } from './generated/montgomery-wasm.js';

/** Vector numbers of chaincode/assembly/montgomery.ts. */
export const VECTOR = {
  modulus: 0,
  modulusInverse: 1,
  generator: 11,
  generatorInverse: 13,
  generatorLog: 15,
  outLow: 16,
  outHigh: 17,
} as const;

export interface MontgomeryExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  setup(digits: number): number;
  loadVector(index: number, bytes: number, sizeBytes: number): void;
  storeVectorPlusN(index: number, bytes: number): void;
  startProduct(): void;
  multiplyCiphertexts(bytes: number, sizeBytes: number, slotBytes: number, count: number): void;
  finishProduct(): void;
  prepareGenerator(): void;
  storeGenerator(entry: number, inverse: number): void;
  appendEntries(entries: number, inverses: number, count: number): void;
  power(entries: number, indices: number, rounds: number, perRound: number): void;
}

/** The part of the standard WebAssembly interface used here; the Node types do not declare it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

let compiled: object | undefined;

export function instantiateMontgomery(): MontgomeryExports | undefined {
  try {
    compiled ??= new WebAssembly.Module(Buffer.from(MONTGOMERY_WASM_BASE64, 'base64'));
    return new WebAssembly.Instance(compiled).exports as MontgomeryExports;
  } catch {
    return undefined;
  }
}
