/** The phone's door: sessions, streams with resume, heartbeats, bounds; over real HTTP. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { createLog } from '@gridveil/client/operations/log.js';
import {
  startNoticeServer,
  NOTICES_PATH,
  SESSIONS_PATH,
  type NoticeServerLimits,
} from '@gridveil/client/notices/notice-server.js';
import { NoticeStore } from '@gridveil/client/notices/notice-store.js';
import {
  OwnerSessions,
  sessionMessage,
  type OwnerSessionOptions,
} from '@gridveil/client/notices/owner-session.js';
import type { RunningServer } from '@gridveil/client/operations/operations-server.js';
import { notice } from '../../helpers/notices.js';

const SCOPE = { channel: 'gridveil', grid: 'toy' };
const AUDIENCE = 'notices.example';
const SILENT = createLog('notices', 'error', new Writable({ write: (_, __, done) => done() }));

/** Stands in for the meter's key, whose check has tests of its own: 64 bytes that only its holder makes. */
function signed(meterId: string, message: Uint8Array): Buffer {
  return createHash('sha512').update(`secret of ${meterId}`).update(message).digest();
}

interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  /** A comment. */
  readonly comment?: string;
}

/** What a stream sends, frame by frame, as an EventSource reads it. */
class StreamReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #abort: AbortController;
  #text = '';

  constructor(body: ReadableStream<Uint8Array>, abort: AbortController) {
    this.#chunks = body[Symbol.asyncIterator]();
    this.#abort = abort;
  }

  /** The next frame that is not the greeting; undefined at the end. */
  async next(): Promise<Frame | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        if (block.startsWith('retry: ')) continue;
        return frameOf(block);
      }
      const chunk = await this.#chunks.next();
      if (chunk.done) return undefined;
      this.#text += Buffer.from(chunk.value).toString('utf8');
    }
  }

  close(): void {
    this.#abort.abort();
  }
}

function frameOf(block: string): Frame {
  if (block.startsWith(':')) return { comment: block.slice(1).trim() };
  return Object.fromEntries(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
}

describe('notice server', () => {
  let nowSeconds: number;
  let store: NoticeStore;
  let server: RunningServer | undefined;
  let open: StreamReader[];

  async function start(
    limits: Partial<NoticeServerLimits> = {},
    changes: Partial<OwnerSessionOptions> = {},
  ): Promise<void> {
    const clock = (): number => nowSeconds;
    const sessions = new OwnerSessions({
      ...{
        scope: SCOPE,
        audience: AUDIENCE,
        secret: new Uint8Array(32).fill(7),
        tokenSeconds: 3600,
        nowSeconds: clock,
      },
      signedByMeter: (meterId, message, signature) =>
        meterId !== 'revoked' && signed(meterId, message).equals(signature),
      ...changes,
    });
    server = await startNoticeServer({
      ...{ host: '127.0.0.1', port: 0, store, sessions, log: SILENT, nowSeconds: clock },
      limits: { heartbeatMs: 60_000, ...limits },
    });
  }

  function url(path: string): string {
    assert.ok(server);
    return `${server.url}${path}`;
  }

  async function openSession(
    meterId = 'm1',
    atSeconds = nowSeconds,
    signature: Uint8Array = signed(meterId, sessionMessage(SCOPE, AUDIENCE, meterId, atSeconds)),
  ): Promise<{ status: number; token: string }> {
    const answer = await fetch(url(SESSIONS_PATH), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ meterId, atSeconds, signature: Buffer.from(signature).toString('base64url') }),
    });
    const { token = '' } = (await answer.json()) as { token?: string };
    return { status: answer.status, token };
  }

  async function get(
    token: string,
    lastEventId?: string,
  ): Promise<{ status: number; stream?: StreamReader; code?: string }> {
    const abort = new AbortController();
    const answer = await fetch(url(NOTICES_PATH), {
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: abort.signal,
    });
    if (answer.status !== 200)
      return { status: answer.status, ...((await answer.json()) as { code: string }) };
    assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.ok(answer.body);
    const stream = new StreamReader(answer.body, abort);
    open.push(stream);
    return { status: 200, stream };
  }

  async function streamOf(token: string, lastEventId?: string): Promise<StreamReader> {
    const { stream } = await get(token, lastEventId);
    assert.ok(stream);
    return stream;
  }

  beforeEach(() => {
    nowSeconds = 1_700_000_000;
    store = new NoticeStore(3);
    open = [];
  });
  afterEach(async () => {
    for (const stream of open) stream.close();
    await server?.close();
  });

  it('sends what is kept, then what comes', async () => {
    await start();
    store.add(notice(5));
    const stream = await streamOf((await openSession()).token);
    assert.deepEqual(await stream.next(), {
      ...{ id: '5', event: 'notice' },
      data: '{"code":"notify-arrears","atSeconds":1005,"sentence":"notice 5"}',
    });
    store.add(notice(6, 'm2'));
    store.add(notice(7));
    assert.equal((await stream.next())?.id, '7');
  });

  it('goes on after Last-Event-ID, and says when older ones are gone', async () => {
    await start();
    for (const position of [1, 2, 3, 4, 5]) store.add(notice(position));
    const { token } = await openSession();
    const resumed = await streamOf(token, '4');
    assert.equal((await resumed.next())?.id, '5');
    const late = await streamOf(token, '1');
    assert.equal((await late.next())?.event, 'gap');
    assert.deepEqual([(await late.next())?.id, (await late.next())?.id], ['3', '4']);
  });

  it('goes on where it was after the server was started again with the same secret and a store filled anew', async () => {
    await start();
    for (const position of [1, 2]) store.add(notice(position));
    const { token } = await openSession();
    await server?.close();
    store = new NoticeStore();
    for (const position of [1, 2, 3]) store.add(notice(position));
    await start();
    assert.equal((await (await streamOf(token, '2')).next())?.id, '3');
  });

  it('beats while there is nothing', async () => {
    await start({ heartbeatMs: 10 });
    const stream = await streamOf((await openSession()).token);
    assert.deepEqual(await stream.next(), { comment: 'still here' });
    store.add(notice(1));
    for (;;) {
      const frame = await stream.next();
      if (frame?.comment !== undefined) continue;
      assert.equal(frame?.id, '1');
      break;
    }
  });

  it('ends a stream after its time, or when the token expires', async () => {
    await start({ maxStreamMs: 20 });
    const first = await streamOf((await openSession()).token);
    assert.equal(await first.next(), undefined);
    await server?.close();
    await start({}, { tokenSeconds: 1 });
    const { token } = await openSession();
    assert.equal(await (await streamOf(token)).next(), undefined);
  });

  it('opens a session for the owner only, once for each signature, while it is fresh', async () => {
    await start();
    assert.equal((await openSession()).status, 201);
    assert.equal((await openSession()).status, 401, 'the same again');
    assert.equal((await openSession('m1', nowSeconds - 61)).status, 401, 'too old');
    assert.equal((await openSession('m1', nowSeconds + 61)).status, 401, 'too early');
    assert.equal((await openSession('m1', nowSeconds - 59)).status, 201);
    const others = signed('m2', sessionMessage(SCOPE, AUDIENCE, 'm1', nowSeconds));
    assert.equal((await openSession('m1', nowSeconds, others)).status, 401, 'signed by another meter');
    for (const message of [
      sessionMessage(SCOPE, 'elsewhere.example', 'm1', nowSeconds + 1),
      sessionMessage({ ...SCOPE, grid: 'other' }, AUDIENCE, 'm1', nowSeconds + 1),
    ])
      assert.equal((await openSession('m1', nowSeconds + 1, signed('m1', message))).status, 401);
    assert.equal((await openSession('revoked')).status, 401);
    // What was used is forgotten when it is not fresh any more, and then it is refused for that.
    nowSeconds += 1000;
    assert.equal((await openSession('m1', nowSeconds - 1000)).status, 401);
    assert.equal((await openSession()).status, 201);
  });

  it('refuses tokens that are wrong, changed, expired or of another server', async () => {
    await start();
    const { token } = await openSession();
    const [text = '', mac = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ meterId: 'm2', expiresAtSeconds: nowSeconds + 99 })).toString(
      'base64url',
    );
    for (const wrong of [
      '',
      'x',
      text,
      `${text}.`,
      `${forged}.${mac}`,
      `${text}.${mac}.`,
      `${text}.${'A'.repeat(43)}`,
    ])
      assert.deepEqual((await get(wrong)).code, 'TOKEN_REFUSED', wrong);
    nowSeconds += 3600;
    assert.equal((await get(token)).status, 401);
    await server?.close();
    nowSeconds -= 3600;
    await start({}, { secret: new Uint8Array(32).fill(8) });
    assert.equal((await get(token)).status, 401);
  });

  it('refuses requests that are none', async () => {
    await start();
    const { token } = await openSession();
    for (const id of ['-1', '1.5', 'x', '01', '9'.repeat(17)])
      assert.equal((await get(token, id)).code, 'BAD_LAST_EVENT_ID');
    const post = (body: string) =>
      fetch(url(SESSIONS_PATH), { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    assert.equal((await post('{')).status, 400);
    assert.equal((await post('{}')).status, 400);
    assert.equal(
      (await post(JSON.stringify({ meterId: 'm1', atSeconds: 1, signature: 'A'.repeat(86), more: 1 })))
        .status,
      400,
    );
    assert.equal((await post('x'.repeat(2000))).status, 413);
    assert.equal((await fetch(url('/v1/nothing'))).status, 404);
  });

  it('has room for so many streams, and room again when one has gone', async () => {
    await start({ maxStreamsPerMeter: 2, maxStreams: 3 });
    const { token } = await openSession();
    const [first] = [await streamOf(token), await streamOf(token)];
    assert.equal((await get(token)).status, 429);
    const other = (await openSession('m2')).token;
    await streamOf(other);
    assert.equal((await get(other)).status, 503);
    first.close();
    for (let status = 429; status !== 200;) status = (await get(token)).status;
  });
});
