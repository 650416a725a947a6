/**
 * The embedded ledger: Fabric's transaction semantics in one process, durable in one folder.
 *
 * For a newcomer, for development and for tests. It runs the same contract classes as Fabric through Fabric's own
 * dispatcher: a transaction is simulated on the committed state, ordered into a block, validated against what
 * has been committed since it was simulated (MVCC, phantoms), written atomically with its block, and reported as event.
 * It is ONE node: nothing is replicated, no other organisation endorses, and whoever owns the folder owns the ledger.
 * For several organisations that do not trust each other use Fabric (client/src/ledger/fabric); parties see no difference.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LedgerError } from '../ledger-error.js';
import type { Ledger } from '../port.js';
import { type Block, channelHash, createBlock, type ValidationCode } from './block.js';
import { type Chaincode, type ContractClass, createChaincode } from './fabric-shim-runtime.js';
import { verifyLedger } from './integrity.js';
import {
  DEFAULT_ORGANISATIONS,
  type EmbeddedIdentity,
  EmbeddedMembership,
  type Organisation,
} from './membership.js';
import { Orderer } from './orderer.js';
import { committedBytes, createProposal, decodeProposal, type Proposal } from './proposal.js';
import { encodeReadSet } from './rw-set.js';
import { type EmbeddedNode, EmbeddedSession, type TransactionOutcome } from './session.js';
import { isRefused, simulate, simulateTwice, type Simulation } from './simulation.js';
import { LedgerStore } from './store.js';
import { validateBlock } from './validator.js';

export interface EmbeddedLedgerOptions {
  /** Created when it is not there; holds `db` (LevelDB) and `crypto` (certificates and keys). */
  readonly folder: string;
  readonly contracts: readonly ContractClass[];
  /** Default `gridveil`. */
  readonly channel?: string;
  /** Default `gridveil`. */
  readonly chaincodeName?: string;
  readonly organisations?: readonly Organisation[];
  /** Most transactions in a block, default 100. */
  readonly maxMessageCount?: number;
  /** Longest wait of an ordered transaction for others that are still being simulated, default 2 ms. */
  readonly batchTimeoutMs?: number;
  /** The clock of transaction timestamps; certificates are issued and checked by the real one. */
  readonly now?: () => Date;
  /** Simulate each submitted transaction twice and refuse it when the runs differ; default false. */
  readonly checkDeterminism?: boolean;
}

const NONCE_SIZE_BYTES = 24;

export class EmbeddedLedger implements EmbeddedNode {
  readonly channel: string;
  readonly membership: EmbeddedMembership;
  readonly #options: EmbeddedLedgerOptions & { readonly chaincodeName: string };
  readonly #store: LedgerStore;
  readonly #chaincode: Chaincode;
  readonly #orderer: Orderer<Simulation, TransactionOutcome>;
  readonly #running = new Set<Promise<unknown>>();
  readonly #blockWaiters = new Set<() => void>();
  #closed = false;

  private constructor(
    options: EmbeddedLedgerOptions & { readonly channel: string; readonly chaincodeName: string },
    store: LedgerStore,
    membership: EmbeddedMembership,
  ) {
    this.#options = options;
    this.#store = store;
    this.channel = options.channel;
    this.membership = membership;
    this.#chaincode = createChaincode(options.contracts);
    const { maxMessageCount = 100, batchTimeoutMs = 2 } = options;
    this.#orderer = new Orderer({ maxMessageCount, batchTimeoutMs }, (batch) => this.#commit(batch));
  }

  /**
   * Opens the ledger in `folder`, or creates it.
   * @throws LedgerError LOCKED, CORRUPT, UNAVAILABLE or REJECTED; each says in one sentence what to do.
   */
  static async open(options: EmbeddedLedgerOptions): Promise<EmbeddedLedger> {
    const { folder, channel = 'gridveil', chaincodeName = 'gridveil' } = options;
    const store = await LedgerStore.open(join(folder, 'db'), channel, chaincodeName);
    try {
      const organisations = options.organisations ?? DEFAULT_ORGANISATIONS;
      const membership = await EmbeddedMembership.open(
        join(folder, 'crypto'),
        organisations,
        () => new Date(),
      );
      return new EmbeddedLedger({ ...options, channel, chaincodeName }, store, membership);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** What this ledger is, in one sentence for people. */
  describe(): string {
    return (
      `Embedded ledger: one node in this process, stored in ${this.#options.folder}. ` +
      'Nothing is replicated or endorsed by others; for a network of organisations use Fabric.'
    );
  }

  /** Number of blocks. */
  get height(): number {
    return this.#store.height;
  }

  /**
   * A ledger session for a client.
   * @throws LedgerError REJECTED when its certificate does not belong to the organisation it names.
   */
  connect(identity: EmbeddedIdentity): Ledger {
    this.membership.verify(identity);
    return new EmbeddedSession(this, identity);
  }

  /** All blocks from `first` up to the last one committed when it is reached. */
  *blocks(first = 0): Generator<Block> {
    for (let number = first; number < this.height; number++) yield this.block(number);
  }

  block(number: number): Block {
    this.#checkOpen();
    return this.#store.block(number);
  }

  /** Hashes the whole chain again and compares the state with it. @throws LedgerError CORRUPT naming the first bad block or key. */
  verifyIntegrity(): Promise<void> {
    return this.#run(() => verifyLedger(this.#store, channelHash(this.channel, this.#options.chaincodeName)));
  }

  /**
   * Runs a serialised `peer.Proposal` on the committed state and changes nothing. The creator may be anybody, so that
   * transactions taken from a real Fabric block can be run again and compared.
   * @throws LedgerError REJECTED when the bytes are not a proposal.
   */
  async simulate(proposalBytes: Uint8Array): Promise<Simulation> {
    const proposal = decodeProposal(proposalBytes);
    return this.query(proposal);
  }

  /**
   * Orders a simulated transaction and waits for its block. Trusts its caller: `connect` is the way for clients.
   * @throws RangeError for a simulation that the contract refused.
   */
  order(simulation: Simulation): Promise<TransactionOutcome> {
    if (isRefused(simulation))
      throw new RangeError('"simulation" expected a transaction the contract accepted');
    return this.#run(() => this.#orderer.order(simulation));
  }

  propose(
    creator: EmbeddedIdentity,
    args: readonly string[],
    transient: Readonly<Record<string, Uint8Array>> = {},
  ): Proposal {
    return createProposal({
      channel: this.channel,
      chaincodeName: this.#options.chaincodeName,
      creator,
      nonce: new Uint8Array(randomBytes(NONCE_SIZE_BYTES)),
      time: this.#options.now?.() ?? new Date(),
      args,
      transient,
    });
  }

  query(proposal: Proposal): Promise<Simulation> {
    return this.#run(() => this.#simulate(proposal, simulate));
  }

  transact(
    proposal: Proposal,
  ): Promise<{ readonly simulation: Simulation; readonly outcome?: TransactionOutcome }> {
    return this.#run(async () => {
      const { simulation, ordered } = await this.#orderer.endorsing(async () => {
        const runner = this.#options.checkDeterminism === true ? simulateTwice : simulate;
        const simulation = await this.#simulate(proposal, runner);
        return { simulation, ordered: isRefused(simulation) ? undefined : this.#orderer.order(simulation) };
      });
      return ordered === undefined ? { simulation } : { simulation, outcome: await ordered };
    });
  }

  async nextBlock(number: number, signal: AbortSignal): Promise<Block | undefined> {
    while (!this.#closed && !signal.aborted) {
      if (number < this.height) return this.block(number);
      await this.#blockCommitted(signal);
    }
    return undefined;
  }

  /** Finishes what is running, refuses everything new and ends all event streams. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wakeWaiters();
    await Promise.allSettled(this.#running);
    await this.#store.close();
  }

  async #simulate(proposal: Proposal, runner: typeof simulate): Promise<Simulation> {
    const view = this.#store.view();
    try {
      return await runner(this.#chaincode, view, proposal);
    } finally {
      await view.close();
    }
  }

  async #commit(batch: readonly Simulation[]): Promise<TransactionOutcome[]> {
    const blockNumber = this.height;
    const view = this.#store.view();
    const { codes, updates } = await validateBlock(batch, blockNumber, view, (id) =>
      this.#store.transaction(id),
    ).finally(() => view.close());
    const transactions = batch.map((simulation, i) => ({
      transactionId: simulation.proposal.transactionId,
      proposal: committedBytes(simulation.proposal),
      result: simulation.result,
      event: simulation.event,
      readSet: encodeReadSet(simulation.readSet),
      writeSet: simulation.writeSet,
      validationCode: codes[i] as ValidationCode,
    }));
    await this.#store.commit(createBlock(blockNumber, this.#store.tipHash, transactions), updates);
    this.#wakeWaiters();
    return codes.map((validationCode) => ({ validationCode, blockNumber }));
  }

  #blockCommitted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#blockWaiters.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#blockWaiters.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wakeWaiters(): void {
    for (const wake of [...this.#blockWaiters]) wake();
  }

  /** Runs `task` so that `close` waits for it. @throws LedgerError CLOSED after `close`. */
  #run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const running = task();
    this.#running.add(running);
    const forget = (): void => void this.#running.delete(running);
    running.then(forget, forget);
    return running;
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

function closedError(): LedgerError {
  return new LedgerError('CLOSED', 'This ledger is closed.');
}
