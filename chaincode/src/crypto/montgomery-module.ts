/**
 * Loads the WebAssembly of chaincode/assembly/montgomery.ts, where the arithmetic is explained; it needs 128-bit SIMD.
 */
import { embeddedWasm } from './embedded-wasm.js';
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

export const instantiateMontgomery = embeddedWasm<MontgomeryExports>(MONTGOMERY_WASM_BASE64);
