/**
 * Brings an endorsed transaction onto the ledger exactly once, whatever fails on the way.
 *
 * The signed bytes go to the outbox, then to the ordering service. An accepted submit is no proof of a commit (2 to 4
 * transactions were lost with a dying Raft leader, spec/fabric-measured.md 3), and a failed one no proof of the opposite. So
 * the same bytes are submitted again until a peer reports what became of their transaction id: Fabric commits an id once.
 */
import { status } from '@grpc/grpc-js';
import { GatewayError, StatusCode, type Status, type Transaction } from '@hyperledger/fabric-gateway';
import { LedgerError } from '../ledger-error.js';
import { ledgerError } from './gateway-failure.js';
import type { Outbox } from './outbox.js';
import { Backoff, pause } from './retry-policy.js';
import type { FabricSession } from './session.js';

/** The ordering service will never take these bytes (`Aborted`: it answered 4xx). */
const FINAL_SUBMIT_CODES: ReadonlySet<status> = new Set([
  status.ABORTED,
  status.INVALID_ARGUMENT,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
]);

/** A transaction with its final validation status. */
export interface Delivered {
  readonly transaction: Transaction;
  readonly status: Status;
}

export class Delivery {
  /** What the outbox held when the session began. */
  readonly #inherited: Set<string>;
  /** call → transaction of this session whose outcome was never learnt. */
  readonly #unknown = new Map<string, Transaction>();
  #resuming: Promise<Status[]> | undefined;

  constructor(
    private readonly session: FabricSession,
    private readonly outbox: Outbox,
  ) {
    this.#inherited = new Set(outbox.entries().map(([transactionId]) => transactionId));
  }

  /**
   * Signs and submits what `endorse` gives. Where the outcome of an earlier transaction of the same call was never learnt, its bytes are submitted
   * again instead; what an earlier process left comes first.
   * @param call - the same text for the same contract, transaction and arguments.
   * @throws LedgerError REJECTED when the ordering service refuses it; OUTCOME_UNKNOWN, and it stays in the outbox.
   */
  async deliver(call: string, endorse: () => Promise<Transaction>): Promise<Delivered> {
    if (this.#inherited.size > 0) await this.resume();
    const earlier = this.#unknown.get(call);
    this.#unknown.delete(call);
    const transaction = earlier ?? (await this.#sign(await endorse()));
    try {
      return { transaction, status: await this.#outcomeOf(transaction, earlier !== undefined) };
    } catch (error) {
      if (isUnknown(error)) this.#unknown.set(call, transaction);
      throw error;
    }
  }

  /**
   * Submits what the outbox held of an earlier process, the same bytes, one after the other; calls that meet wait for the same.
   * @returns their outcomes. @throws LedgerError OUTCOME_UNKNOWN, and the rest waits for the next call.
   */
  resume(): Promise<Status[]> {
    this.#resuming ??= this.#resume().finally(() => (this.#resuming = undefined));
    return this.#resuming;
  }

  async #resume(): Promise<Status[]> {
    const outcomes: Status[] = [];
    for (const [transactionId, bytes] of this.outbox.entries()) {
      if (!this.#inherited.has(transactionId)) continue;
      try {
        outcomes.push(await this.#outcomeOf(this.session.gateway.newTransaction(bytes), true));
      } catch (error) {
        if (!(error instanceof LedgerError) || error.code !== 'REJECTED') throw error;
      }
      this.#inherited.delete(transactionId);
    }
    return outcomes;
  }

  async #sign(endorsed: Transaction): Promise<Transaction> {
    const signature = await this.session.sign(endorsed.getDigest());
    const signed = this.session.gateway.newSignedTransaction(endorsed.getBytes(), signature);
    await this.outbox.put(signed.getTransactionId(), signed.getBytes());
    return signed;
  }

  /** @param again - whether its bytes may have been ordered before. */
  async #outcomeOf(signed: Transaction, again: boolean): Promise<Status> {
    const transactionId = signed.getTransactionId();
    const outcome = await this.#settle(signed, again);
    await this.outbox.delete(transactionId);
    if (outcome instanceof LedgerError) throw outcome;
    return outcome;
  }

  async #settle(signed: Transaction, again: boolean): Promise<Status | LedgerError> {
    const { deadlines, retry } = this.session;
    const giveUpAt = performance.now() + retry.deliveryMs;
    const backoff = new Backoff(retry);
    for (let attempt = 0; ; attempt++) {
      const nextAt = performance.now() + backoff.nextMs();
      const failure = await this.#submit(signed);
      const isFinal = attempt === 0 && failure !== undefined && FINAL_SUBMIT_CODES.has(failure.code);
      if (isFinal && !again) return refused(failure);
      // After a failed submit the question may still be worth asking, but only as long as one would pause anyway.
      const asks = failure === undefined || isFinal;
      const waitMs = asks ? deadlines.commitStatusMs : nextAt - performance.now();
      const outcome = await this.#statusOf(signed.getTransactionId(), waitMs);
      // A later copy was seen: the next question finds the first one.
      if (outcome !== undefined && outcome.code !== StatusCode.DUPLICATE_TXID) return outcome;
      if (isFinal) return refused(failure);
      if (!(await this.#pauseUntil(nextAt, giveUpAt))) throw unknown(signed, failure);
    }
  }

  /** @returns false when the session closes, or it would be too late. */
  async #pauseUntil(nextAt: number, giveUpAt: number): Promise<boolean> {
    const pauseMs = Math.max(nextAt - performance.now(), 0);
    if (this.session.closed.aborted || performance.now() + pauseMs > giveUpAt) return false;
    return pause(pauseMs, this.session.closed).then(
      () => true,
      () => false,
    );
  }

  async #submit(signed: Transaction): Promise<GatewayError | undefined> {
    const peer = this.session.peers.preferred;
    try {
      await signed.submit();
      return undefined;
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
      this.session.peers.leave(peer);
      return cause;
    }
  }

  /** Undefined when the peer does not know within `waitMs`. */
  async #statusOf(transactionId: string, waitMs: number): Promise<Status | undefined> {
    if (waitMs <= 0) return undefined;
    const peer = this.session.peers.preferred;
    try {
      return await this.session.statusOf(transactionId, waitMs);
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
      this.session.peers.leave(peer);
      return undefined;
    }
  }
}

function refused(failure: GatewayError): LedgerError {
  return ledgerError('REJECTED', failure, `The ordering service refused it: ${failure.message}`);
}

function isUnknown(error: unknown): boolean {
  return error instanceof LedgerError && error.code === 'OUTCOME_UNKNOWN';
}

function unknown(signed: Transaction, cause: unknown): LedgerError {
  const transactionId = signed.getTransactionId();
  return new LedgerError(
    'OUTCOME_UNKNOWN',
    `Transaction ${transactionId} was signed and sent, but no peer has reported its outcome: look it up before sending it again.`,
    { transactionId },
    { cause },
  );
}
