/** Sees region totals come onto the ledger, to tell how long the field stood still. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FieldRun } from './field-run.js';

const LIMIT_MS = 120_000;
const RECONNECT_MS = 200;

interface Waiting {
  readonly afterMs: number;
  readonly seen: (ms: number) => void;
}

export class CommitWatch {
  readonly #stop = new AbortController();
  #waiting: Waiting[] = [];
  readonly #following: Promise<void>;

  constructor(private readonly run: FieldRun) {
    this.#following = this.#follow();
  }

  /** Milliseconds from `afterMs` until a total has come whose first report was sent after it. @throws Error after two minutes. */
  async nextTotal(afterMs: number): Promise<number> {
    const limit = new AbortController();
    const seen = new Promise<number>((resolve) => this.#waiting.push({ afterMs, seen: resolve }));
    const tooLong = sleep(LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
      throw new Error('no total came for two minutes');
    });
    tooLong.catch(() => undefined); // also after it has been aborted
    try {
      return await Promise.race([seen, tooLong]);
    } finally {
      limit.abort();
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.run
        .withLedger(async (ledger) => {
          for await (const { name, payload } of ledger.events({ signal }))
            if (name === 'RegionTotalsSubmitted') this.#take(JSON.parse(payload) as Submitted);
        })
        .catch(() => undefined); // a ledger that was killed comes back
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #take({ totals }: Submitted): void {
    const now = performance.now();
    const sentAtMs = totals.flatMap(
      ({ region, slot }) =>
        this.run.traffic.find((each) => each.region === region)?.slots.get(slot)?.sentAtMs ?? [],
    );
    const newest = Math.max(...sentAtMs, 0);
    this.#waiting = this.#waiting.filter(({ afterMs, seen }) => {
      if (newest <= afterMs) return true;
      seen(now - afterMs);
      return false;
    });
  }
}

interface Submitted {
  readonly totals: readonly { readonly region: string; readonly slot: number }[];
}
