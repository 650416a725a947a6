/** The calls of a round: exactly what a fog node submits, who submits it, and what reads it back. */
import { canonicalJson } from '@gridveil/chaincode/ledger/canonical-json.js';
import { paillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import type { Transaction } from '@gridveil/client/ledger/port.js';
import { SeededTotals } from './seeded-totals.js';
import { seededSlotBlock, slotBlockCall, type SeededSlotBlock } from './seeded-slot-blocks.js';
import type { BillingArea } from './billing-area.js';
import type { CallShare } from './call-share.js';
import { SigncryptedBlocks, signcryptedBlockCall } from './signcrypted-blocks.js';
import { placeOf, type BenchmarkFogNode, type BenchmarkTarget, type RoundShare } from './target.js';

export interface BenchmarkCall extends Transaction {
  readonly readOnly: boolean;
  readonly submitter: BenchmarkFogNode;
}

/** A blind put stores the whole submission unread. */
export type CallKind =
  'region-totals' | 'read-region-total' | 'blind-put' | 'slot-block' | 'signcrypted-block';

/** Making the encrypted readings costs seconds: one set for each seed and group size, whatever the round. */
const madeTotals = new Map<string, SeededTotals>();

export function seededTotals(target: BenchmarkTarget, metersPerTotal: number): SeededTotals {
  const id = `${target.n}/${target.seed}/${metersPerTotal}`;
  const known = madeTotals.get(id);
  if (known !== undefined) return known;
  const key = paillierPublicKey(BigInt(target.n), BigInt(target.hN));
  const made = new SeededTotals(key, `${target.seed}/${metersPerTotal}`, metersPerTotal);
  madeTotals.set(id, made);
  return made;
}

/** Keys of a grid of signcrypted blocks take a while: one set for each grid. */
const signcryptedBlocks = new Map<string, SigncryptedBlocks>();

/** What calls of a share need before they are made; nothing for most. */
export async function prepareCalls({ signcrypted }: CallShare): Promise<void> {
  if (signcrypted === undefined || signcryptedBlocks.has(signcrypted.grid)) return;
  signcryptedBlocks.set(signcrypted.grid, await SigncryptedBlocks.open(signcrypted));
}

/**
 * Calls `from` to `to` - 1 of a round.
 * @param kind - a read asks for what the round with the same share wrote
 */
export function roundCalls(
  kind: CallKind,
  target: BenchmarkTarget,
  share: CallShare,
  from: number,
  to: number,
): BenchmarkCall[] {
  const calls: BenchmarkCall[] = [];
  for (let index = from; index < to; index++) calls.push(makers[kind](target, share, index));
  return calls;
}

const makers: Record<CallKind, (target: BenchmarkTarget, share: CallShare, index: number) => BenchmarkCall> =
  {
    'region-totals': (target, share, index) => ({
      ...submission(target, share, index),
      contract: 'aggregation',
      name: 'SubmitRegionTotals',
      readOnly: false,
    }),
    'read-region-total': (target, share, index) => {
      const { submitter, number } = positionOf(target, share, index);
      return {
        contract: 'aggregation',
        name: 'GetRegionTotal',
        argument: canonicalJson({ grid: target.grid, ...placeOf(target, submitter, number) }),
        readOnly: true,
        submitter,
      };
    },
    'blind-put': (target, share, index) => ({
      ...submission(target, share, index),
      contract: 'baseline',
      name: 'Put',
      readOnly: false,
    }),
    'slot-block': (_target, share, index) => {
      const { area, block } = slotBlockOf(share, index);
      return { ...slotBlockCall(area, block), readOnly: false, submitter: area.aggregator };
    },
    'signcrypted-block': (_target, { signcrypted, firstTotal }, index) => {
      const blocks = signcryptedBlocks.get(signcrypted?.grid ?? '');
      const submitter = signcrypted?.nodes[index % signcrypted.nodes.length];
      if (signcrypted === undefined || blocks === undefined || submitter === undefined)
        throw new RangeError('"share" expected a grid that prepareCalls has prepared');
      const call = signcryptedBlockCall(signcrypted, blocks.block(firstTotal + index));
      return { ...call, readOnly: false, submitter };
    },
  };

/** Block number `index` of a round, and whose it is. @throws RangeError without areas, or where they have no such slot. */
export function slotBlockOf(
  { areas = [], firstTotal }: CallShare,
  index: number,
): { readonly area: BillingArea; readonly block: SeededSlotBlock } {
  const number = firstTotal + index;
  const area = areas[number % areas.length];
  const slot = Math.floor(number / areas.length);
  if (area === undefined || slot >= area.slots)
    throw new RangeError(`"index" expected a slot of an area, got ${index}`);
  return { area, block: seededSlotBlock(area, slot) };
}

/** A duplicate or a conflict commits, too, and writes nothing that was meant. @throws Error for such a receipt */
export function requireAccepted(receipts: string): void {
  if (/"status":"(?!accepted)/.test(receipts)) throw new Error(`a total was not accepted: ${receipts}`);
}

function positionOf(
  target: BenchmarkTarget,
  share: RoundShare,
  index: number,
): { submitter: BenchmarkFogNode; number: number } {
  const { fogNodes } = target;
  return {
    submitter: fogNodes[index % fogNodes.length] as BenchmarkFogNode,
    number: share.firstTotal + Math.floor(index / fogNodes.length) * share.totalsPerTransaction,
  };
}

function submission(
  target: BenchmarkTarget,
  share: RoundShare,
  index: number,
): Pick<BenchmarkCall, 'argument' | 'submitter'> {
  const { submitter, number } = positionOf(target, share, index);
  const made = seededTotals(target, share.metersPerTotal);
  const totals = Array.from({ length: share.totalsPerTransaction }, (_, j) => {
    const { ciphertext, merkleRoot } = made.total(number + j);
    return { ...placeOf(target, submitter, number + j), ciphertext, count: share.metersPerTotal, merkleRoot };
  });
  return { argument: canonicalJson({ grid: target.grid, fogNode: submitter.fogNode, totals }), submitter };
}
