/**
 * The ledger port for one client identity on the embedded ledger.
 *
 * Transactions that lose against a concurrent one (MVCC or phantom conflict) are proposed anew, as every Fabric client
 * has to do: at most five times, after a random pause that doubles its range each time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseWireError } from '@gridveil/chaincode/errors.js';
import { LedgerError } from '../ledger-error.js';
import type {
  CommitReceipt,
  EventOptions,
  Ledger,
  LedgerEvent,
  LedgerIdentity,
  Transaction,
} from '../port.js';
import { VALIDATION_CODE, type ValidationCode } from './block.js';
import { type BlockSource, readEvents } from './event-stream.js';
import type { EmbeddedIdentity } from './membership.js';
import type { Proposal } from './proposal.js';
import { isRefused, type Simulation } from './simulation.js';

/** What became of an ordered transaction. */
export interface TransactionOutcome {
  readonly validationCode: ValidationCode;
  readonly blockNumber: number;
}

/** The node a session talks to. */
export interface EmbeddedNode extends BlockSource {
  readonly channel: string;
  propose(
    creator: EmbeddedIdentity,
    args: readonly string[],
    transient: Readonly<Record<string, Uint8Array>>,
  ): Proposal;
  query(proposal: Proposal): Promise<Simulation>;
  /** Simulates and, unless the contract refuses, orders; `outcome` is there when it was ordered. */
  transact(
    proposal: Proposal,
  ): Promise<{ readonly simulation: Simulation; readonly outcome?: TransactionOutcome }>;
}

const MAX_NEW_PROPOSALS = 5;
const FIRST_PAUSE_MS = 5;

export class EmbeddedSession implements Ledger {
  readonly kind = 'embedded';
  readonly channel: string;
  readonly identity: LedgerIdentity;
  readonly #node: EmbeddedNode;
  readonly #creator: EmbeddedIdentity;
  readonly #closing = new AbortController();

  constructor(node: EmbeddedNode, creator: EmbeddedIdentity) {
    this.#node = node;
    this.#creator = creator;
    this.channel = node.channel;
    this.identity = { mspId: creator.mspId, subject: creator.subject };
  }

  async submit(transaction: Transaction): Promise<CommitReceipt> {
    for (let attempt = 0; attempt <= MAX_NEW_PROPOSALS; attempt++) {
      if (attempt > 0) await pause(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
      const proposal = this.#propose(transaction);
      const { simulation, outcome } = await this.#node.transact(proposal);
      if (outcome === undefined) throw refusalOf(simulation);
      if (outcome.validationCode === VALIDATION_CODE.VALID)
        return {
          transactionId: proposal.transactionId,
          blockNumber: outcome.blockNumber,
          result: new TextDecoder().decode(simulation.result),
        };
    }
    throw new LedgerError(
      'CONTENTION',
      'Concurrent transactions kept changing what this one reads: submit it again when there is less traffic on the same keys.',
      { contract: transaction.contract, transaction: transaction.name, proposals: MAX_NEW_PROPOSALS + 1 },
    );
  }

  async evaluate(transaction: Transaction): Promise<string> {
    const simulation = await this.#node.query(this.#propose(transaction));
    if (isRefused(simulation)) throw refusalOf(simulation);
    return new TextDecoder().decode(simulation.result);
  }

  events(options: EventOptions = {}): AsyncIterable<LedgerEvent> {
    const signals = [this.#closing.signal, ...(options.signal === undefined ? [] : [options.signal])];
    return readEvents(this.#node, options.after, AbortSignal.any(signals));
  }

  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }

  #propose({ contract, name, argument, transient = {} }: Transaction): Proposal {
    if (this.#closing.signal.aborted) throw new LedgerError('CLOSED', 'This ledger session is closed.');
    return this.#node.propose(this.#creator, [`${contract}:${name}`, argument], transient);
  }
}

function refusalOf({ message, proposal }: Simulation): Error {
  const { transactionId } = proposal;
  return parseWireError(message) ?? new LedgerError('REJECTED', message, { transactionId });
}
