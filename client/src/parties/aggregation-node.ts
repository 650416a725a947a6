/**
 * The aggregation node (AN of paper 001) when a period is over: the aggregator in office sums what meters reported, states what missing slots count as, and signs monthly charges.
 *
 * Section 6.4, Eq. (12), (13), (14); spec/schemes.md 2.C. Sees ciphertexts only. Every endorser recomputes parts, missing slots and charges: there is nothing
 * in them for it to choose, and what it signed falsely elsewhere, each customer finds (bill-check.ts).
 */
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import {
  missingSlotsMessage,
  monthlyChargeMessage,
  type MissingSlot,
} from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import { checkPeriodOver } from '@gridveil/chaincode/domain/billing-tariff.js';
import {
  chargeOfParts,
  MAX_BILLS_PER_TRANSACTION,
  missingSlotsOf,
} from '@gridveil/chaincode/domain/monthly-charge.js';
import { wasInPlan } from '@gridveil/chaincode/domain/meter-keys.js';
import { firstSlotOf, slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import { GridveilError, refusal } from '@gridveil/chaincode/errors.js';
import type { BlsKey } from '../crypto/bls-key.js';
import {
  recordMissingSlots,
  submitMonthlyCharges,
  sumChargePart,
  type BillReceipt,
  type BillingOffice,
} from '../ledger/billing-calls.js';
import {
  getBill,
  getTariff,
  listBillingMeters,
  listMeterPackets,
  type TariffState,
} from '../ledger/billing-queries.js';
import type { Ledger } from '../ledger/port.js';
import type { BillingView } from './billing-view.js';
import type { Office } from './leader.js';

export interface AggregationNodeOptions {
  readonly aggregator: string;
  readonly key: BlsKey;
  readonly ledger: Ledger;
  readonly billing: BillingView;
  readonly office: Office;
  /** Unix time; injected, so that replays and tests have their own clock. */
  readonly nowSeconds: () => number;
}

/** Cha_i of one meter, not yet signed. */
export interface MonthlyCharge {
  readonly meterId: string;
  /** Encoded. */
  readonly charge: Uint8Array;
  readonly missing: readonly MissingSlot[];
}

/** What became of a period: charges, and the meters that have no bill, with the reason. */
export interface PeriodCharges {
  readonly charges: readonly MonthlyCharge[];
  readonly refused: readonly { readonly meterId: string; readonly refusal: GridveilError }[];
}

export class AggregationNode {
  readonly #options: AggregationNodeOptions;

  constructor(options: AggregationNodeOptions) {
    this.#options = options;
  }

  /** Has every part of a closed period summed that is not yet. @throws StateConflictError PERIOD_OPEN */
  async sumParts(tariffId: string): Promise<void> {
    const { ledger, billing, aggregator } = this.#options;
    const { grid } = billing.scope;
    const { parts, partsSummed } = await this.#closedTariff(tariffId);
    for (let part = 0; part < parts; part++)
      if (!partsSummed.includes(part)) await sumChargePart(ledger, { grid, aggregator, tariffId, part });
  }

  /**
   * Cha_i of every meter that was in the tariff's plan in the period, wherever it is now, from the parts on the ledger. A meter with too many missing slots, or that never reported, has none, and is
   * named with the reason.
   * @throws StateConflictError PERIOD_OPEN
   */
  async computeCharges(tariffId: string): Promise<PeriodCharges> {
    const { ledger, billing } = this.#options;
    const state = await this.#closedTariff(tariffId);
    const { plan, tariff } = state;
    const meters = (await listBillingMeters(ledger, billing.scope.grid)).filter((meter) =>
      wasInPlan(meter, plan, firstSlotOf(tariff), slotCountOf(tariff)),
    );
    const charges: MonthlyCharge[] = [];
    const refused: { meterId: string; refusal: GridveilError }[] = [];
    for (const { meterId } of meters) {
      try {
        charges.push(await this.#charge(state, meterId));
      } catch (error) {
        if (!(error instanceof GridveilError)) throw error;
        refused.push({ meterId, refusal: error });
      }
    }
    return { charges, refused };
  }

  /** Signs and records what the missing slots of these charges count as. @throws as `submitCharges` */
  async recordMissing(tariffId: string, charges: readonly MonthlyCharge[]): Promise<BillReceipt[]> {
    const { ledger, billing, key } = this.#options;
    const { tariff } = await getTariff(ledger, billing.scope.grid, tariffId);
    const incomplete = charges.filter(({ missing }) => missing.length > 0);
    return this.#inBatches(tariffId, incomplete, (office, batch) =>
      recordMissingSlots(
        ledger,
        office,
        batch.map(({ meterId, missing }) => {
          const bill = { meterId, tariffId };
          const message = missingSlotsMessage(billing.scope, office, bill, tariff.missingSlotRule, missing);
          return { meterId, signature: key.sign(message) };
        }),
      ),
    );
  }

  /**
   * Signs and submits charges.
   * @throws ProofRejectedError CHARGE_MISMATCH for one that its reports do not give; AuthorisationError NOT_LEADER, StateConflictError TERM_STALE out of office.
   */
  async submitCharges(tariffId: string, charges: readonly MonthlyCharge[]): Promise<BillReceipt[]> {
    const { ledger, billing, key } = this.#options;
    const { tariff } = await getTariff(ledger, billing.scope.grid, tariffId);
    const slots = slotCountOf(tariff);
    return this.#inBatches(tariffId, charges, (office, batch) =>
      submitMonthlyCharges(
        ledger,
        office,
        batch.map(({ meterId, charge, missing }) => {
          const facts = { charge, slots, missing };
          const message = monthlyChargeMessage(billing.scope, office, { meterId, tariffId }, facts);
          return { meterId, charge, signature: key.sign(message) };
        }),
      ),
    );
  }

  async #charge({ tariffId, tariff, close }: TariffState, meterId: string): Promise<MonthlyCharge> {
    const { ledger, billing } = this.#options;
    const { parts } = await getBill(ledger, billing.scope.grid, tariffId, meterId);
    const missing = missingSlotsOf(tariff, close?.slotsPerPart ?? 1, meterId, parts);
    const copied = await this.#copiedReports(meterId, missing);
    const charge = chargeOfParts(billing.publicKey, tariff, meterId, parts, missing, (slot) => {
      const ciphertext = copied.get(slot);
      if (ciphertext === undefined) throw refusal('SLOT_NOT_ESTIMABLE', { meterId, slot });
      return ciphertext;
    });
    return { meterId, charge: encodeCiphertext(billing.publicKey, charge), missing };
  }

  async #copiedReports(
    meterId: string,
    missing: readonly MissingSlot[],
  ): Promise<ReadonlyMap<number, Uint8Array>> {
    const { ledger, billing } = this.#options;
    const copied = new Map<number, Uint8Array>();
    for (const one of missing) {
      if (!('copyOfSlot' in one) || copied.has(one.copyOfSlot)) continue;
      const range = { fromSlot: one.copyOfSlot, slots: 1 };
      for await (const { slot, ciphertext } of listMeterPackets(ledger, billing.scope.grid, meterId, range))
        copied.set(slot, ciphertext);
    }
    return copied;
  }

  /** @throws StateConflictError PERIOD_OPEN */
  async #closedTariff(tariffId: string): Promise<TariffState> {
    const { ledger, billing, nowSeconds } = this.#options;
    const state = await getTariff(ledger, billing.scope.grid, tariffId);
    if (state.close !== undefined) return state;
    const now = nowSeconds();
    // Too early says when; later it is the ESP that is due.
    checkPeriodOver(state, billing.record, now);
    throw refusal('PERIOD_OPEN', { tariffId, nowSeconds: now, closesAtSeconds: now });
  }

  #inBatches(
    tariffId: string,
    charges: readonly MonthlyCharge[],
    send: (office: BillingOffice, batch: readonly MonthlyCharge[]) => Promise<BillReceipt[]>,
  ): Promise<BillReceipt[]> {
    const { aggregator, billing, office } = this.#options;
    return office.asLeader(async (term) => {
      const receipts: BillReceipt[] = [];
      for (let i = 0; i < charges.length; i += MAX_BILLS_PER_TRANSACTION) {
        const batch = charges.slice(i, i + MAX_BILLS_PER_TRANSACTION);
        receipts.push(...(await send({ grid: billing.scope.grid, aggregator, term, tariffId }, batch)));
      }
      return receipts;
    });
  }
}
