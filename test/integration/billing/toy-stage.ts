/** The stage of a billing period on a toy ledger: all parties in one process, with threads; six hours in slots of a quarter of an hour. */
import { join } from 'node:path';
import { openToyDirectory } from './toy-directory.js';
import { TOY_TARIFF_LIMITS } from '../../helpers/contract-bench.js';
import { TOY_BITS, toyKey, toyParameters } from '../../helpers/bench-values.js';
import { castBilling, type BillingPlan } from '@gridveil/client/billing/billing-cast.js';
import type { PeriodInput } from '@gridveil/client/billing/billing-period.js';
import { ReplayClock } from '@gridveil/client/billing/replay-clock.js';
import { BillingWorkers } from '@gridveil/client/crypto/billing-workers.js';
import { PaillierWorkers } from '@gridveil/client/crypto/paillier-workers.js';
import { ReadingTableBuilder, type ReadingTable } from '@gridveil/client/metering/reading.js';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import type { TariffTable } from '@gridveil/chaincode/domain/tariff.js';

export const SLOT_SECONDS = 900;
export const FIRST_SLOT = 1_943_000;
const SLOTS = 24;

export const TARIFF: TariffTable = {
  name: 'toy',
  currency: 'EUR',
  periodStartSeconds: FIRST_SLOT * SLOT_SECONDS,
  periodEndSeconds: (FIRST_SLOT + SLOTS) * SLOT_SECONDS,
  slotSeconds: SLOT_SECONDS,
  bands: [
    { name: 'night', priceMicroPerWh: 210 },
    { name: 'day', priceMicroPerWh: 500 },
  ],
  bandOfSlot: '000000111111000000111111',
  fixedChargeMicro: 1_234_567,
  minorDigits: 2,
  missingSlotRule: 'fixed',
  maxMissingSlots: 2,
  missingEstimateWh: 100,
};

export interface ToyStage {
  readonly input: PeriodInput;
  close(): Promise<void>;
}

export interface ToyPlan extends Pick<BillingPlan, 'meterIds' | 'proofsCheckedBy' | 'minAreaPercent'> {
  /** Its period begins with FIRST_SLOT; TARIFF when left out. */
  readonly tariff?: TariffTable;
  readonly parameters?: Partial<GridParameters>;
}

/** @param energyWh - the reading of a meter at a position of the period; undefined for a gap */
export async function setToyStage(
  { tariff = TARIFF, parameters: other, ...plan }: ToyPlan,
  energyWh: (meterId: string, position: number) => number | undefined,
): Promise<ToyStage> {
  const key = await toyKey();
  const clock = new ReplayClock(tariff.periodStartSeconds - 3600);
  const directory = await openToyDirectory(clock);
  const parameters = { ...toyParameters(key, 'toy'), ...other };
  const workers = new BillingWorkers(key.publicKey, parameters.maxReadingWh, 1);
  const opening = new PaillierWorkers(1);
  const cast = await castBilling(directory, workers, {
    ...{ ...plan, parameters, clock, plan: 'household', tariff },
    espFolder: join(directory.folder, 'esp'),
    people: {
      admin: 'Admin',
      owner: { mspId: 'Org1MSP', user: 'User1' },
      aggregators: ['User2', 'User3', 'User4'].map((user) => ({ mspId: 'Org2MSP', user })),
      customer: { mspId: 'Org2MSP', user: 'User1' },
    },
    open: (ciphertexts) => opening.openBatch(key, ciphertexts),
    tariffLimits: TOY_TARIFF_LIMITS,
  });
  const limits = { tariffLimits: TOY_TARIFF_LIMITS, modulusBits: [TOY_BITS] };
  const readings = readingsOf(plan.meterIds, tariff.bandOfSlot.length, energyWh);
  return {
    input: { cast, tariff, readings, clock, ...limits },
    async close() {
      await Promise.all([workers.close(), opening.close(), cast.close()]);
      await directory.close();
    },
  };
}

function readingsOf(
  meterIds: readonly string[],
  slots: number,
  energyWh: (meterId: string, position: number) => number | undefined,
): ReadingTable {
  const builder = new ReadingTableBuilder(SLOT_SECONDS);
  for (const [column, meterId] of meterIds.entries()) {
    builder.addMeter(meterId);
    for (let i = 0; i < slots; i++) {
      const energy = energyWh(meterId, i);
      if (energy !== undefined) builder.add(column, FIRST_SLOT + i, energy);
    }
  }
  return builder.build();
}
