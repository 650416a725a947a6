/** The secrets of programs on disk: JSON, readable by their owner only; and what they publish. Keys are base64url. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { z } from 'zod';
import { readSecretText, writeSecretFile } from '../crypto/secret-file.js';
import {
  exportSecret,
  generateAgreementKey,
  generateSigningKey,
  importSecret,
  type KeyPair,
} from '../crypto/curve25519.js';
import { ClientError } from '../errors.js';
import { JOURNAL_KEY_BYTES } from '../journal/journal-format.js';
import { generateMeterKeys, type MeterKeys } from '../parties/meter.js';

const key = z
  .string()
  .max(512)
  .transform((text) => fromBase64url(text, 'key'));
const keyPair = key.transform(importSecret);

const fogSecrets = z.strictObject({
  schema: z.literal('gridveil/fog-secrets/v1'),
  agreement: keyPair,
  receipt: keyPair,
  journal: key,
  outbox: key,
});
export type FogSecrets = Omit<z.infer<typeof fogSecrets>, 'schema'>;

const meterSecrets = z.strictObject({
  schema: z.literal('gridveil/meter-secrets/v1'),
  journal: key,
  meters: z
    .array(
      z.strictObject({
        meterId: z.string(),
        region: z.string(),
        epoch: z.int(),
        agreement: keyPair,
        signing: keyPair,
      }),
    )
    .min(1),
});

export interface OwnedMeter {
  readonly meterId: string;
  readonly region: string;
  readonly epoch: number;
  readonly keys: MeterKeys;
}

export interface MeterSecrets {
  readonly journal: Uint8Array;
  readonly meters: readonly OwnedMeter[];
}

const fogIdentity = z.strictObject({
  schema: z.literal('gridveil/fog-node/v1'),
  fogNode: z.string(),
  regions: z.array(z.string()).min(1),
  mspId: z.string(),
  user: z.string(),
  url: z.url(),
  agreementKey: key,
  receiptKey: key,
});
/** What a fog node tells its registrar and its meters. */
export type FogIdentity = Omit<z.infer<typeof fogIdentity>, 'schema'>;

const auditorSecrets = z.strictObject({ schema: z.literal('gridveil/auditor-secrets/v1'), signing: keyPair });
const auditorIdentity = z.strictObject({ schema: z.literal('gridveil/auditor/v1'), publicKey: key });

const secretOf = (pair: KeyPair): string => toBase64url(exportSecret(pair));

export function newFogSecrets(): FogSecrets {
  return {
    agreement: generateAgreementKey(),
    receipt: generateSigningKey(),
    journal: new Uint8Array(randomBytes(JOURNAL_KEY_BYTES)),
    outbox: new Uint8Array(randomBytes(JOURNAL_KEY_BYTES)),
  };
}

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE */
export function writeFogSecrets(
  file: string,
  { agreement, receipt, journal, outbox }: FogSecrets,
): Promise<void> {
  return writeSecretFile(file, {
    schema: 'gridveil/fog-secrets/v1',
    agreement: secretOf(agreement),
    receipt: secretOf(receipt),
    journal: toBase64url(journal),
    outbox: toBase64url(outbox),
  });
}

/** @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE, SECRETS_MALFORMED */
export async function readFogSecrets(file: string): Promise<FogSecrets> {
  return parsed(fogSecrets, file, await readSecretText(file));
}

export function newMeterSecrets(meters: readonly { meterId: string; region: string }[]): MeterSecrets {
  return {
    journal: new Uint8Array(randomBytes(JOURNAL_KEY_BYTES)),
    meters: meters.map((meter) => ({ ...meter, epoch: 1, keys: generateMeterKeys() })),
  };
}

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE */
export function writeMeterSecrets(file: string, { journal, meters }: MeterSecrets): Promise<void> {
  return writeSecretFile(file, {
    schema: 'gridveil/meter-secrets/v1',
    journal: toBase64url(journal),
    meters: meters.map(({ meterId, region, epoch, keys }) => ({
      meterId,
      region,
      epoch,
      agreement: secretOf(keys.agreement),
      signing: secretOf(keys.signing),
    })),
  });
}

/** @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE, SECRETS_MALFORMED */
export async function readMeterSecrets(file: string): Promise<MeterSecrets> {
  const { journal, meters } = parsed(meterSecrets, file, await readSecretText(file));
  return {
    journal,
    meters: meters.map(({ agreement, signing, ...facts }) => ({ ...facts, keys: { agreement, signing } })),
  };
}

export async function writeFogIdentity(file: string, identity: FogIdentity): Promise<void> {
  const { agreementKey, receiptKey, ...facts } = identity;
  const keys = { agreementKey: toBase64url(agreementKey), receiptKey: toBase64url(receiptKey) };
  await writeFile(
    file,
    `${JSON.stringify({ schema: 'gridveil/fog-node/v1', ...facts, ...keys }, undefined, 2)}\n`,
  );
}

/** @throws ClientError FILE_UNREADABLE, SECRETS_MALFORMED */
export async function readFogIdentity(file: string): Promise<FogIdentity> {
  return parsed(fogIdentity, file, await readPublicText(file));
}

/** Writes the key with which an auditor asks fog nodes for reports, and what it tells their operators. @throws ClientError FILE_EXISTS, FILE_UNWRITABLE */
export async function writeAuditor(secretFile: string, publicFile: string): Promise<void> {
  const signing = generateSigningKey();
  await writeSecretFile(secretFile, { schema: 'gridveil/auditor-secrets/v1', signing: secretOf(signing) });
  const identity = { schema: 'gridveil/auditor/v1', publicKey: toBase64url(signing.publicKey) };
  await writeFile(publicFile, `${JSON.stringify(identity, undefined, 2)}\n`);
}

/** @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE, SECRETS_MALFORMED */
export async function readAuditorSecrets(file: string): Promise<KeyPair> {
  return parsed(auditorSecrets, file, await readSecretText(file)).signing;
}

/** @throws ClientError FILE_UNREADABLE, SECRETS_MALFORMED */
export async function readAuditorKey(file: string): Promise<Uint8Array> {
  return parsed(auditorIdentity, file, await readPublicText(file)).publicKey;
}

function readPublicText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new ClientError('FILE_UNREADABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
}

function parsed<T>(schema: z.ZodType<T>, file: string, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // The cause would quote what it has found, and that may be a key.
    throw new ClientError('SECRETS_MALFORMED', { file });
  }
}
