import assert from 'node:assert/strict';
import { concatBytes, lp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import {
  decodeAnswers,
  decodeBillingAnswers,
  decodeReportBatch,
  encodeAnswers,
  encodeBillingAnswers,
  encodeReportBatch,
  MAX_REPORTS_PER_BATCH,
  refusalAnswer,
  type ReportAnswer,
} from '@gridveil/client/parties/fog-messages.js';
import { refused } from '../../helpers/refused.js';

const LABEL = 'gridveil/fog-aggregation/report-batch/v1';

describe('messages of the fog node', () => {
  describe('report batch', () => {
    const report = utf8('report');

    it('rejects other labels, or none', () => {
      for (const bytes of [new Uint8Array(0), lp(''), lp(`${LABEL}x`, report), lp(report, LABEL)])
        assert.throws(() => decodeReportBatch(bytes), refused('WRONG_LABEL', { expected: LABEL }));
    });
    it('rejects truncated and over-long batches', () => {
      const batch = encodeReportBatch([report]);
      assert.throws(() => decodeReportBatch(batch.subarray(0, -1)), refused('TRUNCATED'));
      assert.throws(() => decodeReportBatch(concatBytes(batch, Uint8Array.of(0))), refused('TRUNCATED'));
      const tooMany = encodeReportBatch(new Array<Uint8Array>(MAX_REPORTS_PER_BATCH + 1).fill(report));
      assert.throws(() => decodeReportBatch(tooMany), refused('TRAILING_BYTES'));
      assert.throws(() => decodeReportBatch(new Uint8Array(2_000_001)), refused('TOO_LARGE'));
    });
    it('holds none to 1,000 reports', () => {
      for (const count of [0, 1, MAX_REPORTS_PER_BATCH]) {
        const reports = Array.from({ length: count }, (_, i) => utf8(`report ${i}`));
        assert.deepEqual(decodeReportBatch(encodeReportBatch(reports)), reports);
      }
    });
  });

  describe('answers', () => {
    it('rejects what is no list of answers', () => {
      const texts = [
        '',
        'null',
        '{}',
        '[1]',
        '[{}]',
        '[{"status":"maybe"}]',
        '[{"status":"refused"}]',
        '[',
        'x',
      ];
      texts.push('[{"status":"accepted","code":"X"}]', '[{"status":"refused","code":1,"message":""}]');
      texts.push(JSON.stringify(new Array(MAX_REPORTS_PER_BATCH + 1).fill({ status: 'accepted' })));
      for (const text of texts)
        assert.throws(() => decodeAnswers(utf8(text)), refused('BAD_FIELD', { field: 'answer' }), text);
      assert.throws(() => decodeAnswers(Uint8Array.of(0xff)), refused('BAD_FIELD'));
    });
    it('come back as they went', () => {
      const answers: ReportAnswer[] = [
        { status: 'accepted' },
        { status: 'duplicate' },
        refusalAnswer(refusal('METER_UNKNOWN', { meterId: '{"m"}' })),
      ];
      assert.deepEqual(decodeAnswers(encodeAnswers(answers)), answers);
      assert.deepEqual(answers[2], {
        status: 'refused',
        code: 'METER_UNKNOWN',
        message: 'Meter "{"m"}" is not registered: register it first.',
      });
    });
    it('of an aggregator come back with their receipts, and as many of them', () => {
      const answers: ReportAnswer[] = [{ status: 'accepted' }, { status: 'duplicate' }];
      const both = { answers, receipts: [Uint8Array.of(1, 2, 3), undefined] };
      assert.deepEqual(decodeBillingAnswers(encodeBillingAnswers(both)), both);
      const wrong = [
        { answers },
        { answers, receipts: ['AQ'] },
        { answers, receipts: ['AQ', 1] },
        { answers, receipts: ['AQ', '='] },
        { answers, receipts: ['AQ', 'A'.repeat(1000)] },
        { answers: [{ status: 'maybe' }], receipts: [null] },
        { answers: [], receipts: [], more: 1 },
      ];
      for (const each of wrong)
        assert.throws(() => decodeBillingAnswers(utf8(JSON.stringify(each))), refused('BAD_FIELD'));
    });
    it('are not made of bugs', () => {
      assert.throws(() => refusalAnswer(new TypeError('bug')), new TypeError('bug'));
    });
  });
});
