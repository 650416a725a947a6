/**
 * Encryption with a range proof, by a meter: C = (1+N)^d h_N^ρ mod N² and the proof of chaincode/src/crypto/range-proof.ts, where the symbols stand.
 *
 * Both come from one call, since the proof needs ρ; ρ, the masks and the blindings are drawn afresh in it, never shown and never used again.
 * Cost at 3072 bits and 17 weights: 4 ms, nearly all of it two powers of h_N from one table; preparing takes 1.1 s and
 * 80 MB. Not constant time against an attacker on the same machine: table lookups and BigInt depend on secrets.
 */
import { ristretto255 } from '@noble/curves/ed25519.js';
import { bigintToBytes, bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext, type PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import {
  encodeRangeProof,
  firstChallenge,
  MASK_BITS,
  rangeGenerators,
  rangeStatement,
  secondChallenge,
  type RangeStatement,
} from '@gridveil/chaincode/crypto/range-proof-statement.js';
import { RandomisingPower, type RandomnessOptions } from './paillier-power.js';
import { tableSums, type TableSums } from './ristretto-table.js';

const { Point } = ristretto255;
const { Fn } = Point;
/** Makes a scalar uniform modulo q up to 2^-128. */
const SCALAR_SOURCE_BITS = 384;

/** Tables of the generators; the same for all keys. */
let tables: { readonly count: number; readonly sums: TableSums } | undefined;

function generatorSums(count: number): TableSums {
  if (tables === undefined || tables.count < count)
    tables = { count, sums: tableSums(rangeGenerators(count)) };
  return tables.sums;
}

/** Places of the generators among the tables. */
const H = 0;
const G = 1;
const FIRST_DIGIT = 2;

export interface EncryptedWithProof {
  /** `key.ciphertextBytes` long. */
  readonly ciphertext: Uint8Array;
  readonly proof: Uint8Array;
}

export class RangeProver {
  readonly statement: RangeStatement;
  readonly #power: RandomisingPower;

  /** @param maximum - the largest provable reading, from 1 to 2^40. @throws RangeError for another one. */
  constructor(key: PaillierPublicKey, maximum: number, options: RandomnessOptions = {}) {
    this.statement = rangeStatement(key, maximum);
    this.#power = new RandomisingPower(key, this.statement.randomnessBits + MASK_BITS, options);
  }

  /** Builds all tables now rather than at the first encryption. */
  prepare(): void {
    this.#power.prepare();
    generatorSums(this.statement.weights.length);
  }

  /**
   * @param d - from 0 to the maximum. @param context - what the proof is for
   * @throws RangeError for d outside the range.
   */
  encrypt(d: number, context: Uint8Array): EncryptedWithProof {
    const { key, randomnessBits } = this.statement;
    const bits = bitsOf(this.statement, d);
    const rho = this.#power.random(randomnessBits);
    const ciphertext = encodeCiphertext(
      key,
      ((1n + BigInt(d) * key.n) * this.#power.power(rho)) % key.nSquared,
    );
    return { ciphertext, proof: this.#prove(ciphertext, bits, bytesToBigint(rho), context) };
  }

  #prove(ciphertext: Uint8Array, bits: readonly boolean[], rho: bigint, context: Uint8Array): Uint8Array {
    const { statement } = this;
    const { key, weights, randomnessBits } = statement;
    const sums = generatorSums(bits.length);
    const [rV, rA, r0, r1] = [this.#scalar(), this.#scalar(), this.#scalar(), this.#scalar()];
    const masks = bits.map(() => bytesToBigint(this.#power.random(MASK_BITS)));
    const maskSum = masks.reduce((sum, mask, i) => sum + mask * (weights[i] ?? 0n), 0n);
    const sigma = this.#power.random(randomnessBits + MASK_BITS);

    const digitSum = (blinding: bigint, digits: readonly bigint[]): Uint8Array =>
      sums.sum([
        { table: H, scalar: blinding },
        ...digits.map((scalar, i) => ({ table: FIRST_DIGIT + i, scalar })),
      ]);
    const V = digitSum(
      rV,
      bits.map((bit) => (bit ? 1n : 0n)),
    );
    const A = digitSum(rA, masks);
    const P = bigintToBytes(
      ((1n + (maskSum % key.n) * key.n) * this.#power.power(sigma)) % key.nSquared,
      key.ciphertextBytes,
    );
    const { y, transcript } = firstChallenge(statement, context, ciphertext, { V, A, P });

    let [linear, constant] = [0n, 0n];
    for (let i = bits.length - 1; i >= 0; i--) {
      const mask = masks[i] ?? 0n;
      linear = Fn.create(linear * y + (bits[i] === true ? -mask : mask));
      constant = Fn.create(constant * y - mask * mask);
    }
    const blinded = (blinding: bigint, scalar: bigint): Uint8Array =>
      sums.sum([
        { table: H, scalar: blinding },
        { table: G, scalar },
      ]);
    const [W0, W1] = [blinded(r0, constant), blinded(r1, linear)];
    const e = secondChallenge(transcript, W0, W1);
    const answers = {
      P,
      digits: masks.map((mask, i) => (bits[i] === true ? mask + e : mask)),
      zV: Fn.create(rA + e * rV),
      zW: Fn.create(r0 + e * r1),
      s: bytesToBigint(sigma) + e * rho,
    };
    return encodeRangeProof(statement, answers, { V, A, W0, W1 });
  }

  #scalar(): bigint {
    return Fn.create(bytesToBigint(this.#power.random(SCALAR_SOURCE_BITS)));
  }
}

/** b_i with Σ w_i b_i = d. @throws RangeError for d outside the range. */
function bitsOf({ maximum, weights }: RangeStatement, d: number): boolean[] {
  if (!Number.isSafeInteger(d) || d < 0 || d > maximum)
    throw new RangeError('"d" expected an integer from 0 to the maximum');
  const bits: boolean[] = [];
  let rest = BigInt(d);
  // The last weight may be smaller than the one before: whatever it leaves over, the powers of two before it can write.
  for (let i = weights.length - 1; i >= 0; i--) {
    const weight = weights[i] ?? 0n;
    const taken = rest >= weight;
    bits[i] = taken;
    if (taken) rest -= weight;
  }
  return bits;
}
