/**
 * A control centre, or any other receiver, that has lost data gets a period back from the ledger (paper 002 section IV.E, V.A). The rules are in metering/recover-period.ts.
 *
 * Holds: what it still has, and through its reader a receiving key. Reads the blocks of each slot once; checks of signatures and openings are the reader's.
 */
import {
  checkPeriod,
  recoverPeriod,
  type HeldReadings,
  type LedgerReport,
  type RecoveredMeter,
  type RecoveryRequest,
  type UnreadableReport,
} from '../metering/recover-period.js';

/** Reads the reports of a slot from the ledger: a `ReportReader`. */
export interface SlotReader {
  readSlot(slot: number): Promise<{
    readonly opened: readonly LedgerReport[];
    readonly unread: readonly UnreadableReport[];
  }>;
}

/**
 * Of each meter and slot: measured, recovered or missing.
 * @param held - what was not lost
 * @throws RangeError for a period that is none. @throws whatever the reader throws: nothing is recovered in part
 */
export async function recoverFromLedger(
  reader: SlotReader,
  request: RecoveryRequest,
  held: HeldReadings,
): Promise<RecoveredMeter[]> {
  checkPeriod(request);
  const opened: LedgerReport[] = [];
  const unread: UnreadableReport[] = [];
  for (let slot = request.fromSlot; slot <= request.toSlot; slot++) {
    const read = await reader.readSlot(slot);
    opened.push(...read.opened);
    unread.push(...read.unread);
  }
  return recoverPeriod(request, held, opened, unread);
}
