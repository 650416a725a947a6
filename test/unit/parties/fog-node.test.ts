import assert from 'node:assert/strict';
import {
  bigintToBytes,
  bytesToBigint,
  concatBytes,
  lp,
  splitLp,
  utf8,
} from '@gridveil/chaincode/crypto/bytes.js';
import { reportLeaf, type ReportHeader } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { EMPTY_MERKLE_ROOT, merkleRoot, verifyMerkleProof } from '@gridveil/chaincode/crypto/merkle.js';
import { CLOCK_SKEW_SECONDS } from '@gridveil/chaincode/domain/region-total.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { decodeAnswers, encodeReportBatch } from '@gridveil/client/parties/fog-messages.js';
import { encryptToy, openToy, SLOT_SECONDS } from '../../helpers/bench-values.js';
import { FOG_REGIONS, FogBench, NORTH } from '../../helpers/fog-bench.js';
import { TOTALS_PER_TRANSACTION } from '@gridveil/client/parties/fog-node.js';

const flip = (bytes: Uint8Array, at: number, mask = 1) =>
  Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ mask : byte));

describe('fog node', () => {
  let bench: FogBench;
  beforeEach(async () => {
    bench = await FogBench.open();
  });

  const refuses = (code: ErrorCode, bytes: Uint8Array, what = '') => {
    const answer = bench.fogNode.receive(bytes);
    assert.equal(answer.status, 'refused', what);
    assert.equal(answer.code, code, `${what} ${answer.message}`);
  };
  const accepts = (bytes: Uint8Array) =>
    assert.deepEqual(bench.fogNode.receive(bytes), { status: 'accepted' });
  const counts = () => bench.fogNode.closeSlot(bench.slot).map(({ count }) => count);

  /** The four fields of a report and the eight of its header, to be put together again differently. */
  const parts = (report: Uint8Array) => {
    const fields = splitLp(report, 4, 'report') as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    return { fields, header: splitLp(fields[1], 8, 'header') };
  };
  const replaced = (fields: readonly Uint8Array[], at: number, field: Uint8Array) =>
    fields.map((each, i) => (i === at ? field : each));

  describe('refuses what is no report:', () => {
    it('nothing, or a report that ends early, anywhere', () => {
      const report = bench.report('n1', 5n);
      for (let length = 0; length < report.length; length++) refuses('TRUNCATED', report.subarray(0, length));
    });

    it('bytes after its last field, or inside its header', () => {
      const report = bench.report('n1', 5n);
      refuses('TRAILING_BYTES', concatBytes(report, Uint8Array.of(0)));
      refuses('TRAILING_BYTES', concatBytes(report, lp('x')));
      const { fields, header } = parts(report);
      refuses('TRAILING_BYTES', lp(...replaced(fields, 1, lp(...header, 'x'))));
    });

    it('another label', () => {
      const { fields, header } = parts(bench.report('n1', 5n));
      refuses('WRONG_LABEL', lp(...replaced(fields, 0, utf8('gridveil/fog-aggregation/report/v2'))));
      refuses('WRONG_LABEL', lp(...replaced(fields, 0, fields[1])));
      refuses('WRONG_LABEL', lp(...replaced(fields, 1, lp(...replaced(header, 0, new Uint8Array(0))))));
    });

    it('huge input, before it is read', () => {
      refuses('TOO_LARGE', new Uint8Array(10_000_000));
      refuses('TOO_LARGE', concatBytes(bench.report('n1', 5n), new Uint8Array(600)));
    });

    it('lengths that lie', () => {
      for (const length of [0xffffffff, 0x7fffffff, 0x80000000, 5000]) {
        const lie = Uint8Array.from(bench.report('n1', 5n));
        new DataView(lie.buffer).setUint32(0, length);
        refuses('TRUNCATED', lie);
      }
    });

    it('fields of another width', () => {
      const { fields, header } = parts(bench.report('n1', 5n));
      const widths = (field: Uint8Array) => [new Uint8Array(0), field.slice(1), concatBytes(field, field)];
      for (const at of [2, 3])
        for (const field of widths(fields[at] as Uint8Array))
          refuses('BAD_LENGTH', lp(...replaced(fields, at, field)));
      for (const at of [1, 4, 6])
        for (const field of widths(header[at] as Uint8Array))
          refuses('BAD_LENGTH', lp(...replaced(fields, 1, lp(...replaced(header, at, field)))));
    });

    it('names that are no identifiers, slots that are no slots', () => {
      const { fields, header } = parts(bench.report('n1', 5n));
      const withHeader = (at: number, field: Uint8Array) =>
        lp(...replaced(fields, 1, lp(...replaced(header, at, field))));
      for (const at of [2, 3, 5, 7]) {
        for (const name of ['', 'x'.repeat(65), 'a\u0000', 'e\u0301', '\u{10ffff}'])
          refuses('BAD_IDENTIFIER', withHeader(at, utf8(name)), name);
        for (const bytes of [Uint8Array.of(0xff), Uint8Array.of(0xed, 0xa0, 0x80), Uint8Array.of(0xc0, 0x80)])
          refuses('BAD_FIELD', withHeader(at, bytes));
      }
      refuses('BAD_FIELD', withHeader(6, bigintToBytes(10_000_000_000n, 8)));
      refuses('BAD_FIELD', withHeader(6, new Uint8Array(8).fill(255)));
    });
  });

  describe('refuses a report that is not for it or not from its meter:', () => {
    const fingerprint = new Uint8Array(32);
    const cases: readonly (readonly [string, ErrorCode, string, Partial<ReportHeader>])[] = [
      ['another grid', 'REPORT_WRONG_GRID', 'n1', { grid: 'other' }],
      ['another channel', 'REPORT_WRONG_GRID', 'n1', { channel: 'other' }],
      ['another key', 'REPORT_WRONG_GRID', 'n1', { fingerprint }],
      ['an unknown meter', 'METER_UNKNOWN', 'n1', { meterId: 'n9' }],
      ['a meter of another fog node', 'METER_UNKNOWN', 'w1', {}],
      ['the other region of the same fog node', 'REPORT_WRONG_REGION', 'n1', { region: 'south' }],
      ['an unknown region', 'REPORT_WRONG_REGION', 'n1', { region: 'east' }],
      ['a later epoch', 'REPORT_WRONG_EPOCH', 'n1', { epoch: 2 }],
      ['an earlier epoch', 'REPORT_WRONG_EPOCH', 'n1', { epoch: 0 }],
      ['the keys of another meter', 'REPORT_BAD_TAG', 'n2', { meterId: 'n1' }],
    ];
    for (const [what, code, keysOf, changes] of cases)
      it(what, () => {
        refuses(code, bench.report('meterId' in changes ? 'n1' : keysOf, 5n, changes, keysOf));
        assert.deepEqual(counts(), [0, 0]);
      });

    it('a revoked meter, from the next look at the ledger on', async () => {
      bench.revoke('n1');
      await bench.fogNode.syncMeters();
      refuses('METER_REVOKED', bench.report('n1', 5n));
      accepts(bench.report('n2', 5n));
    });

    it('keys that were replaced, and a meter that moved away', async () => {
      const old = bench.report('n1', 5n);
      bench.register('n1', 'north', 2);
      bench.register('n2', 'west', 2);
      await bench.fogNode.syncMeters();
      refuses('REPORT_WRONG_EPOCH', old);
      refuses('METER_UNKNOWN', bench.report('n2', 5n));
      accepts(bench.report('n1', 5n));
    });

    it('one changed bit, in every byte', () => {
      const report = bench.report('n1', 5n);
      for (let at = 0; at < report.length; at++) {
        const answer = bench.fogNode.receive(flip(report, at, 1 << (at % 8)));
        assert.equal(answer.status, 'refused', `byte ${at}`);
      }
      assert.deepEqual(bench.fogNode.equivocations, []);
      assert.deepEqual(counts(), [0, 0]);
    });

    it('a wrong tag, for each part it covers', () => {
      const { fields, header } = parts(bench.report('n1', 5n));
      for (const at of [0, 15, 31])
        refuses('REPORT_BAD_TAG', lp(...replaced(fields, 3, flip(fields[3], at))));
      for (const at of [0, 30, 63])
        refuses('REPORT_BAD_TAG', lp(...replaced(fields, 2, flip(fields[2], at))));
      const slot = header[6];
      refuses('REPORT_BAD_TAG', lp(...replaced(fields, 1, lp(...replaced(header, 6, flip(slot, 7))))));
      refuses('REPORT_BAD_TAG', lp(...replaced(fields, 1, lp(...replaced(header, 7, utf8('n2'))))));
      const other = parts(bench.report('n1', 5n, { slot: bench.slot - 1 }));
      refuses('REPORT_BAD_TAG', lp(...replaced(fields, 3, other.fields[3])));
    });
  });

  describe('slots', () => {
    it('refuses those that have not ended and those that are too old, at the second', () => {
      const { slot } = bench;
      const endSeconds = (slot + 1) * SLOT_SECONDS;
      bench.nowSeconds = endSeconds - CLOCK_SKEW_SECONDS - 1;
      refuses('REPORT_FUTURE_SLOT', bench.report('n1', 5n, { slot }));
      refuses('REPORT_FUTURE_SLOT', bench.report('n1', 5n, { slot: 9_999_999_999 }));
      bench.nowSeconds += 1;
      accepts(bench.report('n1', 5n, { slot }));
      bench.nowSeconds = endSeconds + 10 * 86_400;
      accepts(bench.report('n2', 5n, { slot }));
      bench.nowSeconds += 1;
      refuses('REPORT_STALE_SLOT', bench.report('n3', 5n, { slot }));
      refuses('REPORT_STALE_SLOT', bench.report('n3', 5n, { slot: 0 }));
    });

    it('refuses a report for a slot that is closed', () => {
      const { slot } = bench;
      const late = bench.report('n1', 5n);
      bench.fogNode.closeSlot(slot);
      refuses('REPORT_STALE_SLOT', late);
      accepts(bench.report('n1', 5n, { slot: slot - 1 }));
    });

    it('closes a slot once, with the same totals whenever it is asked', async () => {
      for (const meterId of NORTH) accepts(bench.report(meterId, 5n));
      const totals = bench.fogNode.closeSlot(bench.slot);
      assert.deepEqual(bench.fogNode.closeSlot(bench.slot), totals);
      await bench.fogNode.submit([bench.slot]);
      await bench.fogNode.submit([bench.slot]);
      assert.deepEqual(bench.submitted[0], bench.submitted[1]);
    });

    it('commits many totals a batch at a time, each once', async () => {
      const slots = Array.from({ length: 60 }, (_, back) => bench.slot - back);
      await bench.fogNode.submit(slots);
      const batches = bench.submitted.map(
        ({ argument }) => (JSON.parse(argument) as { totals: { region: string; slot: number }[] }).totals,
      );
      assert.deepEqual(
        batches.map(({ length }) => length),
        [TOTALS_PER_TRANSACTION, TOTALS_PER_TRANSACTION, 20],
      );
      const keys = new Set(batches.flat().map(({ region, slot }) => `${region}/${slot}`));
      assert.equal(keys.size, FOG_REGIONS.length * slots.length);
    });
  });

  describe('counting', () => {
    it('adds up each region on its own', () => {
      const reports = [...NORTH, 's1', 's2'].map((meterId, i) => bench.report(meterId, BigInt(10 ** i)));
      reports.forEach(accepts);
      const [north, south] = bench.fogNode.closeSlot(bench.slot);
      assert.ok(north && south);
      assert.deepEqual([north.region, north.slot, north.count], ['north', bench.slot, 5]);
      assert.equal(openToy(bench.key, bytesToBigint(north.ciphertext)).m, 11_111n);

      assert.deepEqual(
        [south.count, south.ciphertext.at(-1), south.merkleRoot],
        [0, 1, EMPTY_MERKLE_ROOT],
        'two reports are below minGroup',
      );
    });

    it('gives the same root and total in whatever order reports come', () => {
      const reports = NORTH.map((meterId) => ({ meterId, bytes: bench.report(meterId, 7n) }));
      const leaves = reports.map(({ meterId, bytes }) => {
        const { fields } = parts(bytes);
        return reportLeaf(meterId, fields[2], fields[3]);
      });
      for (const { bytes } of [...reports].reverse()) accepts(bytes);
      const [north] = bench.fogNode.closeSlot(bench.slot);
      assert.deepEqual(north?.merkleRoot, merkleRoot(leaves));
    });

    it('withholds a region below minGroup', () => {
      for (const meterId of NORTH.slice(0, 2)) accepts(bench.report(meterId, 5n));
      const [north] = bench.fogNode.closeSlot(bench.slot);
      assert.deepEqual([north?.count, north?.merkleRoot], [0, EMPTY_MERKLE_ROOT]);
      assert.equal(bytesToBigint(north?.ciphertext ?? new Uint8Array(0)), 1n);
      assert.equal(bench.fogNode.inclusionProof(bench.slot, 'n1'), undefined);
    });

    it('answers the same report again with duplicate, before and after the close', () => {
      const report = bench.report('n1', 5n);
      accepts(report);
      assert.deepEqual(bench.fogNode.receive(report), { status: 'duplicate' });
      bench.fogNode.closeSlot(bench.slot);
      assert.deepEqual(bench.fogNode.receive(report), { status: 'duplicate' });
      bench.fogNode.forgetReports(bench.slot);
      refuses('REPORT_STALE_SLOT', report);
    });

    it('lets the first of two different reports stand and keeps both messages', () => {
      const [first, second] = [bench.report('n1', 5n), bench.report('n1', 6n)];
      for (const meterId of NORTH.slice(1)) accepts(bench.report(meterId, 1n));
      accepts(first);
      refuses('REPORT_EQUIVOCATION', second);
      const { slot } = bench;
      assert.deepEqual(bench.fogNode.equivocations, [{ meterId: 'n1', slot, first, second }]);
      const [north] = bench.fogNode.closeSlot(slot);
      assert.equal(openToy(bench.key, bytesToBigint(north?.ciphertext ?? new Uint8Array(0))).m, 9n);
      refuses('REPORT_EQUIVOCATION', bench.report('n1', 5n));
      assert.equal(bench.fogNode.equivocations.length, 1, 'one proof is enough');
    });

    it('takes no unauthenticated report for equivocation', () => {
      accepts(bench.report('n1', 5n));
      refuses('REPORT_BAD_TAG', bench.report('n1', 6n, {}, 'n2'));
      assert.deepEqual(bench.fogNode.equivocations, []);
    });
  });

  describe('Valid(C)', () => {
    const encode = (value: bigint) => bigintToBytes(value, bench.key.publicKey.ciphertextBytes);

    it('refuses 0, N² and above at once', () => {
      const { nSquared } = bench.key.publicKey;
      for (const value of [0n, nSquared, nSquared + 1n, (1n << 512n) - 1n])
        refuses('INVALID_CIPHERTEXT', bench.report('n1', encode(value)));
      assert.deepEqual(counts(), [0, 0]);
    });

    it('accepts N² - 1', () => {
      accepts(bench.report('n1', encode(bench.key.publicKey.nSquared - 1n)));
      for (const meterId of NORTH.slice(1)) accepts(bench.report(meterId, 1n));
      assert.deepEqual(counts(), [5, 0]);
      assert.deepEqual(bench.fogNode.struckOut, []);
    });

    it('strikes out what is no unit when the slot closes, and names the meter', () => {
      const { n, nSquared } = bench.key.publicKey;
      const { slot } = bench;
      const bad = { n2: n, n4: bench.key.p * 3n, s1: nSquared - n } as const;
      for (const [meterId, value] of Object.entries(bad)) accepts(bench.report(meterId, encode(value)));
      for (const meterId of ['n1', 'n3', 'n5']) accepts(bench.report(meterId, 100n));
      const [north, south] = bench.fogNode.closeSlot(slot);
      assert.deepEqual([north?.count, south?.count], [3, 0]);
      assert.equal(openToy(bench.key, bytesToBigint(north?.ciphertext ?? new Uint8Array(0))).m, 300n);
      assert.deepEqual(
        bench.fogNode.struckOut.map((report) => [report.meterId, report.slot]),
        [
          ['n2', slot],
          ['n4', slot],
          ['s1', slot],
        ],
      );
      assert.equal(bench.fogNode.inclusionProof(slot, 'n2'), undefined);
      assert.ok(bench.fogNode.inclusionProof(slot, 'n1'));
    });

    it('withholds a region that a strike-out leaves too small', () => {
      accepts(bench.report('n1', encode(bench.key.publicKey.n)));
      for (const meterId of ['n2', 'n3']) accepts(bench.report(meterId, 1n));
      assert.deepEqual(counts(), [0, 0]);
    });
  });

  it('proves to each meter that its report is under the committed root', () => {
    const reports = new Map(NORTH.map((meterId) => [meterId as string, bench.report(meterId, 1n)]));
    for (const bytes of reports.values()) accepts(bytes);
    const [north] = bench.fogNode.closeSlot(bench.slot);
    assert.ok(north);
    for (const [meterId, bytes] of reports) {
      const { fields } = parts(bytes);
      const leaf = reportLeaf(meterId, fields[2], fields[3]);
      const given = bench.fogNode.inclusionProof(bench.slot, meterId);
      assert.ok(given);
      const { index, count, proof } = given;
      assert.equal(count, north.count);
      assert.ok(verifyMerkleProof(north.merkleRoot, leaf, index, count, proof));
      assert.ok(!verifyMerkleProof(north.merkleRoot, flip(leaf, 3), index, count, proof));
      assert.ok(!verifyMerkleProof(north.merkleRoot, leaf, (index + 1) % count, count, proof));
      assert.ok(!verifyMerkleProof(north.merkleRoot, leaf, index, count, proof.slice(1)));
    }
    for (const [slot, meterId] of [
      [bench.slot, 's1'],
      [bench.slot, 'n9'],
      [bench.slot - 1, 'n1'],
    ] as const)
      assert.equal(bench.fogNode.inclusionProof(slot, meterId), undefined);
  });

  it('answers each report of a batch, the good ones beside the bad ones', async () => {
    const good = bench.report('n1', 5n);
    const batch = encodeReportBatch([
      good,
      Uint8Array.of(1),
      good,
      bench.report('n2', encryptToy(bench.key, 1n)),
    ]);
    const answers = decodeAnswers(await bench.fogNode.handle(batch));
    assert.deepEqual(
      answers.map((answer) => (answer.status === 'refused' ? answer.code : answer.status)),
      ['accepted', 'TRUNCATED', 'duplicate', 'accepted'],
    );
    const [whole] = decodeAnswers(await bench.fogNode.handle(good));
    assert.deepEqual(whole?.status === 'refused' && whole.code, 'WRONG_LABEL');
  });
});
