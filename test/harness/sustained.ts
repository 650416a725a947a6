/**
 * A constant load on a field of real programs: how many reports a second it takes for how long, with every total right and nothing late. Meters are simulated in this
 * process, each with keys of its own; their ciphertexts come from a pool, since a thousand meters have a thousand processors and this host has not.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import type { GridView } from '@gridveil/client/parties/grid-view.js';
import { Meter } from '@gridveil/client/parties/meter.js';
import { ReportSender } from '@gridveil/client/parties/report-sender.js';
import { readGridFile } from '@gridveil/client/programs/meters-program.js';
import { readFogIdentity, readMeterSecrets } from '@gridveil/client/programs/secret-files.js';
import { ReportPoster } from '@gridveil/client/transport/report-poster.js';
import { BATCH_PATH } from '@gridveil/client/transport/report-server.js';
import { Field } from '../helpers/field.js';
import { quantile } from './fault-log.js';
import { readLedger, placeOf, type LedgerContents } from './verdict.js';
import { openDirectory } from './field-ledger.js';

const FOGS = ['fog-1', 'fog-2', 'fog-3'];
const METERS_PER_FOG = 1_000;
const PER_BATCH = 100;
const GRACE_SECONDS = 15;
const POOL = 50;
const FIRST_SLOT = Date.UTC(2024, 0, 1) / 1_800_000;
const SETTLE_MS = 180_000;
const PORT_BASE = 19_600;

export interface SustainedOptions {
  readonly connection?: string;
  readonly minutes: number;
  readonly reportsPerSecond: number;
}

export interface SustainedResult {
  readonly reports: number;
  readonly seconds: number;
  readonly refused: number;
  readonly regionTotals: number;
  /** From the time a batch was due to its checked receipt, in ms. */
  readonly receiptMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly violations: readonly string[];
}

/** The reports of one fog node. */
interface Region {
  readonly name: string;
  readonly meters: readonly Meter[];
  readonly sender: ReportSender;
  /** What they use together in every slot. */
  readonly energyWh: number;
  readonly close: () => void;
}

/** Wh of the i-th meter, in every slot. */
const readingOf = (index: number): number => index % POOL;

/** @param interrupted - rejects when it is to end early. */
export async function sustain(
  options: SustainedOptions,
  interrupted: Promise<never>,
): Promise<SustainedResult> {
  const size = [
    '--fog-nodes',
    String(FOGS.length),
    '--meters',
    String(FOGS.length * METERS_PER_FOG),
    '--slots',
    '1',
  ];
  const ledger = options.connection === undefined ? [] : ['--connection', options.connection];
  const field = await Field.make(
    ...size,
    '--grace',
    String(GRACE_SECONDS),
    '--port-base',
    String(PORT_BASE),
    ...ledger,
  );
  try {
    return await Promise.race([underLoad(field, options), interrupted]);
  } finally {
    await field.remove();
  }
}

async function underLoad(field: Field, options: SustainedOptions): Promise<SustainedResult> {
  if (options.connection === undefined) await field.start('ledger');
  await field.run('registry', '--config', field.config('registry'));
  await Promise.all([...FOGS, 'mdms'].map((party) => field.start(party)));
  const grid = await readGridFile(join(field.folder, 'grid.json'));
  const regions = await openRegions(field, grid);
  const load = await drive(regions, options);
  for (const region of regions) region.close();
  const contents = await settled(field, options, grid, load.slots);
  return { ...load, regionTotals: contents.totals.size, violations: judge(contents, regions, load) };
}

async function openRegions(field: Field, grid: GridView): Promise<Region[]> {
  const encryptor = new PaillierEncryptor(grid.publicKey);
  const pool = Array.from({ length: POOL }, (_, energyWh) =>
    encodeCiphertext(grid.publicKey, encryptor.encrypt(BigInt(energyWh))),
  );
  const { meters: all } = await readMeterSecrets(join(field.folder, 'meters', 'secrets.json'));
  return Promise.all(
    FOGS.map(async (fog) => {
      const identity = await readFogIdentity(join(field.folder, fog, 'fog-node.json'));
      const own = all.filter(({ region }) => identity.regions.includes(region));
      const meters = own.map(
        (meter) =>
          new Meter({
            ...meter,
            grid,
            fogAgreementKey: identity.agreementKey,
            encrypt: (energyWh) => Promise.resolve(pool[energyWh] as Uint8Array),
          }),
      );
      const poster = new ReportPoster({ url: identity.url });
      const { fogNode, receiptKey } = identity;
      return {
        name: identity.regions[0] ?? '',
        meters,
        sender: new ReportSender({
          fogNode,
          receiptKey,
          grid,
          post: (body) => poster.post(BATCH_PATH, body),
        }),
        energyWh: meters.reduce((sum, _, index) => sum + readingOf(index), 0),
        close: () => poster.close(),
      };
    }),
  );
}

interface Load extends Pick<SustainedResult, 'reports' | 'seconds' | 'refused' | 'receiptMs'> {
  readonly slots: readonly number[];
}

/** Sends batch after batch when it is due, whole slots only, and waits for all receipts. */
async function drive(
  regions: readonly Region[],
  { minutes, reportsPerSecond }: SustainedOptions,
): Promise<Load> {
  const everyMs = (PER_BATCH / reportsPerSecond) * 1000;
  const perSlot = (regions.length * METERS_PER_FOG) / PER_BATCH;
  const slotCount = Math.ceil((minutes * 60_000) / (everyMs * perSlot));
  const receiptMs: number[] = [];
  let refused = 0;
  const startedAt = performance.now();
  const underWay: Promise<void>[] = [];
  for (let k = 0; k < slotCount * perSlot; k++) {
    const dueAt = startedAt + k * everyMs;
    await sleep(Math.max(0, dueAt - performance.now()));
    const region = regions[k % regions.length] as Region;
    const slot = FIRST_SLOT + Math.floor(k / perSlot);
    const first = Math.floor((k % perSlot) / regions.length) * PER_BATCH;
    underWay.push(
      sendBatch(region, slot, first).then((count) => {
        refused += count;
        receiptMs.push(performance.now() - dueAt);
      }),
    );
  }
  await Promise.all(underWay);
  const ms = (share: number): number => Math.round(quantile(receiptMs, share) ?? 0);
  return {
    reports: slotCount * perSlot * PER_BATCH,
    seconds: (performance.now() - startedAt) / 1000,
    refused,
    receiptMs: { p50: ms(0.5), p99: ms(0.99), max: ms(1) },
    slots: Array.from({ length: slotCount }, (_, i) => FIRST_SLOT + i),
  };
}

/** @returns how many were refused. */
async function sendBatch({ meters, sender }: Region, slot: number, first: number): Promise<number> {
  const batch = meters.slice(first, first + PER_BATCH);
  const reports = await Promise.all(batch.map((meter, i) => meter.report(slot, readingOf(first + i))));
  const { answers } = await sender.deliver(reports);
  return answers.filter(({ status }) => status === 'refused').length;
}

async function settled(
  field: Field,
  { connection }: SustainedOptions,
  grid: GridView,
  slots: readonly number[],
): Promise<LedgerContents> {
  const directory = await openDirectory(field, connection);
  try {
    const ledger = await directory.connect('Org1MSP', 'User1');
    const giveUpAt = performance.now() + SETTLE_MS;
    for (;;) {
      const contents = await readLedger(ledger, grid.record.grid);
      if (slots.every((slot) => contents.openings.has(slot)) || performance.now() > giveUpAt) return contents;
      await sleep(1_000);
    }
  } finally {
    await directory.close();
  }
}

function judge({ totals, openings }: LedgerContents, regions: readonly Region[], load: Load): string[] {
  const late = load.refused > 0 ? [`${load.refused} reports were refused`] : [];
  const wrong = load.slots.flatMap((slot) =>
    regions.flatMap(({ name, energyWh }) => {
      const count = totals.get(placeOf(name, slot))?.count;
      const opened = openings.get(slot)?.[name];
      return count === METERS_PER_FOG && opened === energyWh
        ? []
        : `${name}, slot ${slot}: ${count ?? 'no'} reports, ${opened ?? 'no'} Wh for ${energyWh} Wh`;
    }),
  );
  return [...late, ...wrong.slice(0, 20)];
}
