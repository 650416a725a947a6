/**
 * Checks an evidence document offline: anyone can run it, no key and no network needed.
 *
 * First the key: its size, and the proof that it is a proper Paillier modulus. Then for each slot, in this order: regions, counts and encodings; the Horner total; the opening (m, rho); the digits of m and
 * their ceilings; the radix check; the published consumption. The first thing that is wrong is named and ends the check.
 * Cost: two N-bit exponentiations modulo N² for each slot.
 */
import { isDeepStrictEqual } from 'node:util';
import { bytesToBigint, fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import {
  assertUnits,
  decodeCiphertext,
  PAILLIER_MODULUS_BITS,
  type PaillierPublicKey,
} from '@gridveil/chaincode/crypto/paillier.js';
import { assertRadixBounds } from '@gridveil/chaincode/crypto/radix.js';
import {
  checkSlotOpening,
  slotRegions,
  slotTotal,
  type SlotRegions,
} from '@gridveil/chaincode/domain/slot-total.js';
import { LOWEST_MIN_GROUP } from '@gridveil/chaincode/domain/grid.js';
import { checkGroup } from '@gridveil/chaincode/domain/region-total.js';
import { GridveilError, refusal } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import type { EvidenceDocument, EvidenceSlot } from './document.js';
import { evidenceKey } from './evidence-key.js';

type Parameters = EvidenceDocument['parameters'];

export interface EvidenceSummary {
  /** SHA-256 over N, lowercase hex: compare it with the one the utility publishes. */
  readonly keyFingerprint: string;
  readonly slots: number;
  readonly regionTotals: number;
  readonly reports: number;
  readonly energyWh: number;
}

/**
 * @param modulusBits - key sizes that are accepted; smaller ones are for tests.
 * @throws ClientError EVIDENCE_REJECTED naming slot, place and reason of the first thing that is wrong.
 */
export function verifyEvidence(
  document: EvidenceDocument,
  modulusBits: readonly number[] = PAILLIER_MODULUS_BITS,
): EvidenceSummary {
  const { parameters } = document;
  const key = atPlace('parameters', undefined, () => checkedKey(parameters, modulusBits));
  let previousSlot = -1;
  for (const [i, slot] of document.slots.entries()) {
    if (slot.slot <= previousSlot) reject(`slots[${i}].slot`, slot.slot, 'slots must be in ascending order');
    previousSlot = slot.slot;
    verifySlot(key, parameters, slot, `slots[${i}]`);
  }
  return summarise(document, key);
}

function checkedKey(parameters: Parameters, allowedBits: readonly number[]): PaillierPublicKey {
  const { radixBits, regions, maxMeters, maxReadingWh, minGroup } = parameters;
  if (minGroup < LOWEST_MIN_GROUP)
    throw refusal('MIN_GROUP_TOO_SMALL', { minGroup, lowest: LOWEST_MIN_GROUP });
  const key = evidenceKey(parameters, allowedBits);
  assertRadixBounds({
    modulusBits: key.modulusBits,
    regions: regions.length,
    radixBits,
    maxMeters,
    maxReadingWh,
  });
  return key;
}

function verifySlot(
  key: PaillierPublicKey,
  parameters: Parameters,
  evidence: EvidenceSlot,
  place: string,
): void {
  const { slot, regionTotals, opening } = evidence;
  const names = regionTotals.map((total) => total.region);
  if (!isDeepStrictEqual(names, parameters.regions)) {
    reject(`${place}.regionTotals`, slot, 'they are not the regions of the grid in radix order');
  }
  const regions = atPlace(`${place}.regionTotals`, slot, () => checkedRegions(key, parameters, evidence));
  const total = atPlace(`${place}.total.ciphertext`, slot, () =>
    decodeCiphertext(key, fromBase64url(evidence.total.ciphertext, 'ciphertext'), 'the total'),
  );
  atPlace(`${place}.total.ciphertext`, slot, () => {
    if (slotTotal(key, parameters, regions) !== total) throw refusal('TOTAL_MISMATCH', { slot });
  });
  const { m, rho, checkRho } = opening;
  const values = { slot, m: BigInt(m), rho: BigInt(rho), checkRho: BigInt(checkRho) };
  const consumptionWh = atPlace(`${place}.opening`, slot, () =>
    checkSlotOpening(key, parameters, parameters.channel, regions, total, values),
  );
  verifyConsumption(parameters, evidence, consumptionWh, place);
}

function checkedRegions(key: PaillierPublicKey, parameters: Parameters, evidence: EvidenceSlot): SlotRegions {
  for (const total of evidence.regionTotals) {
    checkGroup(
      {
        region: total.region,
        count: total.count,
        ciphertext: fromBase64url(total.ciphertext, 'ciphertext', key.ciphertextBytes),
        merkleRoot: fromBase64url(total.merkleRoot, 'merkleRoot', 32),
      },
      parameters,
    );
  }
  const regions = slotRegions(key, evidence.slot, evidence.regionTotals);
  assertUnits(
    key,
    regions.facts.map((facts) => ({
      owner: `region "${facts.region}"`,
      ciphertext: bytesToBigint(facts.ciphertext),
    })),
  );
  return regions;
}

function verifyConsumption(
  parameters: Parameters,
  evidence: EvidenceSlot,
  consumptionWh: readonly number[],
  place: string,
): void {
  for (const [j, region] of parameters.regions.entries()) {
    if (evidence.consumptionWh[region] !== consumptionWh[j]) {
      reject(`${place}.consumptionWh.${region}`, evidence.slot, 'it is not what the opening says');
    }
  }
  if (Object.keys(evidence.consumptionWh).length !== parameters.regions.length) {
    reject(`${place}.consumptionWh`, evidence.slot, 'it names a region the grid does not have');
  }
}

function summarise({ slots }: EvidenceDocument, key: PaillierPublicKey): EvidenceSummary {
  const totals = slots.flatMap((slot) => slot.regionTotals);
  const energies = slots.flatMap((slot) => Object.values(slot.consumptionWh));
  return {
    keyFingerprint: Buffer.from(key.fingerprint).toString('hex'),
    slots: slots.length,
    regionTotals: totals.length,
    reports: totals.reduce((sum, total) => sum + total.count, 0),
    energyWh: energies.reduce((sum, energyWh) => sum + energyWh, 0),
  };
}

function reject(place: string, slot: number | undefined, reason: string): never {
  throw new ClientError('EVIDENCE_REJECTED', { place, ...(slot === undefined ? {} : { slot }), reason });
}

function atPlace<T>(place: string, slot: number | undefined, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof GridveilError) return reject(place, slot, error.sentence);
    throw error;
  }
}
