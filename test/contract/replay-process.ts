/**
 * A process of its own for determinism.test.ts: runs recorded proposals on an empty ledger, in order, and prints what
 * came of each, together with what of its surroundings could have had an influence.
 *
 * Input: `{"proposals": [base64]}` on stdin. Output: `{"surroundings": …, "outcomes": [...]}` on stdout.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { isRefused } from '@gridveil/client/ledger/embedded/simulation.js';
import { TOY_CONTRACTS } from '../helpers/contract-bench.js';
import type { Outcome, Replay } from './replay.js';

async function replay(proposals: readonly string[]): Promise<Replay> {
  const folder = await mkdtemp(join(tmpdir(), 'gridveil-replay-'));
  const ledger = await EmbeddedLedger.open({ folder, contracts: TOY_CONTRACTS });
  const outcomes: Outcome[] = [];
  for (const proposal of proposals) {
    const simulation = await ledger.simulate(Buffer.from(proposal, 'base64'));
    const { status, message, result, writeSet, event } = simulation;
    outcomes.push({
      transactionId: simulation.proposal.transactionId,
      status,
      message,
      result: Buffer.from(result).toString('base64'),
      writeSet: Buffer.from(writeSet).toString('base64'),
      event: event ? `${event.name} ${Buffer.from(event.payload).toString()}` : '',
    });
    if (!isRefused(simulation) && simulation.writes.length > 0) await ledger.order(simulation);
  }
  await ledger.close();
  await rm(folder, { recursive: true });
  const surroundings = {
    minutesFromUtc: new Date(0).getTimezoneOffset(),
    aNumber: (1234.5).toLocaleString(),
    environment: Object.keys(process.env).join(),
  };
  return { surroundings, outcomes };
}

async function main(): Promise<void> {
  const { proposals } = JSON.parse(await text(process.stdin)) as { proposals: string[] };
  process.stdout.write(JSON.stringify(await replay(proposals)));
}

void main();
