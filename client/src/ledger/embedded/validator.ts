/**
 * Decides which transactions of a block take effect: each is checked against the committed state and the valid
 * transactions before it in the block.
 *
 * Embedded ledger. Source: Fabric v3.1.1 core/ledger/kvledger/txmgmt/validation (validator.go, rangequery_validator.go).
 */
import { VALIDATION_CODE, type ValidationCode } from './block.js';
import { compareKeys, type KeyRead, type RangeRead, sameVersion } from './rw-set.js';
import type { Simulation } from './simulation.js';
import type { StateUpdates, StateView, TransactionPlace, VersionedValue } from './store.js';

export interface ValidatedBlock {
  /** One code per transaction, in order. */
  readonly codes: readonly ValidationCode[];
  /** What the valid transactions change together. */
  readonly updates: StateUpdates;
}

/**
 * @param view - the state after the previous block
 * @param committed - finds a transaction of an earlier block by its id
 */
export async function validateBlock(
  simulations: readonly Simulation[],
  blockNumber: number,
  view: StateView,
  committed: (transactionId: string) => TransactionPlace | undefined,
): Promise<ValidatedBlock> {
  const updates = new Map<string, VersionedValue | undefined>();
  const seen = new Set<string>();
  const codes: ValidationCode[] = [];
  for (const [transactionIndex, simulation] of simulations.entries()) {
    const { transactionId } = simulation.proposal;
    const repeated = seen.has(transactionId) || committed(transactionId) !== undefined;
    seen.add(transactionId);
    const code = repeated ? VALIDATION_CODE.DUPLICATE_TXID : await checkReads(simulation, view, updates);
    codes.push(code);
    if (code !== VALIDATION_CODE.VALID) continue;
    for (const { key, value } of simulation.writes)
      updates.set(
        key,
        value === undefined ? undefined : { value, version: { blockNumber, transactionIndex } },
      );
  }
  return { codes, updates };
}

async function checkReads(
  { readSet }: Simulation,
  view: StateView,
  updates: StateUpdates,
): Promise<ValidationCode> {
  for (const { key, version } of readSet.keys) {
    const current = updates.has(key) ? updates.get(key) : view.get(key);
    if (!sameVersion(current?.version, version)) return VALIDATION_CODE.MVCC_READ_CONFLICT;
  }
  for (const range of readSet.ranges)
    if (!(await sameRange(range, view, updates))) return VALIDATION_CODE.PHANTOM_READ_CONFLICT;
  return VALIDATION_CODE.VALID;
}

/** Scans the range again, over the state with the updates of this block, and compares it with what was read. */
async function sameRange(range: RangeRead, view: StateView, updates: StateUpdates): Promise<boolean> {
  const current: KeyRead[] = [];
  const cursor = view.range(range.startKey, range.exhausted ? range.endKey : '');
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    if (!isInRange(entry.key, range)) break;
    if (!updates.has(entry.key)) current.push({ key: entry.key, version: entry.version });
  }
  await cursor.close();
  for (const [key, update] of updates)
    if (update !== undefined && isInRange(key, range)) current.push({ key, version: update.version });
  current.sort((a, b) => compareKeys(a.key, b.key));
  return (
    current.length === range.reads.length &&
    current.every(
      (read, i) => read.key === range.reads[i]?.key && sameVersion(read.version, range.reads[i]?.version),
    )
  );
}

function isInRange(key: string, range: RangeRead): boolean {
  if (compareKeys(key, range.startKey) < 0) return false;
  const order = range.endKey === '' ? -1 : compareKeys(key, range.endKey);
  return range.exhausted ? order < 0 : order <= 0;
}
