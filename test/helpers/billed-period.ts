/** A whole billing period on a ContractBench: reports, one missing slot of m1, charges, openings; every bill ready to be checked. */
import type { ContractBench } from './contract-bench.js';
import { BillingBench, METERS, type BillingOptions } from './billing-bench.js';
import { missingSlotEstimates } from '@gridveil/chaincode/domain/missing-slots.js';
import { TARIFF_LIMITS } from '@gridveil/chaincode/domain/tariff.js';
import type { BillCheckOptions } from '@gridveil/client/billing/verify-bill.js';
import { TOY_BITS } from './bench-values.js';

/** The position of the slot that m1 never reports, and what it counts as. */
export const LOST = 3;
export const ESTIMATE_WH = 444;

/** What lets a toy bill pass, and nothing else of a real check. */
export const TOY_CHECK: BillCheckOptions = {
  modulusBits: [TOY_BITS],
  tariffLimits: {
    ...TARIFF_LIMITS,
    minPeriodSeconds: 7200,
    minBandSlots: 4,
    minBandSeconds: 3600,
    minAlternatives: 1,
  },
};

/** What a meter reports at a position of the period, in Wh. */
export function energyWhAt(meterId: string, position: number): number | undefined {
  return meterId === 'm1' && position === LOST ? undefined : 100 * Number(meterId.slice(1)) + 7 * position;
}

const TOY_TARIFF = { missingSlotRule: 'fixed', maxMissingSlots: 1, missingEstimateWh: ESTIMATE_WH } as const;

type Energies = (meterId: string, position: number) => number | undefined;

/** Reports of every meter, the period closed, every bill charged. @returns with the charges, ready to be opened */
export async function chargedPeriod(
  bench: ContractBench,
  options: BillingOptions = { tariff: TOY_TARIFF },
  energyWh: Energies = energyWhAt,
) {
  const billing = await BillingBench.open(bench, options);
  const sent = await billing.reportPeriod(energyWh);
  await billing.closeAndSum(200);
  const ciphertextsOf = (meterId: string) => sent.get(meterId) ?? new Map<number, Uint8Array>();
  const missingOf = (meterId: string) =>
    missingSlotEstimates(billing.tariff, billing.firstSlot, billing.slots.length, (slot) =>
      ciphertextsOf(meterId).has(slot),
    );
  const incomplete = METERS.map((meterId) => ({ meterId, missing: missingOf(meterId) })).filter(
    ({ missing }) => missing.length > 0,
  );
  await bench.call('fogA', 'charges:RecordMissingSlots', billing.missingSlots(incomplete));
  const charges = METERS.map((meterId) => {
    const slots = billing.withEstimates(ciphertextsOf(meterId), missingOf(meterId));
    return { meterId, charge: billing.charge(meterId, slots) };
  });
  await bench.call('fogA', 'charges:SubmitMonthlyCharges', billing.monthlyCharges(charges, missingOf));
  return { billing, charges };
}

/** Every bill of the period opened. */
export async function billedPeriod(
  bench: ContractBench,
  options?: BillingOptions,
  energyWh?: Energies,
): Promise<BillingBench> {
  const { billing, charges } = await chargedPeriod(bench, options, energyWh);
  await bench.call('esp1', 'charges:PublishChargeOpenings', billing.chargeOpenings(charges));
  return billing;
}
