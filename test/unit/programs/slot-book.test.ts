import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LedgerError } from '@gridveil/client/ledger/ledger-error.js';
import type { EventOptions, Ledger, LedgerEvent } from '@gridveil/client/ledger/port.js';
import { createLog } from '@gridveil/client/operations/log.js';
import { SlotBook } from '@gridveil/client/programs/slot-book.js';
import { Writable } from 'node:stream';
import { REGIONS } from '../../helpers/bench-values.js';
import { FogBench } from '../../helpers/fog-bench.js';

const GRID = 'toy';

describe('slot book', () => {
  let folder: string;
  let bench: FogBench;
  let events: LedgerEvent[];
  let asked: (EventOptions['after'] | 'start')[];
  let failure: Error | undefined;
  let stop: AbortController;

  before(async () => {
    bench = await FogBench.open();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gridveil-book-'));
    [events, asked, failure, stop] = [[], [], undefined, new AbortController()];
  });
  afterEach(async () => {
    stop.abort();
    await rm(folder, { recursive: true, force: true });
  });

  const happens = (name: string, payload: object): void => {
    const blockNumber = events.length + 1;
    events.push({
      name,
      blockNumber,
      transactionId: `t${blockNumber}`,
      payload: JSON.stringify({ grid: GRID, ...payload }),
    });
  };
  const totals = (slot: number, ...regions: readonly string[]): void =>
    happens('RegionTotalsSubmitted', {
      totals: regions.map((region) => ({ region, slot, status: 'accepted' })),
    });

  /** Gives what there is and waits. */
  const ledger = (): Ledger => ({
    ...bench.options().ledger,
    async *events({ after, signal }: EventOptions = {}) {
      asked.push(after ?? 'start');
      if (failure) throw failure;
      for (const event of events) if (event.blockNumber > (after?.blockNumber ?? 0)) yield event;
      await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
    },
  });
  const open = async (): Promise<SlotBook> => {
    const log = createLog('test', 'error', new Writable({ write: (_, __, done) => done() }));
    const grid = { ...bench.grid, record: { ...bench.grid.record, grid: GRID } };
    const book = await SlotBook.open({
      ledger: ledger(),
      grid,
      file: join(folder, 'position.json'),
      log,
      signal: stop.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    return book;
  };
  const close = async (book: SlotBook): Promise<void> => {
    stop.abort();
    await book.close();
    stop = new AbortController();
  };

  it('follows a slot from its first region total to its opening', async () => {
    totals(7, 'north');
    totals(8, ...REGIONS);
    happens('RegionTotalsSubmitted', { grid: 'other', totals: [{ region: 'north', slot: 9 }] });
    const book = await open();
    assert.deepEqual(book.waiting(), [{ slot: 7, regions: ['south', 'west'] }]);
    assert.deepEqual([...book.complete()], [8]);
    const note = (name: string, payload: object): void => {
      happens(name, payload);
      book.take(events.at(-1) as LedgerEvent);
    };
    note('TotalSubmitted', { slot: 8, term: 1, leader: 'fog' });
    assert.deepEqual([[...book.complete()], [...book.openable()]], [[], [8]]);
    // Its total goes with the region: the leader settles it anew.
    note('RegionWithheld', { slot: 8, region: 'west', reason: 'invalid' });
    assert.deepEqual([[...book.complete()], [...book.openable()]], [[8], []]);
    note('TotalSubmitted', { slot: 8, term: 1, leader: 'fog' });
    note('SlotOpened', { slot: 8, consumptionWh: {} });
    note('RegionWithheld', { slot: 7, region: 'south', reason: 'missing' });
    assert.deepEqual([[...book.openable()], book.waiting()], [[], [{ slot: 7, regions: ['west'] }]]);
  });

  it('goes on where it was after a restart, and reads everything anew for another grid or a damaged file', async () => {
    totals(7, 'north', 'south');
    await close(await open());
    totals(7, 'west');
    const again = await open();
    assert.deepEqual(asked, ['start', { blockNumber: 1, transactionId: 't1' }]);
    assert.deepEqual([...again.complete()], [7]);
    await close(again);
    for (const text of ['{"schema":', '{"schema":"gridveil/slot-position/v1","grid":"other"}']) {
      await writeFile(join(folder, 'position.json'), text);
      const anew = await open();
      assert.equal(asked.at(-1), 'start');
      assert.deepEqual([...anew.complete()], [7]);
      await close(anew);
    }
  });

  it('reads everything anew when its place is on another ledger', async () => {
    totals(7, ...REGIONS);
    const book = await open();
    await close(book);
    failure = new LedgerError('REJECTED', 'another ledger');
    const again = await open();
    assert.deepEqual([...again.complete()], []);
    failure = undefined;
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(asked.at(-1), 'start');
    assert.deepEqual([...again.complete()], [7]);
    await close(again);
  });

  it('looks again before it gives a slot', async () => {
    totals(7, ...REGIONS);
    totals(8, ...REGIONS);
    const book = await open();
    const given: number[] = [];
    for (const slot of book.complete()) {
      given.push(slot);
      happens('TotalSubmitted', { slot: 8 });
      book.take(events.at(-1) as LedgerEvent);
    }
    assert.deepEqual(given, [7]);
    await close(book);
  });
});
