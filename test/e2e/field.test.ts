/**
 * The parties as programs on an embedded ledger, killed with SIGKILL while they work. The oracle is in the opened totals: in its region, each meter
 * uses 1, 4, 16, 64 or 256 Wh, so that the digits of a total in base 4 show which readings it holds, and how often.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import { getLeadership, getSlot } from '@gridveil/client/ledger/calls.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { readAddressFile, servedDirectory } from '@gridveil/client/ledger/served/served-directory.js';
import { FOG_POINTS } from '../harness/field-faults.js';
import { Field } from '../helpers/field.js';

const REGIONS = 3;
const METERS_PER_REGION = 5;
const FOGS = Array.from({ length: REGIONS }, (_, j) => `fog-${j + 1}`);
const FIRST_SLOT_START = Date.UTC(2024, 0, 1);
const SLOT_MS = 30 * 60_000;

/** Meters are dealt out to the regions like cards: the i-th of a region uses 4^i Wh. */
function readingsCsv(slots: number): string {
  const meters = Array.from({ length: REGIONS * METERS_PER_REGION }, (_, k) => `meter-${k + 1}`);
  const values = meters.map((_, k) => 4 ** Math.floor(k / REGIONS)).join(',');
  const rows = Array.from(
    { length: slots },
    (_, s) => `${new Date(FIRST_SLOT_START + s * SLOT_MS).toISOString().slice(0, 19)}Z,${values}`,
  );
  return [`time,${meters.join(',')}`, ...rows, ''].join('\n');
}

describe('a field of programs', function () {
  this.timeout(280_000);
  let field: Field;
  let data: string;

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'gridveil-data-'));
  });
  afterEach(async () => {
    await (field as Field | undefined)?.remove();
    await rm(data, { recursive: true, force: true });
  });

  async function make(slots: number, portBase: number): Promise<void> {
    const file = join(data, 'readings.csv');
    await writeFile(file, readingsCsv(slots));
    const declared = ['--unit', 'Wh', '--interval-minutes', '30', '--stamp', 'start', '--zone', 'UTC'];
    const quick = ['--bits', '2048', '--grace', '1', '--slot-every', '0', '--port-base', String(portBase)];
    field = await Field.make('--data', file, ...declared, ...quick);
    await field.start('ledger');
    await field.run('registry', '--config', field.config('registry'));
    await Promise.all([...FOGS, 'mdms'].map((party) => field.start(party)));
  }

  async function withLedger<T>(use: (ledger: Ledger) => Promise<T>): Promise<T> {
    const directory = servedDirectory(await readAddressFile(join(field.folder, 'ledger', 'address.json')));
    try {
      return await use(await directory.connect('Org1MSP', 'User1'));
    } finally {
      await directory.close();
    }
  }

  /** Slots as the data has them. */
  const slotNumbers = (slots: number) =>
    Array.from({ length: slots }, (_, s) => FIRST_SLOT_START / SLOT_MS + s);

  async function allOpened(
    slots: number,
    meanwhile: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const giveUpAt = Date.now() + 200_000;
    const isOpen = async (): Promise<boolean> => {
      const { grid } = await field.grid();
      return withLedger(async (ledger) => {
        for (const slot of slotNumbers(slots)) {
          const opened = await getSlot(ledger, grid, slot).then(
            ({ opening }) => opening !== undefined,
            () => false,
          );
          if (!opened) return false;
        }
        return true;
      });
    };
    while (!(await isOpen())) {
      assert.ok(Date.now() < giveUpAt, 'the slots were not opened in time');
      await meanwhile();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** Programs that run go on with a ledger that was killed and started again: its leader renews the lease. */
  async function outliveLedger(): Promise<void> {
    const { grid } = await field.grid();
    await field.program('ledger').end('SIGKILL');
    await field.start('ledger');
    const restartedAt = Date.now();
    const giveUpAt = restartedAt + 60_000;
    const leaseEnd = () => withLedger(async (ledger) => (await getLeadership(ledger, grid)).leaseEndsAtMs);
    while ((await leaseEnd()) < restartedAt + 10_000) {
      assert.ok(Date.now() < giveUpAt, 'nobody renewed the lease');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Every reading of every slot is in its opened total, once. */
  async function checkTotals(slots: number): Promise<void> {
    const { grid, regions } = await field.grid();
    await withLedger(async (ledger) => {
      for (const slot of slotNumbers(slots)) {
        const { regionTotals, opening } = await getSlot(ledger, grid, slot);
        for (const region of regions) {
          const energyWh = opening?.consumptionWh[region] ?? 0;
          const digits = Array.from({ length: METERS_PER_REGION + 1 }, (_, i) => (energyWh >> (2 * i)) & 3);
          assert.deepEqual(digits, [1, 1, 1, 1, 1, 0], `slot ${slot}, ${region}: ${energyWh} Wh`);
          assert.equal(regionTotals.find((total) => total.region === region)?.count, METERS_PER_REGION);
        }
      }
    });
    const audit = await field.audit();
    assert.deepEqual([audit.findings, audit.differing], [[], []]);
    assert.equal(audit.recounted, slots * REGIONS);
    assert.equal(audit.reports.counted, slots * REGIONS * METERS_PER_REGION);
    assert.equal(audit.reports['not yet on the ledger'] + audit.reports.withheld, 0);
  }

  function checkLogs(): void {
    for (const { name, noise } of field.programs) if (name !== 'init') assert.deepEqual(noise, [], name);
  }

  it('counts every reading, tells so in the audit, and ends cleanly on SIGTERM and Ctrl-C', async () => {
    const slots = 3;
    await make(slots, 18_400);
    const meters = await field.start('meters');
    await meters.ended;
    assert.equal(meters.exitCode, 0);
    await allOpened(slots);
    await checkTotals(slots);
    const metrics = await (await fetch('http://127.0.0.1:18402/metrics')).text();
    assert.match(metrics, /gridveil_fog_reports_total\{answer="accepted"\} 15/);
    assert.equal((await fetch('http://127.0.0.1:18402/health')).status, 200);
    await outliveLedger();
    for (const [i, party] of [...FOGS, 'mdms', 'ledger'].entries()) {
      const program = field.program(party);
      await program.end(i % 2 === 0 ? 'SIGTERM' : 'SIGINT');
      assert.deepEqual([program.exitCode, program.signal], [0, null], party);
    }
    checkLogs();
  });

  it('counts every reading once when fog nodes die at each crash point and anybody at any time', async () => {
    const slots = 12;
    await make(slots, 18_500);
    const points = FOG_POINTS;
    let kills = 0;
    const restart = async (party: string, env: NodeJS.ProcessEnv = {}): Promise<void> => {
      const program = field.program(party);
      if (program.isRunning) await program.end('SIGKILL');
      kills += 1;
      await field.start(party, env);
    };
    // Every crash point is armed on some fog node from the start.
    await Promise.all(FOGS.map((party, j) => restart(party, { GRIDVEIL_CRASH_AT: points[j] as string })));
    await field.start('meters');
    let next = REGIONS;
    await allOpened(slots, async () => {
      for (const party of FOGS) {
        if (field.program(party).isRunning && Math.random() < 0.7) continue;
        const point = points[next++];
        await restart(party, point === undefined ? {} : { GRIDVEIL_CRASH_AT: point });
      }
      const other = ['ledger', 'mdms', 'meters'][Math.floor(Math.random() * 6)];
      if (other !== undefined && field.program(other).exitCode === null) await restart(other);
    });
    assert.ok(next >= points.length, 'every crash point was armed');
    for (const party of FOGS) if (!field.program(party).isRunning) await restart(party);
    await checkTotals(slots);
    const crashed = field.programs.filter(
      ({ name, signal }) => name.startsWith('fog') && signal === 'SIGKILL',
    );
    assert.ok(crashed.length >= points.length / 2 && kills >= points.length, `${kills} kills`);
    checkLogs();
  });
});
