/**
 * The fog node's second door: reports over MQTT 5 (mqtt-topics.ts), answered with the same receipts as over HTTP.
 *
 * The broker is told of a message (PUBACK) after its answer was made, that is after its reports are in the journal: what a crash interrupts is delivered again, and
 * counts once. Messages are worked on one after the other and the broker hands over a bounded number and size of them; what it cannot queue the senders send again.
 */
import { connect, type IPublishPacket, type MqttClient } from 'mqtt';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import type { Log } from '../operations/log.js';
import type { RunningServer } from '../operations/operations-server.js';
import { encodeReceiptedAnswers, type ReceiptedAnswers } from '../parties/fog-messages.js';
import {
  brokerOptions,
  isAnswerTopic,
  MAX_CORRELATION_BYTES,
  MAX_PACKET_BYTES,
  reportTopic,
  type BrokerAddress,
  type ReportKind,
} from './mqtt-topics.js';
import { MAX_REPORT_BYTES, type ReportServerWatch, type ReportTaker } from './report-server.js';

/** Messages the broker may hand over before the first of them is answered: 64 MB of the largest. */
const RECEIVE_MAXIMUM = 32;
/** How long the broker keeps what comes while the fog node is down. */
const SESSION_SECONDS = 3_600;
const DEFAULT_RETRY_AFTER_SECONDS = 1;

export interface MqttReportDoorOptions {
  readonly broker: BrokerAddress;
  readonly grid: string;
  readonly fogNode: string;
  readonly taker: Pick<ReportTaker, 'takeAll' | 'handle'>;
  readonly log: Log;
  readonly watch: ReportServerWatch;
  readonly retryAfterSeconds?: number;
}

/** What a sender is told, as over HTTP. */
export interface DoorAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterSeconds?: number;
}

/** Connects, and again whenever the connection is lost; does not wait for the first one. @throws ClientError FILE_UNREADABLE */
export async function openMqttReportDoor(options: MqttReportDoorOptions): Promise<RunningServer> {
  const { broker, grid, fogNode, log } = options;
  let working: Promise<unknown> = Promise.resolve();
  const client = connect(broker.url, {
    ...(await brokerOptions(broker)),
    clientId: `gridveil-fog-${encodeURIComponent(grid)}-${encodeURIComponent(fogNode)}`,
    clean: false,
    resubscribe: false,
    properties: {
      sessionExpiryInterval: SESSION_SECONDS,
      receiveMaximum: RECEIVE_MAXIMUM,
      maximumPacketSize: MAX_PACKET_BYTES,
    },
    customHandleAcks: (topic, message, packet: IPublishPacket, done) => {
      working = answerMessage(client, options, topic, message, packet)
        .catch((error: unknown) => log.error('report message failed', error))
        // Acknowledged in any case: what cannot be answered now would block all that comes after it, and its sender sends it again.
        .then(() => done(0));
    },
  });
  client.on('connect', () => {
    const topics = (['report', 'reports'] as const).map((kind) => reportTopic(grid, fogNode, kind));
    client.subscribe(topics, { qos: 1, rh: 2 }, (error) => {
      if (error) log.error('subscription refused', error);
      else log.info('takes reports over MQTT', { broker: broker.url });
    });
  });
  client.on('error', (error) => log.warn('broker refuses', { reason: reasonOf(error) }));
  client.on('offline', () => log.warn('broker away, connecting again', { broker: broker.url }));
  return {
    url: broker.url,
    close: async () => {
      await working;
      await client.endAsync(!client.connected);
    },
  };
}

/** Its code: the message of an unknown error may quote what it was about. */
function reasonOf(error: Error): string {
  const { code } = error as { code?: string | number };
  return code === undefined ? error.name : String(code);
}

async function answerMessage(
  client: MqttClient,
  options: MqttReportDoorOptions,
  topic: string,
  message: Buffer,
  { retain, properties }: IPublishPacket,
): Promise<void> {
  const { grid, fogNode, watch } = options;
  const { responseTopic = '', correlationData } = properties ?? {};
  const isAnswerable =
    isAnswerTopic(grid, responseTopic) &&
    correlationData !== undefined &&
    correlationData.length >= 1 &&
    correlationData.length <= MAX_CORRELATION_BYTES;
  // Nobody would learn what became of it.
  if (retain || !isAnswerable) return watch.turnedAway();
  const kind: ReportKind = topic === reportTopic(grid, fogNode, 'report') ? 'report' : 'reports';
  const { status, body, retryAfterSeconds } = await answerReports(options, kind, message);
  const userProperties = {
    status: String(status),
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  };
  // Not waited for: its PUBACK comes in behind the message that is being worked on. Kept by the client until then, over connections.
  client.publish(
    responseTopic,
    body,
    { qos: 1, properties: { correlationData, contentType: 'application/json', userProperties } },
    (error) => {
      if (error) options.log.warn('answer not taken by the broker', { reason: reasonOf(error) });
    },
  );
}

/** What is answered to one message, whatever it holds. */
export async function answerReports(
  {
    taker,
    watch,
    log,
    retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS,
  }: Omit<MqttReportDoorOptions, 'broker'>,
  kind: ReportKind,
  message: Uint8Array,
): Promise<DoorAnswer> {
  const startedAt = performance.now();
  const said = (status: number, code: string, text: string): DoorAnswer => ({
    status,
    body: JSON.stringify({ code, message: text }),
  });
  if (kind === 'report' && message.length > MAX_REPORT_BYTES)
    return said(413, 'TOO_LARGE', `A report has at most ${MAX_REPORT_BYTES} bytes.`);
  try {
    const answers: ReceiptedAnswers =
      kind === 'report' ? await taker.takeAll([message]) : await taker.handle(message);
    watch.answered(answers, (performance.now() - startedAt) / 1000);
    return { status: 200, body: encodeReceiptedAnswers(answers) };
  } catch (error) {
    if (error instanceof GridveilError) return said(400, error.code, error.sentence);
    log.error('reports refused', error);
    watch.turnedAway();
    const full = error instanceof ClientError && error.code.startsWith('JOURNAL_');
    return full
      ? {
          ...said(503, error.code, 'The journal takes nothing at the moment: send this again later.'),
          retryAfterSeconds,
        }
      : said(500, 'INTERNAL', 'The fog node failed: send this again later.');
  }
}
