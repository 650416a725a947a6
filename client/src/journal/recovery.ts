/** Reads a journal back: every group checked, an unfinished one at the very end left out, anything else refused by file and offset. */
import { join } from 'node:path';
import { equalBytes, splitLpAll } from '@gridveil/chaincode/crypto/bytes.js';
import { ClientError } from '../errors.js';
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  NO_MAC,
  readGroup,
  type OpenedHeader,
} from './journal-format.js';
import type { JournalFiles } from './journal-files.js';

const SEGMENT_NAME = /^journal-([0-9]{10})\.gvj$/;
const TEMPORARY_NAME = /^journal-[0-9]{10}\.gvj\.tmp$/;
const SEGMENT_DIGITS = 10;
const FIRST_SEGMENT = 1;

export function segmentName(segment: number): string {
  return `journal-${String(segment).padStart(SEGMENT_DIGITS, '0')}.gvj`;
}

export function isSegmentName(name: string): boolean {
  return SEGMENT_NAME.test(name);
}

/** An unfinished write at the end of the last segment. */
export interface TornWrite {
  readonly file: string;
  readonly offset: number;
  readonly droppedBytes: number;
}

/** Where a journal goes on. */
export interface RecoveredJournal {
  /** Replayed. */
  readonly records: number;
  readonly replayedBytes: number;
  readonly torn: TornWrite | undefined;
  /** The last segment, its end and the mac it ends with. */
  readonly segment: number;
  readonly sizeBytes: number;
  readonly mac: Uint8Array;
  readonly replayFrom: number;
  readonly keepFrom: number;
}

interface Segment {
  readonly file: string;
  readonly bytes: Buffer;
  readonly header: OpenedHeader;
}

/**
 * Creates the first segment where there is none; removes what a crash left beside the segments once all of them have been read.
 * @throws ClientError JOURNAL_DAMAGED, with nothing changed.
 */
export async function recoverJournal(
  files: JournalFiles,
  folder: string,
  key: Uint8Array,
  replay: (record: Uint8Array) => void,
): Promise<RecoveredJournal> {
  const names = await files.list(folder);
  const segments = names.flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? []).map(Number);
  if (segments.length === 0) {
    const header = {
      segment: FIRST_SEGMENT,
      replayFrom: FIRST_SEGMENT,
      keepFrom: FIRST_SEGMENT,
      previous: NO_MAC,
    };
    await files.create(join(folder, segmentName(FIRST_SEGMENT)), [encodeHeader(key, header)]);
    segments.push(FIRST_SEGMENT);
  }
  const read = (segment: number): Promise<Segment> => readSegment(files, folder, key, segment);
  const last = Math.max(...segments);
  const newest = await read(last);
  const { replayFrom, keepFrom } = newest.header;
  for (let segment = keepFrom; segment <= last; segment++) {
    if (!segments.includes(segment))
      throw damaged(join(folder, segmentName(segment)), 0, 'the file is missing');
  }
  const chain = new ChainReader(key, replay);
  for await (const segment of inOrder(replayFrom, newest, read)) chain.follow(segment, segment === newest);
  const left = names.filter((name) => TEMPORARY_NAME.test(name));
  const dropped = segments.filter((segment) => segment < keepFrom).map(segmentName);
  for (const name of [...left, ...dropped]) await files.remove(join(folder, name));
  return { ...chain.end(), segment: last, replayFrom, keepFrom };
}

/** Segments from `first` to the newest, each read while the one before it is being checked. */
async function* inOrder(
  first: number,
  newest: Segment,
  read: (segment: number) => Promise<Segment>,
): AsyncGenerator<Segment> {
  const last = newest.header.segment;
  const fetch = (segment: number): Promise<Segment> => {
    const fetched = segment < last ? read(segment) : Promise.resolve(newest);
    fetched.catch(() => undefined); // awaited when its turn comes
    return fetched;
  };
  let upcoming = fetch(first);
  for (let segment = first; segment <= last; segment++) {
    const current = await upcoming;
    upcoming = fetch(segment + 1);
    yield current;
  }
}

/** Follows the chain of macs through segments and hands on every record. */
class ChainReader {
  readonly #key: Uint8Array;
  readonly #replay: (record: Uint8Array) => void;
  #mac: Uint8Array | undefined;
  #records = 0;
  #replayedBytes = 0;
  #sizeBytes = 0;
  #torn: TornWrite | undefined;

  constructor(key: Uint8Array, replay: (record: Uint8Array) => void) {
    this.#key = key;
    this.#replay = replay;
  }

  follow({ file, bytes, header }: Segment, isLast: boolean): void {
    if (this.#mac && !equalBytes(this.#mac, header.previous))
      throw damaged(file, 0, 'it does not follow the segment before it');
    let mac = header.mac;
    let offset = HEADER_BYTES;
    while (offset < bytes.length && !this.#torn) {
      const group = readGroup(this.#key, mac, bytes, offset);
      if ('reason' in group) throw damaged(file, offset, group.reason);
      if ('torn' in group) {
        if (!isLast) throw damaged(file, offset, 'the file ends inside a group');
        this.#torn = { file, offset, droppedBytes: bytes.length - offset };
      } else {
        this.#hand(group.body);
        ({ mac, end: offset } = group);
      }
    }
    this.#mac = mac;
    this.#sizeBytes = offset;
    this.#replayedBytes += offset;
  }

  end(): Omit<RecoveredJournal, 'segment' | 'replayFrom' | 'keepFrom'> {
    return {
      records: this.#records,
      replayedBytes: this.#replayedBytes,
      torn: this.#torn,
      sizeBytes: this.#sizeBytes,
      mac: this.#mac ?? NO_MAC,
    };
  }

  #hand(body: Uint8Array): void {
    for (const record of splitLpAll(body, Infinity, 'A group')) {
      this.#replay(record);
      this.#records += 1;
    }
  }
}

async function readSegment(
  files: JournalFiles,
  folder: string,
  key: Uint8Array,
  segment: number,
): Promise<Segment> {
  const file = join(folder, segmentName(segment));
  const bytes = await files.read(file);
  const header = decodeHeader(key, bytes);
  if ('reason' in header) throw damaged(file, header.offset, header.reason);
  if (header.segment !== segment) throw damaged(file, 0, `it is segment ${header.segment}`);
  return { file, bytes, header };
}

function damaged(file: string, offset: number, reason: string): ClientError {
  return new ClientError('JOURNAL_DAMAGED', { file, offset, reason });
}
