/**
 * The aggregator of time-of-use billing (AG_j of paper 001): takes the reports of meters, checks them, and makes slot blocks of them while it is in office (the AN).
 *
 * Holds: its BLS key and its Fabric identity. Sees: ciphertexts and who reported, never a reading. Section 6.4, Eq. (9), (11), (14); spec/schemes.md 2.C, 6.3.
 * What comes together is checked together, signatures and proofs in one weighted batch each; a bad one among them is found by halving, named and answered, and
 * holds no honest one up. Nothing of a bad report is kept, so nobody can take a meter's place. Every endorser checks a block again.
 * Out of office it collects all the same: `reportsOf` hands over what no block has yet to the next one in office.
 * Each report that stands gets a signed receipt (billing-receipt.ts), with a journal only once it is on the disk: whoever leaves out a receipted report can be held to it.
 */
import { equalBytes, fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { assertCiphertextRange, encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { rangeStatement, type RangeStatement } from '@gridveil/chaincode/crypto/range-proof-statement.js';
import { areaTotal } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import type { BadReport } from '@gridveil/chaincode/crypto/bad-report.js';
import { slotBlockMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import {
  compareMeterIds,
  decodeBillingReport,
  packetLeaf,
  packetOf,
  packetsRoot,
  type BillingReport,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import type { BillingMeterRecord } from '@gridveil/chaincode/domain/billing-parties.js';
import type { TariffRecord } from '@gridveil/chaincode/domain/billing-tariff.js';
import { keyOfEpoch, plansOf } from '@gridveil/chaincode/domain/meter-keys.js';
import { CLOCK_SKEW_SECONDS } from '@gridveil/chaincode/domain/region-total.js';
import { checkPacketFacts, type SlotBlock } from '@gridveil/chaincode/domain/slot-block.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import type { BlsKey } from '../crypto/bls-key.js';
import type { ReportWithKey } from '../crypto/billing-workers.js';
import { crashPoint } from '../journal/crash-point.js';
import { submitSlotBlock, type StoredReceipt } from '../ledger/billing-calls.js';
import { getTariff, listBillingMeters, listPeriods } from '../ledger/billing-queries.js';
import type { Ledger } from '../ledger/port.js';
import type { AggregatorJournal, BillingEquivocation, KeptReport } from './aggregator-journal.js';
import { signBillingReceipts } from './billing-receipt.js';
import type { BillingView } from './billing-view.js';
import {
  BILLING_REPORT_BATCH,
  decodeReportBatch,
  encodeBillingAnswers,
  refusalAnswer,
  type BillingAnswers,
  type ReportAnswer,
} from './fog-messages.js';
import type { Office } from './leader.js';
import { readSlotBlocks } from './slot-packets.js';

/** Which reports are bad, wherever that is computed; `findBadReportsOfSlots` says what bad is. */
export type ReportChecker = (reports: readonly ReportWithKey[]) => Promise<readonly BadReport[]>;

export interface AggregatorOptions {
  readonly aggregator: string;
  readonly key: BlsKey;
  readonly ledger: Ledger;
  readonly billing: BillingView;
  readonly office: Office;
  readonly check: ReportChecker;
  /** Keeps what it has signed receipts for; without one, receipted reports that no block has yet end with the process. */
  readonly journal?: AggregatorJournal;
  /** Unix time; injected, so that replays and tests have their own clock. */
  readonly nowSeconds: () => number;
}

interface Received {
  readonly report: BillingReport;
  readonly bytes: Uint8Array;
  /** What its receipt is for. */
  readonly leaf: Uint8Array;
}

/** A report that is yet to be checked. */
interface Admitted extends Received {
  readonly place: number;
  readonly publicKey: Uint8Array;
}

/** What became of a message: an answer for each place, and the report that stands there. */
interface Outcome {
  readonly answers: Map<number, ReportAnswer>;
  readonly standing: Map<number, Received>;
}

export class Aggregator {
  readonly aggregator: string;
  readonly #options: AggregatorOptions;
  readonly #statement: RangeStatement;
  readonly #meters = new Map<string, BillingMeterRecord>();
  readonly #tariffs = new Map<string, TariffRecord>();
  /** slot → meter id → valid report, until its period is billed */
  readonly #reports = new Map<number, Map<string, Received>>();
  /** `slot/meter id`; one proof is enough, whatever else the meter sends. */
  readonly #equivocations = new Map<string, BillingEquivocation>();
  /** Reports on their way into the journal. */
  readonly #pending = new Map<Received, Promise<void>>();

  constructor(options: AggregatorOptions) {
    this.aggregator = options.aggregator;
    this.#options = options;
    const { publicKey, record } = options.billing;
    this.#statement = rangeStatement(publicKey, record.maxReadingWh);
    for (const proof of options.journal?.equivocations ?? []) this.#equivocations.set(idOf(proof), proof);
    // They were valid when they came.
    for (const { bytes } of options.journal?.reports ?? []) this.#store(this.#decode(bytes));
  }

  /** One proof for each meter and slot that has two reports. */
  get equivocations(): readonly BillingEquivocation[] {
    return [...this.#equivocations.values()];
  }

  /** Reads the registered meters and the tariffs of their plans from the ledger. @returns how many meters there are */
  async sync(): Promise<number> {
    const { ledger, billing } = this.#options;
    const { grid } = billing.scope;
    this.#meters.clear();
    for (const meter of await listBillingMeters(ledger, grid)) this.#meters.set(meter.meterId, meter);
    const plans = new Set([...this.#meters.values()].flatMap(plansOf));
    this.#tariffs.clear();
    for (const plan of plans)
      for (const { tariffId } of await listPeriods(ledger, grid, plan))
        this.#tariffs.set(tariffId, await getTariff(ledger, grid, tariffId));
    return this.#meters.size;
  }

  /**
   * Handles one message of a meter, concentrator or other aggregator; the answer says for each report whether it counts, with its receipt.
   * @throws ClientError JOURNAL_FULL, JOURNAL_BROKEN: nothing of the message counts, it may be sent again.
   */
  async handle(body: Uint8Array): Promise<Uint8Array> {
    try {
      const answers = await this.receive(decodeReportBatch(body, BILLING_REPORT_BATCH));
      crashPoint('aggregator-after-receipt');
      return encodeBillingAnswers(answers);
    } catch (error) {
      return encodeBillingAnswers({ answers: [refusalAnswer(error)], receipts: [undefined] });
    }
  }

  /**
   * Checks reports, all that come together in one batch, keeps each valid one once, and signs receipts for those that stand.
   * @returns an answer and perhaps a receipt for each, in order. @throws ClientError as `handle`
   */
  async receive(reports: readonly Uint8Array[]): Promise<BillingAnswers> {
    const outcome: Outcome = { answers: new Map(), standing: new Map() };
    const admitted = reports.flatMap((bytes, place) => this.#admitOrAnswer(bytes, place, outcome));
    const unchecked = admitted.map(({ bytes, publicKey }) => ({ bytes, publicKey }));
    const checked = unchecked.length === 0 ? [] : await this.#options.check(unchecked);
    const bad = new Map(checked.map(({ index, refusal: why }) => [index, why]));
    const fresh: Received[] = [];
    const proofs: BillingEquivocation[] = [];
    admitted.forEach((received, index) => {
      const { place } = received;
      const why = bad.get(index);
      if (why !== undefined) outcome.answers.set(place, refusalAnswer(why));
      else if (!this.#isKnown(received, outcome)) this.#keep(received, outcome, fresh, proofs);
    });
    await this.#journal(fresh, proofs);
    for (const received of outcome.standing.values()) await this.#pending.get(received);
    const receipts = this.#receipts(outcome.standing);
    return {
      answers: reports.map((_, place) => outcome.answers.get(place) as ReportAnswer),
      receipts: reports.map((_, place) => receipts.get(place)),
    };
  }

  #admitOrAnswer(bytes: Uint8Array, place: number, outcome: Outcome): Admitted[] {
    try {
      const received = this.#admit(bytes, place);
      return this.#isKnown(received, outcome) ? [] : [received];
    } catch (error) {
      outcome.answers.set(place, refusalAnswer(error));
      return [];
    }
  }

  /** All of the reports are kept, or none counts. */
  async #journal(fresh: readonly Received[], proofs: readonly BillingEquivocation[]): Promise<void> {
    const { journal } = this.#options;
    if (journal === undefined) return;
    const kept = journal.keep(fresh.map(keptReport)).catch((error: unknown) => {
      for (const { report } of fresh) this.#reports.get(report.header.slot)?.delete(report.header.meterId);
      throw error;
    });
    for (const received of fresh) this.#pending.set(received, kept);
    try {
      await kept;
    } finally {
      for (const received of fresh) this.#pending.delete(received);
    }
    await journal.keepEquivocations(proofs);
  }

  /** By place. One signature for all. */
  #receipts(standing: ReadonlyMap<number, Received>): ReadonlyMap<number, Uint8Array> {
    if (standing.size === 0) return new Map();
    crashPoint('aggregator-before-receipt');
    const { key, billing } = this.#options;
    const leaves = [...standing.values()].map(({ leaf }) => leaf);
    const receipts = signBillingReceipts(key, billing.scope, this.aggregator, leaves);
    return new Map([...standing.keys()].map((place, i) => [place, receipts[i] as Uint8Array]));
  }

  /** The reports of a slot that are valid, as they were sent, for the next aggregator in office. */
  reportsOf(slot: number): Uint8Array[] {
    return [...(this.#reports.get(slot)?.values() ?? [])].map(({ bytes }) => bytes);
  }

  /**
   * In office: submits what it has of a slot and no block has yet, as block 0 or as a supplement. Again without anything new it does nothing.
   * @returns undefined when there is nothing to submit
   * @throws AuthorisationError NOT_LEADER, StateConflictError TERM_STALE out of office; what the ledger refuses.
   */
  async submitSlot(slot: number): Promise<StoredReceipt | undefined> {
    const { ledger, office, billing } = this.#options;
    // Whoever comes into office goes on where the ledger stands.
    const blocks = await readSlotBlocks(ledger, billing.scope.grid, slot);
    const meterIds = new Set(blocks.flat().map(({ meterId }) => meterId));
    const waiting = [...(this.#reports.get(slot)?.values() ?? [])]
      .map(({ report }) => report)
      .filter(({ header }) => !meterIds.has(header.meterId))
      .sort((a, b) => compareMeterIds(a.header.meterId, b.header.meterId));
    if (waiting.length === 0) return undefined;
    const proofs = waiting.map(({ proof }) => proof);
    const endorsersCheck = billing.terms.proofsCheckedBy === 'endorsers';
    return office.asLeader((term) =>
      submitSlotBlock(
        ledger,
        this.#block(slot, blocks.length, term, waiting),
        waiting.map(packetOf),
        endorsersCheck ? proofs : undefined,
      ),
    );
  }

  /** Forgets the reports of slots; blocks keep what counts of them. @throws ClientError JOURNAL_FULL, JOURNAL_BROKEN */
  async forgetReports(slots: readonly number[]): Promise<void> {
    crashPoint('aggregator-after-block');
    for (const slot of slots) this.#reports.delete(slot);
    await this.#options.journal?.forget(slots);
  }

  #block(slot: number, part: number, term: number, reports: readonly BillingReport[]): SlotBlock {
    const { billing, key } = this.#options;
    const { scope, publicKey } = billing;
    const packets = reports.map(packetOf);
    const entries = packets.map(({ meterId, ciphertext }) => ({ owner: meterId, bytes: ciphertext }));
    const facts = {
      slot,
      count: packets.length,
      root: packetsRoot(scope, slot, packets),
      areaTotal: encodeCiphertext(publicKey, areaTotal(publicKey, entries)),
    };
    const office = { aggregator: this.aggregator, term };
    const signature = key.sign(slotBlockMessage(scope, office, facts));
    return { grid: scope.grid, ...office, part, ...facts, signature };
  }

  /** Everything about a report but mathematics. @throws GridveilError */
  #admit(bytes: Uint8Array, place: number): Admitted {
    const { scope, publicKey } = this.#options.billing;
    const received = this.#decode(bytes);
    const { report } = received;
    const { header, ciphertext } = report;
    const { meterId, slot } = header;
    const sameGrid = header.grid === scope.grid && header.channel === scope.channel;
    if (!sameGrid || !equalBytes(header.fingerprint, scope.fingerprint)) throw refusal('REPORT_WRONG_GRID');
    this.#checkTime(slot);
    checkPacketFacts(slot, [packetOf(report)], {
      meters: this.#meters,
      tariffs: this.#tariffs,
      // The ledger knows what is closed and what it has.
      closedTariffs: new Set(),
      reported: new Set(),
    });
    assertCiphertextRange(publicKey, ciphertext, `meter "${meterId}"`);
    const meter = this.#meters.get(meterId);
    const key = meter && keyOfEpoch(meter, header.epoch);
    return { ...received, place, publicKey: fromBase64url(key?.publicKey ?? '', 'publicKey') };
  }

  #decode(bytes: Uint8Array): Received {
    const report = decodeBillingReport(bytes, this.#statement);
    const leaf = packetLeaf(this.#options.billing.scope, report.header.slot, packetOf(report));
    return { report, bytes, leaf };
  }

  #checkTime(slot: number): void {
    const { nowSeconds, billing } = this.#options;
    const { slotSeconds, maxSlotAgeSeconds } = billing.record;
    const endSeconds = (slot + 1) * slotSeconds;
    const now = nowSeconds();
    if (endSeconds > now + CLOCK_SKEW_SECONDS) throw refusal('REPORT_FUTURE_SLOT', { slot });
    if (endSeconds + maxSlotAgeSeconds < now) throw refusal('REPORT_STALE_SLOT', { slot });
  }

  #earlier({ report: { header } }: Received): Received | undefined {
    return this.#reports.get(header.slot)?.get(header.meterId);
  }

  /** A report that it has already stands, and gets its receipt again: the first may have been lost. */
  #isKnown(received: Admitted, { answers, standing }: Outcome): boolean {
    const earlier = this.#earlier(received);
    if (earlier === undefined || !equalBytes(earlier.bytes, received.bytes)) return false;
    answers.set(received.place, { status: 'duplicate' });
    standing.set(received.place, earlier);
    return true;
  }

  /** Another one may have come while this one was checked: the first stands. */
  #keep(
    { place, report, bytes, leaf }: Admitted,
    { answers, standing }: Outcome,
    fresh: Received[],
    proofs: BillingEquivocation[],
  ): void {
    const received = { report, bytes, leaf };
    const { meterId, slot } = report.header;
    const earlier = this.#earlier(received);
    if (earlier === undefined) {
      this.#store(received);
      fresh.push(received);
      answers.set(place, { status: 'accepted' });
      standing.set(place, received);
      return;
    }
    const proof = { meterId, slot, first: earlier.bytes, second: bytes };
    if (!this.#equivocations.has(idOf(proof))) {
      this.#equivocations.set(idOf(proof), proof);
      proofs.push(proof);
    }
    answers.set(place, refusalAnswer(refusal('REPORT_EQUIVOCATION', { meterId, slot })));
  }

  #store(received: Received): void {
    const { slot, meterId } = received.report.header;
    const reports = this.#reports.get(slot) ?? new Map<string, Received>();
    this.#reports.set(slot, reports.set(meterId, received));
  }
}

function keptReport({ report: { header }, bytes }: Received): KeptReport {
  return { slot: header.slot, meterId: header.meterId, bytes };
}

function idOf({ slot, meterId }: Pick<BillingEquivocation, 'slot' | 'meterId'>): string {
  return `${slot}/${meterId}`;
}
