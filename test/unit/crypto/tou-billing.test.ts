import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { concatBytes, lp, u32, u64, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { merkleProof, verifyMerkleProof } from '@gridveil/chaincode/crypto/merkle.js';
import { rangeProofDigest } from '@gridveil/chaincode/crypto/range-proof-statement.js';
import {
  decodeBillingReport,
  decodePackets,
  encodeBillingHeader,
  encodeBillingReport,
  encodePackets,
  MAX_BLOCK_TARIFFS,
  packetLeaf,
  packetMessage,
  packetOf,
  packetsRoot,
  reportMessage,
  type BillingPacket,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import { makeBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { refused } from '../../helpers/refused.js';
import { SLOT, TARIFF_ID, toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';

const PREFIX = 'gridveil/tou-billing';
const WIDTH = 768;
const bytes = (sizeBytes: number, fill: number) => new Uint8Array(sizeBytes).fill(fill);

const packet = (meterId: string, changes: Partial<BillingPacket> = {}): BillingPacket => ({
  ...{ meterId, epoch: 3, tariffId: TARIFF_ID },
  ...{ ciphertext: bytes(WIDTH, 1), proofDigest: bytes(32, 2), signature: bytes(96, 3) },
  ...changes,
});

/** The bytes are a promise to every other implementation, so they are written out here again. */
describe('tou-billing bytes', () => {
  let toy: ToyBilling;
  before(async () => (toy = await toyBilling()));

  it('a report is label, header, ciphertext, proof and a signature over all, the proof by its hash', () => {
    const header = toy.header('m1');
    const headerBytes = lp(
      `${PREFIX}/report-header/v1`,
      toy.publicKey.fingerprint,
      'gridveil',
      'toy',
      u32(1),
      bytes(32, 0xab),
      u64(SLOT),
      'm1',
    );
    assert.deepEqual(encodeBillingHeader(header), headerBytes);
    const report = toy.report('m1', 517);
    assert.deepEqual(report.header, header);
    assert.deepEqual(report.headerBytes, headerBytes);
    const digest = createHash('sha256').update(lp('gridveil/range-proof/v1', report.proof)).digest();
    assert.deepEqual(rangeProofDigest(report.proof), new Uint8Array(digest));
    const message = lp(`${PREFIX}/report-signature/v1`, headerBytes, report.ciphertext, digest);
    assert.deepEqual(reportMessage(headerBytes, report.ciphertext, digest), message);
    assert.deepEqual(report.signature, toy.keys.get('m1')?.sign(message));
    assert.deepEqual(
      encodeBillingReport(report),
      lp(`${PREFIX}/report/v1`, headerBytes, report.ciphertext, report.proof, report.signature),
    );
  });

  it('the longest report fits its size limit', () => {
    const long = 'é'.repeat(32);
    const header = toy.header(long, { channel: long, grid: long, epoch: 2 ** 32 - 1, slot: 9_999_999_999 });
    const key = toy.keys.get('m1');
    assert.ok(key);
    const report = makeBillingReport(toy.prover, key, header, 0);
    assert.deepEqual(decodeBillingReport(report, toy.prover.statement).header, header);
  });

  it('rejects reports that are not exactly one', () => {
    const good = toy.report('m1', 5);
    const decode = (report: Uint8Array) => decodeBillingReport(report, toy.prover.statement);
    const encoded = encodeBillingReport(good);
    const header = (changes: readonly [index: number, field: Uint8Array]) => {
      const fields = [
        utf8(`${PREFIX}/report-header/v1`),
        ...[toy.scope.fingerprint, utf8('c'), utf8('g'), u32(1), bytes(32, 1), u64(SLOT), utf8('m')],
      ].with(...changes);
      return encodeBillingReport({ ...good, headerBytes: lp(...fields) });
    };
    for (const [report, code] of [
      [encoded.slice(0, -1), 'TRUNCATED'],
      [new Uint8Array(), 'TRUNCATED'],
      [concatBytes(encoded, u32(0)), 'TRAILING_BYTES'],
      [bytes(20_000, 0), 'TOO_LARGE'],
      [lp('x', good.headerBytes, good.ciphertext, good.proof, good.signature), 'WRONG_LABEL'],
      [encodeBillingReport({ ...good, ciphertext: good.ciphertext.slice(1) }), 'BAD_LENGTH'],
      [encodeBillingReport({ ...good, proof: good.proof.slice(1) }), 'BAD_LENGTH'],
      [encodeBillingReport({ ...good, signature: good.signature.slice(1) }), 'BAD_LENGTH'],
      [encodeBillingReport({ ...good, headerBytes: good.headerBytes.slice(0, -1) }), 'TRUNCATED'],
      [header([0, utf8('x')]), 'WRONG_LABEL'],
      [header([1, bytes(31, 0)]), 'BAD_LENGTH'],
      [header([2, utf8('')]), 'BAD_IDENTIFIER'],
      [header([3, Uint8Array.of(0xff)]), 'BAD_FIELD'],
      [header([4, bytes(5, 0)]), 'BAD_LENGTH'],
      [header([5, bytes(33, 0)]), 'BAD_LENGTH'],
      [header([6, bytes(4, 0)]), 'BAD_LENGTH'],
      [header([6, u64(10_000_000_000)]), 'BAD_FIELD'],
      [header([7, utf8('a\n')]), 'BAD_IDENTIFIER'],
    ] as const)
      assert.throws(() => decode(report), refused(code));
    assert.deepEqual(decode(header([7, utf8('m')])).header.meterId, 'm');
  });

  it('refuses to write a tariff id that is none', () => {
    for (const tariffId of ['', 'ab', 'AB'.repeat(32), 'g'.repeat(64)])
      assert.throws(() => encodeBillingHeader(toy.header('m1', { tariffId })), RangeError);
  });

  it('packets are stored with the tariffs in front and fixed fields joined', () => {
    const other = 'cd'.repeat(32);
    const list = [packet('a'), packet('b', { tariffId: other, epoch: 9 }), packet('é')];
    const body = (epoch: number, tariff: number) =>
      concatBytes(u32(epoch), Uint8Array.of(tariff), bytes(WIDTH, 1), bytes(32, 2), bytes(96, 3));
    const expected = lp(
      `${PREFIX}/packets/v1`,
      lp(bytes(32, 0xab), bytes(32, 0xcd)),
      ...[lp('a', body(3, 0)), lp('b', body(9, 1)), lp('é', body(3, 0))],
    );
    assert.deepEqual(encodePackets(list), expected);
    assert.deepEqual(decodePackets(expected, WIDTH), list);
    assert.deepEqual(decodePackets(encodePackets([]), WIDTH), []);
  });

  it('a packet takes at most 1.15 times its ciphertext and signature, for 1.07 with an id of 10 characters', () => {
    const perPacket = (idBytes: number) => {
      const ids = Array.from({ length: 100 }, (_, i) => String(i).padStart(idBytes, '0'));
      return encodePackets(ids.map((id) => packet(id))).length / 100 / (WIDTH + 96);
    };
    assert.ok(perPacket(10) < 1.075, String(perPacket(10)));
    assert.ok(perPacket(64) < 1.14, String(perPacket(64)));
  });

  it('refuses packets out of order, doubled or of too many tariffs', () => {
    for (const list of [
      [packet('b'), packet('a')],
      [packet('a'), packet('a')],
      [packet('é'), packet('z')],
    ])
      assert.throws(() => encodePackets(list), RangeError);
    const tariffs = Array.from({ length: MAX_BLOCK_TARIFFS + 1 }, (_, i) =>
      packet(String(100 + i), { tariffId: String(i).padStart(64, '0') }),
    );
    assert.throws(() => encodePackets(tariffs), RangeError);
  });

  it('rejects lists of packets in any other form', () => {
    const body = concatBytes(u32(3), Uint8Array.of(0), bytes(WIDTH + 32 + 96, 1));
    const list = (tariffs: readonly Uint8Array[], ...packets: readonly Uint8Array[]) =>
      lp(`${PREFIX}/packets/v1`, lp(...tariffs), ...packets);
    const [one, two] = [bytes(32, 1), bytes(32, 2)];
    for (const [encoded, code] of [
      [new Uint8Array(), 'TRUNCATED'],
      [lp(`${PREFIX}/packets/v1`), 'TRUNCATED'],
      [lp('x', lp()), 'WRONG_LABEL'],
      [list([bytes(31, 1)]), 'BAD_LENGTH'],
      [list([one]), 'BAD_FIELD'],
      [list([], lp('a', body)), 'BAD_FIELD'],
      [list([one, two], lp('a', body)), 'BAD_FIELD'],
      [list([one, one], lp('a', body)), 'BAD_FIELD'],
      [list([one], lp('b', body), lp('a', body)), 'BAD_FIELD'],
      [list([one], lp('a', body), lp('a', body)), 'BAD_FIELD'],
      [list([one], lp('a', body.slice(1))), 'BAD_LENGTH'],
      [list([one], lp('a')), 'TRUNCATED'],
      [list([one], lp('a', body, '')), 'TRAILING_BYTES'],
      [list([one], lp('', body)), 'BAD_IDENTIFIER'],
    ] as const)
      assert.throws(() => decodePackets(encoded, WIDTH), refused(code));
    assert.equal(decodePackets(list([one], lp('a', body)), WIDTH).length, 1);
  });

  it('the message of a packet is what its meter signed, for its own slot and scope only', () => {
    const report = toy.report('m1', 5);
    const kept = packetOf(report);
    const signed = reportMessage(report.headerBytes, report.ciphertext, rangeProofDigest(report.proof));
    assert.deepEqual(packetMessage(toy.scope, SLOT, kept), signed);
    for (const other of [
      packetMessage(toy.scope, SLOT + 1, kept),
      packetMessage({ ...toy.scope, grid: 'other' }, SLOT, kept),
      packetMessage({ ...toy.scope, channel: 'other' }, SLOT, kept),
      packetMessage({ ...toy.scope, fingerprint: bytes(32, 0) }, SLOT, kept),
      packetMessage(toy.scope, SLOT, { ...kept, meterId: 'm2' }),
      packetMessage(toy.scope, SLOT, { ...kept, epoch: 2 }),
      packetMessage(toy.scope, SLOT, { ...kept, tariffId: 'cd'.repeat(32) }),
    ])
      assert.notDeepEqual(other, signed);
  });

  it('a customer finds the own packet under the root of the block', () => {
    const list = ['m1', 'm2', 'm3'].map((meterId) => packetOf(toy.report(meterId, 1)));
    const root = packetsRoot(toy.scope, SLOT, list);
    const leaves = list.map((one) => packetLeaf(toy.scope, SLOT, one));
    const own = packetLeaf(toy.scope, SLOT, list[1] as BillingPacket);
    assert.ok(verifyMerkleProof(root, own, 1, 3, merkleProof(leaves, 1)));
    const changed = packetLeaf(toy.scope, SLOT, { ...(list[1] as BillingPacket), signature: bytes(96, 1) });
    assert.ok(!verifyMerkleProof(root, changed, 1, 3, merkleProof(leaves, 1)));
  });
});
