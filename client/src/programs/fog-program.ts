/**
 * `gridveil fog`: a fog node as a program. Takes reports over HTTP and MQTT, closes and settles its slots, and stands for leader.
 *
 * A slot closes a grace period after its end, or after its first report where that came later, as replayed and delayed readings do.
 */
import { z } from 'zod';
import type { Ledger } from '../ledger/port.js';
import { FogMetrics } from '../operations/fog-metrics.js';
import { createLog, type Log } from '../operations/log.js';
import { startOperations, type RunningServer } from '../operations/operations-server.js';
import { Candidacy } from '../parties/candidacy.js';
import { DurableFogNode } from '../parties/durable-fog-node.js';
import { listExceptions } from '../parties/fog-exceptions.js';
import { readGrid, type GridView } from '../parties/grid-view.js';
import { LeaderCandidate } from '../parties/leader.js';
import { RecountDesk } from '../parties/recount-request.js';
import { openMqttReportDoor } from '../transport/mqtt-report-door.js';
import { startReportServer } from '../transport/report-server.js';
import {
  broker,
  common,
  identifier,
  listenAddress,
  path,
  readConfiguration,
  seconds,
} from './configuration.js';
import { settleCompleteSlots } from './leader-duty.js';
import { ledgerAccess, openLedger, type OpenedLedger } from './ledger-access.js';
import { readAuditorKey, readFogSecrets } from './secret-files.js';
import { SlotBook } from './slot-book.js';
import { SlotSettler } from './slot-settler.js';
import { repeat, stopSignal, whenThere } from './until-stopped.js';

const configuration = z.strictObject({
  ...common,
  grid: identifier,
  fogNode: identifier,
  regions: z.array(identifier).min(1),
  ledger: ledgerAccess,
  secrets: path,
  journal: path,
  listen: listenAddress,
  /** Takes reports over MQTT 5, too. */
  mqtt: broker.optional(),
  /** After its end a slot still takes reports for so long. */
  graceSeconds: seconds.default(60),
  /** How often the ledger is asked for new meters. */
  syncMetersSeconds: seconds.default(60),
  /** How often slots are looked at, and the lease. */
  stepSeconds: seconds.default(1),
  leads: z.boolean().default(true),
  /** Keeps the place of a leader in the events of the ledger. */
  position: path.prefault('position.json'),
  /** Public keys of those who may see the reports of a total, for a recount. The holder of the Paillier key must not be one of them. */
  auditors: z.array(path).default([]),
});

type FogConfiguration = z.infer<typeof configuration>;

/** Runs until Ctrl-C or SIGTERM. @throws ClientError CONFIG_INVALID, JOURNAL_*; LedgerError, GRID_UNKNOWN at the start. */
export async function runFog(file: string): Promise<void> {
  const settings = await readConfiguration(file, configuration);
  const log = createLog('fog', settings.logLevel);
  const signal = stopSignal(log);
  const secrets = await readFogSecrets(settings.secrets);
  const opened = await whenThere(signal, 'the ledger', log, () =>
    openLedger(settings.ledger, log, secrets.outbox),
  );
  if (!opened) return;
  try {
    await new FogProgram(settings, log, signal, opened.ledger).run(secrets);
  } finally {
    await opened.close();
  }
  log.info('stopped');
}

class FogProgram {
  constructor(
    private readonly settings: FogConfiguration,
    private readonly log: Log,
    private readonly signal: AbortSignal,
    private readonly ledger: OpenedLedger['ledger'],
  ) {}

  async run(secrets: Awaited<ReturnType<typeof readFogSecrets>>): Promise<void> {
    const { settings, log, signal, ledger } = this;
    const { fogNode, regions } = settings;
    const grid = await whenThere(signal, 'the grid', log, () => readGrid(ledger, settings.grid));
    if (!grid) return;
    const startedAt = performance.now();
    const node = await DurableFogNode.open({
      fogNode,
      regions,
      grid,
      ledger,
      agreement: secrets.agreement,
      receiptKey: secrets.receipt,
      nowSeconds: () => Date.now() / 1000,
      journal: { folder: settings.journal, key: secrets.journal },
    });
    const { records, torn } = node.recovered;
    const replayMs = Math.round(performance.now() - startedAt);
    if (torn)
      log.warn('an unfinished write was cut off', {
        file: torn.file,
        offset: torn.offset,
        droppedBytes: torn.droppedBytes,
      });
    log.info('journal read', {
      records,
      replayMs,
      openSlots: node.openSlots().length,
      unsettledSlots: node.unsettledSlots().length,
    });
    const servers: RunningServer[] = [];
    try {
      const meters = await whenThere(signal, 'the fog node on the ledger', log, () => node.syncMeters());
      const metrics = new FogMetrics(() => ({
        openSlots: node.openSlots().length,
        unsettledSlots: node.unsettledSlots().length,
        journalBytes: node.journalBytes,
      }));
      const recount = await this.#recountDesk(node, grid);
      servers.push(
        await startReportServer({ ...settings.listen, taker: node, log, watch: metrics, recount }),
      );
      servers.push(...(await this.#mqtt(node, metrics)), ...(await this.#operations(metrics, node)));
      log.info('ready', { fogNode, url: servers[0]?.url, meters });
      await this.#work(node, grid, metrics);
    } finally {
      for (const server of servers) await server.close();
      await node.close();
    }
  }

  async #recountDesk(
    node: DurableFogNode,
    { channel }: GridView,
  ): Promise<(request: Uint8Array) => Promise<Uint8Array | undefined>> {
    const { grid, fogNode, auditors } = this.settings;
    const desk = new RecountDesk({
      issuer: { channel, grid, fogNode },
      auditors: await Promise.all(auditors.map(readAuditorKey)),
      nowSeconds: () => Date.now() / 1000,
      reportsOf: (slot, region) => node.countedReports(slot, region),
    });
    return (request) => desk.handle(request);
  }

  async #mqtt(taker: DurableFogNode, watch: FogMetrics): Promise<RunningServer[]> {
    const { mqtt, grid, fogNode } = this.settings;
    return mqtt
      ? [await openMqttReportDoor({ broker: mqtt, grid, fogNode, taker, watch, log: this.log })]
      : [];
  }

  async #operations(metrics: FogMetrics, node: DurableFogNode): Promise<RunningServer[]> {
    const { operations } = this.settings;
    if (!operations) return [];
    return [
      await startOperations({
        ...operations,
        metrics: metrics.registry,
        health: () => ({ ready: true, fogNode: this.settings.fogNode }),
        exceptions: () => listExceptions(node),
      }),
    ];
  }

  async #work(node: DurableFogNode, grid: GridView, metrics: FogMetrics): Promise<void> {
    const { settings, log, signal, ledger } = this;
    const stepMs = settings.stepSeconds * 1000;
    const settler = new SlotSettler(node, grid.record.slotSeconds, settings.graceSeconds);
    const jobs = [
      repeat(signal, settings.syncMetersSeconds * 1000, 'looking for new meters', log, () =>
        node.syncMeters(),
      ),
      repeat(signal, stepMs, 'settling', log, async () => {
        for (const { slot, outcome } of await settler.step(Date.now() / 1000)) {
          metrics.settled(outcome);
          log.info('slot settled', { slot, outcome });
        }
      }),
    ];
    if (settings.leads) jobs.push(this.#lead(ledger, grid, stepMs));
    await Promise.all(jobs);
  }

  /** Leads whenever it is elected: settles every slot whose regions are all there. */
  async #lead(ledger: Ledger, grid: GridView, stepMs: number): Promise<void> {
    const { settings, log, signal } = this;
    const book = await SlotBook.open({ ledger, grid, file: settings.position, log, signal });
    const candidate = new LeaderCandidate(settings.fogNode, ledger, grid);
    const candidacy = new Candidacy(candidate, ledger, grid);
    let led: number | undefined;
    await repeat(signal, stepMs, 'leading', log, async () => {
      const term = await candidacy.step();
      if (term !== led) log.info(term === undefined ? 'follows' : 'leads', { term });
      led = term;
      if (term !== undefined)
        for (const slot of await settleCompleteSlots(book, candidate))
          log.info('slot total committed', { slot, term });
      await book.save();
    });
    await book.close();
  }
}
