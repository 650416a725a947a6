/** Ties a gateway stream to a signal: it is cancelled when the signal aborts and when its reader stops. */
import type { CloseableAsyncIterable } from '@hyperledger/fabric-gateway';

/** What `stream` gives, until `signal` aborts. @throws GatewayError when the stream breaks, or CANCELLED by the abort. */
export async function* closedWith<T>(
  stream: CloseableAsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const close = (): void => {
    stream.close();
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  try {
    for await (const item of stream) {
      if (signal.aborted) return;
      yield item;
    }
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
