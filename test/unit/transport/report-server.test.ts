import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { request } from 'node:http';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { exportSecret } from '@gridveil/client/crypto/curve25519.js';
import { ClientError } from '@gridveil/client/errors.js';
import { FogMetrics } from '@gridveil/client/operations/fog-metrics.js';
import { createLog } from '@gridveil/client/operations/log.js';
import { startOperations, type RunningServer } from '@gridveil/client/operations/operations-server.js';
import { decodeReceiptedAnswers, encodeReportBatch } from '@gridveil/client/parties/fog-messages.js';
import { ReportSender } from '@gridveil/client/parties/report-sender.js';
import { ReportPoster } from '@gridveil/client/transport/report-poster.js';
import {
  BATCH_PATH,
  BODY_TYPE,
  REPORT_PATH,
  startReportServer,
  type ReportServerLimits,
  type ReportTaker,
} from '@gridveil/client/transport/report-server.js';
import { DurableBench } from '../../helpers/durable-bench.js';
import { NORTH } from '../../helpers/fog-bench.js';
import { JOURNAL_KEY, JournalFolders } from '../../helpers/journal-folder.js';

describe('report server', () => {
  const folders = new JournalFolders();
  let bench: DurableBench;
  let logText: string;
  let closers: (() => Promise<void> | void)[];
  beforeEach(async () => {
    bench = await DurableBench.open(folders);
    logText = '';
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
    await folders.remove();
  });

  async function serve(
    limits: Partial<ReportServerLimits> = {},
    taker: ReportTaker = bench.node,
  ): Promise<{ server: RunningServer; poster: ReportPoster; metrics: FogMetrics }> {
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        logText += chunk.toString();
        done();
      },
    });
    const metrics = new FogMetrics(() => ({ openSlots: 1, unsettledSlots: 2, journalBytes: 3 }));
    const log = createLog('fog', 'debug', sink);
    const server = await startReportServer({
      host: '127.0.0.1',
      port: 0,
      taker,
      log,
      watch: metrics,
      limits,
    });
    const poster = new ReportPoster({ url: server.url, timeoutMs: 5_000 });
    closers.push(
      () => server.close(),
      () => poster.close(),
    );
    return { server, poster, metrics };
  }

  const sender = (poster: ReportPoster, more: Partial<ConstructorParameters<typeof ReportSender>[0]> = {}) =>
    new ReportSender({
      fogNode: 'fog',
      receiptKey: bench.receiptKey.publicKey,
      grid: bench.fog.grid,
      post: (body) => poster.post(BATCH_PATH, body),
      ...more,
    });

  describe('takes', () => {
    it('one report, and answers with its receipt', async () => {
      const { poster } = await serve();
      const report = bench.fog.report('n1', 5n);
      for (const status of ['accepted', 'duplicate']) {
        const { status: code, body } = await poster.post(REPORT_PATH, report);
        assert.equal(code, 200);
        const { answers, receipt } = decodeReceiptedAnswers(body, 1);
        assert.deepEqual(answers, [{ status }]);
        assert.ok(bench.holds(receipt, report));
      }
    });

    it('a batch from a sender, the good reports beside the bad ones', async () => {
      const { poster, metrics } = await serve();
      const reports = [
        bench.fog.report('n1', 1n),
        bench.fog.report('n2', 1n, {}, 'n3'),
        bench.fog.report('n4', 1n),
      ];
      const { answers, items } = await sender(poster).deliver(reports);
      assert.deepEqual(
        answers.map(({ status }) => status),
        ['accepted', 'refused', 'accepted'],
      );
      assert.equal(items.length, 2);
      const text = await metrics.registry.metrics();
      assert.match(text, /gridveil_fog_reports_total\{answer="accepted"\} 2/);
      assert.match(text, /gridveil_fog_reports_total\{answer="refused"\} 1/);
    });

    it('a thousand reports at once', async () => {
      const { poster } = await serve();
      const { answers } = await sender(poster).deliver(
        Array.from({ length: 1000 }, (_, i) =>
          bench.fog.report(NORTH[i % 5] as 'n1', 1n, { slot: bench.fog.slot - (i >> 3) }),
        ),
      );
      assert.equal(answers.length, 1000);
    });
  });

  describe('refuses', () => {
    interface Reply {
      readonly status: number;
      readonly code: string;
      readonly retryAfter: string | undefined;
    }
    function post(
      server: RunningServer,
      path: string,
      body: Uint8Array,
      headers: Record<string, string | number> = {},
      method = 'POST',
    ): Promise<Reply> {
      return new Promise((resolve, reject) => {
        const sent = request(new URL(path, server.url), {
          method,
          headers: { 'content-type': BODY_TYPE, 'content-length': body.length, ...headers },
          agent: false,
        });
        sent.once('error', reject);
        sent.once('response', (response) => {
          let text = '';
          response.on('data', (part: Buffer) => (text += part.toString()));
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              code: (JSON.parse(text) as { code: string }).code,
              retryAfter: response.headers['retry-after'],
            }),
          );
        });
        sent.end(body);
      });
    }

    it('what is no batch, with the code of what is wrong', async () => {
      const { server } = await serve();
      const batch = encodeReportBatch([bench.fog.report('n1', 1n)]);
      const cases: [Uint8Array, string][] = [
        [new Uint8Array(0), 'WRONG_LABEL'],
        [batch.subarray(0, batch.length - 1), 'TRUNCATED'],
        [Buffer.from('{"reports":[]}'), 'TRUNCATED'],
        [encodeReportBatch(Array.from({ length: 1001 }, () => new Uint8Array(1))), 'TRAILING_BYTES'],
      ];
      for (const [body, code] of cases) {
        const reply = await post(server, BATCH_PATH, body);
        assert.deepEqual([reply.status, reply.code], [400, code]);
      }
      assert.deepEqual(bench.node.openSlots(), []);
    });

    it('other types, methods and paths', async () => {
      const { server } = await serve();
      const report = bench.fog.report('n1', 1n);
      for (const type of ['application/json', 'text/plain', 'application/octet-streams', ''])
        assert.equal(
          (await post(server, REPORT_PATH, report, { 'content-type': type })).status >= 400,
          true,
          type,
        );
      assert.equal((await post(server, '/v1/other', report)).status, 404);
      assert.equal((await post(server, REPORT_PATH, report, {}, 'PUT')).status, 404);
      assert.deepEqual(bench.node.openSlots(), []);
    });

    it('a body whose length is not told, and one that is too long, before it is read', async () => {
      const { server } = await serve();
      const raw = async (head: string): Promise<string> => {
        const { hostname, port } = new URL(server.url);
        const socket = connect(Number(port), hostname);
        socket.write(
          `POST ${BATCH_PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: ${BODY_TYPE}\r\n${head}\r\n\r\n`,
        );
        const [first] = (await once(socket, 'data')) as [Buffer];
        socket.destroy();
        return first.toString().split('\r\n')[0] ?? '';
      };
      assert.match(await raw('transfer-encoding: chunked'), / 411 /);
      assert.match(await raw('content-length: 2000001'), / 413 /);
      assert.match(await raw('content-length: 999999999999'), / 413 /);
      const { status } = await post(server, REPORT_PATH, new Uint8Array(4097));
      assert.equal(status, 413);
    });

    it('headers without end and senders that stall', async () => {
      const { server } = await serve({ requestMs: 300 });
      const { hostname, port } = new URL(server.url);
      for (const start of [
        'POST /v1/report HTTP/1.1\r\nx: ',
        `POST ${REPORT_PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: ${BODY_TYPE}\r\ncontent-length: 900\r\n\r\nabc`,
      ]) {
        const socket = connect(Number(port), hostname);
        socket.write(start);
        socket.resume();
        await once(socket, 'close');
      }
      const socket = connect(Number(port), hostname);
      socket.write(`POST /v1/report HTTP/1.1\r\nx: ${'a'.repeat(10_000)}\r\n\r\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString(), / 431 /);
      socket.destroy();
    });

    it('more than fits, with a time to wait, and takes it when there is room again', async () => {
      let release = () => undefined as void;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const taker: ReportTaker = {
        takeAll: (reports) => gate.then(() => bench.node.takeAll(reports)),
        handle: (body) => gate.then(() => bench.node.handle(body)),
        inclusionOf: () => undefined,
      };
      const { server, poster, metrics } = await serve({ maxRequests: 2, retryAfterSeconds: 7 }, taker);
      const waiting = [bench.fog.report('n1', 1n), bench.fog.report('n2', 1n)].map((report) =>
        poster.post(REPORT_PATH, report),
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      const reply = await post(server, REPORT_PATH, bench.fog.report('n3', 1n));
      assert.deepEqual(reply, { status: 503, code: 'OVERLOADED', retryAfter: '7' });
      assert.match(await metrics.registry.metrics(), /turned_away_total 1/);
      release();
      assert.ok((await Promise.all(waiting)).every(({ status }) => status === 200));
      assert.equal((await post(server, REPORT_PATH, new Uint8Array(3))).status, 200, 'room again');
    });

    it('more bytes than it will hold', async () => {
      const { poster } = await serve({ maxQueuedBytes: 1_000 });
      assert.equal((await poster.post(BATCH_PATH, new Uint8Array(1_001))).status, 503);
      assert.equal((await poster.post(BATCH_PATH, new Uint8Array(900))).status, 400);
      assert.equal(
        (await poster.post(BATCH_PATH, new Uint8Array(900))).status,
        400,
        'what was refused has left',
      );
    });

    it('everything while its journal is full, and a sender gets through afterwards', async () => {
      const { poster } = await serve({ retryAfterSeconds: 0 });
      bench.disk.roomBytes = 0;
      const reasons: string[] = [];
      const { answers } = await sender(poster, {
        onWait: (reason) => {
          if (reasons.push(reason) === 2) bench.disk.roomBytes = Infinity;
        },
      }).deliver([bench.fog.report('n1', 1n)]);
      assert.deepEqual(answers, [{ status: 'accepted' }]);
      assert.deepEqual(reasons, ['status 503', 'status 503']);
      assert.match(logText, /"code":"JOURNAL_FULL"/);
    });
  });

  describe('a sender', () => {
    it('waits at least as long as it is told, and goes on after a lost connection', async () => {
      const { poster } = await serve();
      const waits: number[] = [];
      let attempt = 0;
      const post = async (body: Uint8Array) => {
        attempt += 1;
        if (attempt === 1) return { status: 503, body: new Uint8Array(0), retryAfterMs: 300 };
        if (attempt === 2) throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
        return poster.post(BATCH_PATH, body);
      };
      await sender(poster, { post, onWait: (_, waitMs) => waits.push(waitMs) }).deliver([
        bench.fog.report('n1', 1n),
      ]);
      assert.equal(waits.length, 2);
      assert.ok((waits[0] as number) >= 300);
    });

    it('believes no receipt of anybody else, and no answer of the wrong length', async () => {
      const { poster } = await serve();
      const reports = [bench.fog.report('n1', 1n), bench.fog.report('n2', 1n)];
      const other = sender(poster, { receiptKey: bench.fog.agreement.publicKey.map((byte) => byte ^ 1) });
      await assert.rejects(other.deliver(reports));
      const invalid = (error: unknown) => error instanceof ClientError && error.code === 'RECEIPT_INVALID';
      await assert.rejects(sender(poster, { fogNode: 'fog-2' }).deliver(reports), invalid);
      const fewer = sender(poster, {
        post: () => poster.post(BATCH_PATH, encodeReportBatch(reports.slice(1))),
      });
      await assert.rejects(fewer.deliver(reports), { code: 'BAD_FIELD' });
    });

    it('gives up at once where its message was not meant for', async () => {
      const { poster } = await serve();
      const lost = sender(poster, { post: (body) => poster.post('/v2/reports', body) });
      await assert.rejects(lost.deliver([bench.fog.report('n1', 1n)]), { code: 'REPORTS_REFUSED' });
    });

    it('stops when it is told to', async () => {
      const stop = new AbortController();
      const waiting = sender(new ReportPoster({ url: 'http://127.0.0.1:1' }), {
        signal: stop.signal,
        onWait: () => stop.abort(),
      });
      await assert.rejects(waiting.deliver([bench.fog.report('n1', 1n)]), { name: 'AbortError' });
    });
  });

  it('says nothing of a reading or a key, in logs at debug level, metrics, health or answers', async () => {
    const { poster, metrics } = await serve({ retryAfterSeconds: 0 });
    const operations = await startOperations({
      host: '127.0.0.1',
      port: 0,
      metrics: metrics.registry,
      health: () => ({ ready: true, openSlots: 1 }),
    });
    closers.push(() => operations.close());
    const canary = 987_654_321n;
    const good = bench.fog.report('n1', canary);
    let said = '';
    for (const body of [
      good,
      good,
      bench.fog.report('n1', canary + 1n),
      bench.fog.report('n2', canary, {}, 'n3'),
      good.subarray(0, 99),
    ])
      said += (await poster.post(REPORT_PATH, body)).body.toString();
    bench.disk.failSync = true;
    said += (await poster.post(REPORT_PATH, bench.fog.report('n4', canary))).body.toString();
    for (const path of ['/health', '/metrics'])
      said += await (await fetch(new URL(path, operations.url))).text();
    said += logText;
    assert.match(said, /JOURNAL_BROKEN/);
    assert.match(said, /gridveil_fog_request_seconds_count/);
    const header = bench.fog.header('n1');
    const secrets = [
      bench.fog.macKey('n1', header),
      exportSecret(bench.fog.agreement),
      exportSecret(bench.receiptKey),
      JOURNAL_KEY,
      good,
    ];
    const forms = secrets.flatMap((secret) =>
      (['hex', 'base64', 'base64url'] as const).map((form) =>
        Buffer.from(secret).toString(form).slice(0, 40),
      ),
    );
    for (const form of [...forms, String(canary), String(canary + 1n)]) assert.ok(!said.includes(form), form);
  });
});
