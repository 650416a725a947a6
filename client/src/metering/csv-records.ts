/**
 * CSV bytes to records through csv-parse, streaming; its failures in our own codes. Every record has as many fields as the header.
 */
import { pipeline, type Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ClientError } from '../errors.js';

export interface CsvRecord {
  readonly fields: readonly string[];
  /** Line of the file the record ends in, from 1. */
  readonly line: number;
}

/** Longest line: 100,000 meters in one row. */
const MAX_LINE_BYTES = 2 ** 20;

/**
 * The header is the first record. Empty lines are skipped, a byte order mark is removed, blanks around fields are trimmed.
 * @throws ClientError READINGS_BAD_CSV, READINGS_RAGGED_ROW, READINGS_LINE_TOO_LONG; errors of the source as they are.
 */
export async function* csvRecords(source: Readable): AsyncGenerator<CsvRecord> {
  const parser = parse({
    bom: true,
    trim: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
    // Counted below, so that errors come in the order of the lines.
    relax_column_count: true,
  });
  // The parser ends or fails with its source; a failure surfaces in the iteration below.
  pipeline(source, parser, () => undefined);
  let expected: number | undefined;
  try {
    for await (const chunk of parser) {
      const { record, info } = chunk as { record: string[]; info: { lines: number } };
      expected ??= record.length;
      if (record.length !== expected)
        throw new ClientError('READINGS_RAGGED_ROW', { line: info.lines, actual: record.length, expected });
      yield { fields: record, line: info.lines };
    }
  } catch (error) {
    throw error instanceof CsvError ? translated(error) : error;
  }
}

/** Without the cause: csv-parse's errors carry the record, and with it the readings. */
function translated(error: CsvError): ClientError {
  const line = Number(error['lines'] ?? 0);
  return error.code === 'CSV_MAX_RECORD_SIZE'
    ? new ClientError('READINGS_LINE_TOO_LONG', { line, limitBytes: MAX_LINE_BYTES })
    : new ClientError('READINGS_BAD_CSV', { line, reason: error.code });
}
