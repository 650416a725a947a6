import assert from 'node:assert/strict';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { bigintToBytes, bytesToBigint, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { findInvalidRangeProofs, type ProvenCiphertext } from '@gridveil/chaincode/crypto/range-proof.js';
import {
  decodeRangeProof,
  rangeGenerators,
  rangeStatement,
} from '@gridveil/chaincode/crypto/range-proof-statement.js';
import type { RistrettoPoint } from '@gridveil/chaincode/crypto/ristretto.js';
import { generatePaillierKey, type PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import { RangeProver } from '@gridveil/client/crypto/range-proof.js';
import { encodeDecoded, type ChangedProof } from '../../helpers/range-proof.js';
import { refused } from '../../helpers/refused.js';

const MAXIMUM = 1000;
const CONTEXT = utf8('meter m1, slot 7');
const { Point } = ristretto255;

describe('range proofs', () => {
  let key: PaillierPrivateKey;
  let prover: RangeProver;

  before(async () => {
    key = await generatePaillierKey(512);
    prover = new RangeProver(key.publicKey, MAXIMUM);
  });

  const proven = (d: number, context = CONTEXT): ProvenCiphertext => ({
    owner: 'm1',
    context,
    ...prover.encrypt(d, context),
  });
  const invalid = (...list: readonly ProvenCiphertext[]) =>
    findInvalidRangeProofs(prover.statement, list).map(({ index, malformed }) => malformed?.code ?? index);

  it('weights of any maximum write every integer up to it, and none above', () => {
    for (let maximum = 1; maximum <= 70; maximum++) {
      const { weights } = rangeStatement(key.publicKey, maximum);
      const sums = new Set([0n]);
      for (const weight of weights) for (const sum of [...sums]) sums.add(sum + weight);
      assert.deepEqual(
        [...sums].sort((a, b) => Number(a - b)),
        Array.from({ length: maximum + 1 }, (_, d) => BigInt(d)),
      );
    }
  });

  it('rejects maxima that are no integer from 1 to 2^40', () => {
    for (const maximum of [0, -1, 1.5, NaN, 2 ** 40 + 1])
      assert.throws(() => rangeStatement(key.publicKey, maximum), RangeError);
    assert.equal(rangeStatement(key.publicKey, 2 ** 40).weights.length, 41);
  });

  it('accepts every kind of reading in the range, and the ciphertext holds it', () => {
    for (const d of [0, 1, 2, 488, 489, 490, 511, 512, 999, MAXIMUM]) {
      const one = proven(d);
      assert.deepEqual(invalid(one), [], String(d));
      assert.equal(decrypt(key, bytesToBigint(one.ciphertext)), BigInt(d));
    }
  });

  it('rejects readings outside the range before encrypting', () => {
    for (const d of [-1, MAXIMUM + 1, 0.5, NaN]) assert.throws(() => prover.encrypt(d, CONTEXT), RangeError);
  });

  it('names the bad ones among many', () => {
    const list = Array.from({ length: 9 }, (_, i) => proven(100 * i));
    assert.deepEqual(invalid(...list), []);
    const moved = { ...(list[2] as ProvenCiphertext), context: utf8('meter m1, slot 8') };
    const swapped = { ...(list[7] as ProvenCiphertext), proof: (list[6] as ProvenCiphertext).proof };
    assert.deepEqual(invalid(...list.with(2, moved).with(7, swapped)), [2, 7]);
    assert.deepEqual(invalid(), []);
  });

  it('a proof holds for its statement alone: key, maximum, context, ciphertext', async () => {
    const one = proven(5);
    const otherMaximum = rangeStatement(key.publicKey, MAXIMUM - 1);
    assert.equal(otherMaximum.proofBytes, prover.statement.proofBytes);
    assert.equal(findInvalidRangeProofs(otherMaximum, [one]).length, 1);
    const { publicKey } = await generatePaillierKey(512);
    assert.equal(findInvalidRangeProofs(rangeStatement(publicKey, MAXIMUM), [one]).length, 1);
    assert.deepEqual(invalid({ ...one, context: new Uint8Array() }), [0]);
    assert.deepEqual(invalid({ ...one, ciphertext: proven(5).ciphertext }), [0]);
  });

  it('rejects a proof with any field changed', () => {
    const one = proven(5);
    const decoded = decodeRangeProof(prover.statement, one.proof, 'm1');
    const changed = (changes: Partial<ChangedProof>) =>
      invalid({ ...one, proof: encodeDecoded(prover.statement, { ...decoded, ...changes }) });
    assert.deepEqual(changed({}), []);
    for (const name of ['V', 'A', 'W0', 'W1'] as const) {
      const sent = Point.fromBytes(decoded[name].bytes);
      const with_ = (point: RistrettoPoint) => changed({ [name]: { bytes: point.toBytes() } });
      for (const point of [sent.add(Point.BASE), sent.negate()]) assert.deepEqual(with_(point), [0], name);
      assert.deepEqual(with_(Point.ZERO), ['BAD_FIELD'], name);
    }
    for (const name of ['zV', 'zW', 's'] as const)
      assert.deepEqual(changed({ [name]: decoded[name] ^ 1n }), [0], name);
    decoded.digits.forEach((z, i) =>
      assert.deepEqual(changed({ digits: decoded.digits.with(i, z + 1n) }), [0], `z${i}`),
    );
    const P = (bytesToBigint(decoded.P) * 2n) % key.publicKey.nSquared;
    assert.deepEqual(changed({ P: bigintToBytes(P, decoded.P.length) }), [0]);
  });

  it('rejects responses too large to stand for integers, and points and scalars that are not canonical', () => {
    const one = proven(5);
    const { proofBytes, key: publicKey, responseBytes } = prover.statement;
    const with_ = (offset: number, bytes: Uint8Array) => {
      const proof = one.proof.slice();
      proof.set(bytes, offset);
      return proof;
    };
    const digits = 4 * 32 + publicKey.ciphertextBytes;
    const ff = (sizeBytes: number) => new Uint8Array(sizeBytes).fill(0xff);
    for (const [proof, code] of [
      [one.proof.slice(1), 'BAD_LENGTH'],
      [Uint8Array.of(...one.proof, 0), 'BAD_LENGTH'],
      [new Uint8Array(), 'BAD_LENGTH'],
      [with_(0, ff(32)), 'BAD_FIELD'],
      [with_(32, Uint8Array.of(1)), 'BAD_FIELD'],
      [with_(128, new Uint8Array(publicKey.ciphertextBytes)), 'INVALID_CIPHERTEXT'],
      [with_(128, ff(publicKey.ciphertextBytes)), 'INVALID_CIPHERTEXT'],
      [with_(digits, Uint8Array.of(0x02)), 'BAD_FIELD'],
      [with_(proofBytes - responseBytes - 32, ff(32)), 'BAD_FIELD'],
      [with_(proofBytes - responseBytes, ff(responseBytes)), 'BAD_FIELD'],
    ] as const) {
      assert.throws(() => decodeRangeProof(prover.statement, proof, 'm1'), refused(code));
      assert.deepEqual(invalid(proven(1), { ...one, proof }, proven(2)), [code]);
    }
  });

  it('rejects a ciphertext outside (0, N²) or no unit', () => {
    const one = proven(5);
    const { nSquared, n, ciphertextBytes } = key.publicKey;
    const over = (c: bigint) => invalid({ ...one, ciphertext: bigintToBytes(c, ciphertextBytes) });
    assert.deepEqual(over(0n), ['INVALID_CIPHERTEXT']);
    assert.deepEqual(over(nSquared), ['INVALID_CIPHERTEXT']);
    assert.deepEqual(over(n), [0]);
    assert.deepEqual(over(key.p), [0]);
  });

  it('never makes the same ciphertext or proof twice', () => {
    const [a, b] = [proven(5), proven(5)];
    assert.notDeepEqual(a.ciphertext, b.ciphertext);
    const [first, second] = [a, b].map(({ proof }) => decodeRangeProof(prover.statement, proof, 'm1'));
    assert.ok(first && second);
    for (const name of ['V', 'A', 'W0', 'W1'] as const)
      assert.notDeepEqual(first[name].bytes, second[name].bytes);
    assert.notDeepEqual(first.P, second.P);
  });

  it('generators are distinct points of a hash, the same for everybody', () => {
    const generators = rangeGenerators(41).map((point) => point.toHex());
    assert.equal(new Set(generators).size, 43);
    assert.ok(!generators.includes(Point.BASE.toHex()) && !generators.includes(Point.ZERO.toHex()));
    assert.deepEqual(generators.slice(0, 3), FIRST_GENERATORS);
  });
});

/** H, G, G_0 as hex: another implementation must derive the same. */
const FIRST_GENERATORS = [
  '828f0ceef4ab22564f365e3fdb0f17706d03d912881e677fbe23251bde4a0109',
  '02f2a16234ceca86fbc382281c761f7cf678879df7611e38734fda2c01447104',
  '4e0dc3a1c68fb869bfadfc9f8af62eb6c200e0edd84689f77c85eebde9653b4c',
];
