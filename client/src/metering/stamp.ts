/**
 * Time stamps of a file to UTC seconds, with zones and daylight saving (luxon's zones, the platform's tz data).
 *
 * A local time may stand for no instant (clocks went forward), one, or two (clocks went back). All of them are returned; the
 * order of the rows decides between two, and what stands for none is dropped and counted (reading-collector.ts).
 */
import { FixedOffsetZone, IANAZone, type Zone } from 'luxon';
import { ClientError } from '../errors.js';

const STAMP =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.0+)?)?)? ?(Z|[+-]\d{2}:?\d{2})?$/;
const OFFSET = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/i;
const DAY_MS = 86_400_000;
/** Distinct stamps kept: a year of quarter hours; long files repeat each stamp once per meter. */
const CACHE_LIMIT = 40_000;

/**
 * An IANA name (`Europe/London`), `UTC`, or a fixed offset (`UTC+10`, `UTC-03:30`, `+01:00`).
 * Names that depend on the machine (`local`, `system`) are refused.
 * @throws ClientError READINGS_ZONE_UNKNOWN.
 */
export function parseZone(name: string): Zone {
  if (/^(utc|gmt|z)$/i.test(name)) return FixedOffsetZone.utcInstance;
  const [, sign, hours, minutes = '0'] = OFFSET.exec(name) ?? [];
  if (hours !== undefined) {
    const offsetMinutes = Number(hours) * 60 + Number(minutes);
    if (offsetMinutes > 14 * 60 || Number(minutes) > 59)
      throw new ClientError('READINGS_ZONE_UNKNOWN', { zone: name });
    return FixedOffsetZone.instance(sign === '-' ? -offsetMinutes : offsetMinutes);
  }
  if (!IANAZone.isValidZone(name)) throw new ClientError('READINGS_ZONE_UNKNOWN', { zone: name });
  return IANAZone.create(name);
}

/** Reads the stamps of one file. */
export class StampReader {
  readonly #cache = new Map<string, readonly number[]>();

  /** Without a zone, each stamp needs its own UTC offset; a stamp's own offset always wins. */
  constructor(readonly zone: Zone | undefined) {}

  /**
   * The instants the text can stand for, in UTC seconds, ascending; none, one or two.
   * @throws ClientError READINGS_BAD_STAMP, READINGS_NO_ZONE.
   */
  instants(text: string, line: number): readonly number[] {
    const known = this.#cache.get(text);
    if (known !== undefined) return known;
    const instants = this.#parse(text, line);
    if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
    this.#cache.set(text, instants);
    return instants;
  }

  #parse(text: string, line: number): number[] {
    const match = STAMP.exec(text);
    const localMs = match === null ? NaN : localMilliseconds(match);
    if (Number.isNaN(localMs)) throw new ClientError('READINGS_BAD_STAMP', { line });
    const offset = match?.[7];
    const zone = offset === undefined ? this.zone : parseZone(offset);
    if (zone === undefined) throw new ClientError('READINGS_NO_ZONE', { line });
    const seconds = instantsOf(localMs, zone).map((ms) => ms / 1000);
    if (seconds.some((instant) => instant < 0)) throw new ClientError('READINGS_BAD_STAMP', { line });
    return seconds;
  }
}

/** The wall clock as if it were UTC; NaN for dates and times that no clock shows. */
function localMilliseconds(match: RegExpExecArray): number {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((group) =>
    Number(match[group] ?? 0),
  );
  if (year === undefined || month === undefined) return NaN;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const shown = date.toISOString().slice(0, 19);
  const written = `${match[1]}-${match[2]}-${match[3]}T${match[4] ?? '00'}:${match[5] ?? '00'}:${match[6] ?? '00'}`;
  return shown === written ? date.getTime() : NaN;
}

/** Every instant at which clocks of the zone show `localMs`: tries the offsets before and after any change that day. */
function instantsOf(localMs: number, zone: Zone): number[] {
  const offsets = new Set([zone.offset(localMs - DAY_MS), zone.offset(localMs + DAY_MS)]);
  return [...offsets]
    .map((minutes) => ({ utcMs: localMs - minutes * 60_000, minutes }))
    .filter(({ utcMs, minutes }) => zone.offset(utcMs) === minutes)
    .map(({ utcMs }) => utcMs)
    .sort((a, b) => a - b);
}
