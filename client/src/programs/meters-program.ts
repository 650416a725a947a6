/**
 * `gridveil meters`: a fleet of meters that reports readings of a file, generated ones, or those of a live P1 port, slot after slot. Needs no ledger: it knows the grid's public
 * parameters and its fog nodes from files. Ends when every reading has its answer.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Registry, collectDefaultMetrics } from 'prom-client';
import { gridPublicKey, type ProvenGrid } from '@gridveil/chaincode/domain/grid.js';
import { z } from 'zod';
import { PaillierWorkers } from '../crypto/paillier-workers.js';
import { ClientError } from '../errors.js';
import { createLog, type Log } from '../operations/log.js';
import { startOperations } from '../operations/operations-server.js';
import { Fleet } from '../parties/fleet.js';
import type { GridView } from '../parties/grid-view.js';
import { Meter } from '../parties/meter.js';
import { ReportSender, type PostBatch } from '../parties/report-sender.js';
import { MqttPoster } from '../transport/mqtt-poster.js';
import { ReportPoster } from '../transport/report-poster.js';
import { BATCH_PATH } from '../transport/report-server.js';
import { broker, common, path, readConfiguration } from './configuration.js';
import { openFeed, type ReadingFeed } from './reading-feed.js';
import { ReceiptFile } from './receipt-file.js';
import { readingSource } from './replayed-readings.js';
import { readFogIdentity, readMeterSecrets, type FogIdentity, type OwnedMeter } from './secret-files.js';
import { stopSignal, whenThere } from './until-stopped.js';

const configuration = z.strictObject({
  ...common,
  /** What `gridveil registry` wrote. */
  gridFile: path,
  fogNodes: z.array(path).min(1),
  secrets: path,
  journal: path,
  /** One JSON line for each receipt and each refused report, for `gridveil audit`. */
  receipts: path,
  readings: readingSource,
  /** Reports go to all fog nodes through this broker; without it to each over HTTP. */
  mqtt: broker.optional(),
  /** Pause between two slots. */
  slotEverySeconds: z.number().min(0).max(86_400).default(1),
});

type MetersConfiguration = z.infer<typeof configuration>;

const gridFile = z.strictObject({
  channel: z.string(),
  record: z.custom<ProvenGrid>((value) => typeof value === 'object'),
});

/** Reads what `gridveil registry` wrote. @throws ClientError FILE_UNREADABLE, CONFIG_INVALID */
export async function readGridFile(file: string): Promise<GridView> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new ClientError('FILE_UNREADABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
  try {
    const { channel, record } = gridFile.parse(JSON.parse(text));
    return { channel, record, publicKey: gridPublicKey(record) };
  } catch (cause) {
    throw new ClientError('CONFIG_INVALID', { file, place: 'the file', reason: 'no grid' }, { cause });
  }
}

/** Runs until everything is answered, Ctrl-C or SIGTERM. @throws ClientError CONFIG_INVALID, READINGS_*, JOURNAL_*, RECEIPT_INVALID */
export async function runMeters(file: string): Promise<void> {
  const settings = await readConfiguration(file, configuration);
  const log = createLog('meters', settings.logLevel);
  const signal = stopSignal(log);
  const grid = await whenThere(signal, 'the grid file', log, () => readGridFile(settings.gridFile));
  if (!grid) return;
  const identities = await Promise.all(settings.fogNodes.map(readFogIdentity));
  const secrets = await readMeterSecrets(settings.secrets);
  const feed = await openFeed(settings.readings, grid.record.slotSeconds, signal, log);
  const posts = await openPosts(settings, grid, identities);
  const senders = new Map(
    identities.map((identity) => [identity.fogNode, senderOf(identity, grid, posts, signal, log)]),
  );
  const fleet = await Fleet.open({
    grid,
    journal: { folder: settings.journal, key: secrets.journal },
    deliver: (fogNode, reports) => (senders.get(fogNode) as ReportSender).deliver(reports),
  });
  const receipts = await ReceiptFile.open(settings.receipts);
  const workers = new PaillierWorkers();
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const operations =
    settings.operations &&
    (await startOperations({
      ...settings.operations,
      metrics,
      health: () => ({ ready: true, waiting: fleet.waiting }),
    }));
  try {
    const limits = { maxReadingWh: grid.record.maxReadingWh };
    const replay = new FleetReplay(settings, fleet, receipts, feed, limits, log, signal, metrics);
    await replay.run(
      secrets.meters.map((meter) => meterOf(meter, identities, grid, workers)),
      identities,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await operations?.close();
    await workers.close();
    await fleet.close();
    await receipts.close();
    await posts.close();
  }
  log.info('stopped', { waiting: fleet.waiting });
}

/** How batches reach the fog nodes. */
interface Posts {
  readonly to: (fogNode: string) => PostBatch;
  readonly close: () => Promise<void>;
}

async function openPosts(
  { mqtt }: MetersConfiguration,
  { record }: GridView,
  identities: readonly FogIdentity[],
): Promise<Posts> {
  if (mqtt) {
    const poster = await MqttPoster.open({ broker: mqtt, grid: record.grid });
    return { to: (fogNode) => (body) => poster.post(fogNode, body), close: () => poster.close() };
  }
  const posters = new Map(identities.map(({ fogNode, url }) => [fogNode, new ReportPoster({ url })]));
  return {
    to: (fogNode) => (body) => (posters.get(fogNode) as ReportPoster).post(BATCH_PATH, body),
    close: () => {
      for (const poster of posters.values()) poster.close();
      return Promise.resolve();
    },
  };
}

function senderOf(
  { fogNode, receiptKey }: FogIdentity,
  grid: GridView,
  posts: Posts,
  signal: AbortSignal,
  log: Log,
): ReportSender {
  return new ReportSender({
    fogNode,
    receiptKey,
    grid,
    signal,
    post: posts.to(fogNode),
    onWait: (reason, waitMs) =>
      log.warn('fog node does not take reports, waiting', { fogNode, reason, waitMs: Math.round(waitMs) }),
  });
}

/** @throws ClientError CONFIG_INVALID for a region that none of the fog nodes serves. */
function meterOf(
  { meterId, region, epoch, keys }: OwnedMeter,
  identities: readonly FogIdentity[],
  grid: GridView,
  workers: PaillierWorkers,
): Meter {
  const encrypt = (energyWh: number): Promise<Uint8Array> =>
    workers.encryptOne(grid.publicKey, BigInt(energyWh));
  const fogAgreementKey = fogOf(identities, region).agreementKey;
  return new Meter({ meterId, region, epoch, keys, grid, fogAgreementKey, encrypt });
}

function fogOf(identities: readonly FogIdentity[], region: string): FogIdentity {
  const identity = identities.find(({ regions }) => regions.includes(region));
  if (!identity)
    throw new ClientError('CONFIG_INVALID', {
      file: 'fogNodes',
      place: region,
      reason: 'no fog node serves this region',
    });
  return identity;
}

class FleetReplay {
  readonly #sent: Counter<'answer'>;
  readonly #strangers = new Set<string>();
  #receipted = 0;

  constructor(
    private readonly settings: MetersConfiguration,
    private readonly fleet: Fleet,
    private readonly receipts: ReceiptFile,
    private readonly feed: ReadingFeed,
    private readonly limits: { readonly maxReadingWh: number },
    private readonly log: Log,
    private readonly signal: AbortSignal,
    metrics: Registry,
  ) {
    this.#sent = new Counter({
      name: 'gridveil_meters_slots_total',
      help: 'Slots reported.',
      labelNames: ['answer'],
      registers: [metrics],
    });
  }

  async run(meters: readonly Meter[], identities: readonly FogIdentity[]): Promise<void> {
    const { log, fleet, signal, feed } = this;
    log.info('ready', { meters: meters.length, waiting: fleet.waiting });
    await this.#file();
    this.receipts.caughtUp();
    await this.#send();
    const known = new Map(meters.map((meter) => [meter.meterId, meter]));
    for await (const { slot, energiesWh } of feed) {
      const due = [...energiesWh.keys()].flatMap((meterId) => {
        const meter = known.get(meterId);
        if (meter === undefined) this.#sayStranger(meterId);
        return meter === undefined || fleet.isSealed(slot, meterId) || !this.#fits(slot, meterId, energiesWh)
          ? []
          : [meter];
      });
      if (due.length === 0) continue;
      if (signal.aborted) return;
      await this.#report(slot, due, energiesWh, identities);
      await sleep(this.settings.slotEverySeconds * 1000, undefined, { signal });
    }
    if (!signal.aborted) log.info('every reading has its answer', { receipts: this.#receipted });
  }

  /** A reading above what the grid takes cannot be encrypted so that it counts: it stays out. */
  #fits(slot: number, meterId: string, energiesWh: ReadonlyMap<string, number>): boolean {
    const fits = (energiesWh.get(meterId) ?? 0) <= this.limits.maxReadingWh;
    if (!fits) this.log.warn('reading left out, it is above what the grid takes', { meterId, slot });
    return fits;
  }

  #sayStranger(meterId: string): void {
    if (!this.#strangers.has(meterId)) this.log.warn('readings of a meter without keys', { meterId });
    this.#strangers.add(meterId);
  }

  async #report(
    slot: number,
    due: readonly Meter[],
    energiesWh: ReadonlyMap<string, number>,
    identities: readonly FogIdentity[],
  ): Promise<void> {
    const byFogNode = new Map<string, Promise<Uint8Array>[]>();
    for (const meter of due) {
      const { fogNode } = fogOf(identities, meter.region);
      const reports = byFogNode.get(fogNode) ?? [];
      byFogNode.set(fogNode, reports);
      reports.push(meter.report(slot, energiesWh.get(meter.meterId) as number));
    }
    for (const [fogNode, reports] of byFogNode)
      await this.fleet.keep(fogNode, slot, await Promise.all(reports));
    await this.#send();
    this.log.info('slot reported', { slot, meters: due.length });
  }

  async #send(): Promise<void> {
    for (const { meterId, slot, code } of await this.fleet.send()) {
      this.#sent.inc({ answer: code });
      this.log.warn('report refused', { meterId, slot, code });
    }
    this.#sent.inc({ answer: 'answered' });
    await this.#file();
  }

  /** The fleet forgets what the file holds. */
  async #file(): Promise<void> {
    const { receipts, refused } = this.fleet;
    const filed = receipts.length;
    await this.receipts.add(receipts, refused);
    this.fleet.answersFiled(filed, refused.length);
    this.#receipted += filed;
  }
}
