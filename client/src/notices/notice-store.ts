/**
 * Notices for the phones of customers: the last ones of each meter, in the order of the ledger.
 *
 * Filled by whoever opens the actions of meters (a home's gateway, the operator's desk), read by notice-server.ts. Nothing is lost with it: it is filled again from the ledger, and positions come
 * from there, so that a phone goes on where it was after a restart. Bounded: older notices of a meter make room for newer ones, and the reader is told that there were some.
 */
import { EventEmitter } from 'node:events';

export interface Notice {
  readonly meterId: string;
  /** Where the ledger has what it tells of; rises with every notice of a meter. A safe integer of at least 1. */
  readonly position: number;
  /** Which kind, such as `notify-arrears`. */
  readonly code: string;
  readonly atSeconds: number;
  /** For people. */
  readonly sentence: string;
}

export interface NoticesAfter {
  /** By position. */
  readonly notices: readonly Notice[];
  /** Some after the position are not kept any more. */
  readonly dropped: boolean;
}

interface Shelf {
  notices: Notice[];
  /** Of the newest notice that is not kept any more; 0 while all are. */
  droppedUpTo: number;
}

const DEFAULT_KEPT = 200;

export class NoticeStore {
  readonly #shelves = new Map<string, Shelf>();
  readonly #added = new EventEmitter();

  /** @param keptPerMeter - at least 1 */
  constructor(readonly keptPerMeter = DEFAULT_KEPT) {
    if (!(Number.isSafeInteger(keptPerMeter) && keptPerMeter >= 1))
      throw new RangeError('"keptPerMeter" expected an integer of at least 1');
    this.#added.setMaxListeners(0);
  }

  /**
   * Adding again what was added before changes nothing.
   * @returns false for a position at or before the newest one of the meter
   * @throws RangeError for a position that is no safe integer of at least 1.
   */
  add(notice: Notice): boolean {
    const { meterId, position } = notice;
    if (!(Number.isSafeInteger(position) && position >= 1))
      throw new RangeError('"position" expected a safe integer of at least 1');
    const shelf = this.#shelves.get(meterId) ?? { notices: [], droppedUpTo: 0 };
    if (position <= (shelf.notices.at(-1)?.position ?? 0)) return false;
    this.#shelves.set(meterId, shelf);
    shelf.notices.push(notice);
    if (shelf.notices.length > this.keptPerMeter)
      shelf.droppedUpTo = shelf.notices.shift()?.position ?? shelf.droppedUpTo;
    this.#added.emit(meterId);
    return true;
  }

  /** @param position - of the last notice that is known; 0 for none. @param limit - of notices */
  after(meterId: string, position: number, limit: number): NoticesAfter {
    const shelf = this.#shelves.get(meterId);
    if (shelf === undefined) return { notices: [], dropped: false };
    const notices = shelf.notices.filter((notice) => notice.position > position).slice(0, limit);
    return { notices, dropped: shelf.droppedUpTo > position };
  }

  /** Calls back at each new notice of the meter. @returns what ends it */
  watch(meterId: string, added: () => void): () => void {
    this.#added.on(meterId, added);
    return () => void this.#added.off(meterId, added);
  }
}
