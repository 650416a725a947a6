import assert from 'node:assert/strict';
import { lp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeActionText,
  decodeSealedJson,
  devicePolicyText,
  encodeActionText,
  encodeSealedJson,
  faultReport,
  operatorLimits,
  type ActionText,
} from '@gridveil/client/parties/sealed-texts.js';
import { refused } from '../../helpers/refused.js';

const ACTION: ActionText = {
  ...{ meterId: 'm1', nonce: '00000000000000ff', code: 'trip', expiresAtSeconds: 1_700_000_000 },
  message: 'Zähler wird abgeschaltet',
};

describe('sealed texts', () => {
  it('of an action come back as they were', () => {
    assert.deepEqual(decodeActionText(encodeActionText(ACTION)), ACTION);
  });

  it('of an action have one form', () => {
    const bytes = encodeActionText(ACTION);
    assert.throws(() => decodeActionText(bytes.subarray(0, bytes.length - 1)), refused('TRUNCATED'));
    assert.throws(() => decodeActionText(lp('x')), refused('TRUNCATED'));
    const label = 'gridveil/regulation/action/v1';
    const fields = ['m1', ACTION.nonce, 'explode', new Uint8Array(8), ''] as const;
    assert.throws(() => decodeActionText(lp(label, ...fields)), refused('BAD_FIELD', { field: 'code' }));
    assert.throws(() => decodeActionText(lp('other', ...fields)), refused('WRONG_LABEL'));
    assert.throws(() => decodeActionText(lp(label, ...fields, '')), refused('TRAILING_BYTES'));
  });

  it('of limits, policies and faults have one form, too', () => {
    const limits = { maxPowerW: 5000, savingPowerW: 2000 };
    assert.deepEqual(decodeSealedJson(encodeSealedJson(limits), operatorLimits), limits);
    const spaced = utf8('{"maxPowerW":5000, "savingPowerW":2000}');
    assert.throws(() => decodeSealedJson(spaced, operatorLimits), refused('BAD_FIELD', { field: 'sealed' }));
    const policy = { devices: [{ device: 'car', powerW: 3000, toMinute: 360 }] };
    const [rule] = decodeSealedJson(encodeSealedJson(policy), devicePolicyText).devices;
    assert.deepEqual([rule?.device, rule?.toMinute, rule?.fromMinute], ['car', 360, undefined]);
    const fault = { device: 'd', place: 'p', type: 't', number: 1, atSeconds: 5 };
    assert.deepEqual(decodeSealedJson(encodeSealedJson(fault), faultReport), fault);
    assert.throws(
      () => decodeSealedJson(encodeSealedJson({ ...fault, number: 0 }), faultReport),
      refused('BAD_FIELD', { field: 'number' }),
    );
  });
});
