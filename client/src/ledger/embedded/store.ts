/**
 * The embedded ledger's disk: one LevelDB folder with the state, the blocks, the index of transaction ids and the tip.
 *
 * A block and all it changes are written as one synced batch: after a crash either all of it is there or nothing.
 * Keys by first byte: `b` block number -> block; `m` name -> metadata; `s` UTF-8 key -> version ‖ value;
 * `t` transaction id -> version of its first appearance ‖ validation code.
 */
import { mkdir } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import {
  concatBytes,
  lp,
  splitLp,
  u64,
  utf8,
  decodeUtf8,
  equalBytes,
} from '@gridveil/chaincode/crypto/bytes.js';
import { LedgerError } from '../ledger-error.js';
import {
  type Block,
  channelHash,
  corruptBlock,
  decodeBlock,
  encodeBlock,
  type ValidationCode,
} from './block.js';
import { decodeVersion, encodeVersion, type Version, VERSION_SIZE_BYTES } from './rw-set.js';

type Database = ClassicLevel<Uint8Array, Uint8Array>;
type Snapshot = ReturnType<Database['snapshot']>;

export interface VersionedValue {
  readonly value: Uint8Array;
  readonly version: Version;
}

export interface VersionedKeyValue extends VersionedValue {
  readonly key: string;
}

/** Reads a key range in key order; must be closed. */
export interface RangeCursor {
  next(): Promise<VersionedKeyValue | undefined>;
  close(): Promise<void>;
}

/** The committed state as it was when the view was taken; must be closed. */
export interface StateView {
  get(key: string): VersionedValue | undefined;
  /** From `startKey` to before `endKey`, where an empty `endKey` is the end of the state. */
  range(startKey: string, endKey: string): RangeCursor;
  close(): Promise<void>;
}

/** A key's new value, or its deletion. */
export type StateUpdates = ReadonlyMap<string, VersionedValue | undefined>;

export interface TransactionPlace extends Version {
  readonly validationCode: ValidationCode;
}

const TIP_KEY = utf8('mtip');
const CHANNEL_KEY = utf8('mchannel');

const stateKey = (key: string): Uint8Array => utf8(`s${key}`);
const transactionKey = (transactionId: string): Uint8Array => utf8(`t${transactionId}`);
const blockKey = (number: number): Uint8Array => concatBytes(utf8('b'), u64(number));

export class LedgerStore {
  /** Number of blocks. */
  height = 0;
  /** Hash of the last block's header. */
  tipHash: Uint8Array;
  readonly #db: Database;

  private constructor(db: Database, channel: string, chaincodeName: string) {
    this.#db = db;
    this.tipHash = channelHash(channel, chaincodeName);
  }

  /**
   * Opens or creates the ledger in `folder`.
   * @throws LedgerError LOCKED when another process has it open, REJECTED when it holds another channel or chaincode,
   * CORRUPT when its last block does not hash to the recorded tip, UNAVAILABLE when the folder cannot be read or written.
   */
  static async open(folder: string, channel: string, chaincodeName: string): Promise<LedgerStore> {
    const db = await openDatabase(folder);
    try {
      const store = new LedgerStore(db, channel, chaincodeName);
      await store.#checkChannel(lp(channel, chaincodeName));
      store.#checkTip();
      return store;
    } catch (error) {
      await db.close();
      throw error;
    }
  }

  async #checkChannel(wanted: Uint8Array): Promise<void> {
    const held = this.#db.getSync(CHANNEL_KEY);
    if (held === undefined) return this.#db.put(CHANNEL_KEY, wanted);
    if (equalBytes(held, wanted)) return undefined;
    const [channel, chaincodeName] = splitLp(held, 2, 'The channel record').map((name) =>
      decodeUtf8(name, 'name'),
    );
    throw new LedgerError(
      'REJECTED',
      `This folder holds channel "${channel ?? ''}" with chaincode "${chaincodeName ?? ''}": open it under these names or choose another folder.`,
    );
  }

  #checkTip(): void {
    const tip = this.#db.getSync(TIP_KEY);
    if (tip === undefined) return;
    const [number, hash] = splitLp(tip, 2, 'The tip');
    const tipNumber = Number(new DataView(number.buffer, number.byteOffset, 8).getBigUint64(0));
    if (!equalBytes(this.block(tipNumber).hash, hash)) throw corruptBlock(tipNumber);
    this.height = tipNumber + 1;
    this.tipHash = plainBytes(hash);
  }

  view(): StateView {
    const db = this.#db;
    const snapshot = db.snapshot();
    return {
      get: (key) => readState(db, snapshot, key),
      range: (startKey, endKey) => openRange(db, snapshot, startKey, endKey),
      close: () => snapshot.close(),
    };
  }

  /** @throws LedgerError CORRUPT when the block is missing or not what was written. */
  block(number: number): Block {
    const bytes = this.#db.getSync(blockKey(number));
    if (bytes === undefined) throw corruptBlock(number);
    return decodeBlock(plainBytes(bytes), number);
  }

  transaction(transactionId: string): TransactionPlace | undefined {
    const bytes = this.#db.getSync(transactionKey(transactionId));
    if (bytes === undefined) return undefined;
    return { ...decodeVersion(bytes), validationCode: bytes[VERSION_SIZE_BYTES] as ValidationCode };
  }

  /** Writes `block` and all it changes, durable when the promise resolves. */
  async commit(block: Block, updates: StateUpdates): Promise<void> {
    const batch = this.#db.batch();
    for (const [key, update] of updates) {
      if (update === undefined) batch.del(stateKey(key));
      else batch.put(stateKey(key), concatBytes(encodeVersion(update.version), update.value));
    }
    const seen = new Set<string>();
    block.transactions.forEach(({ transactionId, validationCode }, transactionIndex) => {
      if (seen.has(transactionId) || this.transaction(transactionId) !== undefined) return;
      seen.add(transactionId);
      const version = encodeVersion({ blockNumber: block.number, transactionIndex });
      batch.put(transactionKey(transactionId), concatBytes(version, new Uint8Array([validationCode])));
    });
    batch.put(blockKey(block.number), encodeBlock(block));
    batch.put(TIP_KEY, lp(u64(block.number), block.hash));
    await batch.write({ sync: true });
    this.height = block.number + 1;
    this.tipHash = block.hash;
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

async function openDatabase(folder: string): Promise<Database> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const db: Database = new ClassicLevel(folder, { keyEncoding: 'view', valueEncoding: 'view' });
    await db.open();
    return db;
  } catch (cause) {
    throw openError(cause);
  }
}

function openError(cause: unknown): LedgerError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = (reason as { code?: unknown }).code;
  if (code === 'LEVEL_LOCKED')
    return new LedgerError(
      'LOCKED',
      'This ledger folder is already open, here or in another process: close it there first.',
      {},
      { cause },
    );
  if (code === 'LEVEL_CORRUPTION')
    return new LedgerError(
      'CORRUPT',
      'The ledger database is damaged: restore the folder from a copy.',
      {},
      { cause },
    );
  const detail = reason instanceof Error ? reason.message : String(reason);
  return new LedgerError('UNAVAILABLE', `The ledger folder cannot be opened: ${detail}`, {}, { cause });
}

function readState(db: Database, snapshot: Snapshot, key: string): VersionedValue | undefined {
  const bytes = db.getSync(stateKey(key), { snapshot });
  return bytes === undefined ? undefined : decodeState(bytes);
}

function decodeState(bytes: Uint8Array): VersionedValue {
  return { version: decodeVersion(bytes), value: plainBytes(bytes).subarray(VERSION_SIZE_BYTES) };
}

/** The database gives Buffers, whose slices are Buffers again. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function openRange(db: Database, snapshot: Snapshot, startKey: string, endKey: string): RangeCursor {
  const iterator = db.iterator({
    gte: stateKey(startKey),
    lt: endKey === '' ? utf8('t') : stateKey(endKey),
    snapshot,
  });
  return {
    async next() {
      const entry = await iterator.next();
      if (entry === undefined) return undefined;
      const [key, value] = entry;
      return { key: decodeUtf8(key.subarray(1), 'key'), ...decodeState(value) };
    },
    close: () => iterator.close(),
  };
}
