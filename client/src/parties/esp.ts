/**
 * The electricity service provider (ESP of paper 001): sets the tariff, closes the period, opens area totals and monthly charges, each with a proof anyone can check.
 *
 * Holds: the Paillier private key. Sees: what an area used in a slot, what each customer owes for a period. Section 6.5, Eq. (15), (17).
 * It could decrypt a single report (Eq. (16) is that, break B1.5). So it opens nothing it is handed: every ciphertext it rebuilds itself from signed reports,
 * over enough meters of its own list or a whole period, once, and never another one for the same slot or bill (spec/schemes.md 2.C, 6.1).
 * Trusts no peer for who is a meter: every key must be bound to a signing key that the meter was enrolled with (enrolment.ts). What it has opened survives a restart (disclosures.ts).
 * What is left: whoever reads its secret key reads everything, and a peer that is in league with the AN and with all but one of the meters that suffice for an area total.
 */
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import type { Opening } from '@gridveil/chaincode/crypto/paillier.js';
import { areaTotal, assertPlausibleCharge } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { findBadSignatures } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import type { BillingPacket } from '@gridveil/chaincode/crypto/tou-billing.js';
import type { BlsPublicKey } from '@gridveil/chaincode/crypto/bls-suite.js';
import { checkAreaSize } from '@gridveil/chaincode/domain/area-opening.js';
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
import { checkMeterKey } from './bill-check-keys.js';
import { verifyCharge, type VerifiedCharge } from './bill-check.js';
import { BillReader } from './bill-facts.js';
import type { BillingView } from './billing-view.js';
import type { Disclosures } from './disclosures.js';
import { checkEnrolled, type Enrolment } from './enrolment.js';
import type { CiphertextOpener } from './mdms.js';

export interface EspOptions {
  readonly ledger: Ledger;
  readonly billing: BillingView;
  readonly enrolment: Enrolment;
  /** Nobody else writes there. */
  readonly disclosures: Disclosures;
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
  /** Of enrolled meters, by `meter/epoch`. */
  readonly #meterKeys = new Map<string, BlsPublicKey>();

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
   * @throws NotFoundError BLOCK_UNKNOWN; ValidationError AREA_TOO_SMALL, AREA_INCOMPLETE; ClientError METER_NOT_ENROLLED; ProofRejectedError BAD_BLS_POSSESSION, BAD_METER_BINDING, REPORT_BAD_SIGNATURE,
   *   AREA_IMPLAUSIBLE; StateConflictError REPORT_EXISTS, AREA_OPENING_EXISTS; ClientError JOURNAL_FULL, JOURNAL_BROKEN: no opening leaves the ESP then.
   */
  async openArea(slot: number): Promise<OpenedArea> {
    const { ledger, billing, enrolment, disclosures } = this.#options;
    const { scope, publicKey, record } = billing;
    const packets = await getSlotPackets(ledger, scope.grid, slot, 0);
    const count = packets.length;
    checkAreaSize({ slot, count, registered: enrolment.meters.size }, enrolment);
    await this.#checkPackets(slot, packets);
    const entries = packets.map(({ meterId, ciphertext }) => ({ owner: meterId, bytes: ciphertext }));
    const total = areaTotal(publicKey, entries);
    const disclosed = [{ name: `area/${slot}`, ciphertext: total }];
    if (disclosures.firstOther(disclosed) !== -1) throw refusal('AREA_OPENING_EXISTS', { slot });
    const [opening] = await this.#open([total]);
    const { m } = opening as Opening;
    if (m > BigInt(count) * BigInt(record.maxReadingWh)) throw refusal('AREA_IMPLAUSIBLE', { slot, count });
    if ((await disclosures.keep(disclosed)) !== -1) throw refusal('AREA_OPENING_EXISTS', { slot });
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
   * @throws GridveilError of verifyCharge for the first charge that is not what reports and tariff give; CHARGE_IMPLAUSIBLE; CHARGE_OPENING_EXISTS; ClientError METER_NOT_ENROLLED, JOURNAL_FULL,
   *   JOURNAL_BROKEN
   */
  async openCharges(tariffId: string, meterIds: readonly string[]): Promise<OpenedCharge[]> {
    const { ledger, billing, enrolment, disclosures, tariffLimits } = this.#options;
    const reader = new BillReader(ledger, billing, tariffId, meterIds.length > 1 ? 'all' : 'one');
    const charges: VerifiedCharge[] = [];
    for (const meterId of meterIds) {
      const facts = await reader.charge(meterId);
      for (const key of facts.meterKeys) checkEnrolled(enrolment, meterId, key);
      charges.push(verifyCharge(facts, tariffLimits ?? TARIFF_LIMITS));
    }
    const disclosed = charges.map(({ meterId, charge }) => ({
      name: `charge/${tariffId}/${meterId}`,
      ciphertext: bytesToBigint(charge),
    }));
    this.#assertNoOther(charges, disclosures.firstOther(disclosed));
    const openings = await this.#open(disclosed.map(({ ciphertext }) => ciphertext));
    const { tariff } = await getTariff(ledger, billing.scope.grid, tariffId);
    const limits = {
      slots: slotCountOf(tariff),
      maxReadingWh: billing.record.maxReadingWh,
      maxPriceMicroPerWh: tariff.bands.at(-1)?.priceMicroPerWh ?? 0,
    };
    const opened = charges.map((charge, i) => ({ ...charge, ...(openings[i] as Opening) }));
    for (const { meterId, m } of opened) assertPlausibleCharge(meterId, m, limits);
    this.#assertNoOther(charges, await disclosures.keep(disclosed));
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

  /** Each of the packets is signed by an enrolled meter for this slot, and no meter stands there twice: a peer that made some up, or repeated some, would have the others opened. */
  async #checkPackets(slot: number, packets: readonly BillingPacket[]): Promise<void> {
    const { scope } = this.#options.billing;
    const meterIds = new Set<string>();
    for (const { meterId } of packets) {
      if (meterIds.has(meterId)) throw refusal('REPORT_EXISTS', { meterId, slot });
      meterIds.add(meterId);
    }
    await Promise.all(packets.map(({ meterId, epoch }) => this.#loadKey(meterId, epoch)));
    const [bad] = findBadSignatures(scope, slot, packets, (meterId, epoch) => {
      const key = this.#meterKeys.get(`${meterId}/${epoch}`);
      if (key === undefined) throw refusal('REPORT_WRONG_EPOCH', { meterId, epoch });
      return key;
    });
    if (bad) throw bad.refusal;
  }

  async #loadKey(meterId: string, epoch: number): Promise<void> {
    const { ledger, billing, enrolment } = this.#options;
    const id = `${meterId}/${epoch}`;
    if (this.#meterKeys.has(id)) return;
    const record = await getBillingMeterKey(ledger, billing.scope.grid, meterId, epoch);
    checkEnrolled(enrolment, meterId, record);
    // What was asked for, whatever the record calls itself.
    this.#meterKeys.set(id, checkMeterKey(billing.scope, meterId, { ...record, epoch }).key);
  }

  /** @param other - place of a charge under whose bill another one was opened */
  #assertNoOther(charges: readonly VerifiedCharge[], other: number): void {
    if (other !== -1) throw refusal('CHARGE_OPENING_EXISTS', { meterId: charges[other]?.meterId ?? '' });
  }

  async #open(ciphertexts: readonly bigint[]): Promise<readonly Opening[]> {
    const openings = await this.#options.open(ciphertexts);
    if (openings.length !== ciphertexts.length)
      throw new RangeError('"open" expected one opening per ciphertext');
    return openings;
  }
}
