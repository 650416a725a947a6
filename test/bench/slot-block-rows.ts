/** Slot blocks of 100 meters on real Fabric, 2 organisations with 2 peers each and 3 orderers: how long one takes until it is accepted, and what it becomes on the ledger. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BLS_SIGNATURE_BYTES } from '@gridveil/chaincode/crypto/bls-suite.js';
import { SLOTS_PER_AREA, type BillingArea } from '@gridveil/caliper/inputs/billing-area.js';
import { seededPaillierKey } from '@gridveil/caliper/inputs/seeded-key.js';
import { seededSlotBlock, slotBlockCall } from '@gridveil/caliper/inputs/seeded-slot-blocks.js';
import { requireAccepted } from '@gridveil/caliper/inputs/transactions.js';
import { makeBenchmarkGrid } from '@gridveil/caliper/setup/benchmark-grid.js';
import { makeBillingAreas } from '@gridveil/caliper/setup/billing-areas.js';
import { readConnection } from '@gridveil/client/ledger/fabric/connection.js';
import { openFabricDirectory } from '@gridveil/client/ledger/fabric/fabric-directory.js';
import { FabricLedger } from '@gridveil/client/ledger/fabric/fabric-ledger.js';
import type { CommitReceipt, Transaction } from '@gridveil/client/ledger/port.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { startNetwork } from '@gridveil/network/up.js';
import type { BenchRow } from './bench-row.js';

const METERS = 100;
const SAMPLES = 7;
/** One for the warm-up. */
const AREAS = Math.ceil((SAMPLES + 1) / SLOTS_PER_AREA);

/** A network with areas, and the next block of theirs each time. */
interface BlockSource {
  next(): { readonly call: Transaction; readonly ledger: FabricLedger };
  close(): Promise<void>;
}

async function openBlockSource(bits: number): Promise<BlockSource> {
  const work = await mkdtemp(join(tmpdir(), 'gridveil-bench-'));
  const dir = join(work, 'network');
  const sessions: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const session of sessions) await session.close();
    await resetNetwork({ dir });
    await rm(work, { recursive: true, force: true });
  };
  try {
    const { connectionFile } = await startNetwork({ dir, portBase: 'auto' });
    const connection = await readConnection(connectionFile);
    const directory = await openFabricDirectory(connectionFile);
    sessions.push(directory);
    const privateKey = seededPaillierKey('bench', bits);
    // The areas' own grids have keys of any size; this one is here for its fog nodes.
    const target = await makeBenchmarkGrid(directory, connection, seededPaillierKey('bench', 3072), 'bench');
    const shapes = Array.from({ length: AREAS }, () => ({
      meters: METERS,
      proofsCheckedBy: 'endorsers' as const,
    }));
    const areas = await makeBillingAreas({ directory, target, privateKey, shapes });
    const ledgers = new Map<string, FabricLedger>();
    for (const { mspId, user } of target.fogNodes) {
      const ledger = await FabricLedger.connect({ connection, mspId, user });
      sessions.push(ledger);
      ledgers.set(mspId, ledger);
    }
    let sent = 0;
    return {
      next: () => {
        const area = areas[sent % AREAS] as BillingArea;
        const block = seededSlotBlock(area, Math.floor(sent++ / AREAS));
        return {
          call: slotBlockCall(area, block),
          ledger: ledgers.get(area.aggregator.mspId) as FabricLedger,
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function submitNext(
  source: BlockSource,
): Promise<{ readonly receipt: CommitReceipt; readonly seconds: number; readonly ledger: FabricLedger }> {
  const { call, ledger } = source.next();
  const startedAt = performance.now();
  const receipt = await ledger.submit(call);
  const seconds = (performance.now() - startedAt) / 1000;
  requireAccepted(receipt.result);
  return { receipt, seconds, ledger };
}

async function transactionBytes(
  ledger: FabricLedger,
  { blockNumber, transactionId }: CommitReceipt,
): Promise<number> {
  for await (const { transactions } of ledger.blocks(blockNumber, blockNumber)) {
    const own = transactions.find((each) => each.transactionId === transactionId);
    if (own) return own.sizeBytes;
  }
  throw new Error(`no transaction ${transactionId} in block ${blockNumber}`);
}

const accepted = (bits: number): BenchRow => ({
  name: `slot-block-fabric-${bits}`,
  what: `a slot block of ${METERS} meters, ${bits} bits, accepted on real Fabric, range proofs checked by endorsers`,
  unit: 's',
  goals: [{ atMost: 2 }],
  samples: SAMPLES,
  prepare: async () => {
    const source = await openBlockSource(bits);
    return { ours: async () => (await submitNext(source)).seconds, close: () => source.close() };
  },
});

const ledgerBytes = (bits: number): BenchRow => ({
  name: `slot-block-bytes-${bits}`,
  what: `the transaction of a slot block of ${METERS} meters in its Fabric block, by ciphertexts and signatures, ${bits} bits`,
  unit: 'x',
  goals: [{ atMost: 1.15 }],
  samples: 5,
  prepare: async () => {
    const source = await openBlockSource(bits);
    const payload = METERS * (bits / 4 + BLS_SIGNATURE_BYTES);
    return {
      ours: async () => {
        const { ledger, receipt } = await submitNext(source);
        return (await transactionBytes(ledger, receipt)) / payload;
      },
      close: () => source.close(),
    };
  },
});

export const slotBlockRows: readonly BenchRow[] = [2048, 3072].flatMap((bits) => [
  accepted(bits),
  ledgerBytes(bits),
]);
