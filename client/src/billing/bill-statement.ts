/**
 * A bill as a customer reads it: hours and prices by band, missing slots, amounts, the verdict of the check, proof data. The forms are bill-text.ts, bill-html.ts and JSON.
 *
 * What a band used in kWh is on no ledger: only the bill as a whole is opened. It is stated where the customer gives the own readings.
 */
import { bandOfSlot, slotsPerBand, slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import type { DisputeRecord } from '@gridveil/chaincode/domain/dispute.js';
import type { MissingSlotRule } from '@gridveil/chaincode/domain/missing-slots.js';
import type { ClearBill } from '../metering/tariffs/clear-bill.js';
import { slotStartSeconds } from '../metering/slot.js';
import type { BillEvidence } from './bill-evidence.js';
import { periodLabel } from './find-bill.js';

/** What the check found. */
export type BillVerdict =
  | { readonly holds: true; readonly keyFingerprint: string; readonly readingsCompared: boolean }
  | { readonly holds: false; readonly code: string; readonly sentence: string };

export interface StatedBand {
  readonly name: string;
  readonly priceMicroPerWh: number;
  /** Slots of the band in the period, how long they last together, and how many of them are estimates. */
  readonly slots: number;
  readonly seconds: number;
  readonly estimatedSlots: number;
  /** Only from the customer's own readings. */
  readonly own?: { readonly energyWh: bigint; readonly chargeMicro: bigint };
}

/** A slot without a report, and what it counts as. */
export interface StatedMissingSlot {
  readonly slot: number;
  readonly startSeconds: number;
  /** Number of the band. */
  readonly band: number;
  readonly countsAs: { readonly energyWh: number } | { readonly copyOfStartSeconds: number };
}

export interface BillStatement {
  /** For people: `2024-03`. */
  readonly period: string;
  readonly bands: readonly StatedBand[];
  readonly missing: readonly StatedMissingSlot[];
  readonly missingSlotRule: MissingSlotRule;
  readonly energyChargeMicro: bigint;
  readonly fixedChargeMicro: bigint;
  readonly totalMicro: bigint;
  readonly payableMinor: bigint;
  readonly verdict: BillVerdict;
  readonly dispute: DisputeRecord | undefined;
  readonly evidence: BillEvidence;
}

const RULES: Record<MissingSlotRule, string> = {
  refuse: 'The tariff makes no bill with a missing report.',
  fixed: 'The tariff rules that each counts as a fixed amount.',
  'other-week': 'The tariff rules that each counts as much as the same slot of another week.',
};

/** What becomes of missing slots, in a sentence. */
export function missingSlotRuleText(rule: MissingSlotRule): string {
  return RULES[rule];
}

/** @param own - the bill of the customer's readings */
export function billStatement(
  evidence: BillEvidence,
  verdict: BillVerdict,
  dispute?: DisputeRecord,
  own?: ClearBill,
): BillStatement {
  const { table } = evidence.tariff;
  const { slotSeconds } = table;
  const missing = missingOf(evidence);
  const slots = slotsPerBand(table);
  const energyChargeMicro = BigInt(evidence.opening.chargeMicro);
  const fixedChargeMicro = BigInt(table.fixedChargeMicro);
  return {
    period: periodLabel(table),
    bands: table.bands.map(({ name, priceMicroPerWh }, k) => ({
      ...{ name, priceMicroPerWh, slots: slots[k] ?? 0, seconds: (slots[k] ?? 0) * slotSeconds },
      estimatedSlots: missing.filter(({ band }) => band === k).length,
      ...ownOf(own, k),
    })),
    missing,
    missingSlotRule: table.missingSlotRule,
    energyChargeMicro,
    fixedChargeMicro,
    totalMicro: energyChargeMicro + fixedChargeMicro,
    payableMinor: BigInt(evidence.opening.payableMinor),
    verdict,
    dispute,
    evidence,
  };
}

function ownOf(own: ClearBill | undefined, k: number): Pick<StatedBand, 'own'> {
  const band = own?.bands[k];
  return band ? { own: { energyWh: band.energyWh, chargeMicro: band.chargeMicro } } : {};
}

/** Those that lie in the period: of a bill that does not hold, the document may say anything. */
function missingOf({ missingSlots, tariff: { table } }: BillEvidence): StatedMissingSlot[] {
  const { slotSeconds, periodStartSeconds, periodEndSeconds } = table;
  const start = (slot: number): number => slotStartSeconds(slot, slotSeconds);
  const inPeriod = (slot: number): boolean =>
    slot * slotSeconds >= periodStartSeconds && slot * slotSeconds < periodEndSeconds;
  return (missingSlots?.missing ?? [])
    .filter((one) => inPeriod(one.slot) && (!('copyOfSlot' in one) || inPeriod(one.copyOfSlot)))
    .map((one) => ({
      slot: one.slot,
      startSeconds: start(one.slot),
      band: bandOfSlot(table, one.slot),
      countsAs:
        'energyWh' in one ? { energyWh: one.energyWh } : { copyOfStartSeconds: start(one.copyOfSlot) },
    }));
}

/** As `gridveil bill show --json` prints it: schema gridveil/bill/v1, integers beyond 2^53 as decimal strings. */
export function billDocument(statement: BillStatement): object {
  const { evidence, bands, missing, verdict, dispute, period } = statement;
  const { parameters, tariff, meter } = evidence;
  const { table } = tariff;
  return {
    schema: 'gridveil/bill/v1',
    ...{ channel: parameters.channel, grid: parameters.grid, meterId: meter.meterId, period },
    tariff: { tariffId: tariff.tariffId, name: table.name, plan: tariff.plan },
    ...{ currency: table.currency, minorDigits: table.minorDigits },
    ...{ periodStartSeconds: table.periodStartSeconds, periodEndSeconds: table.periodEndSeconds },
    ...{ slotSeconds: table.slotSeconds, slots: slotCountOf(table), reported: evidence.packets.length },
    bands: bands.map(({ own, ...band }) => ({
      ...band,
      ...(own && { energyWh: String(own.energyWh), chargeMicro: String(own.chargeMicro) }),
    })),
    missingSlotRule: statement.missingSlotRule,
    missing,
    energyChargeMicro: String(statement.energyChargeMicro),
    fixedChargeMicro: String(statement.fixedChargeMicro),
    totalMicro: String(statement.totalMicro),
    payableMinor: String(statement.payableMinor),
    verdict,
    ...(dispute && { dispute }),
  };
}
