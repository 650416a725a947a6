import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  decodeSigncryptedReport,
  encodeSigncryptedReport,
  encodeSigncryptionHeader,
  decodeSigncryptionHeader,
} from '@gridveil/chaincode/crypto/signcryption.js';
import {
  checkSigncryptedReport,
  findBadSigncryptedReports,
} from '@gridveil/chaincode/crypto/signcryption-check.js';
import { decodePublicKey } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { openPart, ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import { fuzz } from '../../helpers/fuzz.js';
import {
  METERS,
  RECEIVERS,
  SCOPE,
  SLOT,
  toySigncryption,
  type ToySigncryption,
} from '../../helpers/toy-signcryption.js';

/** The value, or undefined when it was refused; anything else is a bug. */
function decoded<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof GridveilError) return undefined;
    throw error;
  }
}

describe('signcryption properties', () => {
  let toy: ToySigncryption;
  before(async () => (toy = await toySigncryption()));

  it('every receiver reads its part, whatever it is, and nobody else anything', async () => {
    const sealer = await ReportSealer.create(toy.key('m1'));
    const partsArb = fc
      .subarray([...RECEIVERS], { minLength: 1 })
      .chain((ids) =>
        fc.tuple(
          fc.constant(ids),
          fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: ids.length, maxLength: ids.length }),
        ),
      );
    fc.assert(
      fc.property(partsArb, fc.nat({ max: 9_999_999_999 }), ([ids, plaintexts], slot) => {
        const parts = ids.map((id, i) => ({
          receiver: toy.publicKey(id),
          plaintext: plaintexts[i] ?? new Uint8Array(),
        }));
        const report = decodeSigncryptedReport(sealer.seal({ ...SCOPE, slot }, parts));
        const keys = checkSigncryptedReport(SCOPE, report, toy.directory);
        for (const id of RECEIVERS) {
          const opened = decoded(() => openPart(toy.key(id), report, keys));
          assert.deepEqual(opened, ids.includes(id) ? plaintexts[ids.indexOf(id)] : undefined);
        }
      }),
      fuzz(25),
    );
  });

  it('exactly the changed reports of a batch are named', () => {
    const honest = Array.from({ length: 12 }, (_, i) => toy.sealed(METERS[i % 3] ?? 'm1'));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.nat({ max: 11 }), fc.nat(), fc.integer({ min: 1, max: 255 })), {
          maxLength: 5,
          selector: ([index]) => index,
        }),
        (changes) => {
          const bytes = honest.map((one) => one.slice());
          for (const [index, at, bits] of changes) {
            const one = bytes[index] as Uint8Array;
            one[at % one.length] = (one[at % one.length] ?? 0) ^ bits;
          }
          const reports = bytes.map((one) => decoded(() => decodeSigncryptedReport(one)));
          const places = reports.flatMap((report, i) => (report ? [i] : []));
          const list = reports.flatMap((report) => (report ? [report] : []));
          const bad = findBadSigncryptedReports(SCOPE, SLOT, list, toy.directory).map(
            ({ index }) => places[index],
          );
          const undecodable = reports.flatMap((report, i) => (report ? [] : [i]));
          assert.deepEqual([...bad, ...undecodable].sort(), changes.map(([index]) => index).sort());
        },
      ),
      fuzz(40),
    );
  });

  it('a report decodes in one way only, whatever is changed', () => {
    const encoded = toy.sealed('m1');
    const changeArb = fc.record({
      at: fc.nat({ max: encoded.length - 1 }),
      cut: fc.integer({ min: 0, max: 40 }),
      put: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(changeArb, ({ at, cut, put }) => {
        const bytes = Uint8Array.of(...encoded.subarray(0, at), ...put, ...encoded.subarray(at + cut));
        const report = decoded(() => decodeSigncryptedReport(bytes));
        if (!report) return;
        assert.deepEqual(encodeSigncryptedReport(report), bytes);
        assert.deepEqual(encodeSigncryptionHeader(report.header), report.headerBytes);
      }),
      fuzz(1000),
    );
  });

  it('no bytes crash a decoder', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decoded(() => decodeSigncryptedReport(bytes));
        decoded(() => decodeSigncryptionHeader(bytes));
        const sized = new Uint8Array(64);
        sized.set(bytes.subarray(0, 64));
        decoded(() => decodePublicKey(toy.authority, { purpose: 'sender', id: 'm1', epoch: 1 }, sized));
      }),
      fuzz(200),
    );
  });
});
