import assert from 'node:assert/strict';
import { concatBytes, lp, splitLp, splitLpAll, u32, u64, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeSigncryptedReport,
  decodeSigncryptionHeader,
  encodeSigncryptedReport,
  encodeSigncryptionHeader,
  MAX_PLAINTEXT_BYTES,
  MAX_RECEIVERS,
  MAX_REPORT_BYTES,
  PART_TAG_BYTES,
  receiverIndex,
  reportDigest,
  type ReceiverName,
  type SigncryptionHeader,
} from '@gridveil/chaincode/crypto/signcryption.js';
import { checkSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption-check.js';
import { openPart, ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import { refused } from '../../helpers/refused.js';
import {
  makeKey,
  makeToySigncryption,
  RECEIVERS,
  SCOPE,
  SLOT,
  toySigncryption,
  type ToySigncryption,
} from '../../helpers/toy-signcryption.js';

const LABEL = (purpose: string) => `gridveil/signcryption/${purpose}/v1`;
const name = (digit: string, epoch = 1): ReceiverName => ({ index: digit.repeat(32), epoch });
const HEADER: SigncryptionHeader = {
  ...SCOPE,
  ...{ epoch: 1, slot: SLOT, meterId: 'm1', receivers: [name('1'), name('2', 7)] },
};

describe('signcryption', () => {
  let toy: ToySigncryption;
  before(async () => (toy = await toySigncryption()));

  describe('header', () => {
    it('comes back as it was', () => {
      assert.deepEqual(decodeSigncryptionHeader(encodeSigncryptionHeader(HEADER)), HEADER);
    });

    it('is not written with receivers that are repeated, out of order, none or too many', () => {
      const many = Array.from({ length: MAX_RECEIVERS + 1 }, (_, i) => ({
        index: i.toString(16).padStart(32, '0'),
        epoch: 1,
      }));
      for (const receivers of [[], [name('1'), name('1')], [name('2'), name('1')], many, [name('X')]])
        assert.throws(() => encodeSigncryptionHeader({ ...HEADER, receivers }), RangeError);
    });

    it('is refused with the code of what is wrong', () => {
      const label = utf8(LABEL('header'));
      const receivers = (...names: readonly ReceiverName[]) =>
        concatBytes(...names.flatMap(({ index, epoch }) => [Buffer.from(index, 'hex'), u32(epoch)]));
      const fields = [label, 'gridveil', 'toy', u32(1), u64(SLOT), 'm1', receivers(name('1'))] as const;
      const header = (at: number, field: string | Uint8Array) =>
        lp(...fields.map((each, i) => (i === at ? field : each)));
      assert.doesNotThrow(() => decodeSigncryptionHeader(lp(...fields)));
      const cases = [
        [header(0, LABEL('report')), 'WRONG_LABEL'],
        [header(1, ''), 'BAD_IDENTIFIER'],
        [header(2, 'a\u0000'), 'BAD_IDENTIFIER'],
        [header(3, u64(1)), 'BAD_LENGTH'],
        [header(4, u32(1)), 'BAD_LENGTH'],
        [header(4, u64(10_000_000_000)), 'BAD_FIELD'],
        [header(5, 'x'.repeat(65)), 'BAD_IDENTIFIER'],
        [header(6, new Uint8Array()), 'BAD_FIELD'],
        [header(6, receivers(name('1')).subarray(1)), 'BAD_FIELD'],
        [header(6, new Uint8Array(20 * (MAX_RECEIVERS + 1))), 'BAD_FIELD'],
        [header(6, receivers(name('1'), name('1', 2))), 'RECEIVER_REPEATED'],
        [header(6, receivers(name('1'), name('2'), name('1'))), 'RECEIVER_REPEATED'],
        [header(6, receivers(name('2'), name('1'))), 'RECEIVERS_UNORDERED'],
        [lp(...fields.slice(0, 6)), 'TRUNCATED'],
        [lp(...fields, ''), 'TRAILING_BYTES'],
      ] as const;
      for (const [bytes, code] of cases) assert.throws(() => decodeSigncryptionHeader(bytes), refused(code));
    });
  });

  describe('report', () => {
    it('comes back as it was', () => {
      const encoded = toy.sealed('m1');
      const report = decodeSigncryptedReport(encoded);
      assert.deepEqual(encodeSigncryptedReport(report), encoded);
      assert.equal(report.header.meterId, 'm1');
      assert.equal(report.header.slot, SLOT);
      const indices = report.header.receivers.map(({ index }) => index);
      assert.deepEqual(indices, RECEIVERS.map((id) => receiverIndex(SCOPE, id)).sort());
    });

    it('is refused with the code of what is wrong', () => {
      const encoded = toy.sealed('m1');
      const fields = splitLpAll(encoded, 99, 'a report');
      const [label, header, seal, ...parts] = fields as [Uint8Array, Uint8Array, Uint8Array, ...Uint8Array[]];
      const cases = [
        [new Uint8Array(), 'TRUNCATED'],
        [encoded.subarray(0, -1), 'TRUNCATED'],
        [concatBytes(encoded, u32(0)), 'RECEIVER_COUNT'],
        [concatBytes(encoded, Uint8Array.of(0)), 'TRUNCATED'],
        [lp(label, header), 'TRUNCATED'],
        [lp(LABEL('header'), header, seal, ...parts), 'WRONG_LABEL'],
        [lp(label, header.subarray(1), seal, ...parts), 'TRUNCATED'],
        [lp(label, header, seal.subarray(1), ...parts), 'BAD_LENGTH'],
        [lp(label, header, seal, ...parts.slice(1)), 'RECEIVER_COUNT'],
        [lp(label, header, seal, ...parts, new Uint8Array(16)), 'RECEIVER_COUNT'],
        [lp(label, header, seal, ...Array.from({ length: MAX_RECEIVERS + 1 }, () => 'x')), 'TRAILING_BYTES'],
        [lp(label, header, seal, ...parts.slice(1), new Uint8Array(PART_TAG_BYTES - 1)), 'BAD_FIELD'],
        [
          lp(
            label,
            header,
            seal,
            ...parts.slice(1),
            new Uint8Array(MAX_PLAINTEXT_BYTES + PART_TAG_BYTES + 1),
          ),
          'BAD_FIELD',
        ],
        [new Uint8Array(MAX_REPORT_BYTES + 1), 'TOO_LARGE'],
      ] as const;
      for (const [bytes, code] of cases) assert.throws(() => decodeSigncryptedReport(bytes), refused(code));
    });

    it('has a digest of its own', () => {
      const encoded = toy.sealed('m1');
      assert.equal(reportDigest(encoded).length, 32);
      assert.notDeepEqual(reportDigest(encoded), reportDigest(concatBytes(encoded, Uint8Array.of(0))));
    });

    it('of the largest sizes is taken', async () => {
      const receivers = await Promise.all(
        Array.from({ length: MAX_RECEIVERS }, (_, i) =>
          makeKey(toy.kgc, { purpose: 'receiver', id: `${'r'.repeat(60)}${i}`, epoch: 1 }),
        ),
      );
      const sender = await makeKey(toy.kgc, { purpose: 'sender', id: 'm'.repeat(64), epoch: 1 });
      const sealer = await ReportSealer.create(sender);
      const plaintext = new Uint8Array(MAX_PLAINTEXT_BYTES);
      const parts = receivers.map(({ publicKey }) => ({ receiver: publicKey, plaintext }));
      const report = decodeSigncryptedReport(sealer.seal({ ...SCOPE, slot: SLOT }, parts));
      assert.equal(report.parts.length, MAX_RECEIVERS);
    });
  });

  describe('seal and open', () => {
    const opened = (reader: string, encoded: Uint8Array) => {
      const report = decodeSigncryptedReport(encoded);
      const receivers = checkSigncryptedReport(SCOPE, report, toy.directory);
      return openPart(toy.key(reader), report, receivers);
    };

    it('every receiver reads its own part', () => {
      for (const receiver of RECEIVERS)
        assert.deepEqual(opened(receiver, toy.sealed('m1')), toy.plaintext('m1', receiver));
    });

    it('a report for one receiver opens, and an empty part, too', async () => {
      const sealer = await ReportSealer.create(toy.key('m2'));
      const parts = [{ receiver: toy.publicKey('supplier'), plaintext: new Uint8Array() }];
      assert.equal(opened('supplier', sealer.seal({ ...SCOPE, slot: SLOT }, parts)).length, 0);
    });

    it('who is not named opens nothing, nor a sender', () => {
      const encoded = toy.sealed('m1', SLOT, ['supplier']);
      for (const reader of ['grid-operator', 'm1', 'm2'])
        assert.throws(() => opened(reader, encoded), refused('NOT_A_RECEIVER', { receiver: reader }));
    });

    it('a changed part, D or header does not open, even unchecked', () => {
      const report = toy.report('m1');
      const receivers = report.header.receivers.map(({ index }) => toy.directory.receiver(index));
      const place = receivers.findIndex(({ id }) => id === 'supplier');
      const open = (changes: Partial<typeof report>, of = receivers) =>
        openPart(toy.key('supplier'), { ...report, ...changes }, of);
      assert.deepEqual(open({}), toy.plaintext('m1', 'supplier'));
      const flippedPart = report.parts.map((part, i) =>
        i === place ? part.map((byte, j) => (j === 0 ? byte ^ 1 : byte)) : part,
      );
      const no = refused('PART_REFUSED', { meterId: 'm1', receiver: 'supplier' });
      assert.throws(() => open({ parts: flippedPart }), no);
      assert.throws(() => open({ parts: [...report.parts].reverse() }), no);
      assert.throws(() => open({ keyMaterial: report.commitment }), no);
      assert.throws(() => open({ headerBytes: encodeSigncryptionHeader(HEADER) }), no);
      assert.throws(() => open({}, [...receivers].reverse()), no);
      for (const noPoint of [new Uint8Array(32), new Uint8Array(32).fill(255)])
        assert.throws(() => open({ keyMaterial: noPoint }), refused('BAD_FIELD', { field: 'keyMaterial' }));
    });

    it('refuses to seal for senders, twice for one, or too much', async () => {
      const sealer = await ReportSealer.create(toy.key('m1'));
      const supplier = { receiver: toy.publicKey('supplier'), plaintext: new Uint8Array(1) };
      const facts = { ...SCOPE, slot: SLOT };
      for (const parts of [
        [],
        [supplier, supplier],
        [{ ...supplier, receiver: toy.publicKey('m2') }],
        [{ ...supplier, plaintext: new Uint8Array(MAX_PLAINTEXT_BYTES + 1) }],
      ])
        assert.throws(() => sealer.seal(facts, parts), RangeError);
      await assert.rejects(ReportSealer.create(toy.key('supplier')), RangeError);
    });

    it('gives other bytes each time, and the same for the same randomness', async () => {
      assert.notDeepEqual(toy.sealed('m1'), toy.sealed('m1'));
      const constant = (sizeBytes: number) => new Uint8Array(sizeBytes).fill(7);
      const [first, second] = [await makeToySigncryption(constant), await makeToySigncryption(constant)];
      assert.deepEqual(first.sealed('m1'), second.sealed('m1'));
    });
  });

  it('a report for 3 receivers is at most 96 bytes more than header, D, W, z, plaintexts and tags', () => {
    const encoded = toy.sealed('m1');
    const [, header] = splitLp(encoded, 6, 'a report');
    const plain = RECEIVERS.reduce((sum, receiver) => sum + toy.plaintext('m1', receiver).length, 0);
    const needed = header.length + 3 * 32 + plain + 3 * PART_TAG_BYTES;
    assert.ok(encoded.length - needed <= 96, `${encoded.length - needed} bytes`);
    assert.equal(encoded.length - needed, 55);
  });
});
