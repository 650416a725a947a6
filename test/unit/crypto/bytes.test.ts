import assert from 'node:assert/strict';
import {
  bigintToBytes,
  bytesToBigint,
  concatBytes,
  decodeUtf8,
  equalBytes,
  fromBase64url,
  lp,
  splitLp,
  splitLpAll,
  toBase64url,
  u32,
  u64,
  utf8,
} from '@gridveil/chaincode/crypto/bytes.js';
import { refused } from '../../helpers/refused.js';

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('byte codecs', () => {
  describe('lp', () => {
    it('rejects what ends early, wherever that is', () => {
      const bytes = lp('ab', '', 'c');
      for (let length = 0; length < bytes.length; length++)
        assert.throws(
          () => splitLp(bytes.subarray(0, length), 3, 'A test'),
          refused('TRUNCATED', { what: 'A test' }),
        );
    });
    it('rejects more fields and more bytes than expected', () => {
      assert.throws(() => splitLp(lp('a', 'b', 'c'), 2, 'x'), refused('TRAILING_BYTES', { extraBytes: 5 }));
      assert.throws(() => splitLp(concatBytes(lp('a'), hex('00')), 1, 'x'), refused('TRAILING_BYTES'));
      assert.throws(() => splitLpAll(concatBytes(lp('a'), hex('00')), 9, 'x'), refused('TRUNCATED'));
    });
    it('rejects lengths beyond the end without reserving them', () => {
      for (const length of ['ffffffff', '80000000', '7fffffff', '00000002'])
        assert.throws(() => splitLpAll(hex(`${length} 00`), 9, 'x'), refused('TRUNCATED'));
    });
    it('writes a u32 big-endian length before each field', () => {
      assert.deepEqual(lp(), new Uint8Array(0));
      assert.deepEqual(lp('', 'é', hex('ff')), hex('00000000 00000002 c3a9 00000001 ff'));
    });
    it('tells field lists apart that join to the same bytes', () => {
      const lists = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc']];
      assert.equal(new Set(lists.map((list) => toBase64url(lp(...list)))).size, lists.length);
    });
    it('gives views on the bytes, also of a part of a larger buffer', () => {
      const inner = concatBytes(hex('ffff'), lp('ab', 'c')).subarray(2);
      assert.deepEqual(
        splitLp(inner, 2, 'x').map((field) => Buffer.from(field).toString()),
        ['ab', 'c'],
      );
    });
  });

  describe('integers', () => {
    it('reject values that do not fit', () => {
      for (const value of [-1, 2 ** 32, 1.5, NaN]) assert.throws(() => u32(value), RangeError);
      for (const value of [-1, 2 ** 53, 0.5, Infinity]) assert.throws(() => u64(value), RangeError);
      for (const [value, size] of [
        [256n, 1],
        [-1n, 4],
        [1n << 64n, 8],
      ] as const)
        assert.throws(() => bigintToBytes(value, size), RangeError);
    });
    it('are big-endian and of fixed width', () => {
      assert.deepEqual(u32(0x01020304), hex('01020304'));
      assert.deepEqual(u64(Number.MAX_SAFE_INTEGER), hex('001fffffffffffff'));
      assert.deepEqual(bigintToBytes(0x0102n, 4), hex('00000102'));
      assert.deepEqual(bigintToBytes(0n, 1), hex('00'));
      assert.equal(bytesToBigint(hex('00000102')), 0x0102n);
      assert.equal(bytesToBigint(new Uint8Array(0)), 0n);
    });
  });

  describe('base64url', () => {
    it('rejects text that is not the one form of its bytes', () => {
      for (const text of ['AA==', 'AB', 'A', '+/', 'AAA=', 'A A', 'AAAA\n', 'é', '\ud800', '*'])
        assert.throws(() => fromBase64url(text, 'f'), refused('BAD_FIELD', { field: 'f' }), text);
    });
    it('rejects another number of bytes', () => {
      const facts = { what: 'Field "f"', expectedBytes: 3, actualBytes: 2 };
      assert.throws(() => fromBase64url('_-8', 'f', 3), refused('BAD_LENGTH', facts));
    });
    it('reads what it writes', () => {
      for (const bytes of [hex(''), hex('00'), hex('ffef'), hex('000102')])
        assert.deepEqual(fromBase64url(toBase64url(bytes), 'f', bytes.length), bytes);
      assert.equal(toBase64url(hex('ffef')), '_-8');
    });
  });

  it('decodeUtf8 rejects bytes that are not UTF-8 and keeps a byte order mark', () => {
    for (const bytes of ['ff', 'c080', 'eda080', 'f4908080', 'c3'])
      assert.throws(() => decodeUtf8(hex(bytes), 'f'), refused('BAD_FIELD', { field: 'f' }), bytes);
    assert.equal(decodeUtf8(hex('efbbbf61'), 'f'), '\ufeffa');
    assert.equal(decodeUtf8(utf8('👍'), 'f'), '👍');
  });

  it('equalBytes looks at length and every byte', () => {
    assert.ok(equalBytes(hex('0102'), hex('0102')));
    for (const other of ['', '01', '010203', '0103', '0002']) assert.ok(!equalBytes(hex('0102'), hex(other)));
  });
});
