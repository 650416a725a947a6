/**
 * The fog node's door for meters and concentrators: HTTP, strict binary bodies, bounded memory.
 *
 * `POST /v1/inclusion` shows a report under the committed root to whoever has its leaf, `POST /v1/recount` all reports of a total to named auditors.
 * `POST /v1/report` one report, `POST /v1/reports` a batch (parties/fog-messages.ts), both `application/octet-stream` with a Content-Length;
 * the answer is JSON, an entry for each report and one receipt. Sizes are checked before a body is read, and what is being worked on is
 * bounded in requests and in bytes: above that the answer is 503 with Retry-After, which senders obey (report-sender.ts).
 * Reports are authenticated each for itself; confidentiality towards the fog node's host and TLS are a matter of what stands in front of it.
 */
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import { crashPoint } from '../journal/crash-point.js';
import type { Log } from '../operations/log.js';
import { listen, type RunningServer } from '../operations/operations-server.js';
import { decodeItem } from '../parties/fleet-records.js';
import {
  encodeInclusion,
  encodeReceiptedAnswers,
  FOG_REPORT_BATCH,
  type Inclusion,
  type ReceiptedAnswers,
} from '../parties/fog-messages.js';
import type { ReceiptItem } from '../parties/receipt.js';
import { MAX_RECOUNT_REQUEST_BYTES } from '../parties/recount-request.js';

export const REPORT_PATH = '/v1/report';
export const BATCH_PATH = '/v1/reports';
/** Body: slot u64 | leaf 32 bytes, as in a receipt; the answer is a Merkle proof. */
export const INCLUSION_PATH = '/v1/inclusion';
/** Body: parties/recount-request.ts; the answer is a batch of reports. */
export const RECOUNT_PATH = '/v1/recount';
const ITEM_BYTES = 40;
export const BODY_TYPE = 'application/octet-stream';
/** A report under a 4096-bit modulus has about 1.5 KB. */
export const MAX_REPORT_BYTES = 4096;

export interface ReportServerLimits {
  /** Requests that are being worked on. */
  readonly maxRequests: number;
  /** Bytes of their bodies together. */
  readonly maxQueuedBytes: number;
  readonly maxConnections: number;
  /** For a whole request to arrive. */
  readonly requestMs: number;
  /** What a sender that is turned away is asked to wait. */
  readonly retryAfterSeconds: number;
}

const DEFAULT_LIMITS: ReportServerLimits = {
  maxRequests: 1_000,
  maxQueuedBytes: 64 * 2 ** 20,
  maxConnections: 2_000,
  requestMs: 10_000,
  retryAfterSeconds: 1,
};

/** Takes reports; a durable fog node. */
export interface ReportTaker {
  takeAll(reports: readonly Uint8Array[]): Promise<ReceiptedAnswers>;
  handle(body: Uint8Array): Promise<ReceiptedAnswers>;
  inclusionOf(item: ReceiptItem): Inclusion | undefined;
}

/** What a server tells those who watch it. */
export interface ReportServerWatch {
  answered(answers: ReceiptedAnswers, seconds: number): void;
  turnedAway(): void;
}

export interface ReportServerOptions {
  readonly host: string;
  readonly port: number;
  readonly taker: ReportTaker;
  readonly log: Log;
  readonly watch: ReportServerWatch;
  /** Answers recount requests; without it nobody is shown reports. */
  readonly recount?: (request: Uint8Array) => Promise<Uint8Array | undefined>;
  readonly limits?: Partial<ReportServerLimits>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes this request has been given of the queue. */
    queuedBytes: number;
  }
}

export async function startReportServer(options: ReportServerOptions): Promise<RunningServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = fastify({
    logger: false,
    requestTimeout: limits.requestMs,
    forceCloseConnections: 'idle',
    http: {
      maxHeaderSize: 4096,
      headersTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(1_000, limits.requestMs),
    },
  });
  app.server.maxConnections = limits.maxConnections;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(BODY_TYPE, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  addQueue(app, limits, options.watch);
  app.setErrorHandler((error: FastifyError, _, reply) => answerError(error, reply, limits, options.log));
  app.setNotFoundHandler((_, reply) =>
    refuse(reply, 404, 'NOT_FOUND', `Post to ${REPORT_PATH} or ${BATCH_PATH}.`),
  );

  const route = (
    path: string,
    bodyLimit: number,
    take: (body: Uint8Array) => Promise<ReceiptedAnswers>,
  ): void => {
    app.post(path, { bodyLimit }, async (request, reply) => {
      const startedAt = performance.now();
      const answers = await take(request.body as Buffer);
      options.watch.answered(answers, (performance.now() - startedAt) / 1000);
      return reply.type('application/json').send(encodeReceiptedAnswers(answers));
    });
  };
  route(REPORT_PATH, MAX_REPORT_BYTES, (body) => options.taker.takeAll([body]));
  route(BATCH_PATH, FOG_REPORT_BATCH.limitBytes, (body) => options.taker.handle(body));
  app.post(INCLUSION_PATH, { bodyLimit: ITEM_BYTES }, async ({ body }, reply) => {
    const shown = options.taker.inclusionOf(decodeItem(body as Buffer));
    if (!shown)
      return refuse(reply, 404, 'REPORT_UNKNOWN', 'No such report stands in a slot this node has closed.');
    return reply.type('application/json').send(encodeInclusion(shown));
  });
  if (options.recount) addRecount(app, options.recount);
  app.addHook('onResponse', (_, __, done) => {
    crashPoint('fog-after-receipt');
    done();
  });
  return listen(app, options);
}

function addRecount(app: FastifyInstance, recount: NonNullable<ReportServerOptions['recount']>): void {
  app.post(RECOUNT_PATH, { bodyLimit: MAX_RECOUNT_REQUEST_BYTES }, async ({ body }, reply) => {
    const reports = await recount(body as Buffer);
    if (!reports) return refuse(reply, 404, 'REPORTS_UNKNOWN', 'This node keeps no such reports.');
    return reply.type(BODY_TYPE).send(Buffer.from(reports));
  });
}

/** Turns away what does not fit, before its body is read. */
function addQueue(app: FastifyInstance, limits: ReportServerLimits, watch: ReportServerWatch): void {
  let requests = 0;
  let queuedBytes = 0;
  app.decorateRequest('queuedBytes', -1);
  app.addHook('onRequest', (request, reply, done) => {
    const announced = announcedBytes(request);
    if (announced === undefined) {
      void refuse(reply.header('connection', 'close'), 411, 'LENGTH_REQUIRED', 'Send a Content-Length.');
    } else if (requests >= limits.maxRequests || queuedBytes + announced > limits.maxQueuedBytes) {
      watch.turnedAway();
      void busy(reply, limits, 'OVERLOADED', 'Too many reports are waiting: send this again later.');
    } else {
      request.queuedBytes = announced;
      requests += 1;
      queuedBytes += announced;
      done();
    }
  });
  const leave = (request: FastifyRequest): void => {
    if (request.queuedBytes < 0) return;
    requests -= 1;
    queuedBytes -= request.queuedBytes;
    request.queuedBytes = -1;
  };
  app.addHook('onResponse', (request, _, done) => done(void leave(request)));
  app.addHook('onRequestAbort', (request, done) => done(void leave(request)));
}

/** Undefined for a body of unknown length; what is too long is refused by its route. */
function announcedBytes({ method, headers }: FastifyRequest): number | undefined {
  if (method !== 'POST') return 0;
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  if (length === undefined || encoding !== undefined) return undefined;
  return Math.min(Number(length), FOG_REPORT_BATCH.limitBytes);
}

function answerError(
  error: FastifyError,
  reply: FastifyReply,
  limits: ReportServerLimits,
  log: Log,
): FastifyReply {
  if (error instanceof GridveilError) return refuse(reply, 400, error.code, error.sentence);
  if (error instanceof ClientError && error.code === 'RECOUNT_REFUSED')
    return refuse(reply, 403, error.code, error.sentence);
  if (error instanceof ClientError && error.code.startsWith('JOURNAL_')) {
    log.error('reports refused', error);
    return busy(reply, limits, error.code, 'The journal takes nothing at the moment: send this again later.');
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return refuse(reply.header('connection', 'close'), status, error.code, error.message);
  log.error('report request failed', error);
  return refuse(reply, 500, 'INTERNAL', 'The fog node failed: send this again later.');
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).type('application/json').send(JSON.stringify({ code, message }));
}

function busy(
  reply: FastifyReply,
  { retryAfterSeconds }: ReportServerLimits,
  code: string,
  message: string,
): FastifyReply {
  return refuse(reply.header('retry-after', retryAfterSeconds), 503, code, message);
}
