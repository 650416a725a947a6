/** Readings from a recording of P1 telegrams: register values to the energy of each interval. */
import { ClientError } from '../errors.js';
import type { ReadingsSource } from './csv-readings.js';
import { checkInterval, type ReadingsDeclaration } from './declaration.js';
import { P1Meters } from './p1-meters.js';
import { ReadingIntake } from './reading-intake.js';
import { summarise, type Readings } from './reading-summary.js';

/** Registers can be read at any border: what most meters are settled in. */
export const DEFAULT_P1_MINUTES = 15;

/**
 * The table is empty for a recording without two borders of a slot.
 * @throws ClientError READINGS_EMPTY without a telegram that holds, READINGS_ENCRYPTED, READINGS_BAD_OPTION, READINGS_ZONE_UNKNOWN, READINGS_TOO_MANY
 */
export async function readP1(source: ReadingsSource, declared: ReadingsDeclaration = {}): Promise<Readings> {
  const slotSeconds = checkInterval(declared.intervalMinutes ?? DEFAULT_P1_MINUTES);
  const intake = new ReadingIntake(slotSeconds, declared);
  const columns = new Map<string, number>();
  const meters = new P1Meters(
    { slotSeconds, limitWh: intake.limitWh, declared },
    {
      interval: (meterId, { startSeconds, energyWh, quality }, telegram) => {
        const place = { line: telegram, column: meterId };
        intake.keep(columnOf(meterId, telegram), startSeconds, energyWh, place, quality);
      },
      drop: (reason, telegram) => intake.issues.drop(reason, `telegram ${telegram}`),
    },
  );
  const columnOf = (meterId: string, telegram: number): number => {
    const column = columns.get(meterId) ?? intake.addMeter(meterId, telegram, 1);
    columns.set(meterId, column);
    return column;
  };
  for await (const chunk of source as AsyncIterable<string | Uint8Array>)
    meters.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
  meters.end();
  if (meters.meterIds.length === 0) throw new ClientError('READINGS_EMPTY');
  for (const meterId of meters.meterIds) columnOf(meterId, meters.telegrams);
  const table = intake.build();
  const { issues } = intake;
  const summary = summarise(
    table,
    {
      kind: 'dsmr-p1',
      zone: declared.zone ?? 'in the times',
      unit: 'kWh',
      intervalMinutes: slotSeconds / 60,
      stamp: 'start',
      values: 'register',
      flow: declared.flow ?? 'import',
    },
    { rows: meters.telegrams, issues, offsetSeconds: 0 },
    [...issues.notes(), ...notesOf(meters, declared)],
  );
  return { table, summary, registers: registersOf(meters) };
}

function notesOf({ hasOtherFlow }: P1Meters, { zone, flow = 'import' }: ReadingsDeclaration): string[] {
  const other = flow === 'import' ? 'export' : 'import';
  return [
    ...(zone === undefined ? ['Winter times (W) are UTC+1, summer times (S) are UTC+2.'] : []),
    ...(hasOtherFlow
      ? [`The meters also count ${other}, which is left out: declare flow ${other} to read it.`]
      : []),
  ];
}

function registersOf(meters: P1Meters): Required<Readings>['registers'] {
  return meters.meterIds.map((meterId) => {
    const last = meters.lastOf(meterId);
    const time = new Date((last?.seconds ?? 0) * 1000).toISOString().replace('.000Z', 'Z');
    return { meterId, time, registerWh: last?.shownWh ?? 0 };
  });
}
