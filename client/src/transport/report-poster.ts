/** The sender's end of report-server.ts: one POST with time-outs, over connections that stay open. */
import { Agent, request, type IncomingMessage } from 'node:http';
import { BODY_TYPE } from './report-server.js';

const MAX_ANSWER_BYTES = 2_000_000;
const MAX_WAIT_SECONDS = 3_600;

export interface PostAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** What the server asks to wait before the next attempt. */
  readonly retryAfterMs: number | undefined;
}

export interface ReportPosterOptions {
  /** http://host:port */
  readonly url: string;
  readonly connections?: number;
  readonly timeoutMs?: number;
}

export class ReportPoster {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #agent: Agent;

  constructor({ url, connections = 64, timeoutMs = 10_000 }: ReportPosterOptions) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws system errors (ECONNREFUSED, ECONNRESET, ETIMEDOUT …): whether the message arrived is not known then. */
  post(path: string, body: Uint8Array): Promise<PostAnswer> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': BODY_TYPE, 'content-length': body.length };
      const sent = request(new URL(path, this.#url), { method: 'POST', agent: this.#agent, headers });
      sent.setTimeout(this.#timeoutMs, () =>
        sent.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      );
      sent.once('error', reject);
      sent.once('response', (response) => void readAnswer(response).then(resolve, reject));
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function readAnswer(response: IncomingMessage): Promise<PostAnswer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new RangeError('the answer is too long');
    parts.push(part);
  }
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(parts),
    retryAfterMs: waitOf(response.headers['retry-after']),
  };
}

/** What a Retry-After asks for, in whole seconds and bounded; other forms ask for nothing. */
export function waitOf(header: string | undefined): number | undefined {
  if (header === undefined || !/^[0-9]{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header), MAX_WAIT_SECONDS) * 1000;
}
