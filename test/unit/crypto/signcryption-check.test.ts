import assert from 'node:assert/strict';
import { decodeSigncryptedReport, type SigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import {
  checkSigncryptedReport,
  directoryOf,
  findBadSigncryptedReports,
  type SigncryptionDirectory,
} from '@gridveil/chaincode/crypto/signcryption-check.js';
import { ristrettoEngine } from '@gridveil/chaincode/crypto/ristretto-engine.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import { encodeScalar } from '@gridveil/chaincode/crypto/ristretto.js';
import { q } from '../../helpers/signcryption-reference.js';
import { refused } from '../../helpers/refused.js';
import {
  makeKey,
  METERS,
  SCOPE,
  SLOT,
  toySigncryption,
  type ToySigncryption,
} from '../../helpers/toy-signcryption.js';

describe('checks of signcrypted reports', () => {
  let toy: ToySigncryption;
  let reports: SigncryptedReport[];
  before(async () => {
    toy = await toySigncryption();
    reports = METERS.map((meterId) => toy.report(meterId));
  });

  const codes = (
    list: readonly SigncryptedReport[],
    { slot = SLOT, scope = SCOPE, directory = toy.directory } = {},
  ) => {
    const [native, portable] = [ristrettoEngine(), null].map((engine) =>
      findBadSigncryptedReports(scope, slot, list, directory, engine).map(({ index, refusal: { code } }) => [
        index,
        code,
      ]),
    );
    assert.deepEqual(native, portable, 'WebAssembly and BigInt find the same');
    return native;
  };
  /** The first report, changed. */
  const changed = (changes: (report: SigncryptedReport) => Partial<SigncryptedReport>) => {
    const [report] = reports as [SigncryptedReport];
    return { ...report, ...changes(report) };
  };
  const answerPlusOne = ({ answer }: SigncryptedReport) => {
    const z = BigInt(`0x${Buffer.from(answer).reverse().toString('hex')}`);
    return { answer: encodeScalar((z + 1n) % q) };
  };

  it('accept honest reports, one, many and none', () => {
    assert.deepEqual(codes([]), []);
    for (const report of reports) assert.deepEqual(codes([report]), []);
    assert.deepEqual(codes(reports), []);
    assert.deepEqual(codes([...reports, ...METERS.map((id) => toy.report(id))]), []);
  });

  it('name a report with any field changed', () => {
    const [, second] = reports as [SigncryptedReport, SigncryptedReport];
    const bad = [
      changed(answerPlusOne),
      changed(() => ({ keyMaterial: second.keyMaterial })),
      changed(() => ({ commitment: second.commitment })),
      changed(({ parts }) => ({
        parts: parts.map((part) => part.map((byte, i) => (i === 0 ? byte ^ 1 : byte))),
      })),
      changed(({ parts }) => ({ parts: [...parts].reverse() })),
      changed(() => ({ headerBytes: second.headerBytes })),
    ];
    bad.forEach((report) => {
      assert.deepEqual(codes([report]), [[0, 'REPORT_BAD_SIGNATURE']]);
      assert.deepEqual(codes([...reports, report]), [[3, 'REPORT_BAD_SIGNATURE']]);
    });
    assert.deepEqual(
      codes([...bad, ...reports]),
      bad.map((_, i) => [i, 'REPORT_BAD_SIGNATURE']),
    );
  });

  it('name each bad report among 60 with its reason', () => {
    const many = Array.from({ length: 60 }, (_, i) => toy.report(METERS[i % 3] ?? 'm1'));
    many[7] = changed(answerPlusOne);
    many[33] = changed(() => ({ answer: new Uint8Array(32).fill(255) }));
    many[34] = toy.report('m2', SLOT + 1);
    many[59] = changed(() => ({ commitment: new Uint8Array(32).fill(255) }));
    assert.deepEqual(codes(many), [
      [7, 'REPORT_BAD_SIGNATURE'],
      [33, 'BAD_FIELD'],
      [34, 'REPORT_WRONG_SLOT'],
      [59, 'BAD_FIELD'],
    ]);
  });

  it('name reports whose D, W or z is not canonical or is the identity', () => {
    for (const field of ['keyMaterial', 'commitment'] as const)
      for (const bytes of [new Uint8Array(32), new Uint8Array(32).fill(255), encodeScalar(1n)])
        assert.deepEqual(codes([changed(() => ({ [field]: bytes }))]), [[0, 'BAD_FIELD']]);
    const unreduced = changed(({ answer }) => {
      const z = BigInt(`0x${Buffer.from(answer).reverse().toString('hex')}`);
      return { answer: encodeScalar(z + q) };
    });
    assert.deepEqual(codes([unreduced]), [[0, 'BAD_FIELD']]);
  });

  it('name reports of another grid, channel, slot or key epoch', async () => {
    for (const scope of [
      { ...SCOPE, grid: 'other' },
      { ...SCOPE, channel: 'other' },
    ])
      assert.deepEqual(codes(reports.slice(0, 1), { scope }), [[0, 'REPORT_WRONG_GRID']]);
    assert.deepEqual(codes(reports.slice(0, 1), { slot: SLOT + 1 }), [[0, 'REPORT_WRONG_SLOT']]);
    const { publicKey } = await makeKey(toy.kgc, { purpose: 'sender', id: 'm1', epoch: 2 });
    const directory = { ...toy.directory, sender: () => publicKey };
    assert.deepEqual(codes(reports.slice(0, 1), { directory }), [[0, 'REPORT_WRONG_EPOCH']]);
  });

  it('name reports of unknown or revoked meters, and for unknown receivers or old keys of them', async () => {
    const { keys } = toy;
    const without = (id: string) =>
      directoryOf(
        SCOPE,
        [...keys.values()].map(({ publicKey }) => publicKey).filter((key) => key.id !== id),
      );
    const one = reports.slice(0, 1);
    assert.deepEqual(codes(one, { directory: without('m1') }), [[0, 'METER_UNKNOWN']]);
    assert.deepEqual(codes(one, { directory: without('supplier') }), [[0, 'RECEIVER_UNKNOWN']]);
    const revoked: SigncryptionDirectory = {
      ...toy.directory,
      sender: (meterId) => {
        throw refusal('METER_REVOKED', { meterId });
      },
    };
    assert.deepEqual(codes(one, { directory: revoked }), [[0, 'METER_REVOKED']]);
    const { publicKey } = await makeKey(toy.kgc, { purpose: 'receiver', id: 'supplier', epoch: 2 });
    const directory: SigncryptionDirectory = {
      ...toy.directory,
      receiver: (index) =>
        toy.directory.receiver(index).id === 'supplier' ? publicKey : toy.directory.receiver(index),
    };
    assert.deepEqual(codes(one, { directory }), [[0, 'RECEIVER_WRONG_EPOCH']]);
  });

  it('let a failing directory through: that is no fault of a report', () => {
    const broken: SigncryptionDirectory = {
      ...toy.directory,
      sender: () => {
        throw new Error('disk');
      },
    };
    assert.throws(() => codes(reports, { directory: broken }), /disk/);
  });

  it('of one report give its receivers or throw its reason', () => {
    const [report] = reports as [SigncryptedReport];
    const receivers = checkSigncryptedReport(SCOPE, report, toy.directory);
    assert.deepEqual(receivers.map(({ id }) => id).sort(), ['control-centre', 'grid-operator', 'supplier']);
    assert.throws(
      () => checkSigncryptedReport(SCOPE, changed(answerPlusOne), toy.directory),
      refused('REPORT_BAD_SIGNATURE', { meterId: 'm1' }),
    );
  });

  it('take reports that were decoded from a larger buffer', () => {
    const encoded = toy.sealed('m1');
    const larger = new Uint8Array(encoded.length + 20);
    larger.set(encoded, 10);
    assert.deepEqual(codes([decodeSigncryptedReport(larger.subarray(10, -10))]), []);
  });
});
