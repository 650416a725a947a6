/** Looks at what the rounds of signcrypted blocks left on the ledger: every sampled part is opened with its receiver's key, and what a report became is counted in bytes. */
import type { FabricConnection } from '@gridveil/client/ledger/fabric/connection.js';
import { FabricLedger } from '@gridveil/client/ledger/fabric/fabric-ledger.js';
import { MemoryContentStore } from '@gridveil/client/content/content-store.js';
import { ReportReader } from '@gridveil/client/parties/report-reader.js';
import { SigncryptionView } from '@gridveil/client/parties/signcryption-view.js';
import { CaliperError } from '../errors.js';
import {
  RECEIVERS,
  seededKeyCentre,
  seededSigncryptionKey,
  type SigncryptedGrid,
} from '../inputs/signcrypted-grid.js';
import { SigncryptedBlocks, signcryptedBlockCall } from '../inputs/signcrypted-blocks.js';
import type { RoundPlan } from '../rounds/plan.js';
import type { CheckedSlotBlocks, LedgerBytes } from './check-slot-blocks.js';

/** Blocks of a round that are read back and opened, spread over it. */
const CHECKED_PER_ROUND = 3;

interface SigncryptedRound {
  readonly plan: RoundPlan;
  readonly grid: SigncryptedGrid;
  readonly blocks: SigncryptedBlocks;
}

/** Does nothing without rounds of signcrypted blocks. @throws CaliperError WRONG_TOTAL, and what the ledger refuses */
export async function checkSigncryptedBlocks(
  connection: FabricConnection,
  plans: readonly RoundPlan[],
): Promise<CheckedSlotBlocks> {
  const rounds: SigncryptedRound[] = [];
  for (const plan of plans) {
    const grid = plan.parts[0]?.signcrypted;
    if (grid) rounds.push({ plan, grid, blocks: await SigncryptedBlocks.open(grid) });
  }
  const [first] = rounds;
  if (first === undefined) return { ledgerBytes: new Map(), checkedTotals: 0 };
  const [{ mspId, user }] = first.grid.nodes as [SigncryptedGrid['nodes'][0]];
  const ledger = await FabricLedger.connect({ connection, mspId, user });
  try {
    let checkedTotals = 0;
    for (const round of rounds) checkedTotals += await checkRound(ledger, round);
    return { ledgerBytes: await ledgerBytesOf(ledger, rounds), checkedTotals };
  } finally {
    await ledger.close();
  }
}

async function checkRound(ledger: FabricLedger, { plan, grid, blocks }: SigncryptedRound): Promise<number> {
  const view = await SigncryptionView.read(ledger, grid.grid);
  const master = (await seededKeyCentre(grid)).exportMaster();
  const key = await seededSigncryptionKey(grid, master, 'receiver', RECEIVERS[0]);
  const store = new MemoryContentStore();
  const reader = new ReportReader({ ledger, view, key, store });
  const step = Math.max(1, Math.floor(plan.transactions / CHECKED_PER_ROUND));
  let checked = 0;
  for (let index = 0; index < plan.transactions; index += step) {
    const { slot, energyWh, reports } = blocks.block(index);
    // Where the ledger keeps digests, the bytes that fit them are those that were sent, if it has the right ones.
    for (const { bytes } of reports) await store.put(bytes);
    const { opened } = await reader.readSlot(slot);
    const sum = opened.reduce((wh, { measurements }) => wh + (measurements.energyWh ?? 0), 0);
    if (opened.length !== grid.meters || sum !== energyWh)
      throw new CaliperError('WRONG_TOTAL', { region: grid.grid, slot });
    checked++;
  }
  return checked;
}

/** Reads the channel from its first block on. */
async function ledgerBytesOf(
  ledger: FabricLedger,
  rounds: readonly SigncryptedRound[],
): Promise<Map<string, LedgerBytes>> {
  const [{ grid, blocks }] = rounds as [SigncryptedRound];
  // The same block again writes nothing; it tells how long the ledger is.
  const { blockNumber } = await ledger.submit(signcryptedBlockCall(grid, blocks.block(0)));
  const sizes = new Map<string, { written: number; transaction: number; count: number }>();
  for await (const { transactions } of ledger.blocks(0, blockNumber))
    for (const { arguments: args, validationCode, writes, sizeBytes } of transactions) {
      const [name, argument] = args.map((each) => Buffer.from(each).toString());
      if (name !== 'reports:SubmitReports' || validationCode !== 0 || writes.length === 0) continue;
      const { grid: id } = JSON.parse(argument ?? '') as { grid: string };
      const sum = sizes.get(id) ?? { written: 0, transaction: 0, count: 0 };
      sum.written += writes.reduce((bytes, { value }) => bytes + (value?.length ?? 0), 0);
      sum.transaction += sizeBytes;
      sum.count++;
      sizes.set(id, sum);
    }
  return new Map(
    rounds.map(({ plan, grid: own, blocks: made }) => {
      const sum = sizes.get(own.grid);
      if (sum?.count !== plan.transactions)
        throw new CaliperError('WRONG_TOTAL', { region: own.grid, slot: own.newestSlot });
      const reports = sum.count * own.meters;
      const [report] = made.block(0).reports;
      const payload = report?.bytes.length ?? 0;
      return [
        plan.label,
        { payload, written: sum.written / reports, transaction: sum.transaction / reports },
      ];
    }),
  );
}
