/**
 * Paper 001, section 3.3 and Eq. (9), (10): BLS signatures as printed, on BLS12-381. Reference for tests only.
 *
 * The printed pairing G × G → G_T becomes G1 × G2 → G_T: keys pk = x·g_1 in G1, signatures σ = x·H_1(m) in G2; so e(σ, g_1) = e(H_1(m), pk) reads e(g_1, σ) = e(pk, H_1(m)).
 * Points are taken as they come: the paper demands neither the right subgroup nor a point other than the identity, and no proof of possession.
 */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';

const { G1, G2, fields, longSignatures, utils } = bls12_381;
const { Fp12 } = fields;

export type PublicKeyPoint = InstanceType<typeof G1.Point>;
export type SignaturePoint = InstanceType<typeof G2.Point>;

export const ORDER: bigint = fields.Fr.ORDER;
/** g_1 */
export const GENERATOR: PublicKeyPoint = G1.Point.BASE;

export interface BlsKeyPair {
  readonly x: bigint;
  readonly pk: PublicKeyPoint;
}

/** Any integer is a private key, 0 too. */
export function keyPairOf(x: bigint): BlsKeyPair {
  const scalar = ((x % ORDER) + ORDER) % ORDER;
  return { x: scalar, pk: scalar === 0n ? G1.Point.ZERO : G1.Point.BASE.multiply(scalar) };
}

export function randomKeyPair(): BlsKeyPair {
  return keyPairOf(bytesToBigint(utils.randomSecretKey()));
}

/** H_1; section 3.3 calls it H. */
export function hash(message: Uint8Array): SignaturePoint {
  return longSignatures.hash(message);
}

/** σ = x·H_1(m). */
export function sign({ x }: BlsKeyPair, message: Uint8Array): SignaturePoint {
  return x === 0n ? G2.Point.ZERO : hash(message).multiply(x);
}

/** Π e(a_i, b_i) = 1, where a pair with the identity counts as 1. noble's own pairing would refuse points outside the groups, hence its parts. */
export function pairingsCancel(
  pairs: readonly { readonly a: PublicKeyPoint; readonly b: SignaturePoint }[],
): boolean {
  const proper = pairs.filter(({ a, b }) => !a.is0() && !b.is0());
  const loops = proper.map(({ a, b }) => {
    const { x, y } = a.toAffine();
    return [utils.calcPairingPrecomputes(b), x, y] as Parameters<typeof bls12_381.millerLoopBatch>[0][0];
  });
  return Fp12.eql(Fp12.finalExponentiate(bls12_381.millerLoopBatch(loops)), Fp12.ONE);
}

export interface Signed {
  readonly pk: PublicKeyPoint;
  readonly message: Uint8Array;
  readonly sigma: SignaturePoint;
}

/** Section 3.3: e(σ, g) = e(H(d), pk). */
export function verify(signed: Signed): boolean {
  return batchVerify([signed]);
}

/** Eq. (9): e(Σ σ_i, g_1) = Π e(H_1(m_i), pk_i). It holds for sums, not for signatures. */
export function batchVerify(batch: readonly Signed[]): boolean {
  const sum = batch.reduce((total, { sigma }) => total.add(sigma), G2.Point.ZERO);
  return pairingsCancel([
    { a: GENERATOR.negate(), b: sum },
    ...batch.map(({ pk, message }) => ({ a: pk, b: hash(message) })),
  ]);
}
