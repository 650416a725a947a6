/** The demo on the embedded ledger as a user runs it: wall time from start to exit, memory, and how it scales. */
import { findSharedData } from '../helpers/shared-data.js';
import type { BenchRow } from './bench-row.js';
import { runDemoProcess } from './demo-run.js';

const SAMPLES = 5;
const REAL = findSharedData('sgsc-households', 'sgsc_virtual100_30min_14days.csv');

/** 100 real meters where their file is, else 100 generated ones. */
export function hundredMeters(slots: number): string[] {
  const source = REAL === undefined ? ['--meters', '100'] : ['--data', REAL];
  return [...source, '--slots', String(slots), '--regions', '5'];
}

const small: BenchRow = {
  name: 'demo',
  what: 'npm run demo, default size, already built, key generation included',
  unit: 's',
  goals: [{ atMost: 8 }],
  samples: SAMPLES,
  prepare: () => ({ ours: async () => (await runDemoProcess([])).seconds }),
};

const large: BenchRow = {
  name: 'demo-100x96x5',
  what: '100 real meters, 96 slots, 5 regions, embedded',
  unit: 's',
  goals: [{ atMost: 40 }],
  samples: SAMPLES,
  prepare: () => ({ ours: async () => (await runDemoProcess(hundredMeters(96))).seconds }),
};

const memory: BenchRow = {
  name: 'demo-memory',
  what: 'resident memory of that demo',
  unit: 'MB',
  goals: [{ atMost: 600 }],
  samples: SAMPLES,
  prepare: () => ({ ours: async () => (await runDemoProcess(hundredMeters(96))).residentMb }),
};

/** Ratio to the peer = how much of ten times the work costs less than ten times the time: 1/1.1 is the limit. */
const scaling: BenchRow = {
  name: 'demo-ten-times-the-meters',
  what: '1,000 generated meters against ten times the time of 100, 8 slots',
  unit: 's',
  goals: [{ ratio: 0.91 }],
  peer: '10 x 100 meters',
  samples: SAMPLES,
  prepare: () => ({
    ours: async () => (await runDemoProcess(generated(1000))).seconds,
    peer: async () => 10 * (await runDemoProcess(generated(100))).seconds,
  }),
};

function generated(meters: number): string[] {
  return ['--meters', String(meters), '--slots', '8', '--regions', '5'];
}

export const demoRows: readonly BenchRow[] = [small, large, memory, scaling];
