/** Reports frozen once: the product makes them again from their seed, a second implementation checks every equation of them, and each opens what the other seals. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concatBytes, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeSigncryptedReport, type SigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import {
  checkSigncryptedReport,
  findBadSigncryptedReports,
} from '@gridveil/chaincode/crypto/signcryption-check.js';
import type { KeyIdentity } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { openPart } from '@gridveil/client/crypto/signcryption.js';
import { hex, unhex } from '../../helpers/bls.js';
import { seededBytes } from '../../helpers/seeded-bytes.js';
import {
  little,
  openReference,
  parseReport,
  possessionHolds,
  referenceIndex,
  referenceKey,
  sealReference,
  signatureHolds,
  type ReferenceKey,
} from '../../helpers/signcryption-reference.js';
import {
  altered,
  makeToySigncryption,
  METERS,
  RECEIVERS,
  SCOPE,
  SLOT,
  type ToySigncryption,
} from '../../helpers/toy-signcryption.js';

interface KeyVector {
  readonly purpose: 'sender' | 'receiver';
  readonly id: string;
  readonly epoch: number;
  readonly publicKey: string;
  readonly own: string;
  readonly partial: string;
  readonly possession: { readonly own: string; readonly partial: string };
}

interface Vectors {
  readonly seed: string;
  readonly authority: { readonly channel: string; readonly grid: string; readonly publicKey: string };
  readonly master: string;
  readonly slot: number;
  readonly keys: readonly KeyVector[];
  readonly reports: readonly {
    readonly meterId: string;
    readonly report: string;
    readonly plaintexts: Readonly<Record<string, string>>;
  }[];
  readonly refused: readonly { readonly what: string; readonly code: string; readonly report: string }[];
}

const FILE = join(__dirname, '../../../vectors/signcryption/signcryption.json');
const SEED = 'gridveil signcryption vectors 1';

const flip = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

/** What is refused, and why; each a change to an honest report. */
function bad(report: SigncryptedReport, other: SigncryptedReport, slotLater: Uint8Array) {
  const [first = new Uint8Array(), second = new Uint8Array(), ...rest] = report.parts;
  const moved = [first.subarray(0, -1), concatBytes(first.subarray(-1), second), ...rest];
  const { keyMaterial, commitment, answer } = report;
  return [
    ['answer changed', 'REPORT_BAD_SIGNATURE', altered(report, { answer: flip(answer, 0) })],
    [
      'commitment of another report',
      'REPORT_BAD_SIGNATURE',
      altered(report, { commitment: other.commitment }),
    ],
    [
      'key material of another report',
      'REPORT_BAD_SIGNATURE',
      altered(report, { keyMaterial: other.keyMaterial }),
    ],
    ['part changed', 'REPORT_BAD_SIGNATURE', altered(report, { parts: [flip(first, 0), second, ...rest] })],
    ['parts in another order', 'REPORT_BAD_SIGNATURE', altered(report, { parts: [second, first, ...rest] })],
    ['boundary of parts moved', 'REPORT_BAD_SIGNATURE', altered(report, { parts: moved })],
    ['header of another meter', 'REPORT_BAD_SIGNATURE', altered(report, { headerBytes: other.headerBytes })],
    ['another slot', 'REPORT_WRONG_SLOT', slotLater],
    ['answer not reduced', 'BAD_FIELD', altered(report, { answer: new Uint8Array(32).fill(255) })],
    ['commitment no point', 'BAD_FIELD', altered(report, { commitment: flip(commitment, 0) })],
    ['key material the identity', 'BAD_FIELD', altered(report, { keyMaterial: new Uint8Array(32) })],
    ['key material no point', 'BAD_FIELD', altered(report, { keyMaterial: flip(keyMaterial, 0) })],
    ['a part too many', 'RECEIVER_COUNT', altered(report, { parts: [...report.parts, first] })],
  ] as const;
}

async function make(): Promise<Vectors> {
  const toy = await makeToySigncryption(seededBytes(SEED));
  const { channel, grid, publicKey } = toy.authority;
  const reports = METERS.map((meterId) => ({
    meterId,
    report: hex(toy.sealed(meterId)),
    plaintexts: Object.fromEntries(RECEIVERS.map((id) => [id, hex(toy.plaintext(meterId, id))])),
  }));
  const [first, second] = reports.map(({ report }) => decodeSigncryptedReport(unhex(report)));
  assert.ok(first && second);
  return {
    ...{
      seed: SEED,
      authority: { channel, grid, publicKey: hex(publicKey) },
      master: hex(toy.kgc.exportMaster()),
    },
    slot: SLOT,
    keys: [...toy.keys.values()].map((key) => {
      const { own, partial } = key.exportSecrets();
      const possession = key.provePossession();
      const { purpose, id, epoch, bytes } = key.publicKey;
      return {
        ...{ purpose, id, epoch, publicKey: hex(bytes), own: hex(own), partial: hex(partial) },
        possession: { own: hex(possession.own), partial: hex(possession.partial) },
      };
    }),
    reports,
    refused: bad(first, second, toy.sealed('m1', SLOT + 1)).map(([what, code, report]) => ({
      ...{ what, code, report: hex(report) },
    })),
  };
}

describe('signcryption vectors', function () {
  this.timeout(30_000);
  let vectors: Vectors;
  let toy: ToySigncryption;
  const authority = () => ({ ...vectors.authority, publicKey: unhex(vectors.authority.publicKey) });
  const vectorOf = (id: string): KeyVector => {
    const found = vectors.keys.find((key) => key.id === id);
    assert.ok(found);
    return found;
  };
  const reference = (id: string): ReferenceKey & { x: bigint; h: bigint } => {
    const key = vectorOf(id);
    const secrets = { x: little(unhex(key.own)), h: little(unhex(key.partial)) };
    return { ...referenceKey(authority(), key, unhex(key.publicKey)), ...secrets };
  };
  /** Receivers by ascending index, as every header has them. */
  const inOrder = () =>
    [...RECEIVERS].sort((a, b) =>
      Buffer.compare(
        referenceIndex(SCOPE.channel, SCOPE.grid, a),
        referenceIndex(SCOPE.channel, SCOPE.grid, b),
      ),
    );

  before(async () => {
    if (process.env.UPDATE_VECTORS === '1') writeFileSync(FILE, `${JSON.stringify(await make(), null, 2)}\n`);
    vectors = JSON.parse(readFileSync(FILE, 'utf8')) as Vectors;
    toy = await makeToySigncryption(seededBytes(SEED));
  });

  it('come out the same again from their seed', async () => {
    assert.deepEqual(await make(), vectors);
  });

  it('keys: secrets, points and proofs fit for the second implementation', () => {
    for (const key of vectors.keys) {
      const identity: KeyIdentity = key;
      const proofs = { own: unhex(key.possession.own), partial: unhex(key.possession.partial) };
      assert.ok(possessionHolds(authority(), identity, unhex(key.publicKey), proofs), key.id);
      const swapped = { own: proofs.partial, partial: proofs.own };
      assert.ok(!possessionHolds(authority(), identity, unhex(key.publicKey), swapped));
    }
  });

  it('reports: the second implementation accepts each signature and opens each part', () => {
    const ids = inOrder();
    const receivers = ids.map(reference);
    for (const { meterId, report, plaintexts } of vectors.reports) {
      const parsed = parseReport(unhex(report));
      assert.ok(signatureHolds(parsed, reference(meterId), receivers));
      assert.ok(!signatureHolds({ ...parsed, z: parsed.z ^ 1n }, reference(meterId), receivers));
      ids.forEach((id, place) => {
        assert.equal(hex(openReference(parsed, place, receivers, reference(id))), plaintexts[id]);
      });
    }
  });

  it('reports: the product accepts them and opens each part', () => {
    for (const { report, plaintexts } of vectors.reports) {
      const decoded = decodeSigncryptedReport(unhex(report));
      const receivers = checkSigncryptedReport(SCOPE, decoded, toy.directory);
      for (const id of RECEIVERS)
        assert.equal(hex(openPart(toy.key(id), decoded, receivers)), plaintexts[id]);
    }
  });

  it('the product opens what the second implementation seals', () => {
    const receivers = inOrder().map((id) => ({
      ...{ ...reference(id), id, epoch: 1, plaintext: utf8(`reference to ${id}`) },
    }));
    const facts = { ...SCOPE, epoch: 1, slot: SLOT, meterId: 'm2' };
    const sealed = sealReference(facts, reference('m2'), receivers, { d: 12_345n, w: 67_890n });
    const decoded = decodeSigncryptedReport(sealed);
    const keys = checkSigncryptedReport(SCOPE, decoded, toy.directory);
    for (const id of RECEIVERS)
      assert.deepEqual(openPart(toy.key(id), decoded, keys), utf8(`reference to ${id}`));
  });

  it('refused reports are refused, each with its code', () => {
    const codeOf = (report: Uint8Array): string | undefined => {
      try {
        const decoded = decodeSigncryptedReport(report);
        return findBadSigncryptedReports(SCOPE, vectors.slot, [decoded], toy.directory)[0]?.refusal.code;
      } catch (error) {
        assert.ok(error instanceof GridveilError);
        return error.code;
      }
    };
    assert.ok(vectors.refused.length >= 13);
    for (const { what, code, report } of vectors.refused) assert.equal(codeOf(unhex(report)), code, what);
  });
});
