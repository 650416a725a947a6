/**
 * What an operator asks a running program: `GET /health` and `GET /metrics` (Prometheus text), on an address of their own,
 * so that those who may send reports need not be able to read them.
 */
import fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

export interface OperationsOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Registry;
  /** Facts for `/health`; not ready is answered with 503. */
  readonly health: () => { readonly ready: boolean; readonly [fact: string]: string | number | boolean };
  /** What `GET /exceptions` lists; without it there is no such path. */
  readonly exceptions?: () => object;
}

export interface RunningServer {
  /** Where it listens: http://host:port. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startOperations(options: OperationsOptions): Promise<RunningServer> {
  const { metrics, health, exceptions } = options;
  const app = fastify({ logger: false, bodyLimit: 1, requestTimeout: 5_000, forceCloseConnections: true });
  app.get('/health', async (_, reply) => {
    const facts = health();
    await reply.code(facts.ready ? 200 : 503).send(facts);
  });
  app.get('/metrics', async (_, reply) => {
    await reply.type(metrics.contentType).send(await metrics.metrics());
  });
  if (exceptions) app.get('/exceptions', async (_, reply) => reply.send(exceptions()));
  return listen(app, options);
}

/** @throws ClientError-free system errors such as EADDRINUSE; the caller names the option. */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<RunningServer> {
  const url = await app.listen({ host, port });
  return { url, close: () => app.close() };
}
