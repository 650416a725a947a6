/**
 * The aggregator of time-of-use billing (AG_j of paper 001): takes the reports of meters, checks them, and makes slot blocks of them while it is in office (the AN).
 *
 * Holds: its BLS key and its Fabric identity. Sees: ciphertexts and who reported, never a reading. Section 6.4, Eq. (9), (11), (14); spec/schemes.md 2.C, 6.3.
 * What comes together is checked together, signatures and proofs in one weighted batch each; a bad one among them is found by halving, named and answered, and
 * holds no honest one up. Nothing of a bad report is kept, so nobody can take a meter's place. Every endorser checks a block again.
 * Out of office it collects all the same: `reportsOf` hands over what no block has yet to the next one in office.
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
  packetOf,
  packetsRoot,
  type BillingReport,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import type { BillingMeterRecord } from '@gridveil/chaincode/domain/billing-parties.js';
import type { TariffRecord } from '@gridveil/chaincode/domain/billing-tariff.js';
import { keyOfEpoch, plansOf } from '@gridveil/chaincode/domain/meter-keys.js';
import { CLOCK_SKEW_SECONDS } from '@gridveil/chaincode/domain/region-total.js';
import { checkPacketFacts, type SlotBlock } from '@gridveil/chaincode/domain/slot-block.js';
import { GridveilError, refusal } from '@gridveil/chaincode/errors.js';
import type { BlsKey } from '../crypto/bls-key.js';
import type { ReportWithKey } from '../crypto/billing-workers.js';
import { submitSlotBlock, type StoredReceipt } from '../ledger/billing-calls.js';
import { getTariff, listBillingMeters, listPeriods } from '../ledger/billing-queries.js';
import type { Ledger } from '../ledger/port.js';
import type { BillingView } from './billing-view.js';
import {
  BILLING_REPORT_BATCH,
  decodeReportBatch,
  encodeAnswers,
  refusalAnswer,
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
  /** Unix time; injected, so that replays and tests have their own clock. */
  readonly nowSeconds: () => number;
}

/** Two valid reports of one meter for one slot: the meter is at fault, and both signatures show it. */
export interface BillingEquivocation {
  readonly meterId: string;
  readonly slot: number;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

interface Received {
  readonly report: BillingReport;
  readonly bytes: Uint8Array;
  readonly publicKey: Uint8Array;
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

  constructor(options: AggregatorOptions) {
    this.aggregator = options.aggregator;
    this.#options = options;
    const { publicKey, record } = options.billing;
    this.#statement = rangeStatement(publicKey, record.maxReadingWh);
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

  /** Handles one message of a meter, concentrator or other aggregator; the answer says for each report whether it counts. */
  async handle(body: Uint8Array): Promise<Uint8Array> {
    try {
      return encodeAnswers(await this.receive(decodeReportBatch(body, BILLING_REPORT_BATCH)));
    } catch (error) {
      return encodeAnswers([refusalAnswer(error)]);
    }
  }

  /** Checks reports, all that come together in one batch, and keeps each valid one once. @returns an answer for each, in order. */
  async receive(reports: readonly Uint8Array[]): Promise<ReportAnswer[]> {
    const answers = new Map<number, ReportAnswer>();
    const admitted: { readonly place: number; readonly received: Received }[] = [];
    reports.forEach((bytes, place) => {
      try {
        const received = this.#admit(bytes);
        if (this.#isKnown(received)) answers.set(place, { status: 'duplicate' });
        else admitted.push({ place, received });
      } catch (error) {
        answers.set(place, refusalAnswer(error));
      }
    });
    const unchecked = admitted.map(({ received: { bytes, publicKey } }) => ({ bytes, publicKey }));
    const checked = unchecked.length === 0 ? [] : await this.#options.check(unchecked);
    const bad = new Map(checked.map(({ index, refusal: why }) => [index, why]));
    admitted.forEach(({ place, received }, index) =>
      answers.set(place, this.#keep(received, bad.get(index))),
    );
    return reports.map((_, place) => answers.get(place) as ReportAnswer);
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

  /** Forgets the reports of a slot; blocks keep what counts of them. */
  forgetReports(slot: number): void {
    this.#reports.delete(slot);
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
  #admit(bytes: Uint8Array): Received {
    const { scope, publicKey } = this.#options.billing;
    const report = decodeBillingReport(bytes, this.#statement);
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
    return { report, bytes, publicKey: fromBase64url(key?.publicKey ?? '', 'publicKey') };
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

  #isKnown(received: Received): boolean {
    const earlier = this.#earlier(received);
    return earlier !== undefined && equalBytes(earlier.bytes, received.bytes);
  }

  /** Another one may have come while this one was checked: the first stands. */
  #keep(received: Received, bad: GridveilError | undefined): ReportAnswer {
    if (bad !== undefined) return refusalAnswer(bad);
    if (this.#isKnown(received)) return { status: 'duplicate' };
    const { meterId, slot } = received.report.header;
    const earlier = this.#earlier(received);
    if (earlier !== undefined) {
      const id = `${slot}/${meterId}`;
      const proof = { meterId, slot, first: earlier.bytes, second: received.bytes };
      if (!this.#equivocations.has(id)) this.#equivocations.set(id, proof);
      return refusalAnswer(refusal('REPORT_EQUIVOCATION', { meterId, slot }));
    }
    const reports = this.#reports.get(slot) ?? new Map<string, Received>();
    this.#reports.set(slot, reports.set(meterId, received));
    return { status: 'accepted' };
  }
}
