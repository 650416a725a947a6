/**
 * `gridveil mdms`: the key owner as a program. Opens every slot total, publishes the opening, and takes out a region that keeps a slot shut:
 * one with an impossible sum, and one that stays silent for longer than it may.
 */
import { Counter, Registry, collectDefaultMetrics } from 'prom-client';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { z } from 'zod';
import { readKeyFile } from '../crypto/paillier-key-file.js';
import { PaillierWorkers } from '../crypto/paillier-workers.js';
import { createLog, type Log } from '../operations/log.js';
import { startOperations } from '../operations/operations-server.js';
import { readGrid } from '../parties/grid-view.js';
import { Mdms } from '../parties/mdms.js';
import { common, identifier, path, readConfiguration, seconds } from './configuration.js';
import { ledgerAccess, openLedger } from './ledger-access.js';
import { SlotBook } from './slot-book.js';
import { repeat, stopSignal, whenThere } from './until-stopped.js';

const configuration = z.strictObject({
  ...common,
  grid: identifier,
  ledger: ledgerAccess,
  /** Paillier key that `gridveil keys` or `gridveil init` wrote. */
  key: path,
  stepSeconds: seconds.default(1),
  /** A region whose total is missing for so long is left out of its slot. */
  withholdAfterSeconds: seconds.default(3_600),
  /** Keeps its place in the events of the ledger. */
  position: path.prefault('position.json'),
});

/** Runs until Ctrl-C or SIGTERM. @throws ClientError CONFIG_INVALID, KEY_FILE_*; LedgerError, GRID_UNKNOWN at the start. */
export async function runMdms(file: string): Promise<void> {
  const settings = await readConfiguration(file, configuration);
  const log = createLog('mdms', settings.logLevel);
  const signal = stopSignal(log);
  const privateKey = await readKeyFile(settings.key);
  const opened = await whenThere(signal, 'the ledger', log, () => openLedger(settings.ledger, log));
  if (!opened) return;
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
    const grid = await whenThere(signal, 'the grid', log, () => readGrid(ledger, settings.grid));
    if (!grid) return;
    const mdms = new Mdms(ledger, grid, (ciphertexts) => workers.openBatch(privateKey, ciphertexts));
    const book = await SlotBook.open({ ledger, grid, file: settings.position, log, signal });
    const duty = new MdmsDuty(mdms, book, settings.withholdAfterSeconds, log, metrics);
    log.info('ready', { grid: settings.grid });
    await repeat(signal, settings.stepSeconds * 1000, 'opening', log, () => duty.step(Date.now() / 1000));
    await book.close();
  } finally {
    await operations?.close();
    await workers.close();
    await opened.close();
  }
  log.info('stopped');
}

class MdmsDuty {
  readonly #opened: Counter;
  /** When a slot without a total was first seen. */
  readonly #waiting = new Map<number, number>();

  constructor(
    private readonly mdms: Mdms,
    private readonly book: SlotBook,
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
    for (const slot of this.book.openable()) await this.#open(slot);
    await this.#withholdMissing(nowSeconds);
    await this.book.save();
  }

  async #open(slot: number): Promise<void> {
    try {
      await this.mdms.openSlot(slot);
      this.#opened.inc();
      this.log.info('slot opened', { slot });
    } catch (error) {
      if (!(error instanceof GridveilError)) throw error;
      // Its region was withheld meanwhile: the leader settles it anew.
      if (error.code === 'TOTAL_MISSING') return;
      if (!['DIGIT_OVERFLOW', 'DIGIT_CHECK_FAILED'].includes(error.code)) throw error;
      for (const region of await this.mdms.findInvalidRegions(slot)) {
        await this.mdms.withhold(slot, region, 'invalid');
        this.log.warn('region withheld, its sum is impossible', { slot, region });
      }
    }
  }

  async #withholdMissing(nowSeconds: number): Promise<void> {
    const waiting = this.book.waiting();
    for (const slot of this.#waiting.keys())
      if (!waiting.some((each) => each.slot === slot)) this.#waiting.delete(slot);
    for (const { slot, regions } of waiting) {
      const since = this.#waiting.get(slot) ?? nowSeconds;
      this.#waiting.set(slot, since);
      if (nowSeconds < since + this.withholdAfterSeconds) continue;
      for (const region of regions) {
        await this.mdms.withhold(slot, region, 'missing');
        this.log.warn('region withheld, it has no total', { slot, region });
      }
    }
  }
}
