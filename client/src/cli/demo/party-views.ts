/** Who saw what in a run of fog aggregation, with the run's own numbers. */
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import type { ReadingTable } from '../../metering/reading.js';
import { openedRegionTotals } from './result.js';
import type { DemoSlot, PartyView } from './result.js';

/** Level L1 trusts a fog node's counts: one ciphertext committed as a total of several would open as a single reading. */
const HONEST_COUNTS = 'as long as fog nodes count honestly (level L1)';

export function partyViews(
  { minGroup }: Pick<GridParameters, 'minGroup'>,
  table: ReadingTable,
  slots: readonly DemoSlot[],
  leader: string,
): PartyView[] {
  const meters = table.meterIds.length;
  const committed = slots.reduce((sum, { regions }) => sum + regions.length, 0);
  const opened = openedRegionTotals(slots);
  const complete = table.readingCount === meters * slots.length;
  return [
    {
      party: 'meter',
      saw: complete ? `its own ${slots.length} readings` : `its own readings, at most ${slots.length}`,
      couldNotSee: `any reading of the ${meters - 1} other meters`,
    },
    {
      party: 'fog node',
      saw: 'encrypted reports of its region, and which meter sent each; after opening, its region total',
      couldNotSee: `any of the ${table.readingCount} readings, as long as it counts honestly (level L1): it has no decryption key`,
    },
    {
      party: `leader (${leader})`,
      saw: `${committed} encrypted region totals${opened < committed ? `, ${committed - opened} of them withheld, with nothing in them` : ''}`,
      couldNotSee: 'reports, readings; it could not change a total either, the ledger recomputed it',
    },
    {
      party: 'MDMS',
      saw:
        opened === 0
          ? 'nothing: every region was withheld'
          : `what regions used in each slot: ${opened} numbers, each over at least ${minGroup} meters`,
      couldNotSee: `single readings, ${HONEST_COUNTS}`,
    },
    {
      party: 'every peer',
      saw: 'encrypted totals, counts, Merkle roots, and the opened region totals with their proofs',
      couldNotSee: `single reports or readings, ${HONEST_COUNTS}: none was submitted`,
    },
  ];
}
