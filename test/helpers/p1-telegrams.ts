/** P1 telegrams as a meter sends them. */
import { crc16 } from '@gridveil/client/metering/p1-telegram.js';

export interface P1Facts {
  /** As in the telegram: `240101001500W`. */
  readonly time: string;
  /** kWh with three decimals. */
  readonly import1?: string;
  readonly import2?: string;
  readonly export1?: string;
  /** Printable. */
  readonly id?: string;
  readonly crc?: 'arc' | 'x25';
  /** Lines of other objects. */
  readonly more?: readonly string[];
}

export function p1Telegram(facts: P1Facts): string {
  const { time, import1 = '000000.000', import2 = '000000.000', export1 = '000000.000' } = facts;
  const body = [
    '/ISk5\\2MT382-1000',
    '',
    '1-3:0.2.8(50)',
    `0-0:1.0.0(${time})`,
    `0-0:96.1.1(${Buffer.from(facts.id ?? 'E0001').toString('hex')})`,
    `1-0:1.8.1(${import1}*kWh)`,
    `1-0:1.8.2(${import2}*kWh)`,
    `1-0:2.8.1(${export1}*kWh)`,
    ...(facts.more ?? []),
    '!',
  ].join('\r\n');
  return `${body}${crcText(body, facts.crc)}\r\n`;
}

/** Any text with a checksum that holds. */
export function withCrc(body: string): string {
  return `${body}!${crcText(`${body}!`)}\r\n`;
}

function crcText(body: string, kind: 'arc' | 'x25' = 'arc'): string {
  return crc16(body, kind).toString(16).toUpperCase().padStart(4, '0');
}

/** kWh as a register shows them. */
export const shownKwh = (wh: number): string =>
  `${String(Math.floor(wh / 1000)).padStart(6, '0')}.${String(wh % 1000).padStart(3, '0')}`;

/** The stamp of a winter clock (UTC+1) at UTC `seconds`. */
export const winterStamp = (seconds: number): string =>
  `${new Date((seconds + 3600) * 1000).toISOString().replace(/[-:T]/g, '').slice(2, 14)}W`;
