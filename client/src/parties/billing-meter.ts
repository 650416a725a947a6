/**
 * The meter of time-of-use billing (SM_i in HAN_i of paper 001): encrypts each reading, proves its range, signs both for one slot and tariff.
 *
 * Holds: its readings, its BLS key. Trusts: nobody with a reading; that a report counts it can see on the ledger. Section 6.3, Eq. (8) in hardened form.
 * It reports under one tariff at a time and only after it has read its table: prices that would turn a bill into a load profile it does not sign for (B1.15).
 */
import { disputeMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import {
  encodeBillingHeader,
  type BillingHeader,
  type BillingScope,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import type { DisputeOpening } from '@gridveil/chaincode/domain/dispute.js';
import {
  bandOfSlot,
  checkTariff,
  tariffId,
  TARIFF_LIMITS,
  type TariffLimits,
  type TariffTable,
} from '@gridveil/chaincode/domain/tariff.js';
import type { BlsKey } from '../crypto/bls-key.js';
import type { EncryptedWithProof } from '../crypto/range-proof.js';
import { sealBillingReport } from '../crypto/tou-billing.js';

/** Encrypts a reading in Wh with fresh randomness and proves its range for `context`. */
export type ReadingProver = (energyWh: number, context: Uint8Array) => Promise<EncryptedWithProof>;

export interface BillingMeterOptions {
  readonly meterId: string;
  /** Of its registered key. */
  readonly epoch: number;
  readonly key: BlsKey;
  readonly scope: BillingScope;
  readonly prove: ReadingProver;
  /** For tests only. */
  readonly tariffLimits?: TariffLimits;
}

export class BillingMeter {
  readonly meterId: string;
  readonly #options: BillingMeterOptions;
  #tariff: { readonly id: string; readonly table: TariffTable } | undefined;
  #lastReport: { readonly slot: number; readonly bytes: Promise<Uint8Array> } | undefined;

  constructor(options: BillingMeterOptions) {
    this.meterId = options.meterId;
    this.#options = options;
  }

  /** From now on it reports under this tariff. @throws ValidationError of checkTariff when the table may not be: it reports under the old one, or not at all. */
  follow(table: TariffTable): void {
    checkTariff(table, this.#options.tariffLimits ?? TARIFF_LIMITS);
    this.#tariff = { id: tariffId(table), table };
  }

  /**
   * The report for a slot. Asking again for the same slot gives the same bytes: a meter never signs two readings for one slot.
   * @param energyWh - integer Wh from 0 to maxReadingWh of the grid
   * @throws ValidationError SLOT_OUTSIDE_PERIOD; RangeError without a tariff, for a reading out of range, or a slot before the last one.
   */
  async report(slot: number, energyWh: number): Promise<Uint8Array> {
    if (this.#lastReport?.slot === slot) return this.#lastReport.bytes;
    if (this.#lastReport && slot < this.#lastReport.slot)
      throw new RangeError('"slot" is before the last reported one');
    if (this.#tariff === undefined)
      throw new RangeError('"follow" expected a tariff before the first report');
    bandOfSlot(this.#tariff.table, slot);
    const before = this.#lastReport;
    const bytes = this.#seal(this.#tariff.id, slot, energyWh);
    this.#lastReport = { slot, bytes };
    // Nothing was signed then, so the slot may be tried again.
    bytes.catch(() => {
      if (this.#lastReport?.bytes === bytes) this.#lastReport = before;
    });
    return bytes;
  }

  /** Contests a bill of this meter. @param reason - one line of text */
  dispute(tariff: string, reason: string): DisputeOpening {
    const { meterId, epoch, key, scope } = this.#options;
    const bill = { meterId, tariffId: tariff };
    const signature = key.sign(disputeMessage(scope, bill, epoch, reason));
    return { grid: scope.grid, ...bill, epoch, reason, signature };
  }

  async #seal(tariff: string, slot: number, energyWh: number): Promise<Uint8Array> {
    const { meterId, epoch, key, scope, prove } = this.#options;
    const header: BillingHeader = { ...scope, epoch, tariffId: tariff, slot, meterId };
    return sealBillingReport(header, await prove(energyWh, encodeBillingHeader(header)), key);
  }
}
