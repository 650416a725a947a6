/**
 * A supplier's statistics of a period with its predictions, as a document, and the same sealed to those entitled (paper 002 section V.C, "the supplier node publishes the information in ciphertext").
 *
 * Made by equipment suppliers, opened by the receivers they chose. It travels as signcrypted reports of the supplier (crypto/signcryption.ts), in pages, since a part holds at most 4096 bytes:
 * every page names the document by its hash, so that pages of two documents never make a third. Numbers that do not exist (no failure, no repair) are null.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeSigncryptedReport,
  MAX_PLAINTEXT_BYTES,
  type ReportScope,
} from '@gridveil/chaincode/crypto/signcryption.js';
import {
  checkSigncryptedReport,
  type SigncryptionDirectory,
} from '@gridveil/chaincode/crypto/signcryption-check.js';
import type { SigncryptionPublicKey } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { openPart, type ReportFacts, type ReportSealer } from '../crypto/signcryption.js';
import type { SigncryptionKey } from '../crypto/signcryption-keys.js';
import { ClientError } from '../errors.js';
import {
  deviceStatistics,
  fleetStatistics,
  lifetimesOf,
  type DeviceHistory,
} from './equipment-statistics.js';
import { failureProbability, fitLifetimes, type Estimate } from './lifetime-fit.js';

const count = z.int().min(0);
const seconds = z.int().min(0);
const known = z.number().nullable();
const estimate = z.strictObject({ value: known, low: known, high: known });
const deviceRow = z.strictObject({
  deviceId: z.string().min(1).max(64),
  ...{ alarms: count, failures: count, serviceSeconds: seconds, downtimeSeconds: seconds },
  /** Within the horizon; null for a device that is not in service, or without any lifetime. */
  failureProbability: estimate.nullable(),
});
const summary = z.strictObject({
  supplier: z.string().min(1).max(64),
  ...{ untilSeconds: seconds, devices: count, alarms: count, failures: count, downtimeSeconds: seconds },
  ...{
    failedShare: known,
    failuresPerYear: known,
    unavailability: known,
    mtbfSeconds: known,
    mttrSeconds: known,
  },
  prediction: z
    .strictObject({
      method: z.enum(['exponential', 'weibull']),
      horizonSeconds: seconds,
      failures: count,
      /** k with its 95 % interval; null for the exponential distribution. */
      shape: estimate.nullable(),
      /** θ or η. */
      scaleSeconds: known,
    })
    .nullable(),
});
const SCHEMA = 'gridveil/equipment-statistics/v1';
const supplierReport = z.strictObject({ schema: z.literal(SCHEMA), summary, devices: z.array(deviceRow) });
const page = z.strictObject({
  document: z.string().length(43),
  page: z.int().min(1),
  pages: z.int().min(1).max(1000),
  text: z.string(),
});

export type SupplierReport = z.infer<typeof supplierReport>;
type Page = z.infer<typeof page>;

/** Of a page, beside its text with every quotation mark escaped. */
const PAGE_OVERHEAD_BYTES = 160;
const PAGE_CHARACTERS = Math.floor((MAX_PLAINTEXT_BYTES - PAGE_OVERHEAD_BYTES) / 2);

/** Numbers that JSON has. */
function orNull(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}

function rounded({ value, low, high }: Estimate): z.infer<typeof estimate> {
  return { value: orNull(value), low: orNull(low), high: orNull(high) };
}

/**
 * @param untilSeconds - when the observation ends. @param horizonSeconds - how far ahead failures are predicted
 * @throws RangeError for events that are not one history up to then.
 */
export function supplierReportOf(
  supplier: string,
  histories: readonly DeviceHistory[],
  untilSeconds: number,
  horizonSeconds: number,
): SupplierReport {
  const devices = histories.map((history) => deviceStatistics(history, untilSeconds));
  const fleet = fleetStatistics(devices);
  const lifetimes = lifetimesOf(histories, untilSeconds);
  const fit = lifetimes.length > 0 ? fitLifetimes(lifetimes) : undefined;
  return {
    schema: SCHEMA,
    summary: {
      ...{ supplier, untilSeconds },
      ...{ devices: fleet.devices, alarms: fleet.alarms, failures: fleet.failures },
      downtimeSeconds: fleet.downtimeSeconds,
      failedShare: orNull(fleet.failedShare),
      failuresPerYear: orNull(fleet.failuresPerYear),
      unavailability: orNull(fleet.unavailability),
      mtbfSeconds: orNull(fleet.mtbfSeconds),
      mttrSeconds: orNull(fleet.mttrSeconds),
      prediction: fit
        ? {
            ...{ method: fit.method, horizonSeconds, failures: fit.failures },
            shape: fit.method === 'weibull' ? rounded(fit.shape) : null,
            scaleSeconds: orNull(fit.method === 'weibull' ? fit.scale : fit.mean.value),
          }
        : null,
    },
    devices: devices.map(({ deviceId, alarms, failures, serviceSeconds, downtimeSeconds, ageSeconds }) => ({
      ...{ deviceId, alarms, failures, serviceSeconds, downtimeSeconds },
      failureProbability:
        fit && ageSeconds !== undefined
          ? rounded(failureProbability(fit, lifetimes, ageSeconds, horizonSeconds))
          : null,
    })),
  };
}

/** A document as texts that fit into parts. */
export function pagesOf(report: SupplierReport): Uint8Array[] {
  // ASCII only, so that a character is a byte and none is cut in two.
  const text = JSON.stringify(report).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const pages = Math.ceil(text.length / PAGE_CHARACTERS);
  const document = hashOf(text);
  return Array.from({ length: pages }, (_, i): Page => {
    const from = i * PAGE_CHARACTERS;
    return { document, page: i + 1, pages, text: text.slice(from, from + PAGE_CHARACTERS) };
  }).map((one) => utf8(JSON.stringify(one)));
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/**
 * The document that pages make, in any order, each once.
 * @throws ClientError STATISTICS_MALFORMED for one that is missing, repeated, of another document, or not of this form
 */
export function documentOf(pages: readonly Uint8Array[]): SupplierReport {
  const read = pages.map(readPage).sort((a, b) => a.page - b.page);
  const complete = read.every((one, i) => one.page === i + 1 && one.pages === read.length);
  if (read.length === 0 || !complete) throw malformed('some of its pages are missing or there twice');
  const text = read.map((one) => one.text).join('');
  if (read.some(({ document }) => document !== hashOf(text)))
    throw malformed('its pages are of several documents');
  return parsed(supplierReport, text);
}

function readPage(bytes: Uint8Array): Page {
  return parsed(page, new TextDecoder().decode(bytes));
}

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  const result = schema.safeParse(parsedJson(text));
  if (result.success) return result.data;
  throw malformed(`${result.error.issues[0]?.path.join('.') ?? ''} is not what it should be`.trim());
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function malformed(reason: string): ClientError {
  return new ClientError('STATISTICS_MALFORMED', { reason });
}

/**
 * Signcrypted messages of the supplier, one for each page, which only the receivers can open.
 * @param sealer - of the supplier's sending key
 */
export function sealSupplierReport(
  sealer: ReportSealer,
  facts: ReportFacts,
  receivers: readonly SigncryptionPublicKey[],
  report: SupplierReport,
): Uint8Array[] {
  return pagesOf(report).map((plaintext) =>
    sealer.seal(
      facts,
      receivers.map((receiver) => ({ receiver, plaintext })),
    ),
  );
}

/**
 * Checks and opens what `sealSupplierReport` made.
 * @param directory - whose senders are suppliers
 * @throws GridveilError of `checkSigncryptedReport` and `openPart`. @throws ClientError STATISTICS_MALFORMED, also when the document names another supplier than the one that signed
 */
export function openSupplierReport(
  key: SigncryptionKey,
  scope: ReportScope,
  directory: SigncryptionDirectory,
  messages: readonly Uint8Array[],
): SupplierReport {
  const decoded = messages.map(decodeSigncryptedReport);
  const report = documentOf(
    decoded.map((message) => openPart(key, message, checkSigncryptedReport(scope, message, directory))),
  );
  if (decoded.some(({ header }) => header.meterId !== report.summary.supplier))
    throw malformed('it names another supplier than the one that signed it');
  return report;
}
