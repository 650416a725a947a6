/** Tariff tables for tests: a month of 31 days and hours in UTC, and the same with other slots or fields. */
import type { TariffBand, TariffTable } from '@gridveil/chaincode/domain/tariff.js';

export const JANUARY_2024 = 1_704_067_200;
export const JANUARY_HOURS = 744;

/** Two prices as SCE TOU-D-PRIME has in winter: peak from 16:00 to 21:00. */
export function tariffValues(change: Partial<TariffTable> = {}): TariffTable {
  const day = '0'.repeat(16) + '1'.repeat(5) + '000';
  return {
    name: 'winter 2024-01',
    currency: 'USD',
    periodStartSeconds: JANUARY_2024,
    periodEndSeconds: JANUARY_2024 + JANUARY_HOURS * 3600,
    slotSeconds: 3600,
    bands: [
      { name: 'off-peak', priceMicroPerWh: 210 },
      { name: 'peak', priceMicroPerWh: 500 },
    ],
    bandOfSlot: day.repeat(31),
    fixedChargeMicro: 12_000_000,
    minorDigits: 2,
    missingSlotRule: 'refuse',
    maxMissingSlots: 0,
    missingEstimateWh: 0,
    ...change,
  };
}

/** Bands with these prices, which take turns from slot to slot. */
export function alternatingPrices(prices: readonly number[]): TariffTable {
  const bands: TariffBand[] = prices.map((priceMicroPerWh, k) => ({ name: `b${k}`, priceMicroPerWh }));
  const bandOfSlot = Array.from({ length: JANUARY_HOURS }, (_, i) => i % prices.length).join('');
  return tariffValues({ bands, bandOfSlot });
}
