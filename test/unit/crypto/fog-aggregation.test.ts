import assert from 'node:assert/strict';
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { lp, splitLp, u32, u64, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeReport,
  encodeReport,
  encodeReportHeader,
  reportLeaf,
  slotTranscript,
  type RegionTotalFacts,
  type ReportHeader,
} from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { agree, generateAgreementKey } from '@gridveil/client/crypto/curve25519.js';
import { deriveMacKey, sealReport, verifyReportTag } from '@gridveil/client/crypto/fog-aggregation.js';

const PREFIX = 'gridveil/fog-aggregation';
const WIDTH = 64;
const header: ReportHeader = {
  fingerprint: new Uint8Array(32).fill(7),
  channel: 'gridveil',
  grid: 'grid',
  epoch: 3,
  region: 'north',
  slot: 9_999_999_999,
  meterId: 'm é',
};
const ciphertext = Uint8Array.from({ length: WIDTH }, (_, i) => i);
const macKey = new Uint8Array(32).fill(9);

const sha256 = (...parts: readonly Uint8Array[]) =>
  new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());

/** The bytes are a promise to every other implementation, so they are written out here again. */
describe('fog aggregation bytes', () => {
  const headerBytes = lp(
    `${PREFIX}/report-header/v1`,
    header.fingerprint,
    'gridveil',
    'grid',
    u32(3),
    'north',
    u64(9_999_999_999),
    'm é',
  );
  const tag = new Uint8Array(createHmac('sha256', macKey).update(lp(headerBytes, ciphertext)).digest());

  it('a report is label, header, ciphertext and a tag over both', () => {
    const expected = lp(`${PREFIX}/report/v1`, headerBytes, ciphertext, tag);
    assert.deepEqual(encodeReportHeader(header), headerBytes);
    assert.deepEqual(sealReport(header, ciphertext, macKey), expected);
    assert.deepEqual(encodeReport(headerBytes, ciphertext, tag), expected);
    const report = decodeReport(expected, WIDTH);
    assert.deepEqual(report.header, header);
    assert.deepEqual([report.headerBytes, report.ciphertext, report.tag], [headerBytes, ciphertext, tag]);
    assert.ok(verifyReportTag(report, macKey));
    assert.ok(!verifyReportTag(report, new Uint8Array(32).fill(8)));
  });

  it('the longest report fits its size limit', () => {
    const long = 'x'.repeat(64);
    const widest = { ...header, channel: long, grid: long, region: long, meterId: long, epoch: 2 ** 32 - 1 };
    assert.deepEqual(decodeReport(sealReport(widest, ciphertext, macKey), WIDTH).header, widest);
  });

  it('the key of a tag is bound to region, meter and epoch, and both sides derive it', () => {
    const [meter, fog] = [generateAgreementKey(), generateAgreementKey()];
    const derive = (region: string, id: string, epoch: number) =>
      deriveMacKey(meter, fog.publicKey, region, id, epoch);
    const own = derive('r', 'm', 1);
    const info = lp(`${PREFIX}/mac/v1`, 'r', 'm', u32(1));
    assert.deepEqual(
      own,
      new Uint8Array(hkdfSync('sha256', agree(fog, meter.publicKey), new Uint8Array(0), info, 32)),
    );
    assert.deepEqual(own, deriveMacKey(fog, meter.publicKey, 'r', 'm', 1));
    for (const other of [derive('s', 'm', 1), derive('r', 'n', 1), derive('r', 'm', 2), derive('rm', '', 1)])
      assert.notDeepEqual(own, other);
  });

  it('a leaf is bound to meter, ciphertext and tag', () => {
    const leaf = reportLeaf('m', ciphertext, tag);
    assert.deepEqual(leaf, sha256(Uint8Array.of(0), lp(`${PREFIX}/report-leaf/v1`, 'm', ciphertext, tag)));
    for (const other of [reportLeaf('n', ciphertext, tag), reportLeaf('m', tag, ciphertext)])
      assert.notDeepEqual(leaf, other);
  });

  it('the transcript of a slot is bound to everything the ledger holds of it', () => {
    const total = (region: string, count = 3, seed = 1): RegionTotalFacts => ({
      region,
      ciphertext: new Uint8Array(WIDTH).fill(seed),
      count,
      merkleRoot: new Uint8Array(32).fill(seed),
    });
    const regions = [total('north'), total('south')];
    const of = (
      list: readonly RegionTotalFacts[],
      channel = 'c',
      grid = 'g',
      slot = 5,
      key = header.fingerprint,
    ) => slotTranscript(key, channel, grid, slot, list);
    const records = regions.map((each) => lp(each.region, each.ciphertext, u32(each.count), each.merkleRoot));
    const input = lp(`${PREFIX}/slot/v1`, header.fingerprint, 'c', 'g', u64(5), ...records);
    assert.deepEqual(of(regions), sha256(input));
    assert.equal(splitLp(input, 7, 'x').length, 7);
    const others = [
      of([...regions].reverse()),
      of(regions.slice(0, 1)),
      of([total('north', 4), total('south')]),
      of([total('north', 3, 2), total('south')]),
      of(regions, 'd'),
      of(regions, 'c', 'h'),
      of(regions, 'c', 'g', 6),
      of(regions, 'c', 'g', 5, utf8('x'.repeat(32))),
    ];
    for (const other of others) assert.notDeepEqual(of(regions), other);
  });
});
