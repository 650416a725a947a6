/**
 * Serves a ledger's identities to other processes of the same host. For trying a grid of several programs on an embedded ledger:
 * whoever has the token may act as anybody, as whoever owns the ledger's folder may.
 */
import { timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import fastify, { type FastifyError, type FastifyReply } from 'fastify';
import { z } from 'zod';
import { describeError, type Log } from '../../operations/log.js';
import { listen, type RunningServer } from '../../operations/operations-server.js';
import type { LedgerDirectory } from '../directory.js';
import { LedgerError } from '../ledger-error.js';
import type { Ledger, LedgerEvent, Transaction } from '../port.js';
import {
  callRequest,
  decodeTransient,
  encodeFailure,
  eventsRequest,
  MAX_BODY_BYTES,
  sessionRequest,
  type CallRequest,
  type Failure,
} from './wire.js';

export interface LedgerServerOptions {
  readonly host: string;
  readonly port: number;
  readonly directory: LedgerDirectory;
  readonly token: string;
  readonly log: Log;
}

export async function startLedgerServer(options: LedgerServerOptions): Promise<RunningServer> {
  const { directory, log } = options;
  const app = fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  const authorised = Buffer.from(`Bearer ${options.token}`);
  app.addHook('onRequest', async (request, reply) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length !== authorised.length || !timingSafeEqual(given, authorised))
      await reply.code(401).send({ code: 'REJECTED', message: 'The access token is wrong.' });
  });
  app.setErrorHandler((error: FastifyError, _, reply) => answerFailure(error, reply, log));

  const session = ({ mspId, user }: { mspId: string; user: string }): Promise<Ledger> =>
    directory.connect(mspId, user);
  const transactionOf = ({ contract, name, argument, transient }: CallRequest): Transaction => ({
    contract,
    name,
    argument,
    transient: decodeTransient(transient),
  });
  app.post('/v1/session', async ({ body }) => {
    const { channel, identity } = await session(sessionRequest.parse(body));
    return { channel, ...identity };
  });
  app.post('/v1/submit', async ({ body }) => {
    const call = callRequest.parse(body);
    return (await session(call)).submit(transactionOf(call));
  });
  app.post('/v1/evaluate', async ({ body }) => {
    const call = callRequest.parse(body);
    return { result: await (await session(call)).evaluate(transactionOf(call)) };
  });
  app.post('/v1/events', async ({ body, raw }, reply) => {
    const { after, ...who } = eventsRequest.parse(body);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    raw.once('error', () => gone.abort());
    const point = after && {
      blockNumber: after.blockNumber,
      ...(after.transactionId === undefined ? {} : { transactionId: after.transactionId }),
    };
    const events = (await session(who)).events({ signal: gone.signal, ...(point ? { after: point } : {}) });
    return reply.type('application/x-ndjson').send(Readable.from(lines(events)));
  });
  return listen(app, options);
}

/** The first line is empty: it tells the reader that the stream is open. A failure is a line, too. */
async function* lines(events: AsyncIterable<LedgerEvent>): AsyncGenerator<string> {
  yield '\n';
  try {
    for await (const event of events) yield `${JSON.stringify(event)}\n`;
  } catch (error) {
    const known = encodeFailure(error);
    if (!known) throw error;
    yield `${JSON.stringify({ failure: known })}\n`;
  }
}

function answerFailure(error: unknown, reply: FastifyReply, log: Log): FastifyReply {
  const known = encodeFailure(error) ?? requestFailure(error);
  if (known) return reply.code(error instanceof LedgerError ? 503 : 422).send(known);
  log.error('ledger call failed', error, describeError(error));
  return reply.code(500).send({ code: 'OUTCOME_UNKNOWN', message: 'The ledger server failed inside.' });
}

function requestFailure(error: unknown): Failure | undefined {
  if (error instanceof z.ZodError)
    return { code: 'REJECTED', message: 'This is no call of the ledger port.' };
  const { statusCode, message, code } = error as Partial<FastifyError>;
  if (code === 'USER_UNKNOWN' || (statusCode !== undefined && statusCode < 500))
    return { code: 'REJECTED', message: message ?? '' };
  return undefined;
}
