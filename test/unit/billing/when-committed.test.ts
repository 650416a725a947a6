import assert from 'node:assert/strict';
import { refusal } from '@gridveil/chaincode/errors.js';
import { whenCommitted } from '@gridveil/client/billing/when-committed.js';
import { refused } from '../../helpers/refused.js';

describe('waiting for a commit', () => {
  const failing = (times: number, code: 'BILL_UNKNOWN' | 'PERIOD_OPEN') => {
    let calls = 0;
    return () => (++calls > times ? Promise.resolve(calls) : Promise.reject(refusal(code)));
  };

  it('repeats what is not there yet', async () => {
    assert.equal(await whenCommitted(['BILL_UNKNOWN'], failing(2, 'BILL_UNKNOWN')), 3);
  });

  it('repeats nothing else, and ends', async () => {
    await assert.rejects(whenCommitted(['BILL_UNKNOWN'], failing(2, 'PERIOD_OPEN')), refused('PERIOD_OPEN'));
    await assert.rejects(
      whenCommitted(['BILL_UNKNOWN'], failing(9, 'BILL_UNKNOWN'), 0),
      refused('BILL_UNKNOWN'),
    );
  });
});
