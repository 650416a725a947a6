/** Reports over MQTT 5 and a real broker: answered with receipts, counted once whatever is delivered again, killed or away. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAsync, type IClientPublishOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { FogMetrics } from '@gridveil/client/operations/fog-metrics.js';
import { createLog } from '@gridveil/client/operations/log.js';
import type { RunningServer } from '@gridveil/client/operations/operations-server.js';
import { decodeReceiptedAnswers, encodeReportBatch } from '@gridveil/client/parties/fog-messages.js';
import { ReportSender } from '@gridveil/client/parties/report-sender.js';
import { MqttPoster } from '@gridveil/client/transport/mqtt-poster.js';
import { openMqttReportDoor } from '@gridveil/client/transport/mqtt-report-door.js';
import { answerTopic, isAnswerTopic, reportTopic } from '@gridveil/client/transport/mqtt-topics.js';
import { DurableBench } from '../../helpers/durable-bench.js';
import { NORTH } from '../../helpers/fog-bench.js';
import { JournalFolders } from '../../helpers/journal-folder.js';
import { startMosquitto, type Mosquitto } from '../../helpers/mosquitto.js';
import { Writable } from 'node:stream';

const silence = new Writable({ write: (_chunk, _encoding, done) => done() });

describe('reports over MQTT 5', function () {
  this.timeout(60_000);
  const folders = new JournalFolders();
  let broker: Mosquitto;
  let bench: DurableBench;
  let grid: string;
  let metrics: FogMetrics;
  let doors: RunningServer[];
  let posters: MqttPoster[];
  let clients: MqttClient[];

  before(async function () {
    broker = await startMosquitto(this);
  });
  after(() => broker?.remove());
  beforeEach(async () => {
    bench = await DurableBench.open(folders);
    // Each test its own topics: sessions of the broker outlive a test.
    grid = bench.fog.grid.record.grid;
    metrics = new FogMetrics(() => ({ openSlots: 0, unsettledSlots: 0, journalBytes: 0 }));
    [doors, posters, clients] = [[], [], []];
  });
  afterEach(async () => {
    for (const poster of posters) await poster.close();
    for (const client of clients) await client.endAsync(true);
    for (const door of doors) await door.close();
    await folders.remove();
  });

  async function openDoor(): Promise<RunningServer> {
    const log = createLog('fog', 'error', silence);
    const taker = {
      takeAll: bench.node.takeAll.bind(bench.node),
      handle: bench.node.handle.bind(bench.node),
    };
    const address = { url: broker.url };
    const door = await openMqttReportDoor({
      broker: address,
      grid,
      fogNode: 'fog',
      taker,
      log,
      watch: metrics,
    });
    doors.push(door);
    return door;
  }
  async function openPoster(timeoutMs = 3_000): Promise<MqttPoster> {
    const poster = await MqttPoster.open({ broker: { url: broker.url }, grid, timeoutMs });
    posters.push(poster);
    return poster;
  }
  const senderOf = (poster: MqttPoster, onWait?: (reason: string, waitMs: number) => void): ReportSender =>
    new ReportSender({
      fogNode: 'fog',
      receiptKey: bench.receiptKey.publicKey,
      grid: bench.fog.grid,
      post: (body) => poster.post('fog', body),
      ...(onWait ? { onWait } : {}),
    });
  async function openClient(): Promise<MqttClient> {
    const client = await connectAsync(broker.url, { protocolVersion: 5 });
    clients.push(client);
    return client;
  }
  const reportsOf = (slot: number, energyWh = 1n) =>
    NORTH.map((meterId) => bench.fog.report(meterId, energyWh, { slot }));

  it('answers a batch with its receipt, the good reports beside the bad ones', async () => {
    await openDoor();
    const [good, again] = [bench.fog.report('n1', 1n), bench.fog.report('n2', 1n)];
    const bad = bench.fog.report('n3', 1n, {}, 'n4');
    const { answers, items, receipt } = await senderOf(await openPoster()).deliver([good, bad, again, good]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['accepted', 'refused', 'accepted', 'duplicate'],
    );
    assert.equal(items.length, 3);
    assert.ok(bench.holds(receipt, good, again, good));
    assert.match(await metrics.registry.metrics(), /gridveil_fog_reports_total\{answer="accepted"\} 2/);
  });

  it('takes a single report, and a thousand', async () => {
    await openDoor();
    const client = await openClient();
    const topic = answerTopic(grid, 'one');
    await client.subscribeAsync(topic, { qos: 1 });
    const answered = new Promise<[Buffer, IPublishPacket]>((resolve) =>
      client.once('message', (_, body, packet) => resolve([body, packet])),
    );
    const report = bench.fog.report('n1', 1n);
    const properties = { responseTopic: topic, correlationData: Buffer.from('c1') };
    await client.publishAsync(reportTopic(grid, 'fog', 'report'), Buffer.from(report), {
      qos: 1,
      properties,
    });
    const [body, packet] = await answered;
    assert.deepEqual(decodeReceiptedAnswers(body, 1).answers, [{ status: 'accepted' }]);
    assert.deepEqual({ ...packet.properties?.userProperties }, { status: '200' });
    assert.equal(packet.properties?.correlationData?.toString(), 'c1');
    const many = Array.from({ length: 200 }, (_, i) => reportsOf(bench.fog.slot - i)).flat();
    const { answers } = await senderOf(await openPoster()).deliver(many);
    assert.equal(answers.filter(({ status }) => status === 'accepted').length, 999);
  });

  it('counts each report once, whatever is delivered twice, killed and started again', async () => {
    await openDoor();
    const poster = await openPoster(1_000);
    const waits: string[] = [];
    const sender = senderOf(poster, (reason) => waits.push(reason));
    const twin = await openClient();
    twin.on('error', () => undefined);
    const slots = Array.from({ length: 30 }, (_, i) => bench.fog.slot - i);
    const faults = new Map<number, () => Promise<unknown>>([
      [5, () => broker.kill()],
      [7, () => broker.start()],
      [12, () => broker.kill('SIGTERM')],
      [14, () => broker.start()],
      [20, () => (doors.pop() as RunningServer).close()],
      [
        22,
        async () => {
          await bench.restart();
          await openDoor();
        },
      ],
    ]);
    const deliveries: Promise<unknown>[] = [];
    for (const [i, slot] of slots.entries()) {
      await faults.get(i)?.();
      const reports = reportsOf(slot, BigInt(i + 1));
      // The same bytes a second time, from somebody else, with an answer that nobody waits for.
      twin.publish(reportTopic(grid, 'fog', 'reports'), Buffer.from(encodeReportBatch(reports)), {
        qos: 1,
        properties: { responseTopic: answerTopic(grid, 'nobody'), correlationData: Buffer.from('x') },
      });
      deliveries.push(sender.deliver(reports).then(({ items }) => assert.equal(items.length, 5)));
      await pause(20);
    }
    await Promise.all(deliveries);
    assert.ok(waits.length > 0, 'the faults were felt');
    const settled = await bench.node.settle(slots);
    assert.ok(settled.every(({ outcome }) => outcome === 'stored'));
    for (const [i, slot] of slots.entries()) {
      assert.equal(bench.opened('north', slot), BigInt(5 * (i + 1)), `slot ${i}`);
      assert.equal(bench.ledger.total('north', slot)?.count, 5);
    }
    assert.equal(bench.ledger.conflicts, 0);
  });

  it('keeps what comes while the fog node is down, and hands it over when it is back', async () => {
    const first = await openDoor();
    const poster = await openPoster(20_000);
    await senderOf(poster).deliver(reportsOf(bench.fog.slot - 1));
    await first.close();
    doors = [];
    const delivery = senderOf(poster).deliver(reportsOf(bench.fog.slot));
    await pause(300);
    assert.deepEqual(
      bench.node.openSlots().map(({ slot }) => slot),
      [bench.fog.slot - 1],
    );
    await openDoor();
    assert.equal((await delivery).items.length, 5);
  });

  it('asks to wait while the journal is full, which the sender does', async () => {
    await openDoor();
    bench.disk.roomBytes = 0;
    const waits: [string, number][] = [];
    const sender = senderOf(await openPoster(), (reason, waitMs) => {
      if (reason.startsWith('status')) waits.push([reason, waitMs]);
      bench.disk.roomBytes = Infinity;
    });
    await pause(500); // subscribed: the first attempt finds the fog node
    const { answers } = await sender.deliver([bench.fog.report('n1', 1n)]);
    assert.deepEqual(answers, [{ status: 'accepted' }]);
    assert.equal(waits[0]?.[0], 'status 503');
    assert.ok((waits[0]?.[1] ?? 0) >= 1000, 'no earlier than it was told');
  });

  it('answers nowhere but under the answers of its grid, and takes nothing that it cannot answer', async () => {
    await openDoor();
    await senderOf(await openPoster()).deliver(reportsOf(bench.fog.slot - 1));
    const client = await openClient();
    const seen: string[] = [];
    client.on('message', (topic) => seen.push(topic));
    await client.subscribeAsync('gridveil/#', { qos: 1 });
    const topic = reportTopic(grid, 'fog', 'reports');
    const body = Buffer.from(encodeReportBatch(reportsOf(bench.fog.slot)));
    const answer = answerTopic(grid, 'me');
    const correlationData = Buffer.from('c');
    const tries: IClientPublishOptions['properties'][] = [
      {},
      { responseTopic: answer },
      { correlationData },
      { responseTopic: answer, correlationData: Buffer.alloc(65) },
      { responseTopic: topic, correlationData },
      { responseTopic: 'gridveil/v1/other/answers/me', correlationData },
      { responseTopic: `${answer}/deeper`, correlationData },
      { responseTopic: answerTopic(grid, ''), correlationData },
      { responseTopic: `${answerTopic(grid, '')}${'x'.repeat(2000)}`, correlationData },
    ];
    for (const properties of tries)
      await client.publishAsync(topic, body, { qos: 1, ...(properties ? { properties } : {}) });
    await client.publishAsync(topic, body, {
      qos: 1,
      retain: true,
      properties: { responseTopic: answer, correlationData },
    });
    // A later message is answered: those before it have been worked on.
    await senderOf(await openPoster()).deliver(reportsOf(bench.fog.slot - 2));
    assert.ok(
      seen.every((each) => each === topic || each.startsWith(answerTopic(grid, ''))),
      seen.join(),
    );
    assert.deepEqual(
      seen.filter((each) => each === answer),
      [answer],
      'only the retained one, which came as a new one',
    );
    await client.publishAsync(topic, '', { retain: true, qos: 1 });
  });

  it('forms topics that identifiers cannot break out of', () => {
    assert.equal(reportTopic('a/+#$', 'f ö', 'reports'), 'gridveil/v1/a%2F%2B%23%24/f%20%C3%B6/reports');
    assert.ok(isAnswerTopic('g', answerTopic('g', 'a/b')));
    for (const topic of [
      '',
      'gridveil/v1/g/answers',
      'gridveil/v1/g/answers/',
      'gridveil/v1/g/answers/+',
      'gridveil/v1/g/answers/#',
      'gridveil/v1/g/answers/a/b',
      'gridveil/v1/h/answers/a',
      '$SYS/x',
    ])
      assert.equal(isAnswerTopic('g', topic), false, topic);
  });
});
