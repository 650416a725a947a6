/**
 * Which slots still need something, from the events of the ledger: what a leader or MDMS looks at, so that it asks for no slot twice. Its place in the
 * events is kept in a file, so that a restart goes on there; events are handled again after a crash, which changes nothing.
 *
 * A slot enters with its first region total and leaves when it has been opened.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS } from '@gridveil/chaincode/ledger/events.js';
import { z } from 'zod';
import { LedgerError } from '../ledger/ledger-error.js';
import type { EventCheckpoint, Ledger, LedgerEvent } from '../ledger/port.js';
import { describeError, type Log } from '../operations/log.js';
import type { GridView } from '../parties/grid-view.js';

const RECONNECT_MS = 500;
const SAVE_EVERY_MS = 5_000;

const slotState = z.strictObject({
  slot: z.int(),
  /** That have a total, or were withheld. */
  regions: z.array(z.string()),
  hasTotal: z.boolean(),
});
const position = z.strictObject({
  schema: z.literal('gridveil/slot-position/v1'),
  channel: z.string(),
  grid: z.string(),
  blockNumber: z.int(),
  transactionId: z.string(),
  slots: z.array(slotState),
});

const slotFacts = z.object({ grid: z.string(), slot: z.int(), region: z.string().optional() });
const totalsFacts = z.object({
  grid: z.string(),
  totals: z.array(z.object({ slot: z.int(), region: z.string() })),
});

interface SlotState {
  readonly regions: Set<string>;
  hasTotal: boolean;
}

export interface SlotBookOptions {
  readonly ledger: Ledger;
  readonly grid: GridView;
  /** Where its place is kept. */
  readonly file: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export class SlotBook {
  readonly #options: SlotBookOptions;
  readonly #slots = new Map<number, SlotState>();
  #after: (EventCheckpoint & { readonly transactionId: string }) | undefined;
  #savedAtMs = 0;
  #isSaved = true;
  #following: Promise<void> | undefined;

  private constructor(options: SlotBookOptions) {
    this.#options = options;
  }

  /** Reads its place and follows the ledger from there until the signal aborts; a file of another grid, or a damaged one, is left unread: everything is read anew. */
  static async open(options: SlotBookOptions): Promise<SlotBook> {
    const book = new SlotBook(options);
    await book.#restore();
    book.#following = book.#follow();
    return book;
  }

  /** Slots that all regions have answered for and that have no total, ascending; looked at again before each is given. */
  complete(): Generator<number> {
    return this.#where((state) => !state.hasTotal && this.#missing(state).length === 0);
  }

  /** Slots with a total that is not opened, as `complete`. */
  openable(): Generator<number> {
    return this.#where(({ hasTotal }) => hasTotal);
  }

  /** Slots without a total and the regions they wait for. */
  waiting(): { readonly slot: number; readonly regions: readonly string[] }[] {
    return [...this.#slots].flatMap(([slot, state]) => {
      const regions = this.#missing(state);
      return state.hasTotal || regions.length === 0 ? [] : { slot, regions };
    });
  }

  /** Keeps its place, at most every few seconds. */
  async save(atOnce = false): Promise<void> {
    if (this.#isSaved || !this.#after || (!atOnce && performance.now() - this.#savedAtMs < SAVE_EVERY_MS))
      return;
    const { ledger, grid, file } = this.#options;
    this.#isSaved = true;
    this.#savedAtMs = performance.now();
    const { blockNumber, transactionId } = this.#after;
    await replaceFile(file, {
      schema: 'gridveil/slot-position/v1',
      channel: ledger.channel,
      grid: grid.record.grid,
      blockNumber,
      transactionId,
      slots: [...this.#slots].map(([slot, { regions, hasTotal }]) => ({
        slot,
        regions: [...regions],
        hasTotal,
      })),
    } satisfies z.infer<typeof position>);
  }

  /** After the signal. */
  async close(): Promise<void> {
    await this.#following;
    await this.save(true);
  }

  /** Takes note of one event; those of other grids and other kinds only move its place. */
  take({ name, payload, blockNumber, transactionId }: LedgerEvent): void {
    this.#note(name, JSON.parse(payload) as unknown);
    this.#after = { blockNumber, transactionId };
    this.#isSaved = false;
  }

  #note(name: string, payload: unknown): void {
    if (name === EVENTS.regionTotalsSubmitted) {
      const { grid, totals } = totalsFacts.parse(payload);
      if (this.#isOurs(grid)) for (const { slot, region } of totals) this.#state(slot).regions.add(region);
      return;
    }
    if (name !== EVENTS.regionWithheld && name !== EVENTS.totalSubmitted && name !== EVENTS.slotOpened)
      return;
    const { grid, slot, region } = slotFacts.parse(payload);
    if (!this.#isOurs(grid)) return;
    if (name === EVENTS.slotOpened) this.#slots.delete(slot);
    else if (name === EVENTS.totalSubmitted) this.#state(slot).hasTotal = true;
    else {
      // The total of the slot went with the region.
      this.#state(slot).hasTotal = false;
      if (region !== undefined) this.#state(slot).regions.add(region);
    }
  }

  #isOurs(grid: string): boolean {
    return grid === this.#options.grid.record.grid;
  }

  #state(slot: number): SlotState {
    const state = this.#slots.get(slot) ?? { regions: new Set<string>(), hasTotal: false };
    this.#slots.set(slot, state);
    return state;
  }

  #missing({ regions }: SlotState): string[] {
    return this.#options.grid.record.regions.filter((region) => !regions.has(region));
  }

  *#where(fits: (state: SlotState) => boolean): Generator<number> {
    for (const slot of [...this.#slots.keys()].sort((a, b) => a - b)) {
      const state = this.#slots.get(slot);
      if (state && fits(state)) yield slot;
    }
  }

  async #follow(): Promise<void> {
    const { ledger, log, signal } = this.#options;
    while (!signal.aborted) {
      try {
        const after = this.#after ? { after: this.#after } : {};
        for await (const event of ledger.events({ ...after, signal })) this.take(event);
      } catch (error) {
        if (!signal.aborted) log.warn('reading events failed, trying again', describeError(error));
        // The place is one of another ledger.
        if (error instanceof LedgerError && error.code === 'REJECTED') this.#startAnew();
      }
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #startAnew(): void {
    this.#slots.clear();
    this.#after = undefined;
  }

  async #restore(): Promise<void> {
    const { ledger, grid, file, log } = this.#options;
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const parsed = position.safeParse(parseJson(text));
    if (!parsed.success || parsed.data.channel !== ledger.channel || !this.#isOurs(parsed.data.grid)) {
      log.warn('the kept position is not of this grid: all events are read again', {
        file,
        grid: grid.record.grid,
      });
      return;
    }
    const { blockNumber, transactionId, slots } = parsed.data;
    this.#after = { blockNumber, transactionId };
    for (const { slot, regions, hasTotal } of slots)
      this.#slots.set(slot, { regions: new Set(regions), hasTotal });
  }
}

/** The old file or the new one survives a power cut. */
async function replaceFile(file: string, value: object): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
