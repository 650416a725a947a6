/**
 * An append-only journal: what a party has promised to remember, kept before it says so. Run by fog nodes (reports, closed slots)
 * and by Fabric sessions (signed transactions); knows nothing of either. A folder of its own, since parties and ledger adapters
 * both stand on it and may not know each other.
 *
 * Records that arrive while the disk is busy are written and synced together (group commit), one group at a time: after a power cut only
 * the last group can be unfinished, and nobody has been told of it. Layout and what it can find: journal-format.ts.
 * A compaction starts a segment that holds the whole state; those before it stay as an archive until they are dropped.
 * Assumes a disk that keeps what fsync has confirmed. Not confidential: readable by its owner only (0600), not encrypted.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lp } from '@gridveil/chaincode/crypto/bytes.js';
import { ClientError } from '../errors.js';
import { archivedRecords } from './archive.js';
import { crashPoint } from './crash-point.js';
import { lockFolder, type FolderLock } from './folder-lock.js';
import { encodeGroup, encodeHeader, HEADER_BYTES, JOURNAL_KEY_BYTES, NO_MAC } from './journal-format.js';
import { DISK, type JournalFile, type JournalFiles } from './journal-files.js';
import { recoverJournal, segmentName, type RecoveredJournal } from './recovery.js';

const DEFAULT_SEGMENT_BYTES = 16 * 2 ** 20;
const MAX_GROUP_BYTES = 4 * 2 ** 20;
/** The disk or the quota is full, or the file may not grow. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export interface JournalOptions {
  /** Created when it is not there. */
  readonly folder: string;
  /** 32 random bytes that only the owner of the journal has. */
  readonly key: Uint8Array;
  /** A segment that has grown above this is followed by a new one. */
  readonly segmentBytes?: number;
  readonly files?: JournalFiles;
}

interface Pending {
  readonly records: readonly Uint8Array[];
  readonly sizeBytes: number;
  readonly kept: () => void;
  readonly refused: (error: Error) => void;
}

export class Journal {
  readonly #options: Required<JournalOptions>;
  readonly #lock: FolderLock;
  readonly #recovered: RecoveredJournal;
  #file: JournalFile;
  #segment: number;
  #replayFrom: number;
  #keepFrom: number;
  #mac: Uint8Array;
  #sizeBytes: number;
  /** Bytes that a restart would read, besides the current segment. */
  #earlierBytes: number;
  #pending: Pending[] = [];
  /** Everything that is under way on the disk, in order. */
  #busy: Promise<void> = Promise.resolve();
  #writing = false;
  #broken: Error | undefined;
  #closed = false;

  private constructor(
    options: Required<JournalOptions>,
    lock: FolderLock,
    recovered: RecoveredJournal,
    file: JournalFile,
  ) {
    this.#options = options;
    this.#lock = lock;
    this.#recovered = recovered;
    this.#file = file;
    this.#segment = recovered.segment;
    this.#replayFrom = recovered.replayFrom;
    this.#keepFrom = recovered.keepFrom;
    this.#mac = recovered.mac;
    this.#sizeBytes = recovered.sizeBytes;
    this.#earlierBytes = recovered.replayedBytes - recovered.sizeBytes;
  }

  /**
   * Opens or creates a journal and gives `replay` the records of its state, oldest first, as views that live as long as they are held.
   * A group that was being written when the process died is cut off and reported.
   * @throws ClientError JOURNAL_DAMAGED naming file and offset, with nothing changed; FOLDER_LOCKED; JOURNAL_FULL.
   */
  static async open(options: JournalOptions, replay: (record: Uint8Array) => void): Promise<Journal> {
    const whole = { segmentBytes: DEFAULT_SEGMENT_BYTES, files: DISK, ...options };
    const { folder, key, files } = whole;
    if (key.length !== JOURNAL_KEY_BYTES) throw new RangeError(`"key" expected ${JOURNAL_KEY_BYTES} bytes`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const lock = await lockFolder(folder);
    try {
      const recovered = await recoverJournal(files, folder, key, replay);
      const file = await files.append(join(folder, segmentName(recovered.segment)));
      if (recovered.torn) {
        await file.truncate(recovered.sizeBytes);
        await file.sync();
      }
      return new Journal(whole, lock, recovered, file);
    } catch (error) {
      await lock.release();
      throw fullOr(error, folder);
    }
  }

  /** What `open` found. */
  get recovered(): RecoveredJournal {
    return this.#recovered;
  }

  /** Bytes a restart would have to read. */
  get replayBytes(): number {
    return this.#earlierBytes + this.#sizeBytes;
  }

  /**
   * Appends records, all of them or none.
   * @returns when they survive a power cut.
   * @throws ClientError JOURNAL_FULL when there is no room, and later ones may succeed; JOURNAL_BROKEN when the disk failed: open it again;
   *   RangeError when they are longer than 4 MiB together.
   */
  append(records: readonly Uint8Array[]): Promise<void> {
    if (this.#closed) return Promise.reject(new RangeError('the journal is closed'));
    const sizeBytes = records.reduce((sum, record) => sum + 4 + record.length, 0);
    if (sizeBytes > MAX_GROUP_BYTES) return Promise.reject(new RangeError('"records" are too long'));
    return new Promise((kept, refused) => {
      this.#pending.push({ records, sizeBytes, kept, refused });
      if (!this.#writing) void this.#exclusively(() => this.#writeAll());
    });
  }

  /** All records that are kept, the archive included, those of the newest segment first (archive.ts). */
  archive(): AsyncGenerator<Uint8Array[]> {
    const { files, folder, key } = this.#options;
    return archivedRecords(files, folder, key);
  }

  /** Resolves when all that was appended before is kept or refused. */
  async settled(): Promise<void> {
    await this.#busy;
  }

  /**
   * Starts a segment that holds `state`, from which a restart replays. Records appended meanwhile come after it.
   * @param state - records that make up the whole state when the compaction begins; asked for when nothing else is under way.
   * @param archivedSegments - how many of the segments before it are kept.
   * @throws ClientError JOURNAL_FULL, and everything stays as it was.
   */
  compact(state: () => Iterable<Uint8Array>, archivedSegments: number): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#broken) throw this.#broken;
      crashPoint('journal-before-compaction');
      const segment = this.#segment + 1;
      const keepFrom = Math.max(this.#keepFrom, segment - archivedSegments);
      await this.#startSegment({ segment, replayFrom: segment, keepFrom }, state());
      this.#earlierBytes = 0;
      crashPoint('journal-after-compaction');
      const { files, folder } = this.#options;
      for (; this.#keepFrom < keepFrom; this.#keepFrom++)
        await files.remove(join(folder, segmentName(this.#keepFrom)));
    });
  }

  /** Finishes what was appended and lets go of the folder. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#busy;
    await this.#file.close();
    await this.#lock.release();
  }

  /** Runs `task` after everything else that uses the disk. */
  #exclusively(task: () => Promise<void>): Promise<void> {
    this.#writing = true;
    const done = this.#busy.then(task);
    const next = done
      .catch(() => undefined)
      .then(() => {
        if (this.#busy !== next) return;
        this.#writing = false;
        if (this.#pending.length > 0) void this.#exclusively(() => this.#writeAll());
      });
    this.#busy = next;
    return done;
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#writeGroup(group);
      } catch (error) {
        const refusal = fullOr(error, this.#options.folder);
        for (const { refused } of group) refused(refusal);
        continue;
      }
      for (const { kept } of group) kept();
    }
  }

  #takeGroup(): Pending[] {
    let sizeBytes = 0;
    const count = this.#pending.findIndex((each) => (sizeBytes += each.sizeBytes) > MAX_GROUP_BYTES);
    return this.#pending.splice(0, count < 0 ? this.#pending.length : count);
  }

  async #writeGroup(pending: readonly Pending[]): Promise<void> {
    if (this.#broken) throw this.#broken;
    if (this.#sizeBytes > this.#options.segmentBytes) await this.#roll();
    const body = lp(...pending.flatMap(({ records }) => records));
    const { bytes, mac } = encodeGroup(this.#options.key, this.#mac, body);
    crashPoint('journal-before-write');
    try {
      await this.#file.write(bytes, this.#sizeBytes);
    } catch (error) {
      await this.#undo(error);
      throw error;
    }
    crashPoint('journal-before-sync');
    await this.#file.sync().catch((error: unknown) => this.#break(error));
    this.#sizeBytes += bytes.length;
    this.#mac = mac;
    crashPoint('journal-after-sync');
  }

  /** Takes back a write that did not fit, so that the next one finds the end of the last whole group. */
  async #undo(cause: unknown): Promise<void> {
    if (!FULL.has(codeOf(cause))) this.#break(cause);
    try {
      await this.#file.truncate(this.#sizeBytes);
      await this.#file.sync();
    } catch (error) {
      this.#break(error);
    }
  }

  /** After a failed sync nobody knows what the disk holds; only reading it again tells. */
  #break(cause: unknown): never {
    const { folder } = this.#options;
    this.#broken = new ClientError('JOURNAL_BROKEN', { folder, reason: codeOf(cause) }, { cause });
    throw this.#broken;
  }

  async #roll(): Promise<void> {
    const before = this.#sizeBytes;
    await this.#startSegment(
      { segment: this.#segment + 1, replayFrom: this.#replayFrom, keepFrom: this.#keepFrom },
      [],
    );
    this.#earlierBytes += before;
  }

  async #startSegment(
    place: { segment: number; replayFrom: number; keepFrom: number },
    records: Iterable<Uint8Array>,
  ): Promise<void> {
    const { files, folder, key } = this.#options;
    const name = join(folder, segmentName(place.segment));
    const chain = { mac: this.#mac, sizeBytes: 0 };
    try {
      await files.create(name, segmentParts(key, { ...place, previous: this.#mac }, records, chain));
    } catch (error) {
      await files.remove(`${name}.tmp`);
      throw fullOr(error, folder);
    }
    const file = await files.append(name).catch((error: unknown) => this.#break(error));
    await this.#file.close();
    this.#file = file;
    this.#segment = place.segment;
    this.#replayFrom = place.replayFrom;
    this.#mac = chain.mac;
    this.#sizeBytes = chain.sizeBytes;
  }
}

/** A whole segment, piece by piece; `chain` ends up with its last mac and its size. */
function* segmentParts(
  key: Uint8Array,
  header: { segment: number; replayFrom: number; keepFrom: number; previous: Uint8Array },
  records: Iterable<Uint8Array>,
  chain: { mac: Uint8Array; sizeBytes: number },
): Generator<Uint8Array> {
  const head = encodeHeader(key, header);
  chain.mac = head.subarray(head.length - NO_MAC.length);
  chain.sizeBytes = HEADER_BYTES;
  yield head;
  for (const body of bodies(records)) {
    const { bytes, mac } = encodeGroup(key, chain.mac, body);
    chain.mac = mac;
    chain.sizeBytes += bytes.length;
    yield bytes;
  }
}

function* bodies(records: Iterable<Uint8Array>): Generator<Uint8Array> {
  let group: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const record of records) {
    group.push(record);
    sizeBytes += 4 + record.length;
    if (sizeBytes < MAX_GROUP_BYTES / 2) continue;
    yield lp(...group);
    group = [];
    sizeBytes = 0;
  }
  if (group.length > 0) yield lp(...group);
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? 'unknown';
}

function fullOr(error: unknown, folder: string): Error {
  if (FULL.has(codeOf(error))) return new ClientError('JOURNAL_FULL', { folder }, { cause: error });
  return error as Error;
}
