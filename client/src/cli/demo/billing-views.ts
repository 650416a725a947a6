/** Who saw what in a run of time-of-use billing, with the run's own numbers. */
import type { BillingCast } from '../../billing/billing-cast.js';
import type { ReadingTable } from '../../metering/reading.js';
import type { DemoSlot, PartyView } from './result.js';

export function billingViews(
  { billing, an }: BillingCast,
  table: ReadingTable,
  slots: readonly DemoSlot[],
  bills: number,
): PartyView[] {
  const meters = table.meterIds.length;
  const opened = slots.filter(({ openedWh }) => openedWh >= 0).length;
  const { minGroup } = billing.record;
  return [
    {
      party: 'meter',
      saw: `its own readings, at most ${slots.length}, and the tariff before it signed under it`,
      couldNotSee: `any reading of the ${meters - 1} other meters`,
    },
    {
      party: 'AN',
      saw: `as ${an.aggregator.aggregator}, which was elected: ${table.readingCount} encrypted reports, who sent each, and encrypted charges`,
      couldNotSee: `readings, as long as it leaves no honest meter out of a block (with ${minGroup - 1} accomplices it could); it could not change a charge, the ledger recomputed it`,
    },
    {
      party: 'ESP',
      saw: `what all meters used together in ${opened} slots, each over at least ${minGroup} meters, and ${bills} bills of the month`,
      couldNotSee: `single readings, as long as it opens nothing else and its own peer tells it the true keys of meters: it has the only key (threshold opening is not in yet)`,
    },
    {
      party: 'customer',
      saw: 'encrypted reports and the openings: enough to compute the own bill anew',
      couldNotSee: 'readings of others; their bills it sees, as everyone with a role of billing does',
    },
    {
      party: 'every peer',
      saw: 'encrypted reports, area totals and bills with their proofs',
      couldNotSee: 'single readings',
    },
  ];
}
