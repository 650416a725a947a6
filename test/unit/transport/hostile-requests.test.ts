/** Hostile input through the doors of a fog node: HTTP with single reports and batches, and what MQTT hands over. Nothing is counted, nothing crashes. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { concatBytes, lp, u32, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { FogMetrics } from '@gridveil/client/operations/fog-metrics.js';
import { createLog } from '@gridveil/client/operations/log.js';
import type { RunningServer } from '@gridveil/client/operations/operations-server.js';
import {
  decodeReceiptedAnswers,
  encodeReportBatch,
  FOG_REPORT_BATCH,
} from '@gridveil/client/parties/fog-messages.js';
import { answerReports } from '@gridveil/client/transport/mqtt-report-door.js';
import { ReportPoster } from '@gridveil/client/transport/report-poster.js';
import {
  BATCH_PATH,
  BODY_TYPE,
  REPORT_PATH,
  startReportServer,
} from '@gridveil/client/transport/report-server.js';
import { DurableBench } from '../../helpers/durable-bench.js';
import { hostileReports, mutatedReports, type HostileClass } from '../../helpers/hostile-reports.js';
import { JournalFolders } from '../../helpers/journal-folder.js';

/** What one door makes of a body: status as of HTTP, and the body of its answer. */
type Door = (body: Uint8Array) => Promise<{ readonly status: number; readonly body: Uint8Array }>;

describe('hostile requests', function () {
  this.timeout(60_000);
  const folders = new JournalFolders();
  let bench: DurableBench;
  let server: RunningServer;
  let poster: ReportPoster;
  let doors: Record<'http' | 'mqtt', { readonly single: Door; readonly batch: Door }>;
  beforeEach(async () => {
    bench = await DurableBench.open(folders);
    bench.fog.revoke('n5');
    await bench.node.syncMeters();
    const watch = new FogMetrics(() => ({ openSlots: 0, unsettledSlots: 0, journalBytes: 0 }));
    const log = createLog('fog', 'error', new Writable({ write: (_chunk, _encoding, done) => done() }));
    server = await startReportServer({ host: '127.0.0.1', port: 0, taker: bench.node, log, watch });
    poster = new ReportPoster({ url: server.url, timeoutMs: 5_000 });
    const taker = {
      takeAll: bench.node.takeAll.bind(bench.node),
      handle: bench.node.handle.bind(bench.node),
    };
    const over =
      (kind: 'report' | 'reports'): Door =>
      async (message) => {
        const { status, body } = await answerReports(
          { grid: 'toy', fogNode: 'fog', taker, log, watch },
          kind,
          message,
        );
        return { status, body: utf8(body) };
      };
    doors = {
      http: {
        single: (body) => poster.post(REPORT_PATH, body),
        batch: (body) => poster.post(BATCH_PATH, body),
      },
      mqtt: { single: over('report'), batch: over('reports') },
    };
  });
  afterEach(async () => {
    poster.close();
    await server.close();
    await folders.remove();
  });

  const assertNothingCounted = (): void =>
    assert.deepEqual([bench.node.openSlots(), bench.node.equivocations, bench.node.late.all], [[], [], []]);
  const assertStillThere = async (): Promise<void> => {
    const { status, body } = await poster.post(REPORT_PATH, bench.fog.report('n1', 1n));
    assert.deepEqual([status, decodeReceiptedAnswers(body, 1).answers], [200, [{ status: 'accepted' }]]);
  };
  const assertRefused = (
    { status, body }: Awaited<ReturnType<Door>>,
    reports: number,
    what: string,
  ): void => {
    if (status !== 200) return assert.ok(status >= 400 && status < 500, `${what}: ${status}`);
    const { answers, receipt } = decodeReceiptedAnswers(body, reports);
    assert.equal(receipt, undefined, what);
    assert.ok(
      answers.every((answer) => answer.status === 'refused'),
      what,
    );
  };

  /** Bodies that are no batch, or one of nothing good. */
  function hostileBatches(): HostileClass[] {
    const report = bench.fog.report('n1', 1n);
    const { label } = FOG_REPORT_BATCH;
    const good = encodeReportBatch([report]);
    return [
      ['a batch without its label', lp(report)],
      ['a batch with the label of another scheme', lp('gridveil/tou-billing/report-batch/v1', report)],
      ['a batch of a later version', lp('gridveil/fog-aggregation/report-batch/v2', report)],
      ['a batch whose label comes last', lp(report, label)],
      ['a batch in a batch', encodeReportBatch([good])],
      ['a batch and a byte', concatBytes(good, Uint8Array.of(0))],
      ['a batch that claims 4 GB', concatBytes(good.subarray(0, 4 + label.length), u32(0xffffffff), report)],
      [
        'a batch that claims one byte more',
        concatBytes(good.subarray(0, 4 + label.length), u32(report.length + 1), report),
      ],
      ['a batch cut off', good.subarray(0, good.length - 1)],
      ['1,001 reports of nothing', encodeReportBatch(Array.from({ length: 1001 }, () => new Uint8Array(0)))],
      ['1,000 reports of nothing', encodeReportBatch(Array.from({ length: 1000 }, () => new Uint8Array(0)))],
      ['1,000 reports of a byte', encodeReportBatch(Array.from({ length: 1000 }, () => Uint8Array.of(1)))],
      ['one report of 1.9 MB', encodeReportBatch([new Uint8Array(1_900_000)])],
      ['more than a batch may have', new Uint8Array(FOG_REPORT_BATCH.limitBytes + 1)],
    ];
  }

  for (const name of ['http', 'mqtt'] as const) {
    it(`of every class over ${name} are refused: single, and in a batch`, async () => {
      const { single, batch } = doors[name];
      const classes = hostileReports(bench.fog);
      assert.ok(classes.length >= 40);
      for (const [what, bytes] of classes) {
        assertRefused(await single(bytes), 1, what);
        assertRefused(await batch(encodeReportBatch([bytes])), 1, what);
        // What is wrong as a report may be right as a batch.
        if (what !== 'a batch for a report') assertRefused(await batch(bytes), 1, what);
      }
      for (const [what, bytes] of hostileBatches()) {
        const claimed = /^1,000/.test(what) ? 1000 : 1;
        assertRefused(await batch(bytes), claimed, what);
        assertRefused(await single(bytes), 1, what);
      }
      assertNothingCounted();
      await assertStillThere();
    });

    it(`changed at random over ${name} are refused in batches of a hundred`, async () => {
      const mutated = mutatedReports(bench.fog, `over ${name}`);
      for (let i = 0; i < 30; i++) {
        const reports = Array.from({ length: 100 }, () => mutated.next().value as Uint8Array);
        assertRefused(await doors[name].batch(encodeReportBatch(reports)), 100, String(i));
      }
      assertNothingCounted();
      await assertStillThere();
    });
  }

  it('that are no HTTP, or HTTP of another kind, end without an answer that counts', async () => {
    const { hostname, port } = new URL(server.url);
    const head = (line: string, ...headers: readonly string[]): string =>
      [line, 'host: x', ...headers, '', ''].join('\r\n');
    const typed = `content-type: ${BODY_TYPE}`;
    const requests = [
      '\r\n\r\n',
      '\u0000\u0001\u0002\r\n\r\n',
      'hello\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      head('POST /v1/report HTTP/9.9', typed),
      head('POST /v1/report HTTP/1.1'),
      head('POST /v1/report HTTP/1.1', typed, 'content-length: -1'),
      head('POST /v1/report HTTP/1.1', typed, 'content-length: 1e3'),
      head('POST /v1/report HTTP/1.1', typed, 'content-length: 99999999999999999999'),
      head('POST /v1/report HTTP/1.1', typed, 'content-length: 5', 'content-length: 6'),
      head('POST /v1/report HTTP/1.1', typed, 'content-length: 5', 'transfer-encoding: chunked'),
      head('POST /v1/report HTTP/1.1', typed, 'transfer-encoding: gzip, chunked'),
      `${head('POST /v1/report HTTP/1.1', 'content-type: application/json', 'content-length: 2')}{}`,
      `${head('POST /v1/report HTTP/1.1', 'content-type: multipart/form-data; boundary=x', 'content-length: 2')}{}`,
      head('GET /v1/report HTTP/1.1'),
      head('DELETE /v1/report HTTP/1.1'),
      head('POST /v1/../../etc/passwd HTTP/1.1', typed, 'content-length: 0'),
      head('POST /v1/report%00 HTTP/1.1', typed, 'content-length: 0'),
      head(`POST /${'a'.repeat(5_000)} HTTP/1.1`, typed, 'content-length: 0'),
      head('POST /v1/report HTTP/1.1', typed, `x: ${'y'.repeat(20_000)}`, 'content-length: 0'),
      head('POST /v1/report HTTP/1.1', typed, 'expect: 200-maybe', 'content-length: 0'),
    ];
    for (const request of requests) {
      const answer = await new Promise<string>((resolve) => {
        let text = '';
        const socket = connect(Number(port), hostname);
        socket.on('data', (part: Buffer) => {
          text += part.toString('latin1');
          socket.destroy();
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(text));
        socket.setTimeout(2_000, () => socket.destroy());
        socket.write(request, 'latin1');
      });
      assert.doesNotMatch(answer, /^HTTP\/1.1 (2|5)/, JSON.stringify(request.slice(0, 60)));
    }
    assertNothingCounted();
    await assertStillThere();
  });
});
