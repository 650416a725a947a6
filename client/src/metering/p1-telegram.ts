/**
 * One telegram of a meter's customer port P1: DSMR 4 and 5, eMUCS; IEC 62056-21 mode D with OBIS codes (DSMR P1 companion standard 5.0.2, section 6).
 *
 * `/` header, empty line, one object a line `A-B:C.D.E(value)…`, `!` and four hex digits of a CRC-16 over everything from `/` to `!`, CRLF line ends.
 * Read: 0-0:1.0.0 time, 0-0:96.1.1 equipment id, 1-0:1.8.t import and 1-0:2.8.t export registers (t = tariff, or 0 for the total). Everything else is passed over.
 * Telegrams before DSMR 4 have neither time nor checksum and are refused. Own parser, 60 lines: the packages for it are bound to serial ports, hardly used, or do not check.
 */
import { FixedOffsetZone, type Zone } from 'luxon';
import type { P1Checksum } from './declaration.js';
import type { DropReason } from './reading-quality.js';
import { StampReader } from './stamp.js';

export interface P1Telegram {
  readonly meterId: string;
  readonly utcSeconds: number;
  /** Undefined when the meter does not say it. */
  readonly importWh: number | undefined;
  readonly exportWh: number | undefined;
}

export interface P1Rules {
  readonly crc: P1Checksum;
  /** Of the meter's clock; without it W is UTC+1 and S is UTC+2, as the standard of its countries says. */
  readonly zone: Zone | undefined;
}

const TRAILER = /^!([0-9A-F]{4})\r\n$/i;
const OBJECT = /^(\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3})\(([^()]*)\)/;
const STAMP = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})([SW])$/;
const REGISTER = /^(\d{1,9})(?:\.(\d{1,3}))?\*kWh$/;
const MAX_ID_BYTES = 64;

/** Polynomials reflected; ARC begins with 0, X25 with ones and ends inverted. */
const CHECKSUMS: Record<P1Checksum, { readonly polynomial: number; readonly mask: number }> = {
  arc: { polynomial: 0xa001, mask: 0 },
  x25: { polynomial: 0x8408, mask: 0xffff },
};

/** CRC-16 of latin-1 text. Cost: 8 steps a byte. */
export function crc16(text: string, kind: P1Checksum): number {
  const { polynomial, mask } = CHECKSUMS[kind];
  let crc = mask;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i) & 0xff;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  }
  return crc ^ mask;
}

/**
 * @param frame - latin-1 text from `/` to the end of the line of `!`.
 * @returns why it is dropped, where it does not hold.
 */
export function readTelegram(frame: string, { crc, zone }: P1Rules): P1Telegram | DropReason {
  const trailerAt = frame.lastIndexOf('!');
  const stated = TRAILER.exec(frame.slice(trailerAt))?.[1];
  if (stated === undefined) return 'bad-telegram';
  if (crc16(frame.slice(0, trailerAt + 1), crc) !== Number.parseInt(stated, 16)) return 'bad-crc';
  const objects = objectsOf(frame);
  const utcSeconds = instantOf(objects?.get('0-0:1.0.0') ?? '', zone);
  const importWh = sumOf(objects, '1-0:1.8.');
  const exportWh = sumOf(objects, '1-0:2.8.');
  const unreadable = objects === undefined || importWh === 'malformed' || exportWh === 'malformed';
  if (unreadable || utcSeconds === undefined) return 'bad-telegram';
  return { meterId: idOf(objects.get('0-0:96.1.1') ?? ''), utcSeconds, importWh, exportWh };
}

/** First values by OBIS code; undefined when one of those that are read stands twice. */
function objectsOf(frame: string): ReadonlyMap<string, string> | undefined {
  const objects = new Map<string, string>();
  for (const line of frame.split('\r\n')) {
    const [, code, value] = OBJECT.exec(line) ?? [];
    if (code === undefined || value === undefined) continue;
    if (objects.has(code) && /^(0-0:1\.0\.0|0-0:96\.1\.1|1-0:[12]\.8\.)/.test(code)) return undefined;
    objects.set(code, value);
  }
  return objects;
}

/** The total register where there is one, else the sum over tariffs. */
function sumOf(
  objects: ReadonlyMap<string, string> | undefined,
  prefix: string,
): number | undefined | 'malformed' {
  const registers = [...(objects ?? [])].filter(([code]) => code.startsWith(prefix));
  const total = registers.filter(([code]) => code === `${prefix}0`);
  let sumWh: number | undefined;
  for (const [, value] of total.length > 0 ? total : registers) {
    const [, whole, fraction = ''] = REGISTER.exec(value) ?? [];
    if (whole === undefined) return 'malformed';
    sumWh = (sumWh ?? 0) + Number(whole) * 1000 + Number(fraction.padEnd(3, '0'));
  }
  return sumWh;
}

/** Equipment ids are hex of printable text in most meters; others are shown as they stand. */
function idOf(value: string): string {
  const bytes = /^(?:[0-9A-Fa-f]{2})+$/.test(value) ? Buffer.from(value, 'hex') : undefined;
  const printable = bytes?.every((byte) => byte > 0x20 && byte < 0x7f) === true;
  const id = bytes !== undefined && printable ? bytes.toString('latin1') : value;
  return id === '' ? 'p1' : id.slice(0, MAX_ID_BYTES);
}

/** `YYMMDDhhmmss` and S in summer or W in winter, which tells the two hours of autumn apart. */
function instantOf(value: string, zone: Zone | undefined): number | undefined {
  const [, year, month, day, hour, minute, second, season] = STAMP.exec(value) ?? [];
  if (season === undefined) return undefined;
  const local = `20${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const clock = zone ?? FixedOffsetZone.instance(season === 'S' ? 120 : 60);
  try {
    const instants = new StampReader(clock).instants(local, 0);
    return season === 'S' ? instants[0] : instants.at(-1);
  } catch {
    return undefined;
  }
}
