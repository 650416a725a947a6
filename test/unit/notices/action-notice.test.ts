/** What a customer reads of an action. */
import assert from 'node:assert/strict';
import { ACTION_CODES } from '@gridveil/chaincode/domain/regulation-action.js';
import { actionNotice } from '@gridveil/client/notices/action-notice.js';

describe('action notice', () => {
  it('says something else for every code, in one sentence', () => {
    const sentences = ACTION_CODES.map((code) => {
      const notice = actionNotice({ meterId: 'm1', code, issuedAtSeconds: 7 }, 3);
      assert.deepEqual(
        { ...notice, sentence: '' },
        { meterId: 'm1', position: 3, code, atSeconds: 7, sentence: '' },
      );
      assert.match(notice.sentence, /^[A-Z][^.\n]+\.$/);
      return notice.sentence;
    });
    assert.equal(new Set(sentences).size, ACTION_CODES.length);
  });
});
