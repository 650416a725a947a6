/**
 * A live P1 port behind TCP: connects, reads telegrams, hands over the energy of each interval as it ends, and connects again when the port goes silent or away.
 * The interval that a break falls into is missing, unless both its ends were read.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ClientError } from '../errors.js';
import type { ReadingsDeclaration } from './declaration.js';
import { P1Meters } from './p1-meters.js';
import { MAX_ENERGY_WH } from './reading.js';
import { ReadingIssues, type Quality } from './reading-quality.js';
import { slotAt } from './slot.js';

/** Meters send every 1 to 10 seconds. */
const SILENCE_MS = 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export interface LiveP1Options {
  readonly host: string;
  readonly port: number;
  readonly slotSeconds: number;
  readonly declared: ReadingsDeclaration;
  readonly signal: AbortSignal;
  /** Told of each break and of what was dropped since the last one. */
  readonly onBreak?: (reason: string, notes: readonly string[]) => void;
  /** Default a minute. */
  readonly silenceMs?: number;
}

export interface LiveReading {
  readonly meterId: string;
  readonly slot: number;
  readonly energyWh: number;
  readonly quality: Quality;
}

/** Ends when the signal aborts. @throws ClientError READINGS_ENCRYPTED, READINGS_TOO_MANY, READINGS_BAD_OPTION, READINGS_ZONE_UNKNOWN */
export async function* liveP1(options: LiveP1Options): AsyncGenerator<LiveReading> {
  const { slotSeconds, declared, signal } = options;
  const ready: LiveReading[] = [];
  let issues = new ReadingIssues();
  const { maxPowerKw } = declared;
  const limitWh = Math.min(MAX_ENERGY_WH, ((maxPowerKw ?? Infinity) * 1000 * slotSeconds) / 3600);
  const meters = new P1Meters(
    { slotSeconds, limitWh, declared },
    {
      interval: (meterId, { startSeconds, energyWh, quality }, telegram) => {
        if (energyWh > MAX_ENERGY_WH) issues.drop('absurd', `telegram ${telegram}`);
        else ready.push({ meterId, slot: slotAt(startSeconds, slotSeconds), energyWh, quality });
      },
      drop: (reason, telegram) => issues.drop(reason, `telegram ${telegram}`),
    },
  );
  for (let attempt = 0; !signal.aborted; attempt++) {
    const socket = connect(options.port, options.host);
    const stop = (): void => void socket.destroy();
    signal.addEventListener('abort', stop, { once: true });
    socket.setTimeout(options.silenceMs ?? SILENCE_MS, () =>
      socket.destroy(Object.assign(new Error('no telegram in time'), { code: 'ETIMEDOUT' })),
    );
    let reason = 'the port closed the connection';
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        attempt = 0;
        meters.push(chunk);
        yield* ready.splice(0);
      }
    } catch (error) {
      if (error instanceof ClientError) throw error;
      reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    } finally {
      signal.removeEventListener('abort', stop);
      closeQuietly(socket);
    }
    // A telegram that was cut off is dropped here; the counters go on.
    meters.end();
    yield* ready.splice(0);
    if (signal.aborted) return;
    options.onBreak?.(reason, issues.notes());
    issues = new ReadingIssues();
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

function closeQuietly(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.destroy();
}
