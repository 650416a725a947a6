/** What the parts of one Fabric session share: the gateway, its peers, and how long to try. */
import { setMaxListeners } from 'node:events';
import { Client, credentials as grpcCredentials, type CallOptions } from '@grpc/grpc-js';
import {
  connect,
  hash,
  type Gateway,
  type Network,
  type Signer,
  type Status,
} from '@hyperledger/fabric-gateway';
import { gateway as gatewayMessages, msp, type common } from '@hyperledger/fabric-protos';
import { LedgerError } from '../ledger-error.js';
import { closedWith } from './closed-with.js';
import type { CommitHorizon } from './commit-horizon.js';
import { organisationOf, type FabricConnection } from './connection.js';
import { loadPeer, type FabricCredentials } from './credentials.js';
import { gatewayFailure } from './gateway-failure.js';
import { PeerChannels } from './peer-channels.js';
import { Backoff, pause, type Deadlines, type RetryPolicy } from './retry-policy.js';
import { p256Signer } from './signer.js';

export class FabricSession {
  readonly gateway: Gateway;
  readonly network: Network;
  /** Signs a whole message. */
  readonly sign: Signer;
  readonly #client: Client;
  readonly #closing = new AbortController();
  /** Our own identity as the peers read it. */
  readonly #creator: Uint8Array;
  /** Number of the newest block that each peer is known to have, by its index. */
  readonly #heights = new Map<number, number>();
  #catchingUp:
    { readonly peer: number; readonly transactionId: string; readonly done: Promise<Status> } | undefined;

  private constructor(
    readonly channel: string,
    readonly chaincode: string,
    readonly credentials: FabricCredentials,
    readonly peers: PeerChannels,
    readonly deadlines: Deadlines,
    readonly retry: RetryPolicy,
    readonly horizon: CommitHorizon,
  ) {
    this.#creator = creatorOf(credentials);
    this.sign = p256Signer(credentials.privateKey);
    setMaxListeners(0, this.closed); // every pause and stream under way listens to it
    // The channels carry their own TLS credentials; these are never used.
    this.#client = new Client(peers.getTarget(), grpcCredentials.createSsl(), { channelOverride: peers });
    this.gateway = connect({
      client: this.#client,
      identity: { mspId: credentials.mspId, credentials: credentials.certificatePem },
      signer: this.sign,
      hash: hash.none,
      evaluateOptions: () => within(deadlines.evaluateMs),
      endorseOptions: () => within(deadlines.endorseMs),
      submitOptions: () => within(deadlines.submitMs),
      commitStatusOptions: () => within(deadlines.commitStatusMs),
    });
    this.network = this.gateway.getNetwork(channel);
  }

  /** Reads what it needs from the files of `connection`; connects with the first call. @throws ClientError. */
  static async open(
    connection: FabricConnection,
    identity: FabricCredentials,
    deadlines: Deadlines,
    retry: RetryPolicy,
    horizon: CommitHorizon,
  ): Promise<FabricSession> {
    const { peers } = organisationOf(connection, identity.mspId);
    const channels = new PeerChannels(await Promise.all(peers.map(loadPeer)));
    const { channel, chaincode } = connection;
    return new FabricSession(channel, chaincode, identity, channels, deadlines, retry, horizon);
  }

  /** Aborts when the session is being closed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Asks the preferred peer what became of a transaction; it answers as soon as it has committed it.
   * @throws GatewayError when it does not answer within `waitMs`.
   */
  async statusOf(transactionId: string, waitMs: number): Promise<Status> {
    const peer = this.peers.preferred;
    const request = new gatewayMessages.CommitStatusRequest();
    request.setChannelId(this.channel);
    request.setTransactionId(transactionId);
    request.setIdentity(this.#creator);
    const unsigned = new gatewayMessages.SignedCommitStatusRequest();
    unsigned.setRequest(request.serializeBinary());
    const outcome = await this.gateway.newCommit(unsigned.serializeBinary()).getStatus(within(waitMs));
    const blockNumber = Number(outcome.blockNumber);
    this.horizon.saw({ transactionId, blockNumber });
    // Had the session moved to another peer meanwhile, nobody could say which one answered.
    if (peer === this.peers.preferred) {
      this.#heights.set(peer, Math.max(blockNumber, this.#heights.get(peer) ?? 0));
    }
    return outcome;
  }

  /**
   * Repeats `call`, which orders nothing, as long as its failures are worth it; each time the peer first gets the time to
   * catch up with the horizon.
   * @throws GridveilError when the contract refused; LedgerError UNAVAILABLE, REJECTED, CLOSED.
   */
  async persist<T>(call: () => Promise<T>): Promise<T> {
    const patienceMs = { none: 0, short: this.retry.disagreementMs, long: this.retry.readinessMs };
    const startedAt = performance.now();
    const backoff = new Backoff(this.retry);
    for (;;) {
      const peer = this.peers.preferred;
      try {
        await this.#catchUp(peer);
        return await call();
      } catch (cause) {
        const { patience, error } = gatewayFailure(cause);
        const nextMs = backoff.nextMs();
        if (performance.now() - startedAt + nextMs > patienceMs[patience]) throw error;
        if (patience === 'long') this.peers.leave(peer);
        await pause(nextMs, this.closed);
      }
    }
  }

  /**
   * Blocks from `first` on, until `signal` aborts.
   * @throws GatewayError when the stream breaks; LedgerError REJECTED, UNAVAILABLE when the peer ends it with a status.
   */
  async *readBlocks(first: number, signal: AbortSignal): AsyncGenerator<common.Block, void> {
    const stream = await this.network.getBlockEvents({ startBlock: BigInt(first) });
    try {
      yield* closedWith(stream, signal);
    } catch (cause) {
      throw deliverStatus(cause) ?? cause;
    }
  }

  /** Waits until `peer`, the preferred one, has all that the horizon knows of; calls that wait together ask once. */
  async #catchUp(peer: number): Promise<void> {
    const { latest } = this.horizon;
    if (latest === undefined || (this.#heights.get(peer) ?? -1) >= latest.blockNumber) return;
    const { transactionId } = latest;
    if (this.#catchingUp?.peer !== peer || this.#catchingUp.transactionId !== transactionId) {
      const done = this.statusOf(transactionId, this.deadlines.commitStatusMs);
      const own = { peer, transactionId, done };
      this.#catchingUp = own;
      const forget = (): void => {
        if (this.#catchingUp === own) this.#catchingUp = undefined;
      };
      void done.then(forget, forget);
    }
    await this.#catchingUp.done;
  }

  /** Ends pauses and event streams. */
  stop(): void {
    this.#closing.abort();
  }

  /** Closes the connections; nothing may be under way any more. */
  disconnect(): void {
    this.gateway.close();
    this.#client.close();
  }
}

function creatorOf({ mspId, certificatePem }: FabricCredentials): Uint8Array {
  const identity = new msp.SerializedIdentity();
  identity.setMspid(mspId);
  identity.setIdBytes(certificatePem);
  return identity.serializeBinary();
}

function within(deadlineMs: number): CallOptions {
  return { deadline: Date.now() + deadlineMs };
}

/** The gateway library throws a plain error with the number of the deliver service's status (common.Status). */
function deliverStatus(cause: unknown): LedgerError | undefined {
  const status = /^Unexpected status response: (\d+)$/.exec(cause instanceof Error ? cause.message : '')?.[1];
  if (status === undefined) return undefined;
  const code = status.startsWith('4') ? 'REJECTED' : 'UNAVAILABLE';
  return new LedgerError(code, `The peer gives no blocks: status ${status}.`, { status }, { cause });
}
