/** Real Fabric on this machine: a network of its own in a temporary folder, binaries already there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FabricLedger } from '@gridveil/client/ledger/fabric/fabric-ledger.js';
import { readConnection } from '@gridveil/client/ledger/fabric/connection.js';
import { grantRole } from '@gridveil/client/ledger/calls.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { startNetwork } from '@gridveil/network/up.js';
import type { BenchRow } from './bench-row.js';
import { hundredMeters } from './demo-rows.js';
import { runDemoProcess } from './demo-run.js';

const SAMPLES = 5;

async function withNetwork<T>(work: (connectionFile: string) => Promise<T>): Promise<T> {
  const dir = join(await mkdtemp(join(tmpdir(), 'gridveil-bench-')), 'network');
  try {
    const { connectionFile } = await startNetwork({ dir, portBase: 'auto' });
    return await work(connectionFile);
  } finally {
    await resetNetwork({ dir });
    await rm(join(dir, '..'), { recursive: true, force: true });
  }
}

const up: BenchRow = {
  name: 'network-up',
  what: 'network up, chaincode deployed, first transaction accepted',
  unit: 's',
  goals: [{ atMost: 8 }],
  samples: SAMPLES,
  prepare: () => ({
    ours: async () => {
      const startedAt = performance.now();
      return withNetwork(async (file) => {
        const connection = await readConnection(file);
        const admin = await FabricLedger.connect({ connection, mspId: 'Org1MSP', user: 'Admin' });
        await grantRole(admin, 'CN=somebody', 'auditor');
        const seconds = (performance.now() - startedAt) / 1000;
        await admin.close();
        return seconds;
      });
    },
  }),
};

const demo: BenchRow = {
  name: 'demo-fabric',
  what: '100 real meters, 16 slots, 5 regions, real Fabric, after up',
  unit: 's',
  goals: [{ atMost: 40 }],
  samples: SAMPLES,
  prepare: () => ({
    ours: () =>
      withNetwork(async (connectionFile) => {
        const args = [...hundredMeters(16), '--ledger', 'fabric', '--connection', connectionFile];
        return (await runDemoProcess(args)).seconds;
      }),
  }),
};

export const fabricRows: readonly BenchRow[] = [up, demo];
