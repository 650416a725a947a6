/**
 * Paper 002, section IV: certificateless signcryption for many receivers as printed, typos resolved, on BLS12-381. Reference for tests only: variable time, checks nothing that the paper does not.
 *
 * The printed pairing G1 × G1 → G2 becomes G1 × G2 → G_T: Y_S, α, W, D, Y_Pub in G1, Q and T in G2, and receivers have Y_R and Y_Pub in G2, too (spec 3.A). Symbols as in the paper:
 *
 *   x, Y_Pub = xP    α = rP, η = H1(ID ‖ α), h = r + ηx    Y = x_u P    D = dP, U_J = e(dY_Pub, Y_R), K_J = H4(U_J, D)
 *   ω_J = Enc(K_J, M_J)    β = H2(ω ‖ ID ‖ Y ‖ α ‖ Y_Pub ‖ D)    Q = H3(Y_Pub)    W = wP    T = (βx_u + h + w)Q
 *
 * Resolved: the timestamp is `time`, since T_i also names a signature point; H4 takes (U, D) as it is used, not in the order of its domain; (3), (4) "e(DY_Pub, x_R)" reads e(D, Y_Pub)^x_R;
 * the control centre's x_CC is its master key x; f_Index is a map from names to 16 bytes; Enc is AES-256-GCM, the paper names no cipher.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToBigint, concatBytes, utf8 } from '@gridveil/chaincode/crypto/bytes.js';

const { G1, G2, fields, pairing, longSignatures } = bls12_381;
const { Fp12, Fr } = fields;

export type PointG1 = InstanceType<typeof G1.Point>;
export type PointG2 = InstanceType<typeof G2.Point>;

export const P = G1.Point.BASE;
export const P2 = G2.Point.BASE;
/** The paper's q. */
export const ORDER: bigint = Fr.ORDER;

export const modQ = (value: bigint): bigint => ((value % ORDER) + ORDER) % ORDER;
export const random = (): bigint => modQ(bytesToBigint(randomBytes(48))) || 1n;

/** k·A for any integer k, 0 too. */
export function times<A extends { multiply(k: bigint): A }>(A: A & { subtract(other: A): A }, k: bigint): A {
  const scalar = modQ(k);
  return scalar === 0n ? A.subtract(A) : A.multiply(scalar);
}

/** H1, H2: the printed ‖ joins without lengths. */
export function hashRaw(...fields_: readonly (string | Uint8Array)[]): bigint {
  const joined = concatBytes(...fields_.map((field) => (typeof field === 'string' ? utf8(field) : field)));
  return modQ(bytesToBigint(createHash('sha512').update(joined).digest()));
}

/** H3. */
export const hashToQ = (Ypub: PointG1): PointG2 => longSignatures.hash(Ypub.toBytes());

/** H4. */
export function keyOf(U: ReturnType<typeof pairing>, D: PointG1): Uint8Array {
  return createHash('sha256').update(Fp12.toBytes(U)).update(D.toBytes()).digest();
}

export interface Centre {
  readonly x: bigint;
  readonly Ypub: PointG1;
  readonly Ypub2: PointG2;
  readonly Q: PointG2;
}

/** Section IV.A. */
export function setUp(x: bigint = random()): Centre {
  const Ypub = times(P, x);
  return { x, Ypub, Ypub2: times(P2, x), Q: hashToQ(Ypub) };
}

/** What the ledger holds of a meter. */
export interface SenderKey {
  readonly id: string;
  readonly Y: PointG1;
  readonly alpha: PointG1;
}

export interface Sender extends SenderKey {
  readonly x: bigint;
  readonly h: bigint;
}

/** What the ledger holds of a receiver. */
export interface ReceiverKey {
  readonly id: string;
  readonly Y2: PointG2;
}

export interface Receiver extends ReceiverKey {
  readonly x: bigint;
}

export const eta = (id: string, alpha: PointG1): bigint => hashRaw(id, alpha.toBytes());

/** Section IV.B.1; nobody checks h. */
export function partialKey({ x }: Centre, id: string): { readonly alpha: PointG1; readonly h: bigint } {
  const r = random();
  const alpha = times(P, r);
  return { alpha, h: modQ(r + eta(id, alpha) * x) };
}

/** Section IV.B. */
export function sender(centre: Centre, id: string, x: bigint = random()): Sender {
  return { id, x, Y: times(P, x), ...partialKey(centre, id) };
}

/** Section IV.B.2. A receiver's partial key is used nowhere, and neither is its ID. */
export function receiver(id: string, x: bigint = random()): Receiver {
  return { id, x, Y2: times(P2, x) };
}

/** f_Index. */
export const index = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 32);

export function encrypt(key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, new Uint8Array(12));
  return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

/** @returns undefined unless the tag fits. */
export function decrypt(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, new Uint8Array(12));
  decipher.setAuthTag(sealed.subarray(-16));
  const plaintext = decipher.update(sealed.subarray(0, -16));
  try {
    return concatBytes(plaintext, decipher.final());
  } catch {
    return undefined;
  }
}

/** Eq. (1). */
export interface Report {
  readonly id: string;
  readonly time: string;
  /** [J, ω_J], in the order of the receivers. */
  readonly omega: readonly (readonly [J: string, part: Uint8Array])[];
  readonly D: PointG1;
  readonly W: PointG1;
  readonly T: PointG2;
}

/** β; ω is joined without lengths, time and receivers are left out. */
export function beta(
  { Ypub }: Centre,
  { id, Y, alpha }: SenderKey,
  omega: Report['omega'],
  D: PointG1,
): bigint {
  const parts = omega.map(([, part]) => part);
  return hashRaw(...parts, id, Y.toBytes(), alpha.toBytes(), Ypub.toBytes(), D.toBytes());
}

export interface Randomness {
  readonly d: bigint;
  readonly w: bigint;
}

/** Section IV.C. @param parts - receiver and plaintext */
export function signcrypt(
  centre: Centre,
  from: Sender,
  parts: readonly (readonly [ReceiverKey, Uint8Array])[],
  time: string,
  { d, w }: Randomness = { d: random(), w: random() },
): Report {
  const D = times(P, d);
  const dYpub = times(centre.Ypub, d);
  const omega = parts.map(
    ([to, plaintext]) => [index(to.id), encrypt(keyOf(pairing(dYpub, to.Y2), D), plaintext)] as const,
  );
  const T = times(centre.Q, beta(centre, from, omega, D) * from.x + from.h + w);
  return { id: from.id, time, omega, D, W: times(P, w), T };
}

/** Eq. (2): holds for sums, not for signatures. */
export function verifyAggregate(
  centre: Centre,
  reports: readonly Report[],
  keyOfSender: (id: string) => SenderKey,
): boolean {
  const T = reports.reduce((sum, report) => sum.add(report.T), G2.Point.ZERO);
  const right = reports.reduce((sum, { id, omega, D, W }) => {
    const key = keyOfSender(id);
    return sum
      .add(times(key.Y, beta(centre, key, omega, D)))
      .add(key.alpha)
      .add(times(centre.Ypub, eta(id, key.alpha)))
      .add(W);
  }, G1.Point.ZERO);
  return pairsEqual([P, T], [right, centre.Q]);
}

function pairsEqual([A, B]: readonly [PointG1, PointG2], [C, E]: readonly [PointG1, PointG2]): boolean {
  return [A, B, C, E].some((point) => point.is0()) ? false : Fp12.eql(pairing(A, B), pairing(C, E));
}

/** Section IV.E, Eq. (3), (4): U = e(D, Y_Pub)^x_R = e(x_R D, Y_Pub). */
export function open({ Ypub2 }: Centre, to: Receiver, { omega, D }: Report): Uint8Array | undefined {
  const part = omega.find(([J]) => J === index(to.id))?.[1];
  return part && decrypt(keyOf(pairing(times(D, to.x), Ypub2), D), part);
}

/** Section IV.D: "the ciphertext is classified and summated". Sums of bytes, since nothing else is said about what is summed. */
export function summate(ciphertexts: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array()] = ciphertexts;
  return first.map((_, i) => ciphertexts.reduce((sum, bytes) => (sum + (bytes[i] ?? 0)) & 0xff, 0));
}
