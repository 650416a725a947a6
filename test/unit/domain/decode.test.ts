import assert from 'node:assert/strict';
import {
  agreementKey,
  bytes,
  decimal,
  decodeArgument,
  identifier,
  integer,
  list,
  MAX_ARGUMENT_BYTES,
  object,
  oneOf,
  optional,
  slotNumber,
  text,
  type Decoder,
} from '@gridveil/chaincode/domain/decode.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import * as bad from '../../helpers/bad-values.js';
import { refused } from '../../helpers/refused.js';

const KEY = Buffer.alloc(32, 9).toString('base64url');

/** [decoder, values it takes with what they become, values it refuses] */
const CASES: Readonly<
  Record<
    string,
    readonly [Decoder<unknown>, readonly (readonly [unknown, unknown])[], readonly bad.BadValue[]]
  >
> = {
  identifier: [
    identifier,
    [
      ['a', 'a'],
      ['é'.repeat(32), 'é'.repeat(32)],
    ],
    bad.identifier,
  ],
  text: [
    text(5),
    [
      ['a', 'a'],
      ['e\u0301👍x', 'e\u0301👍x'],
    ],
    bad.text(5),
  ],
  integer: [
    integer(3, 5),
    [
      [3, 3],
      [5, 5],
      [new bad.RawJson('5.0'), 5],
      [new bad.RawJson('0.4e1'), 4],
    ],
    bad.integer(3, 5),
  ],
  slot: [
    slotNumber,
    [
      [0, 0],
      [9_999_999_999, 9_999_999_999],
    ],
    bad.integer(0, 9_999_999_999),
  ],
  decimal: [
    decimal(5),
    [
      ['0', 0n],
      ['99999', 99_999n],
    ],
    bad.decimal(5),
  ],
  bytes: [bytes(2), [['AAE', Uint8Array.of(0, 1)]], bad.bytes(2)],
  'any bytes': [
    bytes(),
    [
      ['', new Uint8Array(0)],
      ['AAE', Uint8Array.of(0, 1)],
    ],
    bad.anyBytes,
  ],
  'agreement key': [
    agreementKey,
    [[KEY, new Uint8Array(32).fill(9)]],
    [...bad.bytes(32), ['A'.repeat(43), 'BAD_FIELD']],
  ],
  list: [
    list(integer(0, 9), 2),
    [
      [[1], [1]],
      [
        [1, 2],
        [1, 2],
      ],
    ],
    bad.list(1, 2),
  ],
  choice: [oneOf(['a', 'b']), [['b', 'b']], bad.oneOf('c', 'A', 'toString', '0')],
};

describe('decoders', () => {
  for (const [kind, [decoder, good, wrong]] of Object.entries(CASES)) {
    const shape = object({ field: decoder });
    it(`${kind}: reject ${wrong.length} values and no value`, () => {
      for (const [value, code] of wrong)
        assert.throws(
          () => decodeArgument(bad.jsonWithRaw({ field: value }), shape),
          refused(code),
          bad.jsonWithRaw({ field: value }).slice(0, 80),
        );
      assert.throws(() => decodeArgument('{}', shape), refused('MISSING_FIELD', { field: 'field' }));
    });
    it(`${kind}: take the rest`, () => {
      for (const [value, expected] of good)
        assert.deepEqual(decodeArgument(bad.jsonWithRaw({ field: value }), shape), { field: expected });
    });
  }

  it('reject arguments that are no JSON object, or too large', () => {
    const shape = object({ a: optional(integer(0, 9)) });
    for (const argument of ['', '[]', 'null', '1', '{', '{"a":1}}', '\ufeff{}'])
      assert.throws(() => decodeArgument(argument, shape), refused('MALFORMED_JSON'), argument);
    const actualBytes = MAX_ARGUMENT_BYTES + 1;
    const facts = { limitBytes: MAX_ARGUMENT_BYTES, actualBytes };
    assert.throws(() => decodeArgument(' '.repeat(actualBytes), shape), refused('TOO_LARGE', facts));
    assert.deepEqual(decodeArgument(`{}${' '.repeat(MAX_ARGUMENT_BYTES - 2)}`, shape), { a: undefined });
  });

  it('reject unknown fields, named in a short printable form', () => {
    const shape = object({ a: optional(integer(0, 9)) });
    const names: readonly (readonly [string, string])[] = [
      ['b', 'b'],
      ['__proto__', '__proto__'],
      ['constructor', 'constructor'],
      ['', ''],
      ['x{y}\u0000é', 'x?y???'],
      ['y'.repeat(500), 'y'.repeat(40)],
    ];
    for (const [name, field] of names)
      assert.throws(
        () => decodeArgument(`{${JSON.stringify(name)}:1}`, shape),
        refused('UNKNOWN_FIELD', { field }),
      );
  });

  it('name the item of a list that is wrong', () => {
    const shape = object({ ids: list(identifier, 3) });
    const wrong = '{"ids":["a",""]}';
    assert.throws(() => decodeArgument(wrong, shape), refused('BAD_IDENTIFIER', { field: 'ids[1]' }));
    const inner = object({ items: list(object({ id: identifier }), 3) });
    const cases: readonly (readonly [string, ErrorCode, string])[] = [
      ['{"items":[{"id":"a"},1]}', 'BAD_FIELD', 'items[1]'],
      ['{"items":[{}]}', 'MISSING_FIELD', 'id'],
      ['{"items":[{"id":"a","x":1}]}', 'UNKNOWN_FIELD', 'x'],
    ];
    for (const [argument, code, field] of cases)
      assert.throws(() => decodeArgument(argument, inner), refused(code, { field }));
  });

  it('inherit nothing from the prototype of objects', () => {
    const shape = object({ toString: optional(integer(0, 9)), hasOwnProperty: optional(identifier) });
    assert.deepEqual({ ...decodeArgument('{}', shape) }, { toString: undefined, hasOwnProperty: undefined });
  });
});
