/** The README lists every error code as the code says it. `UPDATE_README=1` rewrites the list. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodeList } from '../helpers/error-code-list.js';

const README = join(__dirname, '..', '..', '..', 'README.md');
const BEGIN = '<!-- error-codes: begin -->\n';
const END = '\n<!-- error-codes: end -->';

describe('README', () => {
  it('lists every error code with its sentence', () => {
    const text = readFileSync(README, 'utf8');
    const begin = text.indexOf(BEGIN) + BEGIN.length;
    const end = text.indexOf(END);
    assert.ok(begin >= BEGIN.length && end >= begin, 'the list has its marks');
    const expected = `\n${errorCodeList()}\n`;
    if (process.env.UPDATE_README === '1')
      writeFileSync(README, text.slice(0, begin) + expected + text.slice(end));
    else assert.equal(text.slice(begin, end), expected);
  });
});
