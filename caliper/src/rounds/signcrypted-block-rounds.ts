/** The rounds of blocks of signcrypted reports (paper 002): which grids they need, and which blocks each round submits. Rows of `--rounds signcrypted-blocks`. */
import type { SigncryptedGrid, SigncryptedShape } from '../inputs/signcrypted-grid.js';
import type { RoundPlan } from './plan.js';

export interface SigncryptedBlockRound extends SigncryptedShape {
  readonly label: string;
  readonly group: 'signcrypted-blocks' | 'warmup';
  /** A multiple of 20: shared out between workers. */
  readonly transactions: number;
  readonly rateTps: number;
}

const ON = { group: 'signcrypted-blocks', storage: 'ledger' } as const;
const OFF = { group: 'signcrypted-blocks', storage: 'digest' } as const;
/** Making a report takes 2 ms; a worker makes its share alone, on a machine that may be slower. */
const SECONDS_PER_REPORT = 0.01;

/** Sent slowly enough that no block waits for another one; and as `-load` faster than two cores can take. `-digest`: the ledger keeps digests only. */
export const FULL_SIGNCRYPTED_BLOCKS: readonly SigncryptedBlockRound[] = [
  { ...ON, label: 'warmup-signcrypted', group: 'warmup', meters: 20, transactions: 20, rateTps: 4 },
  { ...ON, label: 'signcrypted-20', meters: 20, transactions: 40, rateTps: 2 },
  { ...ON, label: 'signcrypted-20-load', meters: 20, transactions: 200, rateTps: 40 },
  { ...ON, label: 'signcrypted-100', meters: 100, transactions: 40, rateTps: 2 },
  { ...ON, label: 'signcrypted-100-load', meters: 100, transactions: 100, rateTps: 15 },
  { ...OFF, label: 'signcrypted-100-digest', meters: 100, transactions: 40, rateTps: 2 },
];

/** For tests. */
export const SHORT_SIGNCRYPTED_BLOCKS: readonly SigncryptedBlockRound[] = [
  { ...ON, label: 'signcrypted-20', meters: 20, transactions: 20, rateTps: 10 },
  { ...OFF, label: 'signcrypted-20-digest', meters: 20, transactions: 20, rateTps: 10 },
];

/** @param grids - one for each round, in their order */
export function planSigncryptedBlocks(
  rounds: readonly SigncryptedBlockRound[],
  grids: readonly SigncryptedGrid[],
): RoundPlan[] {
  return rounds.map(({ label, group, meters, transactions, rateTps }, i) => {
    const signcrypted = grids[i];
    if (signcrypted === undefined) throw new RangeError('"grids" expected one for each round');
    const share = {
      firstTotal: 0,
      transactions,
      totalsPerTransaction: 1,
      metersPerTotal: meters,
      signcrypted,
    };
    const prepareSeconds = SECONDS_PER_REPORT * meters * (transactions + 1);
    return {
      ...{ label, group, rateTps, transactions, prepareSeconds },
      parts: [{ ...share, kind: 'signcrypted-block' }],
    };
  });
}
