import assert from 'node:assert/strict';
import { createPublicKey, diffieHellman } from 'node:crypto';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { isLowOrderX25519 } from '@gridveil/chaincode/crypto/x25519.js';
import { generateAgreementKey } from '@gridveil/client/crypto/curve25519.js';

const P = 2n ** 255n - 19n;
const encode = (u: bigint) => bigintToBytes(u, 32).reverse();

/** RFC 7748 section 6.1: OpenSSL refuses to agree on zero. */
function opensslAgrees(publicKey: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  try {
    diffieHellman({ privateKey: generateAgreementKey().secret, publicKey: key });
    return true;
  } catch {
    return false;
  }
}

const ORDER_8 = [
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];

describe('X25519 public keys', () => {
  it('of low order are the ones OpenSSL does not agree with, in every encoding', () => {
    const values = [0n, 1n, ...ORDER_8, P - 1n, P, P + 1n];
    for (const u of [...values, ...values.map((value) => value + 2n ** 255n)]) {
      assert.ok(isLowOrderX25519(encode(u)), String(u));
      assert.ok(!opensslAgrees(encode(u)), String(u));
    }
  });

  it('of other points are accepted, next to the bad ones and random', () => {
    const values = [2n, 9n, P - 2n, P + 2n, 2n ** 255n - 1n, ...ORDER_8.map((value) => value + 1n)];
    for (const u of [...values, ...values.map((value) => BigInt.asUintN(255, value) + 2n ** 255n)]) {
      assert.ok(!isLowOrderX25519(encode(u)), String(u));
      assert.ok(opensslAgrees(encode(u)), String(u));
    }
    for (let i = 0; i < 20; i++) assert.ok(!isLowOrderX25519(generateAgreementKey().publicKey));
  });
});
