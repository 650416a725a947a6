/** What the cost tables of several papers have in common: operations with their times, and columns for printed times, this host and the product. */
import {
  ALL_MODULI_BITS,
  fastestColumn,
  MODULUS_BITS,
  type HostColumn,
  type HostTimes,
  type Timing,
} from './host-times.js';
import { rounded, type PaperTable } from './paper-report.js';

export const PRINTED_COLUMN = '(a) printed times (ms)';
export const PRODUCT_COLUMNS = ALL_MODULI_BITS.map((bits) => `(c) Gridveil, |N| = ${bits} (ms)`);

/** A symbol of the paper, printed and timed here. */
export interface OperationRow extends Timing {
  readonly symbol: string;
  readonly what: string;
  readonly printedMs: number;
  readonly how: string;
}

/** @param symbolColumn - what the paper calls its symbols */
export function operationsTable(
  id: string,
  symbolColumn: string,
  operations: readonly OperationRow[],
): PaperTable {
  return {
    id,
    title: 'time of one operation',
    columns: [
      symbolColumn,
      'operation',
      'printed (ms)',
      'this host (ms)',
      'spread',
      'samples',
      'measured with',
    ],
    rows: operations.map(({ symbol, what, printedMs, medianMs, spread, samples, how }) => [
      ...[symbol, what, printedMs, rounded(medianMs), rounded(spread), samples, how],
    ]),
  };
}

/** Columns of a table at one size: the modulus of the paper and the default, each pairing library. */
export function hostColumns<Notation extends string>({ columns }: HostTimes<Notation>) {
  const shown = columns.filter(({ modulusBits }) => modulusBits !== MODULUS_BITS.least);
  const name = ({ modulusBits, library }: HostColumn<Notation>): string =>
    `(b) this host, |N| = ${modulusBits}, ${library} (ms)`;
  return { shown, names: [PRINTED_COLUMN, ...shown.map(name), ...PRODUCT_COLUMNS] };
}

/** Columns of a table over sizes: the same two moduli, the fastest library. */
export function rangeColumns<Notation extends string>(host: HostTimes<Notation>) {
  const shown = [MODULUS_BITS.paper, MODULUS_BITS.standard].map((bits) => fastestColumn(host, bits));
  const names = shown.map(({ modulusBits }) => `(b) this host, |N| = ${modulusBits} (ms)`);
  return { shown, names: [PRINTED_COLUMN, ...names, ...PRODUCT_COLUMNS], library: shown[0]?.library ?? '' };
}
