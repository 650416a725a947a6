/** The sender's end of mqtt-report-door.ts: publishes a batch and waits for its answer. One connection serves any number of fog nodes. */
import { randomBytes } from 'node:crypto';
import { connect, type IPublishPacket, type MqttClient } from 'mqtt';
import {
  answerTopic,
  brokerOptions,
  MAX_PACKET_BYTES,
  reportTopic,
  type BrokerAddress,
} from './mqtt-topics.js';
import { waitOf, type PostAnswer } from './report-poster.js';

const CORRELATION_BYTES = 16;
const CLIENT_BYTES = 12;
const ANSWER_MS = 10_000;

export interface MqttPosterOptions {
  readonly broker: BrokerAddress;
  readonly grid: string;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

interface Waiting {
  readonly resolve: (answer: PostAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class MqttPoster {
  readonly #client: MqttClient;
  readonly #grid: string;
  readonly #timeoutMs: number;
  readonly #answers: string;
  /** Correlation data → who waits for it. */
  readonly #waiting = new Map<string, Waiting>();
  #subscribed = false;

  private constructor(client: MqttClient, grid: string, answers: string, timeoutMs: number) {
    this.#client = client;
    this.#grid = grid;
    this.#answers = answers;
    this.#timeoutMs = timeoutMs;
    client.on('connect', () => this.#subscribe());
    client.on('close', () => (this.#subscribed = false));
    // Told by each post that fails; without a listener it would end the program.
    client.on('error', () => undefined);
    client.on('message', (topic, body, packet) => this.#take(topic, body, packet));
  }

  /** Does not wait for the connection. @throws ClientError FILE_UNREADABLE */
  static async open({ broker, grid, timeoutMs = ANSWER_MS }: MqttPosterOptions): Promise<MqttPoster> {
    const id = randomBytes(CLIENT_BYTES).toString('hex');
    const client = connect(broker.url, {
      ...(await brokerOptions(broker)),
      clientId: `gridveil-meters-${id}`,
      clean: true,
      resubscribe: false,
      properties: { maximumPacketSize: MAX_PACKET_BYTES },
    });
    return new MqttPoster(client, grid, answerTopic(grid, id), timeoutMs);
  }

  /** @throws Error ENOTCONN, ETIMEDOUT: whether the message arrived is not known then. */
  post(fogNode: string, body: Uint8Array): Promise<PostAnswer> {
    if (!this.#subscribed) return Promise.reject(failure('ENOTCONN', 'no connection to the broker'));
    const correlation = randomBytes(CORRELATION_BYTES);
    const key = correlation.toString('hex');
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        clearTimeout(timer);
        this.#waiting.delete(key);
        reject(error);
      };
      const timer = setTimeout(() => fail(failure('ETIMEDOUT', 'no answer in time')), this.#timeoutMs);
      this.#waiting.set(key, { resolve, reject: fail, timer });
      const properties = { responseTopic: this.#answers, correlationData: correlation };
      this.#client.publish(
        reportTopic(this.#grid, fogNode, 'reports'),
        Buffer.from(body),
        { qos: 1, properties },
        (error) => {
          if (error) fail(failure('ENOTCONN', 'the message did not reach the broker'));
        },
      );
    });
  }

  async close(): Promise<void> {
    for (const { reject } of [...this.#waiting.values()]) reject(failure('ECANCELED', 'closed'));
    await this.#client.endAsync(true);
  }

  #subscribe(): void {
    this.#client.subscribe(this.#answers, { qos: 1, rh: 2 }, (error) => (this.#subscribed = !error));
  }

  #take(topic: string, body: Buffer, { properties }: IPublishPacket): void {
    const key = properties?.correlationData?.toString('hex') ?? '';
    const waiting = topic === this.#answers ? this.#waiting.get(key) : undefined;
    if (!waiting) return; // an answer that came too late, or to a message that was delivered twice
    this.#waiting.delete(key);
    clearTimeout(waiting.timer);
    const { status, 'retry-after': retryAfter } = (properties?.userProperties ?? {}) as Record<
      string,
      unknown
    >;
    waiting.resolve({
      status: typeof status === 'string' && /^[0-9]{3}$/.test(status) ? Number(status) : 0,
      body,
      retryAfterMs: waitOf(typeof retryAfter === 'string' ? retryAfter : undefined),
    });
  }
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
