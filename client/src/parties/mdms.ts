/**
 * The MDMS (key owner of paper 000): opens slot totals, and nothing else, and publishes openings anyone can check.
 *
 * Holds: the Paillier private key. Sees: the consumption of each region of each slot. It could decrypt single reports if
 * a fog node handed them over; no message of this scheme carries one to it. A slot that a bad or silent region keeps shut
 * is opened without that region. Equations (11) to (13), corrected Algorithm 2.
 */
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import {
  radixCheck,
  regionConsumption,
  slotRegions,
  slotTotal,
} from '@gridveil/chaincode/domain/slot-total.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import type { Opening } from '@gridveil/chaincode/crypto/paillier.js';
import { checkGroup, type RegionWithholding } from '@gridveil/chaincode/domain/region-total.js';
import { getSlot, publishOpening, withholdRegion } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';
import type { GridView } from './grid-view.js';

/** Opens ciphertexts with the private key, wherever that key lives (this thread, workers, a vault). */
export type CiphertextOpener = (ciphertexts: readonly bigint[]) => Promise<readonly Opening[]>;

export interface OpenedSlot {
  readonly slot: number;
  /** In radix order. */
  readonly consumptionWh: readonly number[];
}

export class Mdms {
  /** Ciphertext of each slot it has given an opening of to the ledger. */
  readonly #disclosed = new Map<number, bigint>();

  constructor(
    private readonly ledger: Ledger,
    private readonly grid: GridView,
    private readonly open: CiphertextOpener,
  ) {}

  /**
   * Opens one slot: checks that every region total is of a group and that the ledger's total is their Horner sum, since a
   * peer may lie and whoever gets an opening has it, published or not; then decrypts it, splits it, proves
   * that no report spilled into another region, and publishes.
   * @throws StateConflictError TOTAL_MISSING, OPENING_EXISTS when this process has opened the slot to something else;
   *   ValidationError GROUP_TOO_SMALL and the like; ProofRejectedError TOTAL_MISMATCH, DIGIT_OVERFLOW, DIGIT_CHECK_FAILED: nothing is published then.
   */
  async openSlot(slot: number): Promise<OpenedSlot> {
    const { publicKey, record, channel } = this.grid;
    const committed = await getSlot(this.ledger, record.grid, slot);
    if (!committed.total) throw refusal('TOTAL_MISSING', { slot });
    const regions = slotRegions(publicKey, slot, committed.regionTotals);
    for (const region of regions.facts) checkGroup(region, record);
    const total = bytesToBigint(Buffer.from(committed.total.ciphertext, 'base64url'));
    if (slotTotal(publicKey, record, regions) !== total) throw refusal('TOTAL_MISMATCH', { slot });
    const disclosed = this.#disclosed.get(slot);
    if (disclosed !== undefined && disclosed !== total) throw refusal('OPENING_EXISTS', { slot });

    const { m, rho } = await this.#openOne(total);
    const consumptionWh = regionConsumption(record, regions, m);
    const check = radixCheck(publicKey, record, channel, regions, consumptionWh);
    const checkOpening = await this.#openOne(check.ciphertext);
    if (checkOpening.m !== check.m) throw refusal('DIGIT_CHECK_FAILED', { slot });
    this.#disclosed.set(slot, total);
    await publishOpening(this.ledger, record.grid, { slot, m, rho, checkRho: checkOpening.rho });
    return { slot, consumptionWh };
  }

  /**
   * Finds what makes `openSlot` refuse with DIGIT_OVERFLOW or DIGIT_CHECK_FAILED: opens each region total for itself and
   * tells nobody the sums.
   * @returns regions whose sum is above what their reports can add up to. Cost: one decryption per region.
   * @throws ValidationError GROUP_TOO_SMALL and the like when a region total is of no group.
   */
  async findInvalidRegions(slot: number): Promise<string[]> {
    const { publicKey, record } = this.grid;
    const { regionTotals } = await getSlot(this.ledger, record.grid, slot);
    const { facts, ciphertexts } = slotRegions(publicKey, slot, regionTotals);
    for (const total of facts) checkGroup(total, record);
    const openings = await this.open(ciphertexts);
    if (openings.length !== facts.length) throw new RangeError('"open" expected one opening per ciphertext');
    return facts
      .filter(({ count }, j) => (openings[j] as Opening).m > BigInt(count) * BigInt(record.maxReadingWh))
      .map(({ region }) => region);
  }

  /**
   * Leaves a region out of a slot: the others open without it once the leader has settled the slot anew.
   * @throws StateConflictError OPENING_EXISTS, REGION_TOTAL_MISSING, REGION_TOTAL_EXISTS, REGION_NOT_LATE.
   */
  async withhold(
    slot: number,
    region: string,
    reason: RegionWithholding['reason'] = 'invalid',
  ): Promise<void> {
    await withholdRegion(this.ledger, { grid: this.grid.record.grid, region, slot, reason });
  }

  async #openOne(ciphertext: bigint): Promise<Opening> {
    const [opening] = await this.open([ciphertext]);
    if (!opening) throw new RangeError('"open" expected one opening for one ciphertext');
    return opening;
  }
}
