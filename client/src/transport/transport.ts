/**
 * How parties reach each other: an address, bytes there, bytes back. Nothing else crosses, so that the same parties run
 * in one process, over HTTP or over MQTT.
 */
export interface Transport {
  /** Registers the handler of an address. @throws RangeError when the address is taken. */
  listen(address: string, handler: MessageHandler): void;
  /** Sends one message and waits for the answer. @throws RangeError when nobody listens there. */
  request(address: string, body: Uint8Array): Promise<Uint8Array>;
}

export type MessageHandler = (body: Uint8Array) => Promise<Uint8Array>;
