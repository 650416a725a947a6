/**
 * What the product spends on the work of tables 2 and 3: reports of v dimensions for m receivers, each dimension a code of one byte and an integer of four, measured; every report checked,
 * every part opened.
 */
import assert from 'node:assert/strict';
import { splitLpAll } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeSigncryptedReport, PART_TAG_BYTES } from '@gridveil/chaincode/crypto/signcryption.js';
import {
  directoryOf,
  findBadSigncryptedReports,
  receiverKeys,
} from '@gridveil/chaincode/crypto/signcryption-check.js';
import { openPart, ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import { KeyGenerationCentre } from '@gridveil/client/crypto/signcryption-authority.js';
import type { SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';
import { makeKey } from '../../helpers/toy-signcryption.js';
import { timeOf } from '../host-times.js';

const SCOPE = { channel: 'gridveil', grid: 'paper-002' };
const SLOT = 473_400;
export const DIMENSION_BYTES = 5;
export const RECEIVERS = 3;

/** Bytes of one report, field by field. */
export interface ReportBytes {
  readonly header: number;
  /** D, W, z. */
  readonly seal: number;
  readonly plaintexts: number;
  readonly tags: number;
  /** Label and length prefixes. */
  readonly framing: number;
  readonly total: number;
}

/** One user for one report, by number of dimensions. */
export interface UserCost {
  readonly dimensions: number;
  readonly ms: number;
  readonly bytes: ReportBytes;
}

/** A slot of n reports. */
export interface SlotCost {
  readonly users: number;
  /** The accounting node: decode and verify all. */
  readonly verifyMs: number;
  /** All receivers: open all parts. */
  readonly openMs: number;
}

export interface ProductCosts {
  readonly user: readonly UserCost[];
  readonly slots: readonly SlotCost[];
}

interface Parties {
  readonly receivers: readonly SigncryptionKey[];
  readonly senders: readonly SigncryptionKey[];
  readonly sealers: readonly ReportSealer[];
}

async function makeParties(users: number): Promise<Parties> {
  const kgc = await KeyGenerationCentre.generate(SCOPE);
  const keys = async (purpose: 'sender' | 'receiver', count: number): Promise<SigncryptionKey[]> => {
    const made: SigncryptionKey[] = [];
    for (let i = 0; i < count; i++)
      made.push(await makeKey(kgc, { purpose, id: `${purpose}-${100 + i}`, epoch: 1 }));
    return made;
  };
  const [receivers, senders] = [await keys('receiver', RECEIVERS), await keys('sender', users)];
  return { receivers, senders, sealers: await Promise.all(senders.map((key) => ReportSealer.create(key))) };
}

export async function measureProduct(
  users: readonly number[],
  dimensions: readonly number[],
  samples: number,
): Promise<ProductCosts> {
  const parties = await makeParties(Math.max(...users));
  const user: UserCost[] = [];
  for (const v of dimensions) user.push(await userCost(parties, v, samples));
  const slots: SlotCost[] = [];
  for (const n of users) slots.push(await slotCost(parties, n, samples));
  return { user, slots };
}

function seal({ receivers, sealers }: Parties, i: number, dimensions: number): Uint8Array {
  const plaintext = new Uint8Array(dimensions * DIMENSION_BYTES).fill(i);
  const parts = receivers.map(({ publicKey }) => ({ receiver: publicKey, plaintext }));
  return (sealers[i] as ReportSealer).seal({ ...SCOPE, slot: SLOT }, parts);
}

async function userCost(parties: Parties, dimensions: number, samples: number): Promise<UserCost> {
  const { medianMs: ms } = await timeOf(() => seal(parties, 0, dimensions), samples);
  return { dimensions, ms, bytes: reportBytes(seal(parties, 0, dimensions)) };
}

function reportBytes(encoded: Uint8Array): ReportBytes {
  const [, header, seal_, ...parts] = splitLpAll(encoded, 99, 'a report');
  assert.ok(header && seal_);
  const tags = parts.length * PART_TAG_BYTES;
  const plaintexts = parts.reduce((sum, part) => sum + part.length, -tags);
  const sizes = { header: header.length, seal: seal_.length, plaintexts, tags };
  const counted = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  return { ...sizes, framing: encoded.length - counted, total: encoded.length };
}

async function slotCost(parties: Parties, users: number, samples: number): Promise<SlotCost> {
  const { receivers, senders } = parties;
  const directory = directoryOf(
    SCOPE,
    [...receivers, ...senders].map(({ publicKey }) => publicKey),
  );
  const encoded = Array.from({ length: users }, (_, i) => seal(parties, i, 10));
  const decoded = encoded.map(decodeSigncryptedReport);
  const verify = (): void => {
    const bad = findBadSigncryptedReports(SCOPE, SLOT, encoded.map(decodeSigncryptedReport), directory);
    assert.deepEqual(bad, []);
  };
  const open = (): void => {
    for (const report of decoded) {
      const keys = receiverKeys(directory, report.header.receivers);
      for (const receiver of receivers) openPart(receiver, report, keys);
    }
  };
  const [verified, opened] = [await timeOf(verify, samples), await timeOf(open, samples)];
  return { users, verifyMs: verified.medianMs, openMs: opened.medianMs };
}
