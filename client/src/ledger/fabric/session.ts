/** What the parts of one Fabric session share: the gateway, its peers, and how long to try. */
import { setMaxListeners } from 'node:events';
import { Client, credentials as grpcCredentials, type CallOptions } from '@grpc/grpc-js';
import { connect, hash, type Gateway, type Network, type Signer } from '@hyperledger/fabric-gateway';
import type { common } from '@hyperledger/fabric-protos';
import { LedgerError } from '../ledger-error.js';
import { closedWith } from './closed-with.js';
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

  private constructor(
    readonly channel: string,
    readonly chaincode: string,
    readonly credentials: FabricCredentials,
    readonly peers: PeerChannels,
    readonly deadlines: Deadlines,
    readonly retry: RetryPolicy,
  ) {
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
  ): Promise<FabricSession> {
    const { peers } = organisationOf(connection, identity.mspId);
    const channels = new PeerChannels(await Promise.all(peers.map(loadPeer)));
    return new FabricSession(connection.channel, connection.chaincode, identity, channels, deadlines, retry);
  }

  /** Aborts when the session is being closed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Repeats `call`, which orders nothing, as long as its failures are worth it.
   * @throws GridveilError when the contract refused; LedgerError UNAVAILABLE, REJECTED, CLOSED.
   */
  async persist<T>(call: () => Promise<T>): Promise<T> {
    const patienceMs = { none: 0, short: this.retry.disagreementMs, long: this.retry.readinessMs };
    const startedAt = performance.now();
    const backoff = new Backoff(this.retry);
    for (;;) {
      const peer = this.peers.preferred;
      try {
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

export function within(deadlineMs: number): CallOptions {
  return { deadline: Date.now() + deadlineMs };
}

/** The gateway library throws a plain error with the number of the deliver service's status (common.Status). */
function deliverStatus(cause: unknown): LedgerError | undefined {
  const status = /^Unexpected status response: (\d+)$/.exec(cause instanceof Error ? cause.message : '')?.[1];
  if (status === undefined) return undefined;
  const code = status.startsWith('4') ? 'REJECTED' : 'UNAVAILABLE';
  return new LedgerError(code, `The peer gives no blocks: status ${status}.`, { status }, { cause });
}
