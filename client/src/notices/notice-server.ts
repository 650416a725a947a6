/**
 * The phone's door: notices of a meter by HTTP server-sent events, with resume (paper 002 section V.B, "sending a message to the user's smart phone").
 *
 * `POST /v1/sessions` `{"meterId","atSeconds","signature"}` (base64url) answers `{"token","expiresAtSeconds"}`; `GET /v1/notices` with `Authorization: Bearer TOKEN` and, to go on, `Last-Event-ID`
 * answers a stream (notice-stream.ts). Any EventSource that can set a header reads it. Streams are bounded, for each meter and in all, and end after some minutes, so that a phone that is gone holds
 * nothing for long; it comes back with what it had last. Tokens and notices cross in clear: TLS stands in front of it.
 */
import { Readable } from 'node:stream';
import fastify, { type FastifyError, type FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Log } from '../operations/log.js';
import { listen, type RunningServer } from '../operations/operations-server.js';
import type { NoticeStore } from './notice-store.js';
import { noticeStream } from './notice-stream.js';
import type { OwnerSessions } from './owner-session.js';

export const SESSIONS_PATH = '/v1/sessions';
export const NOTICES_PATH = '/v1/notices';
const MAX_BODY_BYTES = 1024;
const REQUEST_MS = 10_000;
/** A position as a decimal number; others are no ids of ours. */
const POSITION = /^(0|[1-9][0-9]{0,15})$/;

const sessionRequest = z.strictObject({
  meterId: z.string().min(1).max(64),
  atSeconds: z.int().min(0),
  signature: z.string().regex(/^[\w-]{86}$/),
});

export interface NoticeServerLimits {
  readonly maxStreams: number;
  readonly maxStreamsPerMeter: number;
  readonly maxConnections: number;
  readonly heartbeatMs: number;
  /** After this time a stream ends and the phone comes back. */
  readonly maxStreamMs: number;
  readonly retryMs: number;
}

const DEFAULT_LIMITS: NoticeServerLimits = {
  maxStreams: 5_000,
  maxStreamsPerMeter: 4,
  maxConnections: 6_000,
  heartbeatMs: 15_000,
  maxStreamMs: 15 * 60_000,
  retryMs: 5_000,
};

export interface NoticeServerOptions {
  readonly host: string;
  readonly port: number;
  readonly store: NoticeStore;
  readonly sessions: OwnerSessions;
  readonly log: Log;
  /** Seconds since 1970, as `sessions` has them. */
  readonly nowSeconds: () => number;
  readonly limits?: Partial<NoticeServerLimits>;
}

/** Streams that are open, by meter. */
class OpenStreams {
  readonly #ofMeter = new Map<string, number>();
  #all = 0;

  constructor(readonly limits: Pick<NoticeServerLimits, 'maxStreams' | 'maxStreamsPerMeter'>) {}

  /** @returns the status to refuse with, or undefined when there is room */
  refusal(meterId: string): 429 | 503 | undefined {
    if ((this.#ofMeter.get(meterId) ?? 0) >= this.limits.maxStreamsPerMeter) return 429;
    return this.#all >= this.limits.maxStreams ? 503 : undefined;
  }

  enter(meterId: string): void {
    this.#all += 1;
    this.#ofMeter.set(meterId, (this.#ofMeter.get(meterId) ?? 0) + 1);
  }

  leave(meterId: string): void {
    this.#all -= 1;
    const left = (this.#ofMeter.get(meterId) ?? 1) - 1;
    if (left > 0) this.#ofMeter.set(meterId, left);
    else this.#ofMeter.delete(meterId);
  }
}

export async function startNoticeServer(options: NoticeServerOptions): Promise<RunningServer> {
  const { store, sessions, log, nowSeconds } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const streams = new OpenStreams(limits);
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    http: { maxHeaderSize: 4096, headersTimeout: REQUEST_MS },
  });
  app.server.maxConnections = limits.maxConnections;
  app.setErrorHandler((error: FastifyError, _, reply) => answerError(error, reply, log));

  app.post(SESSIONS_PATH, async ({ body }, reply) => {
    const asked = sessionRequest.safeParse(body);
    if (!asked.success) return refuse(reply, 400, 'BAD_REQUEST', 'Send meterId, atSeconds and signature.');
    const { meterId, atSeconds, signature } = asked.data;
    const opened = await sessions.open(meterId, atSeconds, Buffer.from(signature, 'base64url'));
    if (!opened)
      return refuse(reply, 401, 'NOT_THE_OWNER', 'Sign the present time with the key of the meter, once.');
    return reply.code(201).header('cache-control', 'no-store').send(opened);
  });

  app.get(NOTICES_PATH, async ({ headers }, reply) => {
    const session = sessions.read(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '');
    if (!session)
      return refuse(
        reply,
        401,
        'TOKEN_REFUSED',
        `Open a session at ${SESSIONS_PATH}: the token is wrong or has expired.`,
      );
    const { meterId, expiresAtSeconds } = session;
    const lastId = String(headers['last-event-id'] ?? '0');
    if (!POSITION.test(lastId))
      return refuse(reply, 400, 'BAD_LAST_EVENT_ID', 'Last-Event-ID must be an id of this stream.');
    const full = streams.refusal(meterId);
    if (full !== undefined)
      return refuse(
        reply.header('retry-after', 30),
        full,
        'TOO_MANY_STREAMS',
        'Close another stream, or wait.',
      );
    const end = new AbortController();
    const untilMs = Math.min(limits.maxStreamMs, 1000 * (expiresAtSeconds - nowSeconds()));
    const timer = setTimeout(() => end.abort(), untilMs);
    streams.enter(meterId);
    const source = Readable.from(
      noticeStream({ store, meterId, position: Number(lastId), signal: end.signal, ...limits }),
    );
    // A phone that reads nothing any more pulls nothing either: the time limit ends the connection itself.
    end.signal.addEventListener('abort', () =>
      setTimeout(() => source.destroy(), limits.heartbeatMs).unref(),
    );
    reply.raw.once('close', () => end.abort());
    source.once('close', () => {
      clearTimeout(timer);
      end.abort();
      streams.leave(meterId);
    });
    return reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(source);
  });
  return listen(app, options);
}

function answerError(error: FastifyError, reply: FastifyReply, log: Log): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status < 500) return refuse(reply, status, error.code, error.message);
  log.error('notice request failed', error);
  return refuse(reply, 500, 'INTERNAL', 'The notice server failed: try again later.');
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).type('application/json').send(JSON.stringify({ code, message }));
}
