/** After the rounds: does the ledger hold the blocks that were submitted, do their totals open to the readings that went in, and how many bytes did they become? */
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { BLS_SIGNATURE_BYTES } from '@gridveil/chaincode/crypto/bls-suite.js';
import { storedTotal } from '@gridveil/chaincode/domain/slot-block.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { getSlotBlock } from '@gridveil/client/ledger/billing-queries.js';
import type { FabricConnection } from '@gridveil/client/ledger/fabric/connection.js';
import { FabricLedger } from '@gridveil/client/ledger/fabric/fabric-ledger.js';
import { CaliperError } from '../errors.js';
import { areaKey, type BillingArea } from '../inputs/billing-area.js';
import { seededSlotBlock, slotBlockCall } from '../inputs/seeded-slot-blocks.js';
import { slotBlockOf } from '../inputs/transactions.js';
import type { RoundPlan } from '../rounds/plan.js';

/** Blocks of a round that are read back and opened, spread over it. */
const CHECKED_PER_ROUND = 5;

/** What one round's blocks are on the ledger, per report, in bytes. */
export interface LedgerBytes {
  /** Ciphertext and signature of the meter: what a report cannot be without. */
  readonly payload: number;
  /** Values that the transaction writes to the state. */
  readonly written: number;
  /** The whole transaction as it stands in its block, with certificates, signatures and endorsements. */
  readonly transaction: number;
}

export interface CheckedSlotBlocks {
  /** By label of the round. */
  readonly ledgerBytes: ReadonlyMap<string, LedgerBytes>;
  /** Area totals that were opened. */
  readonly checkedTotals: number;
}

export interface SlotBlockSize {
  readonly writtenBytes: number;
  readonly transactionBytes: number;
}

/** Does nothing without rounds of slot blocks. @throws CaliperError WRONG_TOTAL, and what the ledger refuses */
export async function checkSlotBlocks(
  connection: FabricConnection,
  privateKey: PaillierPrivateKey,
  plans: readonly RoundPlan[],
): Promise<CheckedSlotBlocks> {
  const rounds = plans.filter(({ parts }) => parts.some(({ kind }) => kind === 'slot-block'));
  const [first] = rounds.flatMap(({ parts }) => parts[0]?.areas ?? []);
  if (first === undefined) return { ledgerBytes: new Map(), checkedTotals: 0 };
  const { mspId, user } = first.aggregator;
  const ledger = await FabricLedger.connect({ connection, mspId, user });
  try {
    let checkedTotals = 0;
    for (const round of rounds) checkedTotals += await checkRound(ledger, privateKey, round);
    const sizes = await slotBlockSizes(ledger, first);
    return {
      ledgerBytes: new Map(rounds.map((round) => [round.label, ledgerBytesOf(round, sizes)])),
      checkedTotals,
    };
  } finally {
    await ledger.close();
  }
}

async function checkRound(
  ledger: FabricLedger,
  privateKey: PaillierPrivateKey,
  { parts, transactions }: RoundPlan,
): Promise<number> {
  const [share] = parts;
  if (share === undefined) return 0;
  const step = Math.max(1, Math.floor(transactions / CHECKED_PER_ROUND));
  let checked = 0;
  for (let index = 0; index < transactions; index += step) {
    const { area, block } = slotBlockOf(share, index);
    const { slot } = block.block;
    const [stored] = (await getSlotBlock(ledger, area.grid, slot)).blocks;
    const energyWh = stored && decrypt(privateKey, bytesToBigint(storedTotal(stored)));
    if (stored?.count !== area.meters || energyWh !== BigInt(block.energyWh))
      throw new CaliperError('WRONG_TOTAL', { region: area.grid, slot });
    checked++;
  }
  return checked;
}

/**
 * What became of every slot block on the channel, by `grid/slot`. Reads the channel from its first block on.
 * @param area - one whose first block is there
 */
export async function slotBlockSizes(
  ledger: FabricLedger,
  area: BillingArea,
): Promise<Map<string, SlotBlockSize>> {
  // The same block again writes nothing; it tells how long the ledger is.
  const again = slotBlockCall(area, seededSlotBlock(area, 0));
  const { blockNumber } = await ledger.submit(again);
  const sizes = new Map<string, SlotBlockSize>();
  for await (const { transactions } of ledger.blocks(0, blockNumber))
    for (const { arguments: args, validationCode, writes, sizeBytes } of transactions) {
      const [name, argument] = args.map((each) => Buffer.from(each).toString());
      if (name !== 'billing:SubmitSlotBlock' || validationCode !== 0 || writes.length === 0) continue;
      const { grid, slot } = JSON.parse(argument ?? '') as { grid: string; slot: number };
      const writtenBytes = writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      sizes.set(`${grid}/${slot}`, { writtenBytes, transactionBytes: sizeBytes });
    }
  return sizes;
}

function ledgerBytesOf(
  { parts, transactions }: RoundPlan,
  sizes: ReadonlyMap<string, SlotBlockSize>,
): LedgerBytes {
  const [{ areas = [], metersPerTotal: meters }] = parts as [RoundPlan['parts'][0]];
  const own = areas.flatMap(({ grid, firstSlot, slots }) =>
    Array.from({ length: slots }, (_, i) => sizes.get(`${grid}/${firstSlot + i}`)).filter(
      (size) => size !== undefined,
    ),
  );
  if (own.length !== transactions) {
    const [{ grid = '', firstSlot = 0 } = {}] = areas;
    throw new CaliperError('WRONG_TOTAL', { region: grid, slot: firstSlot });
  }
  const [area] = areas as [BillingArea];
  const perReport = (bytes: (size: SlotBlockSize) => number): number =>
    own.reduce((sum, size) => sum + bytes(size), 0) / (own.length * meters);
  return {
    payload: areaKey(area).ciphertextBytes + BLS_SIGNATURE_BYTES,
    written: perReport(({ writtenBytes }) => writtenBytes),
    transaction: perReport(({ transactionBytes }) => transactionBytes),
  };
}
