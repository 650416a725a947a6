/**
 * Reports over MQTT 5: where they go, how they are answered, what a message may be. Both ends of the transport share it.
 *
 * request:  `gridveil/v1/GRID/FOGNODE/reports` (a batch) or `…/report` (one), QoS 1, not retained, the bytes of the HTTP bodies (parties/fog-messages.ts),
 *           Response Topic `gridveil/v1/GRID/answers/CLIENT`, Correlation Data of the sender's choice.
 * answer:   to the Response Topic, QoS 1, the same Correlation Data, the JSON of the HTTP answers; user properties `status` (as of HTTP) and `retry-after` in seconds.
 * The broker sees who reports, and ciphertexts; it can hold reports back, which the missing receipt shows, but neither read nor make one.
 */
import { readFile } from 'node:fs/promises';
import type { IClientOptions } from 'mqtt';
import { readSecretText } from '../crypto/secret-file.js';
import { ClientError } from '../errors.js';
import { FOG_REPORT_BATCH } from '../parties/fog-messages.js';

/** A batch with its topics and properties. */
export const MAX_PACKET_BYTES = FOG_REPORT_BATCH.limitBytes + 4_096;
export const MAX_CORRELATION_BYTES = 64;
const MAX_TOPIC_CHARACTERS = 1_024;
const CONNECT_TIMEOUT_MS = 10_000;
const RECONNECT_MS = 1_000;
const KEEPALIVE_SECONDS = 30;

export type ReportKind = 'report' | 'reports';

/** Identifiers may hold any character; `/`, `+`, `#` and `$` mean something in topics. */
const level = (id: string): string => encodeURIComponent(id);

export function reportTopic(grid: string, fogNode: string, kind: ReportKind): string {
  return `gridveil/v1/${level(grid)}/${level(fogNode)}/${kind}`;
}

export function answerTopic(grid: string, client: string): string {
  return `gridveil/v1/${level(grid)}/answers/${level(client)}`;
}

/** Whether answers of this grid may go there: nowhere else, so that nobody makes a fog node write to the topics of others. */
export function isAnswerTopic(grid: string, topic: string): boolean {
  const prefix = answerTopic(grid, '');
  const client = topic.slice(prefix.length);
  return (
    topic.startsWith(prefix) &&
    topic.length <= MAX_TOPIC_CHARACTERS &&
    client !== '' &&
    !/[/+#\0]/.test(client)
  );
}

/** How a program reaches its broker. */
export interface BrokerAddress {
  /** mqtt://host:port or mqtts://host:port */
  readonly url: string;
  readonly username?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** Certificates that the broker's is checked against; those of the system without it. */
  readonly ca?: string | undefined;
}

/** @throws ClientError FILE_UNREADABLE, KEY_FILE_EXPOSED for a password that others can read */
export async function brokerOptions({ username, passwordFile, ca }: BrokerAddress): Promise<IClientOptions> {
  return {
    protocolVersion: 5,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: RECONNECT_MS,
    reconnectOnConnackError: true,
    // What a connection that is gone was to be told is not told to the next one.
    queueQoSZero: false,
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { password: (await readSecretText(passwordFile)).trimEnd() }),
    ...(ca === undefined ? {} : { ca: await readCertificates(ca) }),
  };
}

async function readCertificates(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new ClientError('FILE_UNREADABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
}
