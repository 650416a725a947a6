/**
 * An area of the slot-block rounds: a grid of its own whose meters report to one aggregator. A block needs a slot that nobody has reported in, and slots come with time only:
 * so that many blocks can be measured in a minute, there are many areas with a few slots each.
 *
 * Keys of meters and aggregators come from the seed, the same ones in every area; whoever knows the seed has them.
 */
import type { BillingTerms } from '@gridveil/chaincode/domain/billing-parties.js';
import { paillierPublicKey, type PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { generateBlsKey, type BlsKey } from '@gridveil/client/crypto/bls-key.js';
import { seededBytes } from './seeded-bytes.js';
import type { BenchmarkFogNode } from './target.js';

/** 100 kW for an hour: range proofs of 17 digits. */
export const MAX_READING_WH = 100_000;
/** Blocks of an area: with slots of a minute, all may be submitted when the tariff begins, since contracts allow for clocks that are five minutes slow. */
export const SLOTS_PER_AREA = 4;

/** What decides the cost of a block. */
export interface AreaShape {
  readonly meters: number;
  /** Range proofs are checked by every endorser (level L2), or by the aggregator alone (L1). */
  readonly proofsCheckedBy: BillingTerms['proofsCheckedBy'];
}

export interface BillingArea extends AreaShape {
  readonly grid: string;
  readonly channel: string;
  /** Decimal strings: Paillier modulus and generator of the N-th residues. */
  readonly n: string;
  readonly hN: string;
  readonly seed: string;
  readonly aggregator: BenchmarkFogNode;
  /** The aggregator is in office in it. */
  readonly term: number;
  readonly tariffId: string;
  /** Blocks may be submitted for so many slots from the first one on. */
  readonly firstSlot: number;
  readonly slots: number;
}

export function areaKey({ n, hN }: Pick<BillingArea, 'n' | 'hN'>): PaillierPublicKey {
  return paillierPublicKey(BigInt(n), BigInt(hN));
}

/** Ids of one length, so that all packets are equally long. */
export function areaMeterId(index: number): string {
  return `meter-${String(index + 1).padStart(4, '0')}`;
}

const madeKeys = new Map<string, BlsKey>();

/** @param owner - id of the meter or the aggregator */
export function seededBlsKey(seed: string, owner: string): BlsKey {
  const id = `${seed}/${owner}`;
  const key = madeKeys.get(id) ?? generateBlsKey({ randomBytes: seededBytes('bls-key', seed, owner) });
  madeKeys.set(id, key);
  return key;
}
