/** The readings of a fleet, slot after slot: all that are stored, or live ones as their slots end. */
import { liveP1 } from '../metering/p1-live.js';
import type { Log } from '../operations/log.js';
import { declarationOf } from '../metering/declaration.js';
import {
  loadSource,
  type LiveReadings,
  type ReadingSource,
  type StoredReadings,
} from './replayed-readings.js';

export interface SlotReadings {
  readonly slot: number;
  /** By meter. */
  readonly energiesWh: ReadonlyMap<string, number>;
}

export type ReadingFeed = AsyncIterable<SlotReadings>;

/** @throws ClientError READINGS_* */
export async function openFeed(
  source: ReadingSource,
  slotSeconds: number,
  signal: AbortSignal,
  log: Log,
): Promise<ReadingFeed> {
  return source.kind === 'p1' ? liveFeed(source, slotSeconds, signal, log) : storedFeed(source, log);
}

async function storedFeed(source: StoredReadings, log: Log): Promise<ReadingFeed> {
  const { table, notes } = await loadSource(source);
  for (const note of notes) log.info('readings', { note });
  return (async function* () {
    for (const slot of table.slots) {
      const energiesWh = new Map(table.readingsOf(slot).map(({ meterId, energyWh }) => [meterId, energyWh]));
      yield await Promise.resolve({ slot, energiesWh });
    }
  })();
}

async function* liveFeed(
  { host, port, meterIds, zone, flow, crc, maxPowerKw }: LiveReadings,
  slotSeconds: number,
  signal: AbortSignal,
  log: Log,
): AsyncGenerator<SlotReadings> {
  const onBreak = (reason: string, notes: readonly string[]): void =>
    log.warn('P1 port lost, connecting again', { reason, notes: notes.join(' ') });
  const declared = declarationOf({ zone, flow, crc, maxPowerKw });
  const readings = liveP1({ host, port, slotSeconds, declared, signal, onBreak });
  for await (const { meterId, slot, energyWh } of readings)
    yield { slot, energiesWh: new Map([[meterIds[meterId] ?? meterId, energyWh]]) };
}
