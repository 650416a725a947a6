/**
 * BLS secret keys: generation, signatures, proofs of possession. Run by meters, aggregators and the ESP of paper 001, each for its own key.
 *
 * Source: draft-irtf-cfrg-bls-signature sections 2.3 (KeyGen, with the hashed salt of EIP-2333 and blst), 2.6 and 3.3; suite in
 * chaincode/src/crypto/bls-suite.ts. Secret scalar x in [1, r), 32 bytes big-endian; public key 48 bytes, signature and proof 96 bytes.
 *
 * Signing goes through blst where it loads (constant time, 0.4 ms), else through noble (BigInt, variable time, about 20 ms). Both give the same
 * bytes. Proofs of possession, one for each key, always go through noble: blst's binding knows no tag but that of signatures.
 * `erase` overwrites the scalar; copies inside BigInt values and blst objects are left to the garbage collector (blst clears its own).
 */
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bigintToBytes, bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { blst, type BlstBinding } from '@gridveil/chaincode/crypto/bls-blst.js';
import { DST_BLS_POSSESSION, DST_BLS_SIGNATURE } from '@gridveil/chaincode/crypto/bls-suite.js';

export const BLS_SECRET_KEY_BYTES = 32;

const KEYGEN_SALT = 'BLS-SIG-KEYGEN-SALT-';
const MIN_SEED_BYTES = 32;
/** L = ceil(3·ceil(log2 r) / 16): so much output makes x uniform modulo r up to 2^-128. */
const KEYGEN_OUTPUT_BYTES = 48;
/** I2OSP(L, 2), behind an empty key_info. */
const KEYGEN_INFO = Uint8Array.of(0, KEYGEN_OUTPUT_BYTES);
const { longSignatures, fields } = bls12_381;

/** A secret key that shows neither in JSON nor in inspection; `exportScalar` is the one way out. */
export class BlsKey {
  /** 48 bytes. */
  readonly publicKey: Uint8Array;
  readonly #scalar: Uint8Array;
  #native: InstanceType<BlstBinding['SecretKey']> | undefined;
  #erased = false;

  /**
   * @param scalar - 32 bytes big-endian in [1, r); copied
   * @param binding - null signs with noble; blst where it loads when left out
   * @throws RangeError for another scalar
   */
  constructor(scalar: Uint8Array, binding: BlstBinding | null = usualBinding()) {
    const value = scalar.length === BLS_SECRET_KEY_BYTES ? bytesToBigint(scalar) : 0n;
    if (value === 0n || value >= fields.Fr.ORDER)
      throw new RangeError('"scalar" expected 32 bytes, big-endian, from 1 to r - 1');
    this.#scalar = scalar.slice();
    this.#native = binding?.SecretKey.fromBytes(this.#scalar);
    this.publicKey =
      this.#native?.toPublicKey().toBytes(true) ?? longSignatures.getPublicKey(this.#scalar).toBytes(true);
  }

  /** σ = x·H(m), 96 bytes; the same bytes for the same message. */
  sign(message: Uint8Array): Uint8Array {
    this.#assertUsable();
    return this.#native?.sign(message).toBytes(true) ?? this.#signWith(DST_BLS_SIGNATURE, message);
  }

  /** x·H(pk) under the tag for proofs, 96 bytes. */
  provePossession(): Uint8Array {
    this.#assertUsable();
    return this.#signWith(DST_BLS_POSSESSION, this.publicKey);
  }

  /** A copy of the scalar for storing. Treat as secret. */
  exportScalar(): Uint8Array {
    this.#assertUsable();
    return this.#scalar.slice();
  }

  /** Overwrites the scalar; the key signs no more. */
  erase(): void {
    this.#erased = true;
    this.#native = undefined;
    this.#scalar.fill(0);
  }

  #signWith(dst: Uint8Array, message: Uint8Array): Uint8Array {
    return longSignatures.sign(longSignatures.hash(message, dst), this.#scalar).toBytes(true);
  }

  #assertUsable(): void {
    if (this.#erased) throw new TypeError('"key" expected a key that was not erased');
  }
}

function usualBinding(): BlstBinding | null {
  const loading = blst();
  return 'binding' in loading ? loading.binding : null;
}

/**
 * KeyGen: x = OS2IP(HKDF-SHA256(seed ‖ 0x00, salt, L)) mod r, the salt hashed before each attempt until x is not 0.
 * @param seed - at least 32 secret random bytes
 * @returns 32 bytes
 * @throws RangeError for a shorter seed
 */
export function deriveBlsScalar(seed: Uint8Array): Uint8Array {
  if (seed.length < MIN_SEED_BYTES) throw new RangeError('"seed" expected at least 32 bytes');
  const input = new Uint8Array(seed.length + 1);
  input.set(seed);
  let salt = createHash('sha256').update(KEYGEN_SALT).digest();
  for (;;) {
    const output = new Uint8Array(hkdfSync('sha256', input, salt, KEYGEN_INFO, KEYGEN_OUTPUT_BYTES));
    const x = bytesToBigint(output) % fields.Fr.ORDER;
    output.fill(0);
    if (x !== 0n) {
      input.fill(0);
      return bigintToBytes(x, BLS_SECRET_KEY_BYTES);
    }
    salt = createHash('sha256').update(salt).digest();
  }
}

export interface BlsKeyOptions {
  /** Source of secret random bytes, which are overwritten after use; only tests replace it. */
  readonly randomBytes?: (sizeBytes: number) => Uint8Array;
  /** As in `BlsKey`. */
  readonly binding?: BlstBinding | null;
}

export function generateBlsKey(options: BlsKeyOptions = {}): BlsKey {
  const seed = (options.randomBytes ?? randomBytes)(MIN_SEED_BYTES);
  const scalar = deriveBlsScalar(seed);
  const key = new BlsKey(scalar, options.binding);
  seed.fill(0);
  scalar.fill(0);
  return key;
}
