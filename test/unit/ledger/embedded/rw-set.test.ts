import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DecodeError } from '@gridveil/chaincode/errors.js';
import {
  compareKeys,
  decodeWriteSet,
  encodeReadSet,
  encodeWriteSet,
  type KeyWrite,
} from '@gridveil/client/ledger/embedded/rw-set.js';

const put = (key: string, ...bytes: number[]): KeyWrite => ({ key, value: new Uint8Array(bytes) });

describe('a write set', () => {
  it('rejects truncated bytes', () => {
    const bytes = encodeWriteSet([put('a', 1, 2)]);
    for (let length = 1; length < bytes.length; length++) {
      // A cut after the key leaves a key without a value: it must not come back as what was written.
      let decoded: KeyWrite[] = [];
      try {
        decoded = decodeWriteSet(bytes.subarray(0, length));
      } catch (error) {
        assert.ok(error instanceof DecodeError);
      }
      assert.notDeepEqual(decoded, [put('a', 1, 2)]);
    }
  });

  it('has the bytes of lp(key, value, …) in key order, a deletion with an empty value', () => {
    const bytes = encodeWriteSet([{ key: 'b', value: undefined }, put('a', 7)]);
    assert.equal(Buffer.from(bytes).toString('hex'), '0000000161' + '0000000107' + '0000000162' + '00000000');
  });

  it('orders keys by UTF-8 bytes where JavaScript orders them otherwise', () => {
    const [low, high] = ['\uffee', '\u{1F50C}'];
    assert.ok(low > high);
    assert.ok(compareKeys(low, high) < 0);
    assert.deepEqual(
      encodeWriteSet([put(high, 1), put(low, 2)]),
      encodeWriteSet([put(low, 2), put(high, 1)]),
    );
  });

  it('comes back from its bytes, whatever order it was written in', () => {
    const keys = fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 8 });
    fc.assert(
      fc.property(keys, fc.uint8Array({ minLength: 1, maxLength: 5 }), (names, value) => {
        const writes = names.map((key, i) => ({ key, value: i % 3 === 0 ? undefined : value }));
        const sorted = [...writes].sort((a, b) => compareKeys(a.key, b.key));
        assert.deepEqual(decodeWriteSet(encodeWriteSet(writes)), sorted);
        assert.deepEqual(encodeWriteSet([...writes].reverse()), encodeWriteSet(writes));
      }),
    );
  });
});

describe('a read set', () => {
  it('has other bytes when a version, a range or its end differs', () => {
    const version = { blockNumber: 1, transactionIndex: 2 };
    const range = { startKey: 'a', endKey: 'b', exhausted: true, reads: [{ key: 'a', version }] };
    const variants = [
      { keys: [], ranges: [] },
      { keys: [{ key: 'a', version: undefined }], ranges: [] },
      { keys: [{ key: 'a', version }], ranges: [] },
      { keys: [{ key: 'a', version: { ...version, transactionIndex: 3 } }], ranges: [] },
      { keys: [], ranges: [range] },
      { keys: [], ranges: [{ ...range, exhausted: false }] },
      { keys: [], ranges: [{ ...range, endKey: 'c' }] },
      { keys: [], ranges: [{ ...range, reads: [] }] },
    ];
    const encodings = variants.map((reads) => Buffer.from(encodeReadSet(reads)).toString('hex'));
    assert.equal(new Set(encodings).size, variants.length);
  });
});
