/**
 * BLS signatures on @noble/curves: the portable backend, and the only one that hashes with the tag for proofs of possession.
 *
 * Run by every endorser, aggregator and customer where blst does not load. BigInt, not constant time: public input only.
 * Cost at one core of 2 GHz: hash to G2 8 ms, pairing of two pairs 15 ms, decoding 1 ms (key) and 2 ms (signature). A batch of n costs n hashes,
 * n short powers in G1, one sum of n weighted signatures and ONE multi-pairing: n + 1 Miller loops, one final exponentiation.
 */
import { pippenger } from '@noble/curves/abstract/curve.js';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import {
  batchWeights,
  BLS_PUBLIC_KEY_BYTES,
  BLS_SIGNATURE_BYTES,
  checkCompressedPoint,
  DST_BLS_POSSESSION,
  DST_BLS_SIGNATURE,
  pointInGroup,
  type BlsBackend,
  type BlsBatch,
  type BlsPublicKey,
  type BlsSignature,
  type SignedMessage,
} from './bls-suite.js';

const { G1, G2, fields, longSignatures, pairingBatch } = bls12_381;
const NEGATIVE_GENERATOR = G1.Point.BASE.negate();

type G1Point = ReturnType<typeof G1.Point.fromBytes>;
type G2Point = ReturnType<typeof G2.Point.fromBytes>;
interface Pair {
  readonly g1: G1Point;
  readonly g2: G2Point;
}

class NoblePublicKey implements BlsPublicKey {
  readonly kind = 'bls-public-key';
  constructor(
    readonly bytes: Uint8Array,
    readonly point: G1Point,
  ) {}
}

class NobleSignature implements BlsSignature {
  readonly kind = 'bls-signature';
  constructor(
    readonly bytes: Uint8Array,
    readonly point: G2Point,
  ) {}
}

function keyPoint(key: BlsPublicKey): G1Point {
  if (!(key instanceof NoblePublicKey)) throw new TypeError('"key" expected a key decoded by noble');
  return key.point;
}

function signaturePoint(signature: BlsSignature): G2Point {
  if (!(signature instanceof NobleSignature))
    throw new TypeError('"signature" expected a signature decoded by noble');
  return signature.point;
}

function verifyWith(dst: Uint8Array, { key, message, signature }: SignedMessage): boolean {
  return longSignatures.verify(signaturePoint(signature), longSignatures.hash(message, dst), keyPoint(key));
}

/** e(P, Σ δ_i σ_i) = Π e(δ_i pk_i, H(m_i)): spec 6.3 with keys in G1, weights on the cheap side. */
class NobleBatch implements BlsBatch {
  readonly #weights: readonly bigint[];
  readonly #signatures: readonly G2Point[];
  readonly #pairs: readonly Pair[];

  constructor(signed: readonly SignedMessage[]) {
    this.#weights = batchWeights(signed);
    this.#signatures = signed.map(({ signature }) => signaturePoint(signature));
    this.#pairs = signed.map(({ key, message }, i) => ({
      g1: keyPoint(key).multiplyUnsafe(this.#weights[i] ?? 1n),
      g2: longSignatures.hash(message, DST_BLS_SIGNATURE),
    }));
  }

  holds(start: number, end: number): boolean {
    const sum = pippenger(G2.Point, this.#signatures.slice(start, end), this.#weights.slice(start, end));
    const pairs = this.#pairs.slice(start, end);
    // noble takes no identity in a pairing; its factor would be 1.
    if (!sum.is0()) pairs.push({ g1: NEGATIVE_GENERATOR, g2: sum });
    return fields.Fp12.eql(pairingBatch(pairs), fields.Fp12.ONE);
  }
}

export const nobleBackend: BlsBackend = {
  name: 'noble',
  decodePublicKey: (bytes, what) => {
    checkCompressedPoint(bytes, BLS_PUBLIC_KEY_BYTES, what);
    const own = bytes.slice();
    return new NoblePublicKey(
      own,
      pointInGroup(what, () => G1.Point.fromBytes(own)),
    );
  },
  decodeSignature: (bytes, what) => {
    checkCompressedPoint(bytes, BLS_SIGNATURE_BYTES, what);
    const own = bytes.slice();
    return new NobleSignature(
      own,
      pointInGroup(what, () => G2.Point.fromBytes(own)),
    );
  },
  verify: (signed) => verifyWith(DST_BLS_SIGNATURE, signed),
  verifyPossession: (key, proof) =>
    verifyWith(DST_BLS_POSSESSION, { key, message: key.bytes, signature: proof }),
  batch: (signed) => new NobleBatch(signed),
};
