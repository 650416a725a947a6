/**
 * Reports of one region, slot after slot, at least once each until they have their receipt, in batches, alone, and twice at once. The i-th meter uses 4^i Wh:
 * the digits of an opened total in base 4 show which reports it holds, and how often.
 */
import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GridView } from '@gridveil/client/parties/grid-view.js';
import { Meter } from '@gridveil/client/parties/meter.js';
import { ReportSender } from '@gridveil/client/parties/report-sender.js';
import { lineOf } from '@gridveil/client/programs/receipt-file.js';
import type { FogIdentity, OwnedMeter } from '@gridveil/client/programs/secret-files.js';
import { ReportPoster } from '@gridveil/client/transport/report-poster.js';
import { BATCH_PATH } from '@gridveil/client/transport/report-server.js';

export const DIGIT_BITS = 2;
const LONGEST_WAIT_MS = 100;
const ANSWER_MS = 3_000;

/** Ciphertexts of 4^i, made beforehand: a meter may use one in any slot. */
export type Ciphertexts = (digit: number) => Uint8Array;

export interface TrafficOptions {
  readonly grid: GridView;
  readonly fog: FogIdentity;
  readonly meters: readonly OwnedMeter[];
  readonly ciphertexts: Ciphertexts;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly firstSlot: number;
  /** Pause after each slot. */
  readonly everyMs: number;
  /** Where receipts go, for `gridveil audit`. */
  readonly receiptsFile: string;
}

/** What became of the reports of one slot: positions of meters. */
export interface SentSlot {
  readonly sentAtMs: number;
  readonly receipted: Set<number>;
  readonly refused: Set<number>;
}

export class RegionTraffic {
  readonly slots = new Map<number, SentSlot>();
  /** Reports on their way. */
  inFlight = 0;
  retries = 0;
  readonly #options: TrafficOptions;
  readonly #meters: readonly Meter[];
  readonly #poster: ReportPoster;
  readonly #sender: ReportSender;

  constructor(options: TrafficOptions) {
    const { grid, fog, meters, ciphertexts } = options;
    this.#options = options;
    this.#meters = meters.map(
      (meter, digit) =>
        new Meter({
          ...meter,
          grid,
          fogAgreementKey: fog.agreementKey,
          encrypt: () => Promise.resolve(ciphertexts(digit)),
        }),
    );
    this.#poster = new ReportPoster({ url: fog.url, timeoutMs: ANSWER_MS });
    this.#sender = new ReportSender({
      fogNode: fog.fogNode,
      receiptKey: fog.receiptKey,
      grid,
      post: (body) => this.#poster.post(BATCH_PATH, body),
      longestWaitMs: LONGEST_WAIT_MS,
      onWait: () => (this.retries += 1),
    });
  }

  get region(): string {
    return this.#meters[0]?.region ?? '';
  }

  get meterIds(): readonly string[] {
    return this.#meters.map(({ meterId }) => meterId);
  }

  /** Sends until `signal` aborts and everything that was sent has its answer. */
  async run(signal: AbortSignal): Promise<void> {
    const { firstSlot, everyMs, random } = this.#options;
    for (let slot = firstSlot; !signal.aborted; slot++) {
      await this.#send(slot);
      await sleep(everyMs * (0.5 + random()), undefined, { signal }).catch(() => undefined);
    }
    this.#poster.close();
  }

  async #send(slot: number): Promise<void> {
    const reports = await Promise.all(this.#meters.map((meter, digit) => meter.report(slot, 4 ** digit)));
    const sent: SentSlot = { sentAtMs: performance.now(), receipted: new Set(), refused: new Set() };
    this.slots.set(slot, sent);
    await Promise.all(this.#messages().map((digits) => this.#deliver(sent, digits, reports)));
  }

  /** Which reports go together; some go twice. */
  #messages(): number[][] {
    const { random } = this.#options;
    const all = this.#meters.map((_, digit) => digit);
    const cut = Math.floor(random() * all.length);
    const messages =
      random() < 0.3
        ? all.map((digit) => [digit])
        : [all.slice(0, cut), all.slice(cut)].filter((each) => each.length > 0);
    return random() < 0.3 ? [...messages, ...messages.slice(0, 1)] : messages;
  }

  async #deliver(sent: SentSlot, digits: readonly number[], reports: readonly Uint8Array[]): Promise<void> {
    this.inFlight += digits.length;
    const own = digits.map((digit) => reports[digit] as Uint8Array);
    const { answers, items, receipt } = await this.#sender.deliver(own);
    this.inFlight -= digits.length;
    for (const [i, digit] of digits.entries())
      (answers[i]?.status === 'refused' ? sent.refused : sent.receipted).add(digit);
    if (!receipt) return;
    const line = lineOf({ fogNode: this.#options.fog.fogNode, items, receipt });
    await appendFile(this.#options.receiptsFile, `${line}\n`);
  }
}
