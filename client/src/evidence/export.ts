/** Collects the evidence of a range of slots from a ledger, through the contract's own audit queries. */
import { getSlot, listTotals, type SlotRecord } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';
import { ClientError } from '../errors.js';
import { readGrid } from '../parties/grid-view.js';
import type { EvidenceDocument, EvidenceSlot } from './document.js';

export interface SlotRange {
  readonly fromSlot: number;
  /** Inclusive. */
  readonly toSlot: number;
}

/**
 * Every opened slot of the range, in slot order; slots that are settled but not opened yet are left out.
 * @throws NotFoundError GRID_UNKNOWN; ClientError EVIDENCE_EMPTY when no slot of the range has been opened.
 */
export async function exportEvidence(
  ledger: Ledger,
  grid: string,
  range: SlotRange,
): Promise<EvidenceDocument> {
  const { record } = await readGrid(ledger, grid);
  const slots: EvidenceSlot[] = [];
  for await (const { slot } of listTotals(ledger, grid, range.fromSlot)) {
    if (slot > range.toSlot) break;
    const evidence = evidenceSlot(await getSlot(ledger, grid, slot));
    if (evidence) slots.push(evidence);
  }
  if (slots.length === 0) throw new ClientError('EVIDENCE_EMPTY', { grid, ...range });
  const { n, modulusProof, radixBits, minGroup, regions, slotSeconds, maxReadingWh, maxMeters } = record;
  return {
    schema: 'gridveil/evidence/v1',
    scheme: 'fog-aggregation',
    parameters: {
      n,
      modulusProof: [...modulusProof],
      radixBits,
      minGroup,
      regions,
      channel: ledger.channel,
      grid,
      slotSeconds,
      maxReadingWh,
      maxMeters,
    },
    slots,
  };
}

function evidenceSlot({ slot, regionTotals, total, opening }: SlotRecord): EvidenceSlot | undefined {
  if (!total || !opening) return undefined;
  return {
    slot,
    regionTotals: regionTotals.map(({ region, ciphertext, count, merkleRoot, txId }) => ({
      region,
      ciphertext,
      count,
      merkleRoot,
      txId,
    })),
    total: { ciphertext: total.ciphertext, term: total.term, leader: total.leader, txId: total.txId },
    opening: { m: opening.m, rho: opening.rho, checkRho: opening.checkRho, txId: opening.txId },
    consumptionWh: { ...opening.consumptionWh },
  };
}
