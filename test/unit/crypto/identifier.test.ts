import assert from 'node:assert/strict';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { checkIdentifier, decodeIdentifier } from '@gridveil/chaincode/crypto/identifier.js';
import { refused } from '../../helpers/refused.js';

const BAD = {
  empty: '',
  '65 bytes': 'x'.repeat(65),
  '65 bytes in 33 characters': `${'é'.repeat(32)}x`,
  'not NFC': 'e\u0301',
  'a singleton NFC replaces': '\u212b',
  NUL: 'a\u0000',
  'a line break': 'a\nb',
  DEL: '\u007f',
  'a C1 control': '\u009f',
  'U+10FFFF, where Fabric ends a range of keys': '\u{10ffff}',
  'a noncharacter': 'a\ufdd0',
};

describe('identifier', () => {
  for (const [what, value] of Object.entries(BAD))
    it(`rejects ${what}`, () => {
      assert.throws(() => checkIdentifier(value, 'f'), refused('BAD_IDENTIFIER', { field: 'f' }));
      assert.throws(() => decodeIdentifier(utf8(value), 'f'), refused('BAD_IDENTIFIER', { field: 'f' }));
    });
  it('rejects lone surrogates', () => {
    for (const value of ['\ud800', 'a\udfff', '\udc00\ud800'])
      assert.throws(() => checkIdentifier(value, 'f'), refused('BAD_IDENTIFIER'));
  });
  it('rejects bytes that are not UTF-8', () => {
    for (const byte of [0x80, 0xff])
      assert.throws(() => decodeIdentifier(Uint8Array.of(byte), 'f'), refused('BAD_FIELD'));
  });
  it('accepts everything else, unchanged', () => {
    for (const value of [
      ' ',
      'x'.repeat(64),
      'é'.repeat(32),
      '👍',
      '__proto__',
      '{"a":[1]}',
      '\ufeff',
      '\u{10fffd}',
      'ı',
    ]) {
      assert.equal(checkIdentifier(value, 'f'), value);
      assert.equal(decodeIdentifier(utf8(value), 'f'), value);
    }
  });
  it('takes what it reads out of a larger buffer', () => {
    assert.equal(decodeIdentifier(utf8('xxmeterxx').subarray(2, 7), 'f'), 'meter');
  });
});
