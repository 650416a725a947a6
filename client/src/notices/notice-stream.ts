/**
 * Notices of one meter as server-sent events, from a position on (WHATWG HTML, 9.2): what is kept first, then what comes, with heartbeats in between.
 *
 * Pulled by the connection: nothing is queued for a reader that is slow, it reads on from the store where it stopped. An event `gap` says that notices in between are not kept any more.
 */
import type { Notice, NoticeStore } from './notice-store.js';

export interface NoticeStreamOptions {
  readonly store: NoticeStore;
  readonly meterId: string;
  /** Of the last notice the reader has; 0 for none. */
  readonly position: number;
  readonly heartbeatMs: number;
  /** What a reader that lost the connection waits. */
  readonly retryMs: number;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

const BATCH = 50;

export async function* noticeStream(options: NoticeStreamOptions): AsyncGenerator<string> {
  const { store, meterId, retryMs, signal } = options;
  let position = options.position;
  yield `retry: ${retryMs}\n\n`;
  while (!signal.aborted) {
    const { notices, dropped } = store.after(meterId, position, BATCH);
    // No id: a reader that ends here asks for the same again, and is told again.
    if (dropped) yield 'event: gap\ndata: {"message":"Older notices are not kept: see the ledger."}\n\n';
    for (const notice of notices) yield frameOf(notice);
    position = notices.at(-1)?.position ?? position;
    if (notices.length > 0) continue;
    if (!(await somethingNew(options, position))) yield ': still here\n\n';
  }
}

/** JSON has no line breaks, so that a notice is one line of data. */
function frameOf({ position, code, atSeconds, sentence }: Notice): string {
  return `id: ${position}\nevent: notice\ndata: ${JSON.stringify({ code, atSeconds, sentence })}\n\n`;
}

/** Waits for a notice, a heartbeat or the end. @returns true for a notice or the end */
function somethingNew(
  { store, meterId, heartbeatMs, signal }: NoticeStreamOptions,
  position: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (isNew: boolean): void => {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener('abort', ended);
      resolve(isNew);
    };
    const ended = (): void => finish(true);
    const timer = setTimeout(() => finish(false), heartbeatMs);
    const unwatch = store.watch(meterId, ended);
    signal.addEventListener('abort', ended, { once: true });
    // One may have come between the last look and the watch.
    if (signal.aborted || store.after(meterId, position, 1).notices.length > 0) finish(true);
  });
}
