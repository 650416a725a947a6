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

export class Delivery {
  constructor(
    private readonly session: FabricSession,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Signs and submits `endorsed`.
   * @returns its final validation status.
   * @throws LedgerError REJECTED when the ordering service refuses it; OUTCOME_UNKNOWN, and it stays in the outbox.
   */
  async deliver(endorsed: Transaction): Promise<Status> {
    const transactionId = endorsed.getTransactionId();
    const signature = await this.session.sign(endorsed.getDigest());
    const signed = this.session.gateway.newSignedTransaction(endorsed.getBytes(), signature);
    await this.outbox.put(transactionId, signed.getBytes());
    return this.#outcomeOf(signed);
  }

  /** Submits what the outbox still holds of an earlier process, the same bytes, one after the other. @throws as `deliver`. */
  async resume(): Promise<Status[]> {
    const outcomes: Status[] = [];
    for (const [, bytes] of this.outbox.entries())
      outcomes.push(await this.#outcomeOf(this.session.gateway.newTransaction(bytes)));
    return outcomes;
  }

  async #outcomeOf(signed: Transaction): Promise<Status> {
    const transactionId = signed.getTransactionId();
    const outcome = await this.#settle(signed);
    await this.outbox.delete(transactionId);
    if (outcome instanceof LedgerError) throw outcome;
    return outcome;
  }

  async #settle(signed: Transaction): Promise<Status | LedgerError> {
    const { deadlines, retry } = this.session;
    const giveUpAt = performance.now() + retry.deliveryMs;
    const backoff = new Backoff(retry);
    for (let attempt = 0; ; attempt++) {
      const nextAt = performance.now() + backoff.nextMs();
      const failure = await this.#submit(signed);
      if (attempt === 0 && failure !== undefined && FINAL_SUBMIT_CODES.has(failure.code)) {
        return ledgerError('REJECTED', failure, `The ordering service refused it: ${failure.message}`);
      }
      // After a failed submit the question may still be worth asking, but only as long as one would pause anyway.
      const waitMs = failure === undefined ? deadlines.commitStatusMs : nextAt - performance.now();
      const outcome = await this.#statusOf(signed.getTransactionId(), waitMs);
      // A later copy was seen: the next question finds the first one.
      if (outcome !== undefined && outcome.code !== StatusCode.DUPLICATE_TXID) return outcome;
      const pauseMs = Math.max(nextAt - performance.now(), 0);
      if (this.session.closed.aborted || performance.now() + pauseMs > giveUpAt)
        throw unknown(signed, failure);
      await pause(pauseMs, this.session.closed).catch((cause: unknown) => {
        throw unknown(signed, cause);
      });
    }
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

function unknown(signed: Transaction, cause: unknown): LedgerError {
  const transactionId = signed.getTransactionId();
  return new LedgerError(
    'OUTCOME_UNKNOWN',
    `Transaction ${transactionId} was signed and sent, but no peer has reported its outcome: look it up before sending it again.`,
    { transactionId },
    { cause },
  );
}
