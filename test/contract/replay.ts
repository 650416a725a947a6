/** Runs recorded proposals again in a process of its own, with surroundings of the test's choice. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** All that a peer would endorse, and the refusal if there is one. */
export interface Outcome {
  readonly transactionId: string;
  readonly status: number;
  readonly message: string;
  readonly result: string;
  readonly writeSet: string;
  readonly event: string;
}

export interface Replay {
  readonly surroundings: {
    readonly minutesFromUtc: number;
    readonly aNumber: string;
    readonly environment: string;
  };
  readonly outcomes: readonly Outcome[];
}

export async function replayElsewhere(
  proposals: readonly Uint8Array[],
  environment: readonly (readonly [string, string])[],
): Promise<Replay> {
  const child = spawn(process.execPath, [join(__dirname, 'replay-process.js')], {
    env: Object.fromEntries(environment),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const input = proposals.map((proposal) => Buffer.from(proposal).toString('base64'));
  child.stdin.end(JSON.stringify({ proposals: input }));
  return JSON.parse(await text(child.stdout)) as Replay;
}
