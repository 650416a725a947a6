import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bigintToBytes,
  bytesToBigint,
  fromBase64url,
  lp,
  splitLp,
  splitLpAll,
  toBase64url,
  utf8,
} from '@gridveil/chaincode/crypto/bytes.js';
import { checkIdentifier, decodeIdentifier } from '@gridveil/chaincode/crypto/identifier.js';
import { merkleProof, merkleRoot, verifyMerkleProof } from '@gridveil/chaincode/crypto/merkle.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { fuzz } from '../../helpers/fuzz.js';

const bytesArb = fc.uint8Array({ maxLength: 40 });
const fieldsArb = fc.array(bytesArb, { maxLength: 8 });

const texts = (fields: readonly Uint8Array[]) => JSON.stringify(fields.map(toBase64url));

/** The value, or the code of the refusal; anything else is a bug. */
function outcome<T>(action: () => T): { value: T } | { code: string } {
  try {
    return { value: action() };
  } catch (error) {
    if (error instanceof GridveilError) return { code: error.code };
    throw error;
  }
}

describe('byte codec properties (TX-4)', () => {
  it('lp comes back field by field, and only in one way', () => {
    fc.assert(
      fc.property(fieldsArb, fieldsArb, (fields, others) => {
        const encoded = lp(...fields);
        assert.deepEqual(splitLp(encoded, fields.length, 'x'), fields);
        const same = Buffer.compare(lp(...others), encoded) === 0;
        assert.equal(same, texts(others) === texts(fields));
      }),
      fuzz(300),
    );
  });

  it('bytes that split come from lp', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const fields = outcome(() => splitLpAll(bytes, 20, 'x'));
        if ('value' in fields) assert.deepEqual(lp(...fields.value), bytes);
      }),
      fuzz(1000),
    );
  });

  it('base64url has one text for bytes and refuses every other', () => {
    fc.assert(
      fc.property(bytesArb, fc.string({ maxLength: 12 }), (bytes, text) => {
        assert.deepEqual(fromBase64url(toBase64url(bytes), 'f'), bytes);
        const decoded = outcome(() => fromBase64url(text, 'f'));
        if ('value' in decoded) assert.equal(toBase64url(decoded.value), text);
      }),
      fuzz(500),
    );
  });

  it('integers keep their value in any width that holds them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n }), fc.nat({ max: 8 }), (value, extra) => {
        const size = Math.ceil(value.toString(16).length / 2) + extra;
        assert.equal(bytesToBigint(bigintToBytes(value, size)), value);
      }),
      fuzz(300),
    );
  });

  it('an identifier is judged alike as text and as bytes', () => {
    const textArb = fc.string({ unit: 'binary', maxLength: 24 });
    fc.assert(
      fc.property(fc.oneof(textArb, fc.string({ maxLength: 70 })), (text) => {
        const asBytes = outcome(() => decodeIdentifier(utf8(text), 'f'));
        assert.deepEqual(
          asBytes,
          outcome(() => checkIdentifier(text, 'f')),
        );
      }),
      fuzz(1000),
    );
  });

  it('no bytes crash the decoder of identifiers', () => {
    fc.assert(
      fc.property(bytesArb, (bytes) => {
        const decoded = outcome(() => decodeIdentifier(bytes, 'f'));
        if ('value' in decoded) assert.deepEqual(utf8(decoded.value), bytes);
      }),
      fuzz(500),
    );
  });

  it('a Merkle proof fits its own leaf and place alone', () => {
    const leafArb = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const treeArb = fc.uniqueArray(leafArb, {
      minLength: 1,
      maxLength: 40,
      selector: (leaf) => toBase64url(leaf),
    });
    fc.assert(
      fc.property(treeArb, fc.nat(), fc.nat(), (leaves, a, b) => {
        const [index, other] = [a % leaves.length, b % leaves.length];
        const root = merkleRoot(leaves);
        const proof = merkleProof(leaves, index);
        const fits = verifyMerkleProof(root, leaves[other] as Uint8Array, index, leaves.length, proof);
        assert.equal(fits, index === other);
      }),
      fuzz(200),
    );
  });
});
