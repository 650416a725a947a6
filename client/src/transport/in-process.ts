/** Transport inside one process. Bytes are copied on the way, so that parties share no memory. */
import type { MessageHandler, Transport } from './transport.js';

export class InProcessTransport implements Transport {
  readonly #handlers = new Map<string, MessageHandler>();

  listen(address: string, handler: MessageHandler): void {
    if (this.#handlers.has(address)) throw new RangeError(`address "${address}" is taken`);
    this.#handlers.set(address, handler);
  }

  async request(address: string, body: Uint8Array): Promise<Uint8Array> {
    const handler = this.#handlers.get(address);
    if (!handler) throw new RangeError(`nobody listens at "${address}"`);
    return Uint8Array.from(await handler(Uint8Array.from(body)));
  }
}
