/**
 * One gRPC channel over the gateway peers of the client's own organisation.
 *
 * Calls stay with one peer as long as it answers and move to the next when it does not. Staying gives a session
 * read-your-writes: the peer that reported a commit has applied it, another one may still be behind. Several gateways
 * bring no throughput (spec/fabric-measured.md 2e). Each peer keeps its own TLS name, and its address is resolved
 * again on every reconnect.
 */
import { Channel, type ChannelInterface, connectivityState, credentials } from '@grpc/grpc-js';

/** A peer's gateway: `host:port`, its TLS root certificates (PEM), and the name its certificate carries if not `host`. */
export interface PeerEndpoint {
  readonly name: string;
  readonly address: string;
  readonly tlsRootCertPem: Uint8Array;
  readonly tlsHostOverride?: string | undefined;
}

/** Peers answer pings more often than one a minute with GOAWAY (spec/fabric.md 3.2). */
const KEEPALIVE_MS = 65_000;
const RECONNECT_FIRST_MS = 200;
const RECONNECT_LONGEST_MS = 3_000;
const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[.*\]):\d+$/;

export class PeerChannels implements ChannelInterface {
  readonly #channels: readonly ChannelInterface[];
  #preferred = 0;

  constructor(private readonly peers: readonly PeerEndpoint[]) {
    if (peers.length === 0) throw new RangeError('"peers" expected at least one peer');
    this.#channels = peers.map(openChannel);
  }

  /** The peer that the next call goes to. */
  get preferred(): number {
    return this.#preferred;
  }

  /** Moves on to the next peer, unless someone has already left `peer`. */
  leave(peer: number): void {
    if (peer === this.#preferred) this.#preferred = (peer + 1) % this.#channels.length;
  }

  createCall(
    ...call: Parameters<ChannelInterface['createCall']>
  ): ReturnType<ChannelInterface['createCall']> {
    return this.#reachable().createCall(...call);
  }

  getTarget(): string {
    return this.peers.map((peer) => peer.address).join(',');
  }

  getConnectivityState(tryToConnect: boolean): connectivityState {
    return this.#current().getConnectivityState(tryToConnect);
  }

  watchConnectivityState(...watch: Parameters<ChannelInterface['watchConnectivityState']>): void {
    this.#current().watchConnectivityState(...watch);
  }

  getChannelzRef(): ReturnType<ChannelInterface['getChannelzRef']> {
    return this.#current().getChannelzRef();
  }

  close(): void {
    for (const channel of this.#channels) channel.close();
  }

  #current(): ChannelInterface {
    return this.#at(this.#preferred);
  }

  #at(index: number): ChannelInterface {
    const channel = this.#channels[index % this.#channels.length];
    if (channel === undefined) throw new RangeError('"index" expected a peer');
    return channel;
  }

  /** The preferred peer, or the next one whose last connection attempt has not failed. */
  #reachable(): ChannelInterface {
    for (let step = 0; step < this.#channels.length; step++) {
      const candidate = this.#at(this.#preferred + step);
      if (candidate.getConnectivityState(true) !== connectivityState.TRANSIENT_FAILURE) {
        this.#preferred = (this.#preferred + step) % this.#channels.length;
        return candidate;
      }
    }
    return this.#current();
  }
}

function openChannel(peer: PeerEndpoint): ChannelInterface {
  // An IP address is no TLS server name; Fabric's certificates for loopback carry "localhost".
  const tlsName = peer.tlsHostOverride ?? (IP_ADDRESS.test(peer.address) ? 'localhost' : undefined);
  return new Channel(peer.address, credentials.createSsl(Buffer.from(peer.tlsRootCertPem)), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.initial_reconnect_backoff_ms': RECONNECT_FIRST_MS,
    'grpc.max_reconnect_backoff_ms': RECONNECT_LONGEST_MS,
    ...(tlsName === undefined
      ? {}
      : { 'grpc.ssl_target_name_override': tlsName, 'grpc.default_authority': tlsName }),
  });
}
