/** Both BLS backends side by side, and points a dishonest party can make. */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bigintToBytes, concatBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { blst, blstBackend, type BlstBinding } from '@gridveil/chaincode/crypto/bls-blst.js';
import { nobleBackend } from '@gridveil/chaincode/crypto/bls-noble.js';
import type { BlsBackend, SignedMessage } from '@gridveil/chaincode/crypto/bls-suite.js';

export const { G1, G2, fields, longSignatures } = bls12_381;

/** blst is part of the development installation: a test that compares both must not pass without it. */
export function blstBinding(): BlstBinding {
  const loading = blst();
  if (!('binding' in loading)) throw new Error(`blst is missing: ${loading.problem}`);
  return loading.binding;
}

export const BACKENDS: readonly BlsBackend[] = [nobleBackend, blstBackend(blstBinding())];

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** What a sender puts on the wire. */
export interface RawSigned {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export function decoded(backend: BlsBackend, { key, message, signature }: RawSigned): SignedMessage {
  return {
    key: backend.decodePublicKey(key, 'The key'),
    message,
    signature: backend.decodeSignature(signature, 'The signature'),
  };
}

type G1Point = ReturnType<typeof G1.Point.fromAffine>;
type G2Point = ReturnType<typeof G2.Point.fromAffine>;
const { Fp, Fp2 } = fields;
const HALF = (Fp.ORDER - 1n) / 2n;

/** Compresses any point of the curve: noble itself refuses those outside the group. */
export function encodeAnyG1(point: G1Point): Uint8Array {
  const { x, y } = point.toAffine();
  return flagged(bigintToBytes(x, 48), y > HALF);
}

export function encodeAnyG2(point: G2Point): Uint8Array {
  const { x, y } = point.toAffine();
  const larger = y.c1 === 0n ? y.c0 > HALF : y.c1 > HALF;
  return flagged(concatBytes(bigintToBytes(x.c1, 48), bigintToBytes(x.c0, 48)), larger);
}

function flagged(bytes: Uint8Array, larger: boolean): Uint8Array {
  bytes[0] = (bytes[0] ?? 0) | 0x80 | (larger ? 0x20 : 0);
  return bytes;
}

/** k·P for any k >= 0 and any point; noble's own scalars end at the group order. */
function multiple<P extends { add(other: P): P; double(): P }>(point: P, zero: P, k: bigint): P {
  return [...k.toString(2)].reduce(
    (sum, bit) => (bit === '1' ? sum.double().add(point) : sum.double()),
    zero,
  );
}

/** The point (0, 2) of G1's curve. */
export const ORDER_3_KEY = G1.Point.fromAffine({ x: 0n, y: 2n });

/** Order of G2's curve divided by r (RFC 9380, section 8.8.2 gives its effective multiple). */
const COFACTOR_G2 =
  0x5d543a95414e7f1091d50792876a202cd91de4547085abaa68a205b2e5a7ddfa628f1cb4d9e82ef21537e293a6691ae1616ec6e786f0c70cf1c38e31c7238e5n;

/** A point of order 13 on G2's curve, from the x-coordinate of bls12-381-tests `deserialization_fails_not_in_G2`. */
export function order13Signature(): G2Point {
  const digits = `0${'0123456789abcdef'.repeat(12).slice(1)}`;
  const x = Fp2.fromBigTuple([BigInt(`0x${digits.slice(96)}`), BigInt(`0x0${digits.slice(1, 96)}`)]);
  const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.fromBigTuple([4n, 4n])));
  const ofSmallOrder = multiple(
    G2.Point.fromAffine({ x, y }),
    G2.Point.ZERO,
    (COFACTOR_G2 * fields.Fr.ORDER) / 169n,
  );
  const next = multiple(ofSmallOrder, G2.Point.ZERO, 13n);
  return next.is0() ? ofSmallOrder : next;
}
