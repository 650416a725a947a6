import assert from 'node:assert/strict';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import type { BillingScope } from '@gridveil/chaincode/crypto/tou-billing.js';
import { generateBlsKey, type BlsKey } from '@gridveil/client/crypto/bls-key.js';
import {
  BillingReceiptCheck,
  MAX_BILLING_RECEIPT_BYTES,
  signBillingReceipts,
} from '@gridveil/client/parties/billing-receipt.js';

const SCOPE: BillingScope = { fingerprint: new Uint8Array(32).fill(1), channel: 'gridveil', grid: 'toy' };
const leaf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

describe('receipts of billing reports', () => {
  const key = generateBlsKey();
  const public_ = (of: BlsKey) => blsBackend().decodePublicKey(of.publicKey, 'The key');
  const checkOf = (scope = SCOPE, aggregator = 'fogA', keys = [key]) =>
    new BillingReceiptCheck(scope, aggregator, keys.map(public_));
  const sign = (leaves: readonly Uint8Array[]) => signBillingReceipts(key, SCOPE, 'fogA', leaves);

  it('hold for their own report among any number, and for no other', () => {
    for (const size of [1, 2, 3, 7, 64]) {
      const leaves = Array.from({ length: size }, (_, i) => leaf(i));
      const check = checkOf();
      for (const [i, receipt] of sign(leaves).entries()) {
        assert.ok(check.holds(leaf(i), receipt), `${i} of ${size}`);
        assert.ok(!check.holds(leaf(i + 1), receipt));
      }
    }
    const most = sign(Array.from({ length: 4096 }, () => leaf(1)));
    assert.ok(most.every(({ length }) => length <= MAX_BILLING_RECEIPT_BYTES));
    assert.throws(() => sign([]), RangeError);
    assert.throws(() => sign(Array.from({ length: 4097 }, () => leaf(1))), RangeError);
  });

  it('are of one aggregator, grid, channel and Paillier key, under any of its keys', () => {
    const [receipt] = sign([leaf(1)]) as [Uint8Array];
    const other = generateBlsKey();
    assert.ok(checkOf(SCOPE, 'fogA', [other, key]).holds(leaf(1), receipt));
    assert.ok(!checkOf(SCOPE, 'fogA', [other]).holds(leaf(1), receipt));
    assert.ok(!checkOf(SCOPE, 'fogA', []).holds(leaf(1), receipt));
    assert.ok(!checkOf(SCOPE, 'fogB').holds(leaf(1), receipt));
    for (const change of [{ channel: 'x' }, { grid: 'x' }, { fingerprint: leaf(2) }])
      assert.ok(!checkOf({ ...SCOPE, ...change }).holds(leaf(1), receipt));
  });

  it('do not hold with any part changed, missing or added', () => {
    const receipt = sign([leaf(1), leaf(2), leaf(3)])[1] as Uint8Array;
    const check = checkOf();
    assert.ok(check.holds(leaf(2), receipt));
    for (let at = 0; at < receipt.length; at += 7) {
      const changed = receipt.map((byte, i) => (i === at ? byte ^ 1 : byte));
      assert.ok(!check.holds(leaf(2), changed), `byte ${at}`);
      assert.ok(!check.holds(leaf(2), receipt.subarray(0, at)), `${at} bytes`);
    }
    for (const more of [1, 32, 32 * 20])
      assert.ok(!check.holds(leaf(2), new Uint8Array([...receipt, ...new Uint8Array(more)])));
  });
});
