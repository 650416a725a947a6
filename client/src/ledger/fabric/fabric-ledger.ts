/**
 * The ledger port on a Hyperledger Fabric channel, through the Fabric Gateway of the client's own peers.
 * Every party that uses real Fabric runs one per identity.
 *
 * Before ordering, calls are repeated until the network is ready (session.ts); after it, the same signed bytes are
 * delivered until their outcome is known, also by a later call that asks for the same (delivery.ts); a transaction that lost against a concurrent one is proposed anew.
 */
import { createHash } from 'node:crypto';
import {
  StatusCode,
  type Status,
  type Transaction as EndorsedTransaction,
} from '@hyperledger/fabric-gateway';
import { LedgerError } from '../ledger-error.js';
import type {
  CommitReceipt,
  EventOptions,
  Ledger,
  LedgerEvent,
  LedgerIdentity,
  Transaction,
} from '../port.js';
import { decodeBlock, type BlockWriteSets } from './block-write-sets.js';
import { CommitHorizon } from './commit-horizon.js';
import type { FabricConnection } from './connection.js';
import { loadCredentials } from './credentials.js';
import { Delivery } from './delivery.js';
import { followEvents } from './event-stream.js';
import { gatewayFailure } from './gateway-failure.js';
import { InFlightLimiter } from './in-flight.js';
import { MemoryOutbox, type Outbox } from './outbox.js';
import { stampedProposal } from './stamped-proposal.js';
import {
  Backoff,
  DEFAULT_DEADLINES,
  DEFAULT_RETRY,
  pause,
  sessionClosed,
  type Deadlines,
  type RetryPolicy,
} from './retry-policy.js';
import { FabricSession } from './session.js';

/** A fifth of what a peer's gateway accepts at once by default. */
const DEFAULT_MAX_IN_FLIGHT = 100;
const TEXT = new TextDecoder();

export interface FabricLedgerOptions {
  readonly connection: FabricConnection;
  readonly mspId: string;
  readonly user: string;
  readonly deadlines?: Partial<Deadlines>;
  readonly retry?: Partial<RetryPolicy>;
  /** Calls under way at once; further ones wait in order. */
  readonly maxInFlight?: number;
  readonly outbox?: Outbox;
  /** Shared by sessions that must see each other's commits at once; its own when left out. */
  readonly horizon?: CommitHorizon;
  /** The clock that transactions are stamped with. Peers take no time that is 15 minutes off, unless their network was started to replay recorded time. */
  readonly now?: (() => Date) | undefined;
}

export class FabricLedger implements Ledger {
  readonly kind = 'fabric';
  readonly channel: string;
  readonly identity: LedgerIdentity;
  readonly #session: FabricSession;
  readonly #delivery: Delivery;
  readonly #limiter: InFlightLimiter;

  private constructor(
    session: FabricSession,
    outbox: Outbox,
    maxInFlight: number,
    private readonly now: (() => Date) | undefined,
  ) {
    this.#session = session;
    this.#delivery = new Delivery(session, outbox);
    this.#limiter = new InFlightLimiter(maxInFlight);
    this.channel = session.channel;
    this.identity = { mspId: session.credentials.mspId, subject: session.credentials.subject };
  }

  /**
   * A session of `user`; the network is contacted with the first call.
   * @throws ClientError when the connection or the identity's files are not usable.
   */
  static async connect(options: FabricLedgerOptions): Promise<FabricLedger> {
    const { connection, mspId, user, outbox = new MemoryOutbox(), horizon = new CommitHorizon() } = options;
    const session = await FabricSession.open(
      connection,
      await loadCredentials(connection, mspId, user),
      { ...DEFAULT_DEADLINES, ...options.deadlines },
      { ...DEFAULT_RETRY, ...options.retry },
      horizon,
    );
    return new FabricLedger(session, outbox, options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT, options.now);
  }

  submit(transaction: Transaction): Promise<CommitReceipt> {
    return this.#limiter.run(() => this.#submit(transaction));
  }

  /**
   * Submits the transactions that the outbox holds from an earlier process, with the very bytes that were signed then.
   * The first `submit` does so as well.
   * @returns how many were committed or found invalid. @throws LedgerError OUTCOME_UNKNOWN, CLOSED.
   */
  resume(): Promise<number> {
    return this.#limiter.run(async () => (await this.#delivery.resume()).length);
  }

  evaluate(transaction: Transaction): Promise<string> {
    const { contract, name, argument } = transaction;
    return this.#limiter.run(async () => {
      const target = this.#session.network.getContract(this.#session.chaincode, contract);
      const result = await this.#session.persist(() => target.evaluate(name, { arguments: [argument] }));
      return TEXT.decode(result);
    });
  }

  events(options?: EventOptions): AsyncIterable<LedgerEvent> {
    return followEvents(this.#session, options);
  }

  /**
   * Blocks `from` to `to`, both included, with what they did to the chaincode's state; waits for blocks still to come.
   * @throws LedgerError UNAVAILABLE when the stream breaks, REJECTED when the peer refuses this client, CLOSED.
   */
  async *blocks(from: number, to: number): AsyncGenerator<BlockWriteSets, void> {
    const { chaincode, closed } = this.#session;
    if (closed.aborted) throw sessionClosed();
    try {
      for await (const block of this.#session.readBlocks(from, closed)) {
        const decoded = decodeBlock(block, chaincode);
        yield decoded;
        if (decoded.blockNumber >= to) return;
      }
    } catch (cause) {
      if (closed.aborted) throw sessionClosed(cause);
      throw cause instanceof LedgerError ? cause : gatewayFailure(cause).error;
    }
    throw sessionClosed();
  }

  /** Ends event streams and pauses, waits for calls under way (at most one deadline), and disconnects. */
  async close(): Promise<void> {
    this.#session.stop();
    await this.#limiter.close();
    this.#session.disconnect();
  }

  async #submit(transaction: Transaction): Promise<CommitReceipt> {
    const { retry, closed } = this.#session;
    const backoff = new Backoff(retry);
    const call = callOf(transaction);
    for (let attempt = 0; ; attempt++) {
      const { transaction: sent, status } = await this.#delivery.deliver(call, () =>
        this.#session.persist(() => this.#endorse(transaction)),
      );
      if (status.successful) return receiptOf(sent, status);
      if (!isConflict(status)) throw invalidated(status);
      if (attempt === retry.conflictRetries) throw contention(transaction, attempt + 1);
      await pause(backoff.nextMs(), closed);
    }
  }

  #endorse(transaction: Transaction): Promise<EndorsedTransaction> {
    const { gateway, network, chaincode } = this.#session;
    const proposal = network.getContract(chaincode, transaction.contract).newProposal(transaction.name, {
      arguments: [transaction.argument],
      transientData: transaction.transient ?? {},
    });
    if (this.now === undefined) return proposal.endorse();
    return gateway.newProposal(stampedProposal(proposal.getBytes(), this.now())).endorse();
  }
}

/** The same text for the same contract, transaction, argument and transient data. */
function callOf({ contract, name, argument, transient = {} }: Transaction): string {
  const hash = createHash('sha256').update(JSON.stringify([contract, name, argument]));
  for (const [field, bytes] of Object.entries(transient))
    hash.update(`${field}:${bytes.length}:`).update(bytes);
  return hash.digest('base64');
}

function receiptOf(endorsed: EndorsedTransaction, status: Status): CommitReceipt {
  return {
    transactionId: status.transactionId,
    blockNumber: Number(status.blockNumber),
    result: TEXT.decode(endorsed.getResult()),
  };
}

function isConflict(status: Status): boolean {
  return status.code === StatusCode.MVCC_READ_CONFLICT || status.code === StatusCode.PHANTOM_READ_CONFLICT;
}

function invalidated(status: Status): LedgerError {
  const { transactionId, code } = status;
  const reason = Object.entries(StatusCode).find(([, value]) => value === code)?.[0] ?? String(code);
  return new LedgerError('REJECTED', `The peers found transaction ${transactionId} invalid: ${reason}.`, {
    transactionId,
    validationCode: code,
  });
}

function contention(transaction: Transaction, proposals: number): LedgerError {
  return new LedgerError(
    'CONTENTION',
    `${proposals} proposals of ${transaction.contract}:${transaction.name} lost against concurrent transactions: send fewer at once.`,
    { proposals },
  );
}
