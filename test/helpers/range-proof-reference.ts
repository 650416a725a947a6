/**
 * The range proof written a second time, straight from the equations in chaincode/src/crypto/range-proof.ts, without tables, batches or shared code: noble's own products, BigInt powers,
 * SHA-512 over bytes joined here. It proves honestly, and dishonestly for whoever attacks.
 */
import { createHash, randomBytes } from 'node:crypto';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';

const { Point } = ristretto255;
const { ORDER: q } = Point.Fn;
type P = InstanceType<typeof Point>;

export interface ReferenceStatement {
  readonly n: bigint;
  readonly hN: bigint;
  readonly maximum: number;
}

/** What goes into C = (1+N)^d h_N^ρ and what is claimed to be its digits are up to the caller. */
export interface Witness {
  readonly b: readonly bigint[];
  /** Digits are b_i / denominator; then only every so manieth challenge can be answered, and others are drawn until one can. */
  readonly denominator?: bigint;
  readonly d: bigint;
  readonly rho: bigint;
}

const mod = (a: bigint, m: bigint): bigint => ((a % m) + m) % m;
const big = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const random = (bits: number): bigint => big(randomBytes(Math.ceil(bits / 8) + 16)) % (1n << BigInt(bits));
const bitsOf = (value: bigint): number => value.toString(2).length;

function pow(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) result = (((result * result) % m) * (bit === '1' ? base : 1n)) % m;
  return result;
}

const times = (point: P, scalar: bigint): P => {
  const reduced = mod(scalar, q);
  return reduced === 0n ? Point.ZERO : point.multiply(reduced);
};
const sum = (points: readonly P[]): P => points.reduce((a, b) => a.add(b), Point.ZERO);

function be(value: bigint, sizeBytes: number): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(2 * sizeBytes, '0'), 'hex'));
}

function prefixed(...fields: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field);
      return [be(BigInt(bytes.length), 4), bytes];
    }),
  );
}

const generator = (i: number): P =>
  ristretto255_hasher.hashToCurve(be(BigInt(i), 8), {
    DST: Buffer.from('gridveil/range-proof/generator/v1'),
  });
const H = generator(0);
const G = generator(1);

export function referenceWeights(maximum: number): bigint[] {
  const count = Math.floor(Math.log2(maximum + 1));
  const powers = Array.from({ length: count }, (_, i) => 2n ** BigInt(i));
  const rest = BigInt(maximum) - (2n ** BigInt(count) - 1n);
  return rest === 0n ? powers : [...powers, rest];
}

function sizes({ n }: ReferenceStatement): { C: number; s: number; half: number } {
  const half = Math.ceil(bitsOf(n) / 2);
  return { C: Math.ceil(bitsOf(n * n) / 8), s: Math.ceil((half + 217) / 8), half };
}

function challenges(
  statement: ReferenceStatement,
  context: Uint8Array,
  ciphertext: Uint8Array,
  V: Uint8Array,
  A: Uint8Array,
  announcement: Uint8Array,
): { y: bigint; second: (W0: Uint8Array, W1: Uint8Array) => bigint } {
  const { n, hN, maximum } = statement;
  const fingerprint = createHash('sha256')
    .update(prefixed('gridveil/paillier-n/v1', be(n, Math.ceil(bitsOf(n) / 8))))
    .digest();
  const label = 'gridveil/range-proof/first-challenge/v1';
  const [hNBytes, maximumBytes] = [be(hN, sizes(statement).C), be(BigInt(maximum), 8)];
  const first = createHash('sha512')
    .update(prefixed(label, fingerprint, hNBytes, maximumBytes, context, ciphertext, V, A, announcement))
    .digest();
  const second = (W0: Uint8Array, W1: Uint8Array): bigint =>
    big(
      createHash('sha512')
        .update(prefixed('gridveil/range-proof/second-challenge/v1', first, W0, W1))
        .digest()
        .subarray(0, 16),
    );
  return { y: big(first) % q, second };
}

/** Follows the protocol with whatever "bits" it is given. */
export function referenceProve(
  statement: ReferenceStatement,
  context: Uint8Array,
  witness: Witness,
): { ciphertext: Uint8Array; proof: Uint8Array } {
  const { b: numerators, denominator = 1n, d, rho } = witness;
  const b = numerators.map((bit) => bit * pow(denominator, q - 2n, q));
  const { n, hN, maximum } = statement;
  const size = sizes(statement);
  const N2 = n * n;
  const w = referenceWeights(maximum);
  const encrypt = (m: bigint, exponent: bigint): Uint8Array =>
    be(((1n + mod(m, n) * n) * pow(hN, exponent, N2)) % N2, size.C);
  const ciphertext = encrypt(d, rho);
  const alpha = w.map(() => random(216));
  const [rV, rA, r0, r1] = [random(252), random(252), random(252), random(252)];
  const sigma = random(size.half + 216);
  const V = sum([...b.map((bit, i) => times(generator(i + 2), bit)), times(H, rV)]).toBytes();
  const A = sum([...alpha.map((mask, i) => times(generator(i + 2), mask)), times(H, rA)]).toBytes();
  const announcement = encrypt(
    alpha.reduce((total, mask, i) => total + (w[i] ?? 0n) * mask, 0n),
    sigma,
  );
  const { y, second } = challenges(statement, context, ciphertext, V, A, announcement);
  const terms = (term: (a: bigint, bit: bigint) => bigint): bigint =>
    alpha.reduce((total, a, i) => total + pow(y, BigInt(i), q) * term(a, b[i] ?? 0n), 0n);
  const W1 = times(
    G,
    terms((a, bit) => a * (1n - 2n * bit)),
  )
    .add(times(H, r1))
    .toBytes();
  const W0 = times(
    G,
    terms((a) => -a * a),
  )
    .add(times(H, r0))
    .toBytes();
  const e = second(W0, W1);
  if (e % denominator !== 0n) return referenceProve(statement, context, witness);
  const scalar = (value: bigint): Uint8Array => be(mod(value, q), 32).reverse();
  const proof = Buffer.concat([
    ...[V, A, W0, W1, announcement],
    ...alpha.map((a, i) => be(mod(a + (e / denominator) * (numerators[i] ?? 0n), 2n ** 224n), 28)),
    scalar(rA + e * rV),
    scalar(r0 + e * r1),
    be(sigma + e * rho, size.s),
  ]);
  return { ciphertext, proof: new Uint8Array(proof) };
}

/** Which of the checks (1), (2), (3) and the one of sizes hold. */
export function referenceChecks(
  statement: ReferenceStatement,
  context: Uint8Array,
  ciphertext: Uint8Array,
  proof: Uint8Array,
): { points: boolean; bits: boolean; plaintext: boolean; sizes: boolean } {
  const { n, hN, maximum } = statement;
  const size = sizes(statement);
  const w = referenceWeights(maximum);
  let at = 0;
  const next = (sizeBytes: number): Uint8Array => proof.subarray(at, (at += sizeBytes));
  const [V, A, W0, W1] = [next(32), next(32), next(32), next(32)];
  const announcement = next(size.C);
  const z = w.map(() => big(next(28)));
  const [zV, zW] = [big(next(32).slice().reverse()), big(next(32).slice().reverse())];
  const s = big(next(size.s));
  const { y, second } = challenges(statement, context, ciphertext, V, A, announcement);
  const e = second(W0, W1);
  const point = (bytes: Uint8Array): P => Point.fromBytes(bytes);
  const product = z.reduce((total, zi, i) => total + pow(y, BigInt(i), q) * zi * (e - zi), 0n);
  const plaintext = z.reduce((total, zi, i) => total + (w[i] ?? 0n) * zi, 0n);
  return {
    points: sum([...z.map((zi, i) => times(generator(i + 2), zi)), times(H, zV)]).equals(
      point(A).add(times(point(V), e)),
    ),
    bits: times(G, product)
      .add(times(H, zW))
      .equals(point(W0).add(times(point(W1), e))),
    plaintext:
      ((1n + mod(plaintext, n) * n) * pow(hN, s, n * n)) % (n * n) ===
      (big(announcement) * pow(big(ciphertext), e, n * n)) % (n * n),
    sizes: z.every((zi) => zi < 2n ** 217n) && s < 2n ** BigInt(size.half + 217) && at === proof.length,
  };
}
