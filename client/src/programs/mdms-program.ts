/**
 * `gridveil mdms`: the key owner as a program. Opens every slot total, publishes the opening, and takes out a region that keeps a slot shut:
 * one with an impossible sum, and one that stays silent for longer than it may.
 */
import { Counter, Registry, collectDefaultMetrics } from 'prom-client';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { z } from 'zod';
import { readKeyFile } from '../crypto/paillier-key-file.js';
import { PaillierWorkers } from '../crypto/paillier-workers.js';
import { listOpenings, listRegionTotals, listTotals } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';
import { createLog, type Log } from '../operations/log.js';
import { startOperations } from '../operations/operations-server.js';
import { readGrid, type GridView } from '../parties/grid-view.js';
import { Mdms } from '../parties/mdms.js';
import { common, identifier, path, readConfiguration, seconds } from './configuration.js';
import { ledgerAccess, openLedger } from './ledger-access.js';
import { repeat, stopSignal } from './until-stopped.js';

const configuration = z.strictObject({
  ...common,
  grid: identifier,
  ledger: ledgerAccess,
  /** Paillier key that `gridveil keys` or `gridveil init` wrote. */
  key: path,
  stepSeconds: seconds.default(1),
  /** A region whose total is missing for so long is left out of its slot. */
  withholdAfterSeconds: seconds.default(3_600),
});

/** Runs until Ctrl-C or SIGTERM. @throws ClientError CONFIG_INVALID, KEY_FILE_*; LedgerError, GRID_UNKNOWN at the start. */
export async function runMdms(file: string): Promise<void> {
  const settings = await readConfiguration(file, configuration);
  const log = createLog('mdms', settings.logLevel);
  const signal = stopSignal(log);
  const privateKey = await readKeyFile(settings.key);
  const opened = await openLedger(settings.ledger, log);
  const workers = new PaillierWorkers(1);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const operations =
    settings.operations &&
    (await startOperations({
      ...settings.operations,
      metrics,
      health: () => ({ ready: true, grid: settings.grid }),
    }));
  try {
    const { ledger } = opened;
    const grid = await readGrid(ledger, settings.grid);
    const mdms = new Mdms(ledger, grid, (ciphertexts) => workers.openBatch(privateKey, ciphertexts));
    const duty = new MdmsDuty(mdms, ledger, grid, settings.withholdAfterSeconds, log, metrics);
    log.info('ready', { grid: settings.grid });
    await repeat(signal, settings.stepSeconds * 1000, 'opening', log, () => duty.step(Date.now() / 1000));
  } finally {
    await operations?.close();
    await workers.close();
    await opened.close();
  }
  log.info('stopped');
}

class MdmsDuty {
  readonly #opened: Counter;
  /** Slots before this one are open. */
  #fromSlot = 0;
  /** When a slot without a total was first seen. */
  readonly #waiting = new Map<number, number>();

  constructor(
    private readonly mdms: Mdms,
    private readonly ledger: Ledger,
    private readonly grid: GridView,
    private readonly withholdAfterSeconds: number,
    private readonly log: Log,
    metrics: Registry,
  ) {
    this.#opened = new Counter({
      name: 'gridveil_mdms_opened_slots_total',
      help: 'Slots opened.',
      registers: [metrics],
    });
  }

  async step(nowSeconds: number): Promise<void> {
    const { grid } = this.grid.record;
    const from = this.#fromSlot;
    const opened = new Set<number>();
    for await (const { slot } of listOpenings(this.ledger, grid, from)) opened.add(slot);
    const totals = new Set<number>();
    for await (const { slot } of listTotals(this.ledger, grid, from)) totals.add(slot);
    for (const slot of totals) if (!opened.has(slot)) await this.#open(slot);
    const shut = await this.#withholdMissing(totals, nowSeconds);
    const next = [...shut, ...[...totals].slice(-KEPT_IN_VIEW)];
    if (next.length > 0) this.#fromSlot = Math.min(...next);
  }

  async #open(slot: number): Promise<void> {
    try {
      await this.mdms.openSlot(slot);
      this.#opened.inc();
      this.log.info('slot opened', { slot });
    } catch (error) {
      const spilled =
        error instanceof GridveilError && ['DIGIT_OVERFLOW', 'DIGIT_CHECK_FAILED'].includes(error.code);
      if (!spilled) throw error;
      for (const region of await this.mdms.findInvalidRegions(slot)) {
        await this.mdms.withhold(slot, region, 'invalid');
        this.log.warn('region withheld, its sum is impossible', { slot, region });
      }
    }
  }

  /** @returns slots that have no total yet. */
  async #withholdMissing(totals: ReadonlySet<number>, nowSeconds: number): Promise<number[]> {
    const { grid, regions } = this.grid.record;
    const present = new Map<number, Set<string>>();
    for await (const { slot, region } of listRegionTotals(this.ledger, grid, this.#fromSlot)) {
      if (totals.has(slot)) continue;
      present.set(slot, (present.get(slot) ?? new Set()).add(region));
    }
    for (const slot of this.#waiting.keys()) if (!present.has(slot)) this.#waiting.delete(slot);
    for (const [slot, there] of present) {
      const since = this.#waiting.get(slot) ?? nowSeconds;
      this.#waiting.set(slot, since);
      if (nowSeconds < since + this.withholdAfterSeconds) continue;
      for (const region of regions.filter((each) => !there.has(each))) {
        await this.mdms.withhold(slot, region, 'missing');
        this.log.warn('region withheld, it has no total', { slot, region });
      }
    }
    return [...present.keys()];
  }
}

/** Slots that are looked at again: fog nodes may run so far apart. */
const KEPT_IN_VIEW = 200;
