/** Kills programs of a field with SIGKILL, at named places or at any time, and starts them again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '@gridveil/client/journal/crash-point.js';
import type { Program } from '../helpers/field.js';
import type { FaultKind, FaultLog } from './fault-log.js';
import type { FieldRun } from './field-run.js';

/** Places every fog node passes as it works. */
export const FOG_POINTS: readonly CrashPoint[] = [
  'journal-before-write',
  'journal-before-sync',
  'journal-after-sync',
  'fog-before-receipt',
  'fog-after-receipt',
  'fog-after-close',
  'fog-after-submit',
  'fog-after-settlement',
];
/** And these on Fabric. */
export const OUTBOX_POINTS: readonly CrashPoint[] = ['outbox-after-put', 'outbox-before-delete'];

/** A place that is not passed within this time is given up: the program is killed where it is. */
const POINT_LIMIT_MS = 15_000;
const LONGEST_LIFE_MS = 600;
/** A place may be meant at its first or at a later passing. */
const PASSINGS = 3;

/** `undefined` means: at any time. */
export type FogFault = CrashPoint | undefined;

interface Death {
  readonly point: string | null;
  readonly atMs: number;
  readonly inFlight: number;
}

/** Kills a fog node once for each of `faults`, one after the other, and leaves it running. */
export async function killFog(
  run: FieldRun,
  log: FaultLog,
  fog: string,
  faults: readonly FogFault[],
): Promise<void> {
  await run.field.program(fog).end('SIGKILL');
  let death: Death = { point: null, atMs: performance.now(), inFlight: run.inFlight };
  const remember = (recoveredAtMs: number | undefined): void =>
    note(run, log, 'fog', fog, death, recoveredAtMs);
  for (const point of faults) {
    const passing = 1 + Math.floor(run.random() * PASSINGS);
    const env = point === undefined ? {} : { GRIDVEIL_CRASH_AT: `${point}:${passing}` };
    const program = run.field.launch(fog, env);
    await Promise.race([program.ready().catch(() => undefined), program.ended]);
    remember(program.isReady ? performance.now() : undefined);
    const reached = await lives(program, point, run);
    death = { point: reached ? (point ?? null) : null, atMs: performance.now(), inFlight: run.inFlight };
  }
  await run.field.start(fog);
  remember(performance.now());
}

/** Until it dies at its place or is killed. @returns whether the place was reached. */
async function lives(program: Program, point: FogFault, run: FieldRun): Promise<boolean> {
  if (point === undefined) await sleep(run.random() * LONGEST_LIFE_MS);
  else {
    const limit = new AbortController();
    const tooLong = sleep(POINT_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => undefined);
    await Promise.race([program.ended, tooLong]);
    limit.abort();
  }
  const reached = !program.isRunning;
  await program.end('SIGKILL');
  return reached;
}

/** Kills the embedded ledger or the MDMS at random times. */
export async function killProgram(
  run: FieldRun,
  log: FaultLog,
  party: 'ledger' | 'mdms',
  { times, everyMs }: { readonly times: number; readonly everyMs: number },
): Promise<void> {
  for (let i = 0; i < times; i++) {
    await sleep(run.random() * 2 * everyMs);
    await run.field.program(party).end('SIGKILL');
    const death = { point: null, atMs: performance.now(), inFlight: run.inFlight };
    await run.field.start(party);
    note(run, log, party, party, death, performance.now());
  }
}

function note(
  run: FieldRun,
  log: FaultLog,
  kind: FaultKind,
  target: string,
  { point, atMs, inFlight }: Death,
  recoveredAtMs: number | undefined,
): void {
  log.add({
    atMs: Math.round(atMs - log.startedAtMs),
    kind,
    target,
    point,
    recoveryMs: recoveredAtMs === undefined ? null : Math.round(recoveredAtMs - atMs),
    nextTotalMs: null,
    inFlight,
    retries: run.traffic.reduce((sum, { retries }) => sum + retries, 0),
  });
}

/** Each place `times` times and any time in between, mixed. */
export function fogSchedule(
  random: () => number,
  points: readonly CrashPoint[],
  times: number,
  anyTime: number,
): FogFault[] {
  const directed = points.flatMap((point) => Array.from({ length: times }, (): FogFault => point));
  const faults = [...directed, ...Array.from({ length: anyTime }, (): FogFault => undefined)];
  return faults
    .map((fault) => ({ fault, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ fault }) => fault);
}
