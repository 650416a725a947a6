/**
 * What an ESP keeps in a folder of its own for one grid: the list of enrolled meters, and what it has opened.
 *
 *   enrolled.json     the list, made when the meters are enrolled; afterwards a person changes it, never a program
 *   secrets.json      the key of the journal
 *   disclosures/      the journal
 * Whoever can write there can have the ESP open more than it should: it is readable and writable by its owner only. A folder that was restored from an old copy has forgotten what was opened since.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { LOWEST_AREA_PERCENT } from '@gridveil/chaincode/domain/billing-parties.js';
import { LOWEST_MIN_GROUP } from '@gridveil/chaincode/domain/grid.js';
import { z } from 'zod';
import { readSecretFile, readSecretText, writeSecretFile } from '../crypto/secret-file.js';
import { ClientError } from '../errors.js';
import { base64url, count, identifierText } from '../evidence/document-fields.js';
import { JOURNAL_KEY_BYTES } from '../journal/journal-format.js';
import { Disclosures } from '../parties/disclosures.js';
import type { Enrolment } from '../parties/enrolment.js';

const ENROLLED_SCHEMA = 'gridveil/enrolled-meters/v1';
const SECRETS_SCHEMA = 'gridveil/esp-secrets/v1';
const SIGNING_KEY_TEXT = 43;

const enrolledMeters = z.strictObject({
  schema: z.literal(ENROLLED_SCHEMA),
  channel: identifierText,
  grid: identifierText,
  minGroup: count.min(LOWEST_MIN_GROUP),
  minAreaPercent: count.min(LOWEST_AREA_PERCENT).max(100),
  meters: z.array(
    z.strictObject({
      meterId: identifierText,
      signingKeys: z.array(base64url.length(SIGNING_KEY_TEXT)).min(1),
    }),
  ),
});
const secrets = z.strictObject({ schema: z.literal(SECRETS_SCHEMA), journal: base64url });

/** What an ESP takes from its folder. */
export interface EspFiles {
  readonly enrolment: Enrolment;
  readonly disclosures: Disclosures;
}

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE: a folder that an ESP has is never made again. */
export async function makeEspFolder(folder: string, { meters, ...terms }: Enrolment): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeSecretFile(enrolledFile(folder), {
    schema: ENROLLED_SCHEMA,
    ...terms,
    meters: [...meters].map(([meterId, signingKeys]) => ({ meterId, signingKeys })),
  });
  const journal = toBase64url(new Uint8Array(randomBytes(JOURNAL_KEY_BYTES)));
  await writeSecretFile(secretsFile(folder), { schema: SECRETS_SCHEMA, journal });
}

/**
 * Opens the folder for one ESP; its disclosures are to be closed.
 * @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE, KEY_FILE_MALFORMED, ENROLMENT_MALFORMED; ENROLMENT_OTHER_GRID for the list of another grid; as `Disclosures.open`
 */
export async function openEspFolder(
  folder: string,
  scope: { readonly channel: string; readonly grid: string },
): Promise<EspFiles> {
  const enrolment = await readEnrolment(enrolledFile(folder));
  const { channel, grid } = enrolment;
  if (channel !== scope.channel || grid !== scope.grid)
    throw new ClientError('ENROLMENT_OTHER_GRID', { channel, grid });
  const { journal } = await readSecretFile(secretsFile(folder), 'journal', (value) => secrets.parse(value));
  const key = fromBase64url(journal, 'journal', JOURNAL_KEY_BYTES);
  return { enrolment, disclosures: await Disclosures.open({ folder: join(folder, 'disclosures'), key }) };
}

async function readEnrolment(file: string): Promise<Enrolment> {
  const text = await readSecretText(file);
  const malformed = (place: string, reason: string): ClientError =>
    new ClientError('ENROLMENT_MALFORMED', { file, place, reason });
  const parsed = enrolledMeters.safeParse(jsonOf(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw malformed(issue?.path.join('.') || 'the file', issue?.message ?? 'unknown');
  }
  const { channel, grid, minGroup, minAreaPercent, meters } = parsed.data;
  const byId = new Map(meters.map(({ meterId, signingKeys }) => [meterId, signingKeys]));
  if (byId.size !== meters.length) throw malformed('meters', 'a meter stands there twice');
  return { channel, grid, minGroup, minAreaPercent, meters: byId };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function enrolledFile(folder: string): string {
  return join(folder, 'enrolled.json');
}

function secretsFile(folder: string): string {
  return join(folder, 'secrets.json');
}
