/** Blocks of 100 signcrypted reports on real Fabric, 2 organisations with 2 peers each and 3 orderers: how long one takes until it is accepted, signatures checked by every endorser. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededPaillierKey } from '@gridveil/caliper/inputs/seeded-key.js';
import { SigncryptedBlocks, signcryptedBlockCall } from '@gridveil/caliper/inputs/signcrypted-blocks.js';
import type { SigncryptedGrid } from '@gridveil/caliper/inputs/signcrypted-grid.js';
import { requireAccepted } from '@gridveil/caliper/inputs/transactions.js';
import { makeBenchmarkGrid } from '@gridveil/caliper/setup/benchmark-grid.js';
import { makeSigncryptedGrids } from '@gridveil/caliper/setup/signcrypted-grids.js';
import { readConnection } from '@gridveil/client/ledger/fabric/connection.js';
import { openFabricDirectory } from '@gridveil/client/ledger/fabric/fabric-directory.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { startNetwork } from '@gridveil/network/up.js';
import type { BenchRow } from './bench-row.js';

const METERS = 100;

const accepted: BenchRow = {
  name: 'signcrypted-block-fabric',
  what: `a block of ${METERS} signcrypted reports to 3 receivers, 10 dimensions each, accepted on real Fabric`,
  unit: 's',
  goals: [{ atMost: 2 }],
  samples: 7,
  prepare: async () => {
    const work = await mkdtemp(join(tmpdir(), 'gridveil-bench-'));
    const dir = join(work, 'network');
    const closing: (() => Promise<unknown>)[] = [];
    const close = async (): Promise<void> => {
      for (const end of closing.reverse()) await end();
      await rm(work, { recursive: true, force: true });
    };
    try {
      closing.push(() => resetNetwork({ dir }));
      const { connectionFile } = await startNetwork({ dir, portBase: 'auto' });
      const directory = await openFabricDirectory(connectionFile);
      closing.push(() => directory.close());
      const connection = await readConnection(connectionFile);
      // Its fog nodes serve as accounting nodes.
      const target = await makeBenchmarkGrid(
        directory,
        connection,
        seededPaillierKey('bench', 2048),
        'bench',
      );
      const shapes = [{ meters: METERS, storage: 'ledger' as const }];
      const [grid] = (await makeSigncryptedGrids({ directory, target, shapes })) as [SigncryptedGrid];
      const blocks = await SigncryptedBlocks.open(grid);
      const [node] = grid.nodes as [SigncryptedGrid['nodes'][0]];
      const ledger = await directory.connect(node.mspId, node.user);
      let sent = 0;
      return {
        ours: async () => {
          const call = signcryptedBlockCall(grid, blocks.block(sent++));
          const startedAt = performance.now();
          const { result } = await ledger.submit(call);
          const seconds = (performance.now() - startedAt) / 1000;
          requireAccepted(result);
          return seconds;
        },
        close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  },
};

export const signcryptedBlockRows: readonly BenchRow[] = [accepted];
