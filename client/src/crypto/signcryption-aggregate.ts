/**
 * EXPERIMENTAL: signatures of a slot that add up (spec 3.C, form 002-S), secret side. Symbols, conditions and what is not proven: chaincode/src/crypto/signcryption-aggregate.ts.
 *
 * Run by meters (x_u, h_u) and by the key generation centre (x). Signatures take no randomness. A meter that signs three times in one slot has given its key away for that slot, so the last slot is
 * stored before anything is signed, and a second message is refused. BigInt on secrets, not constant time: one more reason why no grid uses it.
 */
import { randomBytes } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToBigint, concatBytes, equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import type { ReportScope } from '@gridveil/chaincode/crypto/signcryption.js';
import {
  AGGREGATE_ORDER,
  aggregateKeyChallenge,
  aggregatePossessionChallenge,
  contributionChallenges,
  decodeAggregateKey,
  encodeAggregateKey,
  encodeAggregateScalar,
  slotPoints,
  type AggregateAuthority,
  type AggregateIdentity,
  type AggregatePossession,
  type AggregatePublicKey,
} from '@gridveil/chaincode/crypto/signcryption-aggregate.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import type { RandomSource } from './ristretto-secret.js';

const { Point } = bls12_381.G1;
/** 128 bits more than the order, so that the remainder is uniform. */
const RANDOM_BYTES = 48;

function secretScalar(random: RandomSource): bigint {
  const scalar = bytesToBigint(random(RANDOM_BYTES)) % AGGREGATE_ORDER;
  if (scalar === 0n) throw new RangeError('"random" expected a source of randomness');
  return scalar;
}

function sum(...terms: readonly bigint[]): bigint {
  return terms.reduce((total, term) => total + term, 0n) % AGGREGATE_ORDER;
}

/** The master key x. Answers each identity and epoch once, to someone the caller knows. */
export class AggregateKeyCentre {
  readonly authority: AggregateAuthority;
  readonly #master: bigint;
  readonly #random: RandomSource;

  constructor({ channel, grid }: ReportScope, random: RandomSource = randomBytes) {
    this.#master = secretScalar(random);
    this.#random = random;
    this.authority = { channel, grid, publicKey: Point.BASE.multiply(this.#master).toBytes(true) };
  }

  /** @param own - Y_u, 48 bytes. @returns α_u and h_u, which must travel in secret. @throws Error for a Y_u that is no point */
  issue(
    identity: AggregateIdentity,
    own: Uint8Array,
  ): { readonly publicKey: Uint8Array; readonly partial: bigint } {
    const r = secretScalar(this.#random);
    const publicKey = encodeAggregateKey(Point.BASE.multiply(r), Point.fromBytes(own));
    const eta = aggregateKeyChallenge(this.authority, identity, publicKey);
    return { publicKey, partial: sum(r, eta * this.#master) };
  }
}

/** Where a meter keeps what it must not forget: stored when the promise is fulfilled. */
export interface SlotMemory {
  /** Undefined before the first signature. */
  last(): { readonly slot: number; readonly message: Uint8Array } | undefined;
  store(slot: number, message: Uint8Array): Promise<void>;
}

/** A meter's key. */
export class AggregateKey {
  readonly publicKey: AggregatePublicKey;
  readonly #scope: ReportScope;
  readonly #own: bigint;
  readonly #partial: bigint;
  readonly #random: RandomSource;

  private constructor(
    { channel, grid }: ReportScope,
    publicKey: AggregatePublicKey,
    secrets: { readonly own: bigint; readonly partial: bigint },
    random: RandomSource,
  ) {
    this.#scope = { channel, grid };
    this.publicKey = publicKey;
    this.#own = secrets.own;
    this.#partial = secrets.partial;
    this.#random = random;
  }

  /** @throws ProofRejectedError BAD_PARTIAL_KEY when the centre's answer does not fit */
  static create(
    centre: Pick<AggregateKeyCentre, 'authority' | 'issue'>,
    identity: AggregateIdentity,
    random: RandomSource = randomBytes,
  ): AggregateKey {
    const own = secretScalar(random);
    const { publicKey, partial } = centre.issue(identity, Point.BASE.multiply(own).toBytes(true));
    const decoded = decodeAggregateKey(centre.authority, identity, publicKey);
    const fits =
      partial > 0n &&
      partial < AGGREGATE_ORDER &&
      Point.BASE.multiply(partial).equals(decoded.partial) &&
      Point.BASE.multiply(own).equals(decoded.own);
    if (!fits) throw refusal('BAD_PARTIAL_KEY', { id: identity.id });
    return new AggregateKey(centre.authority, decoded, { own, partial }, random);
  }

  /** Proofs that go with the public key when it is registered. */
  provePossession(): AggregatePossession {
    const { statement } = this.publicKey;
    const prove = (kind: keyof AggregatePossession, secret: bigint): Uint8Array => {
      const a = secretScalar(this.#random);
      const announcement = Point.BASE.multiply(a).toBytes(true);
      const c = aggregatePossessionChallenge(kind, statement, announcement);
      return concatBytes(announcement, encodeAggregateScalar(sum(a, c * secret)));
    };
    return { own: prove('own', this.#own), partial: prove('partial', this.#partial) };
  }

  /**
   * T_i of a report, 96 bytes; the same for the same report. Cost: 100 ms.
   * @param message - `aggregateMessage` of the report
   * @throws StateConflictError REPORT_EQUIVOCATION for another message in the same slot, or a slot before the last one
   */
  async contribute(slot: number, message: Uint8Array, memory: SlotMemory): Promise<Uint8Array> {
    const last = memory.last();
    const again = last?.slot === slot && equalBytes(last.message, message);
    if (last && slot <= last.slot && !again)
      throw refusal('REPORT_EQUIVOCATION', { meterId: this.publicKey.id, slot });
    if (!again) await memory.store(slot, message);
    return this.#sign(slot, message);
  }

  #sign(slot: number, message: Uint8Array): Uint8Array {
    const { beta, gamma } = contributionChallenges(this.#scope, slot, { key: this.publicKey, message });
    const factors = [this.#own, sum(this.#own * beta), this.#partial, sum(this.#partial * gamma)];
    return slotPoints(this.#scope, slot)
      .map((point, i) => point.multiply(factors[i] ?? 1n))
      .reduce((total, term) => total.add(term))
      .toBytes(true);
  }
}
