/**
 * Signs Fabric messages with ECDSA over P-256 and SHA-256 on node:crypto. Runs at every Fabric client.
 *
 * Fabric accepts only the smaller of the two valid `s` values (low-S) in DER form. Used with `hash.none`, so that
 * OpenSSL hashes the whole message: about 8 times cheaper than the gateway library's own signer (spec/fabric.md 3.2).
 * Sources: FIPS 186-5 section 6.4; curve order from SEC 2 section 2.4.2; Fabric msp/identities.go for low-S.
 */
import { sign, type KeyObject } from 'node:crypto';
import type { Signer } from '@hyperledger/fabric-gateway';
import { bigintToBytes, bytesToBigint, concatBytes } from '@gridveil/chaincode/crypto/bytes.js';

const COORDINATE_BYTES = 32;
const CURVE_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const DER_SEQUENCE = 0x30;
const DER_INTEGER = 0x02;

/**
 * A signer over whole messages (not digests) with the P-256 private key.
 * @throws TypeError for a key of another kind.
 */
export function p256Signer(privateKey: KeyObject): Signer {
  if (!isP256PrivateKey(privateKey)) throw new TypeError('"privateKey" expected a P-256 private key');
  return (message) =>
    Promise.resolve(lowSDer(sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' })));
}

export function isP256PrivateKey(key: KeyObject): boolean {
  return key.type === 'private' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/** From `r || s`, 64 bytes, to the DER sequence with the smaller `s`, at most 72 bytes. */
function lowSDer(signature: Uint8Array): Uint8Array {
  const r = signature.subarray(0, COORDINATE_BYTES);
  const s = bytesToBigint(signature.subarray(COORDINATE_BYTES));
  const lowS = s > CURVE_ORDER / 2n ? CURVE_ORDER - s : s;
  const body = concatBytes(derInteger(r), derInteger(bigintToBytes(lowS, COORDINATE_BYTES)));
  return concatBytes(Uint8Array.of(DER_SEQUENCE, body.length), body);
}

/** DER integers are signed and minimal: no superfluous leading zero, but one before a set top bit. */
function derInteger(magnitude: Uint8Array): Uint8Array {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const digits = magnitude.subarray(start);
  const sign = (digits[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array();
  return concatBytes(Uint8Array.of(DER_INTEGER, sign.length + digits.length), sign, digits);
}
