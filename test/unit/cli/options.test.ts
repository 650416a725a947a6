import assert from 'node:assert/strict';
import { choiceOption, integerOption } from '@gridveil/client/cli/options.js';

describe('option values', () => {
  const refused = { code: 'OPTION_INVALID', message: /Option --n must be an integer from 1 to 64/ };
  for (const text of ['0', '65', '-1', '+1', '1.5', '1e1', '0x10', ' 1', '1 ', '', 'many', '9'.repeat(30)]) {
    it(`refuses "${text}" as an integer from 1 to 64`, () => {
      assert.throws(() => integerOption('--n', 1, 64)(text), refused);
    });
  }

  it('takes the bounds of an integer', () => {
    assert.deepEqual(['1', '64', '007'].map(integerOption('--n', 1, 64)), [1, 64, 7]);
  });

  for (const text of ['', 'c', 'A', 'a ', 'toString']) {
    it(`refuses "${text}" where a or b is asked for`, () => {
      assert.throws(() => choiceOption('--n', ['a', 'b'])(text), {
        code: 'OPTION_INVALID',
        message: /Option --n must be a or b/,
      });
    });
  }

  it('takes a choice', () => assert.equal(choiceOption('--n', ['a', 'b'])('b'), 'b'));
});
