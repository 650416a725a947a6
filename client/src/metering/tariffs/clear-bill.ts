/**
 * The bill of one customer from the own clear readings: what a bill on ciphertext must come to.
 *
 * Run by the customer, who knows the own readings, and by tests; never by the ESP or the ledger. The energy charge is
 * MT_i = sum over gamma of m_(i,gamma) p_gamma (paper 001, Eq. (17)), exact in micro-units; the fixed charge is added, and the sum is
 * rounded once, half to even, to what the currency can pay.
 */
import { missingSlotEstimates, type SlotEstimate } from '@gridveil/chaincode/domain/missing-slots.js';
import { payableMinorUnits } from '@gridveil/chaincode/domain/money.js';
import { bandOfSlot, firstSlotOf, slotCountOf, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';

/** What one band adds to a bill. */
export interface BandCharge {
  readonly name: string;
  readonly priceMicroPerWh: number;
  /** Slots of the band in the period, reported or estimated, and how long they last together. */
  readonly slots: number;
  readonly seconds: number;
  readonly energyWh: bigint;
  readonly chargeMicro: bigint;
}

export interface ClearBill {
  /** In the order of the tariff. */
  readonly bands: readonly BandCharge[];
  readonly estimates: readonly SlotEstimate[];
  readonly energyWh: bigint;
  /** What the charge ciphertext Cha_i opens to. */
  readonly energyChargeMicro: bigint;
  readonly fixedChargeMicro: bigint;
  readonly totalMicro: bigint;
  /** The amount to pay, in units of 10^-minorDigits of the currency. */
  readonly payable: bigint;
}

/**
 * @param energyWhOf - the reading of a slot, integer Wh; undefined for a missing one
 * @throws ValidationError TOO_MANY_MISSING_SLOTS, SLOT_NOT_ESTIMABLE; RangeError for a reading that is no whole number of Wh.
 */
export function clearBill(tariff: TariffTable, energyWhOf: (slot: number) => number | undefined): ClearBill {
  const firstSlot = firstSlotOf(tariff);
  const slotCount = slotCountOf(tariff);
  const isReported = (slot: number): boolean => energyWhOf(slot) !== undefined;
  const estimates = missingSlotEstimates(tariff, firstSlot, slotCount, isReported);
  const estimated = new Map(estimates.map((estimate) => [estimate.slot, estimatedWh(estimate, energyWhOf)]));
  const slots = tariff.bands.map(() => 0);
  const energies = tariff.bands.map(() => 0n);
  for (let slot = firstSlot; slot < firstSlot + slotCount; slot++) {
    const band = bandOfSlot(tariff, slot);
    slots[band] = (slots[band] ?? 0) + 1;
    energies[band] = (energies[band] ?? 0n) + wholeWh(energyWhOf(slot) ?? estimated.get(slot));
  }
  const bands = tariff.bands.map(({ name, priceMicroPerWh }, k) => {
    const energyWh = energies[k] ?? 0n;
    const count = slots[k] ?? 0;
    const chargeMicro = energyWh * BigInt(priceMicroPerWh);
    return {
      name,
      priceMicroPerWh,
      slots: count,
      seconds: count * tariff.slotSeconds,
      energyWh,
      chargeMicro,
    };
  });
  const energyChargeMicro = bands.reduce((sum, { chargeMicro }) => sum + chargeMicro, 0n);
  const fixedChargeMicro = BigInt(tariff.fixedChargeMicro);
  const totalMicro = energyChargeMicro + fixedChargeMicro;
  return {
    bands,
    estimates,
    energyWh: bands.reduce((sum, { energyWh }) => sum + energyWh, 0n),
    energyChargeMicro,
    fixedChargeMicro,
    totalMicro,
    payable: payableMinorUnits(totalMicro, tariff.minorDigits),
  };
}

function estimatedWh(
  estimate: SlotEstimate,
  energyWhOf: (slot: number) => number | undefined,
): number | undefined {
  return 'energyWh' in estimate ? estimate.energyWh : energyWhOf(estimate.copyOfSlot);
}

function wholeWh(energyWh: number | undefined): bigint {
  if (energyWh === undefined || !Number.isSafeInteger(energyWh) || energyWh < 0)
    throw new RangeError('"energyWhOf" expected whole watt-hours, at least 0');
  return BigInt(energyWh);
}
