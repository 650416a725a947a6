/** Bills as the product makes them: contracts as deployed, a 2048-bit key, a month of 28 days in slots of a day, on an embedded ledger in a folder. */
import { ContractBench } from './contract-bench.js';
import { billedPeriod } from './billed-period.js';
import type { BillingBench } from './billing-bench.js';
import type { TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { generatePaillierKey } from '@gridveil/client/crypto/paillier-key.js';

const DAY_SECONDS = 86_400;
export const DAYS = 28;
/** Long enough before now that the period is over, whenever the test runs. */
const DAYS_BEFORE_NOW = 60;
/** The days that m1 does not report; the second cannot be estimated from the week before. */
export const LOST_DAYS = [3, 10];

/** Six days of seven are cheap. */
function tariffOf(periodStartSeconds: number): TariffTable {
  return {
    name: 'six & one',
    currency: 'USD',
    periodStartSeconds,
    periodEndSeconds: periodStartSeconds + DAYS * DAY_SECONDS,
    slotSeconds: DAY_SECONDS,
    bands: [
      { name: 'week', priceMicroPerWh: 210 },
      { name: 'peak <day>', priceMicroPerWh: 500 },
    ],
    bandOfSlot: '0010010'.repeat(DAYS / 7),
    fixedChargeMicro: 12_345_678,
    minorDigits: 2,
    missingSlotRule: 'other-week',
    maxMissingSlots: 2,
    missingEstimateWh: 0,
  };
}

/** What a meter reports on a day, in Wh. */
export function dayWh(meterId: string, day: number): number | undefined {
  return meterId === 'm1' && LOST_DAYS.includes(day) ? undefined : 1000 * Number(meterId.slice(1)) + 37 * day;
}

export interface ProductBill {
  readonly billing: BillingBench;
  /** Where the ledger lies; it is closed. */
  readonly folder: string;
}

/** @param before - does more with the ledger before it is closed. The caller removes the folder. */
export async function makeProductBill(
  before: (bench: ContractBench, billing: BillingBench) => Promise<void> = () => Promise.resolve(),
): Promise<ProductBill> {
  const key = await generatePaillierKey(2048);
  const today = Math.floor(Date.now() / 1000 / DAY_SECONDS);
  const startSeconds = (today - DAYS_BEFORE_NOW) * DAY_SECONDS;
  const bench = await ContractBench.open(undefined, { startSeconds, product: { key } });
  const grid = { slotSeconds: DAY_SECONDS, maxSlotAgeSeconds: 40 * DAY_SECONDS };
  const tariff = tariffOf(startSeconds + 2 * DAY_SECONDS);
  const billing = await billedPeriod(bench, { grid, tariff, proofsCheckedBy: 'aggregators' }, dayWh);
  await before(bench, billing);
  await bench.ledger.close();
  return { billing, folder: bench.folder };
}
