import assert from 'node:assert/strict';
import { generateSigningKey } from '@gridveil/client/crypto/curve25519.js';
import {
  MAX_RECEIPT_BYTES,
  ReceiptSigner,
  signReceipts,
  verifyReceipt,
} from '@gridveil/client/parties/receipt.js';

const ISSUER = { channel: 'gridveil', grid: 'toy', fogNode: 'fog' };
const item = (slot: number, byte: number) => ({ slot, leaf: new Uint8Array(32).fill(byte) });

describe('receipts', () => {
  const key = generateSigningKey();
  const holds = (items: Parameters<typeof verifyReceipt>[2], receipt: Uint8Array, issuer = ISSUER) =>
    verifyReceipt(key.publicKey, issuer, items, receipt);

  it('hold for their own message in a group of any size, and for no other', () => {
    for (const size of [1, 2, 3, 5, 8, 13, 64, 100]) {
      const messages = Array.from({ length: size }, (_, i) => [item(7, i), item(8, i)]);
      const receipts = signReceipts(key, ISSUER, messages);
      for (const [i, receipt] of receipts.entries()) {
        assert.ok(holds(messages[i] ?? [], receipt), `${i} of ${size}`);
        if (size > 1) assert.ok(!holds(messages[(i + 1) % size] ?? [], receipt));
      }
    }
    assert.equal(signReceipts(key, ISSUER, [[item(1, 1)]])[0]?.length, 100);
    const most = signReceipts(
      key,
      ISSUER,
      Array.from({ length: 4096 }, (_, i) => [item(i, 1)]),
    );
    assert.ok(most.every((receipt) => receipt.length <= MAX_RECEIPT_BYTES));
    assert.ok(holds([item(4095, 1)], most[4095] as Uint8Array));
  });

  it('hold for exactly these reports, in this order, of this fog node', () => {
    const items = [item(1, 1), item(1, 2)];
    const [receipt] = signReceipts(key, ISSUER, [items]) as [Uint8Array];
    for (const other of [
      [item(1, 1)],
      [item(1, 2), item(1, 1)],
      [item(2, 1), item(1, 2)],
      [...items, item(1, 3)],
      [],
    ])
      assert.ok(!holds(other, receipt));
    for (const change of [{ channel: 'x' }, { grid: 'x' }, { fogNode: 'x' }])
      assert.ok(!holds(items, receipt, { ...ISSUER, ...change }));
    assert.ok(!verifyReceipt(generateSigningKey().publicKey, ISSUER, items, receipt));
  });

  it('do not hold with any byte changed, missing or added', () => {
    const messages = Array.from({ length: 5 }, (_, i) => [item(1, i)]);
    const receipt = signReceipts(key, ISSUER, messages)[1] as Uint8Array;
    for (let at = 0; at < receipt.length; at++) {
      const changed = receipt.map((byte, i) => (i === at ? byte ^ 1 : byte));
      assert.ok(!holds([item(1, 1)], changed), `byte ${at}`);
      assert.ok(!holds([item(1, 1)], receipt.subarray(0, at)), `${at} bytes`);
    }
    assert.ok(!holds([item(1, 1)], new Uint8Array([...receipt, 0])));
    assert.ok(!holds([item(1, 1)], new Uint8Array([...receipt, ...new Uint8Array(32)])));
  });

  it('of one turn share a signature', async () => {
    const signer = new ReceiptSigner(key, ISSUER);
    const receipts = await Promise.all([1, 2, 3].map((byte) => signer.sign([item(1, byte)])));
    const later = await signer.sign([item(1, 4)]);
    const signatures = [...receipts, later].map((receipt) =>
      Buffer.from(receipt.subarray(0, 64)).toString('hex'),
    );
    assert.equal(new Set(signatures).size, 2);
    assert.ok([...receipts, later].every((receipt, i) => holds([item(1, i + 1)], receipt)));
  });
});
