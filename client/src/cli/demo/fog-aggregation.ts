/**
 * The fog-aggregation demo: from meter readings to opened, checked totals on any ledger.
 *
 * Runs slots in chunks, stage by stage: meters report, fog nodes commit region totals, the leader settles, the MDMS opens.
 * It alone knows the true readings and compares them with what the ledger holds at the end.
 */
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import { PaillierWorkers } from '../../crypto/paillier-workers.js';
import { proveModulus } from '../../crypto/modulus-proof.js';
import { generatePaillierKey, type PaillierPrivateKey } from '../../crypto/paillier-key.js';
import { getSlot } from '../../ledger/calls.js';
import type { LedgerDirectory } from '../../ledger/directory.js';
import { slotStartSeconds } from '../../metering/slot.js';
import { electLeader } from '../../parties/election.js';
import { decodeAnswers, encodeReportBatch, MAX_REPORTS_PER_BATCH } from '../../parties/fog-messages.js';
import type { FogNode } from '../../parties/fog-node.js';
import { castParties, type Cast } from './fog-aggregation-cast.js';
import { partyViews } from './party-views.js';
import { MAX_METERS_PER_REGION, maxReadingOf, type DemoOptions, type DemoReadings } from './options.js';
import type { DemoOutcome, DemoRegion, DemoResult, DemoSlot } from './result.js';
import { StageClock } from './stage-clock.js';

/** Slots settled together: one transaction of each fog node carries them all. */
const CHUNK_SLOTS = 16;
const DEFAULT_MIN_GROUP = 5;
const LEASE_SECONDS = 60;
/** Base64url characters of a ciphertext shown to people. */
const CIPHERTEXT_START = 9;
/** A demo may replay readings of any year. */
const REPLAY_AGE_SECONDS = 5_000_000_000;

/** Told what happens, for people: a stage that begins, and how far it is. */
export interface DemoProgress {
  stage(text: string): void;
  advance(doneReadings: number, allReadings: number): void;
}

export async function runFogAggregation(
  directory: LedgerDirectory,
  readings: DemoReadings,
  options: DemoOptions,
  progress: DemoProgress,
): Promise<DemoOutcome> {
  const workers = new PaillierWorkers();
  try {
    return await new DemoRun(directory, workers, readings, options, progress).run();
  } finally {
    await workers.close();
  }
}

class DemoRun {
  readonly #clock = new StageClock();
  #nowSeconds = 0;
  #reported = 0;
  readonly #ciphertextStarts = new Map<string, string>();

  constructor(
    private readonly directory: LedgerDirectory,
    private readonly workers: PaillierWorkers,
    private readonly readings: DemoReadings,
    private readonly options: DemoOptions,
    private readonly progress: DemoProgress,
  ) {}

  async run(): Promise<DemoOutcome> {
    const clock = this.#clock;
    const { table, assignment } = this.readings;
    const { regions: meterIds, smallestGroup } = assignment;
    const privateKey = await clock.time('keyGeneration', () => this.#mdmsKey());
    const { n, hN } = privateKey.publicKey;
    const key = { n, hN, modulusProof: proveModulus(privateKey) };
    const parameters = gridParameters(table.slotSeconds, this.options.regions, smallestGroup, key);

    this.progress.stage('Roles, grid, fog nodes and meters go on the ledger');
    const plan = { parameters, privateKey, meterIds, nowSeconds: () => this.#nowSeconds };
    const cast = await clock.time('registration', () => castParties(this.directory, this.workers, plan));
    this.progress.stage('Fog nodes elect a leader');
    const leader = await clock.time('election', () => electLeader(cast.candidates));

    this.progress.stage('Meters report, fog nodes sum, the leader settles, the MDMS opens');
    const slots: DemoSlot[] = [];
    for (let i = 0; i < table.slots.length; i += CHUNK_SLOTS) {
      const chunk = table.slots.slice(i, i + CHUNK_SLOTS);
      slots.push(...(await this.#runChunk({ ...cast, leader }, chunk, i > 0)));
    }
    const result: DemoResult = {
      schema: 'gridveil/demo/v1',
      scheme: 'fog-aggregation',
      ledger: this.directory.kind,
      parameters: this.#summary(parameters, leader.fogNode),
      slots,
      allEqual: slots.every((slot) => slot.equal),
      timings: clock.timings(),
      whoSawWhat: partyViews(parameters, table, slots, leader.fogNode),
    };
    return { result, ciphertextStarts: this.#ciphertextStarts };
  }

  #mdmsKey(): PaillierPrivateKey | Promise<PaillierPrivateKey> {
    const { bits } = this.options;
    if (this.readings.mdmsKey !== undefined) return this.readings.mdmsKey;
    this.progress.stage(`MDMS makes its ${bits}-bit Paillier key`);
    return generatePaillierKey(bits);
  }

  async #runChunk(cast: Cast, slots: readonly number[], renew: boolean): Promise<DemoSlot[]> {
    const clock = this.#clock;
    if (renew) await clock.time('leader', () => cast.leader.renew());
    const reports = await clock.time('meters', () => this.#makeReports(cast, slots));
    for (const slot of slots) {
      this.#nowSeconds = slotStartSeconds(slot + 1, this.readings.table.slotSeconds);
      await clock.time('fogNodes', () => deliver(cast, reports.get(slot) ?? new Map<string, Uint8Array[]>()));
    }
    await clock.time('regionTotals', () =>
      Promise.all(cast.fogNodes.map((fogNode) => fogNode.submit(slots))),
    );
    await clock.time('leader', () => Promise.all(slots.map((slot) => cast.leader.settle(slot))));
    await clock.time('opening', () => Promise.all(slots.map((slot) => cast.mdms.openSlot(slot))));
    for (const fogNode of cast.fogNodes) fogNode.forgetReports(slots.at(-1) ?? 0);
    return clock.time('comparison', () => Promise.all(slots.map((slot) => this.#compare(cast, slot))));
  }

  /** Every meter encrypts and authenticates its readings; reports by slot and fog node. */
  async #makeReports(cast: Cast, slots: readonly number[]): Promise<Map<number, Map<string, Uint8Array[]>>> {
    const { table } = this.readings;
    const addressOf = addressByRegion(cast);
    const bySlot = new Map(slots.map((slot) => [slot, new Map<string, Uint8Array[]>()]));
    const pending = slots.flatMap((slot) =>
      cast.meters.map(async (meter) => {
        const energyWh = table.energyWh(meter.meterId, slot);
        if (energyWh === undefined) return;
        const report = await meter.report(slot, energyWh);
        const address = addressOf.get(meter.region) as string;
        const reports = bySlot.get(slot)?.get(address) ?? [];
        reports.push(report);
        bySlot.get(slot)?.set(address, reports);
        this.progress.advance(++this.#reported, table.readingCount);
      }),
    );
    await Promise.all(pending);
    return bySlot;
  }

  async #compare(cast: Cast, slot: number): Promise<DemoSlot> {
    const { table } = this.readings;
    const { regionTotals, total, opening } = await getSlot(cast.auditor, cast.grid.record.grid, slot);
    for (const { region, ciphertext } of [
      ...regionTotals,
      { region: '', ciphertext: total?.ciphertext ?? '' },
    ]) {
      this.#ciphertextStarts.set(`${slot}/${region}`, ciphertext.slice(0, CIPHERTEXT_START));
    }
    const regions = regionTotals.map(({ region, count }): DemoRegion => {
      const members = cast.meters.filter((meter) => meter.region === region);
      const used = members.reduce((sum, { meterId }) => sum + (table.energyWh(meterId, slot) ?? 0), 0);
      const openedWh = opening?.consumptionWh[region] ?? -1;
      // The ledger opens nothing of a withheld region: its digit of the total is 0.
      if (count === 0)
        return { region, meters: 0, trueWh: 0, openedWh, equal: openedWh === 0, withheld: true };
      return { region, meters: count, trueWh: used, openedWh, equal: used === openedWh };
    });
    const trueWh = regions.reduce((sum, region) => sum + region.trueWh, 0);
    const openedWh = regions.reduce((sum, region) => sum + region.openedWh, 0);
    return { slot, regions, trueWh, openedWh, equal: regions.every((region) => region.equal) };
  }

  #summary(parameters: GridParameters, leader: string): Record<string, string | number> {
    const { table, source } = this.readings;
    const { grid, radixBits, minGroup, maxReadingWh, slotSeconds, regions } = parameters;
    return {
      grid,
      source,
      meters: table.meterIds.length,
      slots: table.slots.length,
      regions: regions.length,
      readings: table.readingCount,
      bits: parameters.n.toString(2).length,
      seed: this.options.seed,
      slotSeconds,
      radixBits,
      minGroup,
      maxReadingWh,
      leader,
      ledger: this.directory.description,
    };
  }
}

function addressByRegion({ grid, fogNodes }: Cast): Map<string, string> {
  return new Map(grid.record.regions.map((region, j) => [region, (fogNodes[j] as FogNode).fogNode]));
}

/** Sends each fog node its reports in batches. @throws Error when an honest report is refused: a bug, not an input. */
async function deliver(cast: Cast, reports: ReadonlyMap<string, readonly Uint8Array[]>): Promise<void> {
  for (const [address, list] of reports) {
    for (let i = 0; i < list.length; i += MAX_REPORTS_PER_BATCH) {
      const batch = encodeReportBatch(list.slice(i, i + MAX_REPORTS_PER_BATCH));
      const answers = decodeAnswers(await cast.transport.request(address, batch));
      const refused = answers.find((answer) => answer.status === 'refused');
      if (refused) throw new Error(`${address} refused an honest report: ${JSON.stringify(refused)}`);
    }
  }
}

function gridParameters(
  slotSeconds: number,
  regionCount: number,
  smallestGroup: number,
  key: Pick<GridParameters, 'n' | 'hN' | 'modulusProof'>,
): GridParameters {
  const maxReadingWh = maxReadingOf(slotSeconds);
  return {
    grid: `demo-${Date.now().toString(36)}-${process.pid.toString(36)}`,
    ...key,
    radixBits: Math.ceil(Math.log2(MAX_METERS_PER_REGION * maxReadingWh + 1)) + 1,
    minGroup: Math.min(DEFAULT_MIN_GROUP, smallestGroup),
    maxReadingWh,
    maxMeters: MAX_METERS_PER_REGION,
    slotSeconds,
    maxSlotAgeSeconds: REPLAY_AGE_SECONDS,
    leaseSeconds: LEASE_SECONDS,
    regions: Array.from({ length: regionCount }, (_, j) => `region-${j + 1}`),
  };
}
