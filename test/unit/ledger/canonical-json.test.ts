import assert from 'node:assert/strict';
import { canonicalJson } from '@gridveil/chaincode/ledger/canonical-json.js';

describe('canonical JSON', () => {
  it('rejects numbers that are no safe integers, at any depth', () => {
    for (const value of [0.5, NaN, Infinity, -Infinity, 2 ** 53]) {
      assert.throws(() => canonicalJson(value), TypeError);
      assert.throws(() => canonicalJson({ a: [{ b: value }] }), TypeError);
    }
  });

  it('sorts keys by code unit, whatever their order or the locale', () => {
    const keys = ['b', 'a', 'B', 'ä', 'z', '10', '9', '\u{1f44d}', '\uff5e', '', '__proto__', 'a b'];
    const forward = Object.fromEntries(keys.map((key) => [key, 1]));
    const backward = Object.fromEntries([...keys].reverse().map((key) => [key, 1]));
    const expected = [...keys].sort().map((key) => `${JSON.stringify(key)}:1`);
    assert.equal(canonicalJson(forward), `{${expected.join()}}`);
    assert.equal(canonicalJson(backward), canonicalJson(forward));
  });

  it('writes each kind of value in one form', () => {
    const bytes = Uint8Array.of(0xff, 0xef);
    assert.equal(
      canonicalJson({
        bytes,
        big: 2n ** 70n,
        int: -3,
        zero: -0,
        text: 'a"\n',
        yes: true,
        none: null,
        gone: undefined,
      }),
      '{"big":"1180591620717411303424","bytes":"_-8","int":-3,"none":null,"text":"a\\"\\n","yes":true,"zero":0}',
    );
    assert.equal(canonicalJson([1, [], {}, undefined, 'é']), '[1,[],{},null,"é"]');
    assert.equal(canonicalJson(undefined), 'null');
  });

  it('gives the same text again after a way through JSON.parse', () => {
    const text = canonicalJson({ b: [{ d: 1, c: '2' }], a: { ['__proto__']: 3 } });
    assert.equal(canonicalJson(JSON.parse(text) as never), text);
    assert.equal(text, '{"a":{"__proto__":3},"b":[{"c":"2","d":1}]}');
  });
});
