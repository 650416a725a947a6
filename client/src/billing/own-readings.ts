/**
 * The customer's own readings beside a bill: what the bill must come to, band by band. Run by the customer alone; nothing of it leaves the machine.
 *
 * Signatures and ciphertexts show that the bill follows from the meter's reports; only who knows the readings can tell whether the meter reported what it showed.
 */
import { firstSlotOf, slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import { ClientError } from '../errors.js';
import type { ReadingTable } from '../metering/reading.js';
import { slotStartIso } from '../metering/slot.js';
import { clearBill, type ClearBill } from '../metering/tariffs/clear-bill.js';
import { microText } from './amount-text.js';
import type { BillEvidence } from './bill-evidence.js';

/**
 * The bill in clear: the readings of the reported slots, and for the others what the tariff rules.
 * @param column - the meter's name in the readings; its id, or the only one there, when left out
 * @throws ClientError READINGS_SLOT_LENGTH, READINGS_METER_UNKNOWN, READINGS_SLOT_MISSING
 */
export function billOfReadings(evidence: BillEvidence, readings: ReadingTable, column?: string): ClearBill {
  const { slotSeconds } = evidence.parameters;
  const { table } = evidence.tariff;
  if (readings.slotSeconds !== slotSeconds)
    throw new ClientError('READINGS_SLOT_LENGTH', {
      actualSeconds: readings.slotSeconds,
      expectedSeconds: slotSeconds,
    });
  const name = columnOf(readings, evidence.meter.meterId, column);
  const reported = new Set(evidence.packets.map(({ slot }) => slot));
  const first = firstSlotOf(table);
  for (let slot = first; slot < first + slotCountOf(table); slot++)
    if (reported.has(slot) && readings.energyWh(name, slot) === undefined)
      throw new ClientError('READINGS_SLOT_MISSING', { time: slotStartIso(slot, slotSeconds) });
  return clearBill(table, (slot) => (reported.has(slot) ? readings.energyWh(name, slot) : undefined));
}

function columnOf({ meterIds }: ReadingTable, meterId: string, column: string | undefined): string {
  const wanted = column ?? meterId;
  if (meterIds.includes(wanted)) return wanted;
  const [only, other] = meterIds;
  if (column === undefined && only !== undefined && other === undefined) return only;
  throw new ClientError('READINGS_METER_UNKNOWN', { available: meterIds.length, meterId: wanted });
}

/** @throws ClientError BILL_DIFFERS unless the readings come to exactly what was charged. */
export function checkOwnBill({ meter, opening, tariff }: BillEvidence, own: ClearBill): void {
  const billedMicro = BigInt(opening.chargeMicro) + BigInt(tariff.table.fixedChargeMicro);
  if (own.totalMicro === billedMicro) return;
  const amount = (micro: bigint): string => `${microText(micro)} ${tariff.table.currency}`;
  throw new ClientError('BILL_DIFFERS', {
    meterId: meter.meterId,
    billed: amount(billedMicro),
    own: amount(own.totalMicro),
  });
}
