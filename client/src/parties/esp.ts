/**
 * The electricity service provider (ESP of paper 001): sets the tariff, closes the period, opens area totals and monthly charges, each with a proof anyone can check.
 *
 * Holds: the Paillier private key. Sees: what an area used in a slot, what each customer owes for a period. Section 6.5, Eq. (15), (17).
 * It could decrypt a single report (Eq. (16) is that, break B1.5). So it opens nothing it is handed: every ciphertext it rebuilds itself from signed reports,
 * over at least `minGroup` meters or a whole period, once, and never another one for the same slot or bill (spec/schemes.md 2.C, 6.1).
 * Trusts its own peer for the meters' keys: one that answers with keys of its own could have it open a single report. What it has opened it remembers until the process ends.
 */
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { bytesToBigint, fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { Opening } from '@gridveil/chaincode/crypto/paillier.js';
import { areaTotal, assertPlausibleCharge } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { findBadSignatures } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import type { BillingPacket } from '@gridveil/chaincode/crypto/tou-billing.js';
import type { BlsPublicKey } from '@gridveil/chaincode/crypto/bls-suite.js';
import { suggestedSlotsPerPart } from '@gridveil/chaincode/domain/billing-tariff.js';
import { MAX_OPENINGS_PER_TRANSACTION } from '@gridveil/chaincode/domain/monthly-charge.js';
import {
  slotCountOf,
  TARIFF_LIMITS,
  type TariffLimits,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import {
  closeBillingPeriod,
  publishAreaOpening,
  publishChargeOpenings,
  publishTariff,
  type BillReceipt,
  type StoredReceipt,
} from '../ledger/billing-calls.js';
import {
  getBillingMeterKey,
  getSlotPackets,
  getTariff,
  listBillingMeters,
} from '../ledger/billing-queries.js';
import type { Ledger } from '../ledger/port.js';
import { verifyCharge, type VerifiedCharge } from './bill-check.js';
import { BillReader } from './bill-facts.js';
import type { BillingView } from './billing-view.js';
import type { CiphertextOpener } from './mdms.js';

export interface EspOptions {
  readonly ledger: Ledger;
  readonly billing: BillingView;
  readonly open: CiphertextOpener;
  /** For tests only. */
  readonly tariffLimits?: TariffLimits;
}

export interface OpenedArea {
  readonly slot: number;
  readonly energyWh: bigint;
  /** Meters whose reports are in it. */
  readonly count: number;
}

export interface OpenedCharge extends VerifiedCharge {
  readonly chargeMicro: bigint;
}

export class Esp {
  readonly #options: EspOptions;
  /** By `meter/epoch`. */
  readonly #meterKeys = new Map<string, BlsPublicKey>();
  /** Ciphertext of each slot, and of each `tariff/meter`, that it has given an opening of to the ledger. */
  readonly #disclosed = new Map<string, bigint>();

  constructor(options: EspOptions) {
    this.#options = options;
  }

  /** Fixes the prices of a plan for a period that has not begun. @returns the id that meters sign. @throws GridveilError of the tariff rules, TARIFF_PERIOD_BEGUN, TARIFF_PERIOD_TAKEN */
  async publishTariff(plan: string, table: TariffTable): Promise<string> {
    const { ledger, billing } = this.#options;
    return (await publishTariff(ledger, billing.scope.grid, plan, table)).tariffId;
  }

  /**
   * Opens what the meters of block 0 of a slot used together, Eq. (15); late reports stay closed, since two openings that differ by one meter would be its reading.
   * @throws NotFoundError BLOCK_UNKNOWN; ValidationError AREA_TOO_SMALL; ProofRejectedError REPORT_BAD_SIGNATURE, AREA_IMPLAUSIBLE; StateConflictError AREA_OPENING_EXISTS: nothing is opened then.
   */
  async openArea(slot: number): Promise<OpenedArea> {
    const { ledger, billing } = this.#options;
    const { scope, publicKey, record } = billing;
    const packets = await getSlotPackets(ledger, scope.grid, slot, 0);
    const count = packets.length;
    if (count < record.minGroup) throw refusal('AREA_TOO_SMALL', { slot, count, minGroup: record.minGroup });
    await this.#checkPackets(slot, packets);
    const entries = packets.map(({ meterId, ciphertext }) => ({ owner: meterId, bytes: ciphertext }));
    const total = areaTotal(publicKey, entries);
    if (this.#hasDisclosedOther(String(slot), total)) throw refusal('AREA_OPENING_EXISTS', { slot });
    const [opening] = await this.#open([total]);
    const { m } = opening as Opening;
    if (m > BigInt(count) * BigInt(record.maxReadingWh)) throw refusal('AREA_IMPLAUSIBLE', { slot, count });
    this.#disclosed.set(String(slot), total);
    await publishAreaOpening(ledger, scope.grid, slot, opening as Opening);
    return { slot, energyWh: m, count };
  }

  /** No report of the period counts from now on. @throws StateConflictError PERIOD_OPEN while reports may still come */
  async closePeriod(tariffId: string): Promise<StoredReceipt> {
    const { ledger, billing } = this.#options;
    const { grid } = billing.scope;
    const meters = await listBillingMeters(ledger, grid);
    const slotsPerPart = suggestedSlotsPerPart(meters.length, billing.publicKey.ciphertextBytes);
    return closeBillingPeriod(ledger, grid, tariffId, slotsPerPart);
  }

  /**
   * Opens monthly charges, Eq. (17), after it has recomputed each from signed reports; all or none.
   * @throws GridveilError of verifyCharge for the first charge that is not what reports and tariff give; CHARGE_IMPLAUSIBLE; CHARGE_OPENING_EXISTS
   */
  async openCharges(tariffId: string, meterIds: readonly string[]): Promise<OpenedCharge[]> {
    const { ledger, billing, tariffLimits } = this.#options;
    const reader = new BillReader(ledger, billing, tariffId, meterIds.length > 1 ? 'all' : 'one');
    const charges: VerifiedCharge[] = [];
    for (const meterId of meterIds) {
      const charge = verifyCharge(await reader.charge(meterId), tariffLimits ?? TARIFF_LIMITS);
      if (this.#hasDisclosedOther(`${tariffId}/${meterId}`, bytesToBigint(charge.charge)))
        throw refusal('CHARGE_OPENING_EXISTS', { meterId });
      charges.push(charge);
    }
    const openings = await this.#open(charges.map(({ charge }) => bytesToBigint(charge)));
    const { tariff } = await getTariff(ledger, billing.scope.grid, tariffId);
    const limits = {
      slots: slotCountOf(tariff),
      maxReadingWh: billing.record.maxReadingWh,
      maxPriceMicroPerWh: tariff.bands.at(-1)?.priceMicroPerWh ?? 0,
    };
    const opened = charges.map((charge, i) => ({ ...charge, ...(openings[i] as Opening) }));
    for (const { meterId, m } of opened) assertPlausibleCharge(meterId, m, limits);
    for (const { meterId, charge } of charges)
      this.#disclosed.set(`${tariffId}/${meterId}`, bytesToBigint(charge));
    await this.#publish(tariffId, opened);
    return opened.map(({ meterId, charge, reports, missing, m }) => ({
      ...{ meterId, charge, reports, missing },
      chargeMicro: m,
    }));
  }

  async #publish(
    tariffId: string,
    opened: readonly (Opening & { readonly meterId: string })[],
  ): Promise<BillReceipt[]> {
    const { ledger, billing } = this.#options;
    const receipts: BillReceipt[] = [];
    for (let i = 0; i < opened.length; i += MAX_OPENINGS_PER_TRANSACTION) {
      const batch = opened.slice(i, i + MAX_OPENINGS_PER_TRANSACTION);
      receipts.push(...(await publishChargeOpenings(ledger, billing.scope.grid, tariffId, batch)));
    }
    return receipts;
  }

  /** Each of the packets is signed by a registered meter for this slot: a peer that made some up would have the others opened. */
  async #checkPackets(slot: number, packets: readonly BillingPacket[]): Promise<void> {
    const { scope } = this.#options.billing;
    await Promise.all(packets.map(({ meterId, epoch }) => this.#loadKey(meterId, epoch)));
    const [bad] = findBadSignatures(scope, slot, packets, (meterId, epoch) => {
      const key = this.#meterKeys.get(`${meterId}/${epoch}`);
      if (key === undefined) throw refusal('REPORT_WRONG_EPOCH', { meterId, epoch });
      return key;
    });
    if (bad) throw bad.refusal;
  }

  async #loadKey(meterId: string, epoch: number): Promise<void> {
    const { ledger, billing } = this.#options;
    const id = `${meterId}/${epoch}`;
    if (this.#meterKeys.has(id)) return;
    const { publicKey } = await getBillingMeterKey(ledger, billing.scope.grid, meterId, epoch);
    const bytes = fromBase64url(publicKey, 'publicKey');
    this.#meterKeys.set(id, blsBackend().decodePublicKey(bytes, `The key of meter "${meterId}"`));
  }

  /** Whether something else was opened under this name. */
  #hasDisclosedOther(name: string, ciphertext: bigint): boolean {
    const disclosed = this.#disclosed.get(name);
    return disclosed !== undefined && disclosed !== ciphertext;
  }

  async #open(ciphertexts: readonly bigint[]): Promise<readonly Opening[]> {
    const openings = await this.#options.open(ciphertexts);
    if (openings.length !== ciphertexts.length)
      throw new RangeError('"open" expected one opening per ciphertext');
    return openings;
  }
}
