/**
 * The price of every slot of a billing period as a picture: a row for each day, darker for dearer, slots without a report crossed out. SVG, read on screen and on paper.
 *
 * Days and hours are those of the zone. Where clocks go back an hour stands over another: it is drawn first, so that a crossed slot stays visible.
 */
import { bandOfSlot, firstSlotOf, slotCountOf, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import type { Zone } from 'luxon';
import { html, type Html } from './html.js';
import { localDay } from './local-time.js';

const DAY_SECONDS = 86_400;
const HOUR_MARKS = [0, 6, 12, 18, 24];
const LEFT = 82;
const TOP = 16;
/** Half of the last hour mark. */
const RIGHT = 14;
const WIDTH = 600;
const ROW = 11;
/** Lightness in percent of the cheapest and of the dearest band. */
const [LIGHTEST, DARKEST] = [91, 38];

export function bandColour(band: number, bands: number): string {
  const share = bands === 1 ? 0 : band / (bands - 1);
  return `hsl(212 60% ${Math.round(LIGHTEST + share * (DARKEST - LIGHTEST))}%)`;
}

interface Cell {
  readonly row: number;
  /** Seconds of the clock. */
  readonly from: number;
  to: number;
  readonly band: number;
}

/** @param missing - numbers of slots without a report */
export function billCalendar(table: TariffTable, missing: readonly number[], zone: Zone): Html {
  const days: string[] = [];
  const cells: Cell[] = [];
  const crosses: Cell[] = [];
  const lost = new Set(missing);
  const first = firstSlotOf(table);
  for (let slot = first; slot < first + slotCountOf(table); slot++) {
    const { date, clockSeconds } = localDay(slot * table.slotSeconds, zone);
    if (days.at(-1) !== date) days.push(date);
    const cell = {
      row: days.length - 1,
      from: clockSeconds,
      to: Math.min(clockSeconds + table.slotSeconds, DAY_SECONDS),
      band: bandOfSlot(table, slot),
    };
    const last = cells.at(-1);
    if (last?.row === cell.row && last.band === cell.band && last.to === cell.from) last.to = cell.to;
    else cells.push({ ...cell });
    if (lost.has(slot)) crosses.push(cell);
  }
  const height = TOP + days.length * ROW + 2;
  return html`<svg
    class="calendar"
    viewBox="0 0 ${LEFT + WIDTH + RIGHT} ${height}"
    role="img"
    aria-label="Price band of every slot, day by day; slots without a report are crossed out"
  >
    ${HOUR_MARKS.map(
      (hour) =>
        html`<text x="${x(hour * 3600)}" y="${TOP - 5}" text-anchor="middle"
          >${String(hour).padStart(2, '0')}:00</text
        >`,
    )}
    ${days.map((day, row) => html`<text x="${LEFT - 6}" y="${y(row) + 8}" text-anchor="end">${day}</text>`)}
    ${cells.map(
      ({ row, from, to, band }) =>
        html`<rect
          x="${x(from)}"
          y="${y(row)}"
          width="${width(from, to)}"
          height="${ROW - 1}"
          fill="${bandColour(band, table.bands.length)}"
        />`,
    )}
    ${crosses.map(
      ({ row, from, to }) =>
        html`<g class="missing"
          ><rect x="${x(from)}" y="${y(row)}" width="${width(from, to)}" height="${ROW - 1}" /><path
            d="M${x(from)} ${y(row)}L${x(to)} ${y(row) + ROW - 1}M${x(from)} ${y(row) + ROW - 1}L${x(to)} ${y(row)}"
        /></g>`,
    )}
  </svg>`;
}

function x(clockSeconds: number): number {
  return round(LEFT + (clockSeconds / DAY_SECONDS) * WIDTH);
}

function width(from: number, to: number): number {
  return round(x(to) - x(from));
}

function y(row: number): number {
  return TOP + row * ROW;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
