/** Who saw what in a run of time-of-use billing, with the run's own numbers. */
import { fewestReports } from '@gridveil/chaincode/domain/area-opening.js';
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
  const needed = fewestReports(meters, { ...billing.record, ...billing.terms });
  return [
    {
      party: 'meter',
      saw: `its own readings, at most ${slots.length}, and the tariff before it signed under it`,
      couldNotSee: `any reading of the ${meters - 1} other meters`,
    },
    {
      party: 'AN',
      saw: `as ${an.aggregator.aggregator}, which was elected: ${table.readingCount} encrypted reports, who sent each, and encrypted charges`,
      couldNotSee: `readings, unless ${needed - 1} of the ${meters} meters were its accomplices: an area total over fewer than ${needed} is never opened; it could not change a charge, the ledger recomputed it`,
    },
    {
      party: 'ESP',
      saw: `what all meters used together in ${opened} slots, each over at least ${needed} meters of its own list, and ${bills} bills of the month`,
      couldNotSee: `single readings, as long as it opens nothing else: it has the only key (threshold opening is not in yet)`,
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
