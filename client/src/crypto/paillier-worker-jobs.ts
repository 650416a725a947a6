/**
 * The jobs a Paillier worker thread does, as the messages that cross the thread border.
 *
 * Integers cross as big-endian bytes of fixed width, many in one array: plaintexts and randomness ceil(|N|/8) bytes, ciphertexts ceil(|N²|/8).
 */
import { bigintToBytes, bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';

export interface EncryptJob {
  readonly kind: 'encrypt';
  readonly n: Uint8Array;
  readonly hN: Uint8Array;
  readonly plaintexts: Uint8Array;
}

export interface OpenJob {
  readonly kind: 'open';
  readonly p: Uint8Array;
  readonly q: Uint8Array;
  readonly hN: Uint8Array;
  readonly ciphertexts: Uint8Array;
}

export type PaillierJob = EncryptJob | OpenJob;

export function packIntegers(values: readonly bigint[], sizeBytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(values.length * sizeBytes);
  values.forEach((value, i) => out.set(bigintToBytes(value, sizeBytes), i * sizeBytes));
  return out;
}

export function splitFixed(bytes: Uint8Array, sizeBytes: number): Uint8Array[] {
  return Array.from({ length: bytes.length / sizeBytes }, (_, i) =>
    bytes.subarray(i * sizeBytes, (i + 1) * sizeBytes),
  );
}

export function unpackIntegers(bytes: Uint8Array, sizeBytes: number): bigint[] {
  return splitFixed(bytes, sizeBytes).map(bytesToBigint);
}
