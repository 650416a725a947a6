/**
 * One billing period from readings to checked bills: meters report, the AN makes slot blocks, the ESP opens area totals; when the period is over the AN sums and signs, the
 * ESP opens the charges, every customer checks the own bill. Runs all parties of a cast in one process, on any ledger.
 *
 * Paper 001 sections 6.3 to 6.6. While the ledger takes blocks, reports of later slots are made and checked in other threads.
 */
import { PAILLIER_MODULUS_BITS } from '@gridveil/chaincode/crypto/paillier.js';
import { fewestReports } from '@gridveil/chaincode/domain/area-opening.js';
import type { GridveilError } from '@gridveil/chaincode/errors.js';
import type { TariffLimits, TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { firstSlotOf, slotCountOf, TARIFF_LIMITS } from '@gridveil/chaincode/domain/tariff.js';
import { evidenceKey } from '../evidence/evidence-key.js';
import type { ReadingTable } from '../metering/reading.js';
import { clearBill, type ClearBill } from '../metering/tariffs/clear-bill.js';
import type { MonthlyCharge, PeriodCharges } from '../parties/aggregation-node.js';
import { verifyBill, type VerifiedBill } from '../parties/bill-check.js';
import { BillReader } from '../parties/bill-facts.js';
import { readBilling } from '../parties/billing-view.js';
import type { OpenedArea } from '../parties/esp.js';
import {
  BILLING_REPORT_BATCH,
  decodeBillingAnswers,
  encodeReportBatch,
  MAX_REPORTS_PER_BATCH,
} from '../parties/fog-messages.js';
import type { BillingCast } from './billing-cast.js';
import { inFlight, limited } from './in-flight.js';
import type { ReplayClock } from './replay-clock.js';

/** Reports that are made together, so that every thread has work. */
const CHUNK_REPORTS = 128;
/** Chunks that are under way at a time, each at its own stage: so far may the clock be ahead of the one that the ledger takes. */
const CHUNKS_IN_FLIGHT = 8;
/** Blocks and openings that the ledger is asked to take at a time: each is work of seconds for all endorsers together, and a Fabric client waits 30 s for an answer. */
const LEDGER_CALLS = 16;
/** Late reports may come for a day; then the period can be closed. */
const CLOSING_SECONDS = 86_400;

export interface PeriodInput {
  readonly cast: BillingCast;
  readonly tariff: TariffTable;
  readonly readings: ReadingTable;
  readonly clock: ReplayClock;
  /** Told how many readings are on the ledger. */
  readonly advance?: (done: number, all: number) => void;
  /** For tests only. */
  readonly tariffLimits?: TariffLimits;
  /** For tests only. */
  readonly modulusBits?: readonly number[];
}

interface Chunk {
  readonly slots: readonly number[];
  /** Reports by slot. */
  readonly reports: ReadonlyMap<number, readonly Uint8Array[]>;
}

/** Every meter reports every slot it has a reading of; every area total that is over enough meters is opened. @returns the areas, by slot */
export async function reportPeriod(input: PeriodInput): Promise<OpenedArea[]> {
  const { tariff, readings } = input;
  const slots = Array.from({ length: slotCountOf(tariff) }, (_, i) => firstSlotOf(tariff) + i);
  const length = chunkLength(input);
  const chunks = Array.from({ length: Math.ceil(slots.length / length) }, (_, i) =>
    slots.slice(i * length, (i + 1) * length),
  );
  const onLedger = limited(LEDGER_CALLS);
  const opened = inFlight(chunks, CHUNKS_IN_FLIGHT, async (chunk) => {
    const made = await makeReports(input, chunk);
    await deliver(input, made);
    await submitBlocks(input, made, onLedger);
    return openAreas(input, made, onLedger);
  });
  const areas: OpenedArea[] = [];
  let done = 0;
  for await (const { chunk, areas: next } of opened) {
    areas.push(...next);
    for (const reports of chunk.reports.values()) done += reports.length;
    input.advance?.(done, readings.readingCount);
  }
  return areas;
}

/** Slots of a chunk: enough reports for all threads, but the first of them must not be too old for the ledger when the last one is over. */
function chunkLength({ cast, tariff }: PeriodInput): number {
  const acceptedSlots = cast.billing.record.maxSlotAgeSeconds / tariff.slotSeconds;
  const length = Math.min(CHUNK_REPORTS / cast.meters.length, acceptedSlots / CHUNKS_IN_FLIGHT);
  return Math.max(1, Math.floor(length));
}

async function makeReports({ cast, readings }: PeriodInput, slots: readonly number[]): Promise<Chunk> {
  const reports = new Map<number, readonly Uint8Array[]>();
  await Promise.all(
    slots.map(async (slot) => {
      const own = cast.meters.flatMap((meter) => {
        const energyWh = readings.energyWh(meter.meterId, slot);
        return energyWh === undefined ? [] : [meter.report(slot, energyWh)];
      });
      reports.set(slot, await Promise.all(own));
    }),
  );
  return { slots, reports };
}

/** Meters send to the aggregator in office, as a concentrator collects their reports, and keep its receipts. @throws Error when an honest report is refused: a bug, not an input. */
async function deliver({ cast, clock, tariff }: PeriodInput, chunk: Chunk): Promise<void> {
  clock.advanceTo(((chunk.slots.at(-1) ?? 0) + 1) * tariff.slotSeconds);
  const { aggregator } = cast.an;
  const reports = [...chunk.reports.values()].flat();
  for (let i = 0; i < reports.length; i += MAX_REPORTS_PER_BATCH) {
    const sent = reports.slice(i, i + MAX_REPORTS_PER_BATCH);
    const body = await aggregator.handle(encodeReportBatch(sent, BILLING_REPORT_BATCH));
    const answered = decodeBillingAnswers(body);
    const refused = answered.answers.find(({ status }) => status === 'refused');
    if (refused) throw new Error(`An honest report was refused: ${JSON.stringify(refused)}`);
    cast.receipts.keep(aggregator.aggregator, cast.an.publicKey, sent, answered);
  }
}

async function submitBlocks(
  { cast }: PeriodInput,
  chunk: Chunk,
  onLedger: ReturnType<typeof limited>,
): Promise<void> {
  const { aggregator } = cast.an;
  await Promise.all(chunk.slots.map((slot) => onLedger(() => aggregator.submitSlot(slot))));
  await aggregator.forgetReports(chunk.slots);
}

async function openAreas(
  { cast }: PeriodInput,
  chunk: Chunk,
  onLedger: ReturnType<typeof limited>,
): Promise<{ readonly chunk: Chunk; readonly areas: readonly OpenedArea[] }> {
  const { record, terms } = cast.billing;
  const needed = fewestReports(cast.meters.length, { ...record, ...terms });
  const open = chunk.slots.filter((slot) => (chunk.reports.get(slot)?.length ?? 0) >= needed);
  return {
    chunk,
    areas: await Promise.all(open.map((slot) => onLedger(() => cast.esp.openArea(slot)))),
  };
}

/** The period ends, the ESP closes it, its parts are summed. @returns what the AN computes of it, not yet submitted */
export async function closePeriod({ cast, clock, tariff }: PeriodInput): Promise<PeriodCharges> {
  clock.advanceTo(tariff.periodEndSeconds + CLOSING_SECONDS);
  await cast.esp.closePeriod(cast.tariffId);
  await cast.an.node.sumParts(cast.tariffId);
  return cast.an.node.computeCharges(cast.tariffId);
}

/** The AN signs estimates and charges, the ESP opens the charges. */
export async function submitBills({ cast }: PeriodInput, charges: readonly MonthlyCharge[]): Promise<void> {
  await cast.an.node.recordMissing(cast.tariffId, charges);
  await cast.an.node.submitCharges(cast.tariffId, charges);
  const meterIds = charges.map(({ meterId }) => meterId);
  await cast.esp.openCharges(cast.tariffId, meterIds);
}

/** A bill as its customer has it: checked against the ledger, and beside it what the own readings come to. */
export interface CustomerBill {
  readonly meterId: string;
  readonly bill: VerifiedBill;
  readonly clear: ClearBill;
  /** The bill is that of the own readings, to the last millionth. */
  readonly equal: boolean;
}

/** What customers check bills with: the ledger as their own session shows it, its key with the proof that it is one. @throws GridveilError MODULUS_SIZE, BAD_MODULUS_PROOF */
export async function customerReader({ cast, modulusBits }: PeriodInput): Promise<BillReader> {
  const billing = await readBilling(cast.customer, cast.billing.scope.grid);
  evidenceKey(billing.record, modulusBits ?? PAILLIER_MODULUS_BITS);
  return new BillReader(cast.customer, billing, cast.tariffId, 'all');
}

/** Every customer reads the own bill and what it is made of from the ledger, and checks it. @throws GridveilError of verifyBill, customerReader */
export async function checkBills(input: PeriodInput, meterIds: readonly string[]): Promise<CustomerBill[]> {
  const { tariff, readings } = input;
  const reader = await customerReader(input);
  const bills: CustomerBill[] = [];
  for (const meterId of meterIds) {
    const bill = verifyBill(await reader.bill(meterId), input.tariffLimits ?? TARIFF_LIMITS);
    const clear = clearBill(tariff, (slot) => readings.energyWh(meterId, slot));
    const equal = bill.chargeMicro === clear.energyChargeMicro && bill.payableMinor === clear.payable;
    bills.push({ meterId, bill, clear, equal });
  }
  return bills;
}

export interface BilledPeriod {
  readonly areas: readonly OpenedArea[];
  readonly bills: readonly CustomerBill[];
  /** Meters without a bill, and why. */
  readonly refused: readonly { readonly meterId: string; readonly refusal: GridveilError }[];
}

/** All of it, honestly. */
export async function runBillingPeriod(input: PeriodInput): Promise<BilledPeriod> {
  const areas = await reportPeriod(input);
  const { charges, refused } = await closePeriod(input);
  await submitBills(input, charges);
  const bills = await checkBills(
    input,
    charges.map(({ meterId }) => meterId),
  );
  return { areas, bills, refused };
}
