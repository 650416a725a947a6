/**
 * Signcryption (paper 002 CBSG, hardened form 002-H), secret side: certificateless keys.
 *
 * Run by whoever signs or receives. Symbols and deviations: chaincode/src/crypto/signcryption-keys.ts.
 * Source: paper 002 section IV.A, IV.B; spec/schemes.md 3.C. A key comes about in three steps:
 *
 *   1. the user makes x_u and asks:        OwnSecret, `request`                     proof of x_u
 *   2. the control centre answers:         signcryption-authority.ts               α_u, and h_u sealed to Y_u
 *   3. the user checks h_u P = X_u:        OwnSecret, `accept`                      proof of h_u; the key can be registered
 *
 * The control centre never has x_u and opens nothing with h_u alone. Nonces are hedged: a hash of the secret, of what they are for and of fresh randomness, so that a broken
 * source of randomness does not show secrets (B2.7). Secrets show neither in JSON nor in inspection; `exportSecrets` is the one way out.
 * `erase` overwrites them; copies in the memory of the WebAssembly and in the hashing of nonces are left to the garbage collector.
 */
import { randomBytes } from 'node:crypto';
import { concatBytes, equalBytes, lp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { expectLength } from '@gridveil/chaincode/crypto/message-fields.js';
import { ReceivedPoint } from '@gridveil/chaincode/crypto/received-point.js';
import { encodeScalar, RISTRETTO_BYTES } from '@gridveil/chaincode/crypto/ristretto.js';
import { PART_TAG_BYTES } from '@gridveil/chaincode/crypto/signcryption.js';
import {
  decodePublicKey,
  encodePossession,
  identityOf,
  possessionChallenge,
  requestStatement,
  type KeyAuthority,
  type KeyIdentity,
  type KeyPossession,
  type KeyRequest,
  type KeySecret,
  type SigncryptionPublicKey,
} from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import {
  checkedSecret,
  hedgedNonce,
  loadRistrettoSecrets,
  secretScalar,
  type RandomSource,
  type RistrettoSecrets,
} from './ristretto-secret.js';
import { deriveKey, openOnce } from './signcryption-kem.js';

const ISSUE_LABEL = utf8('gridveil/signcryption/issued-partial-key/v1');

/** What the control centre answers: α_u 32, key material D 32, h_u 32 and tag 16 bytes. */
export const ISSUED_KEY_BYTES = 3 * RISTRETTO_BYTES + PART_TAG_BYTES;

/** What a sealed h_u is bound to. @param statement - of the request */
export function issuedKeyInfo(statement: Uint8Array, alpha: Uint8Array, D: Uint8Array): Uint8Array {
  return lp(ISSUE_LABEL, statement, alpha, D);
}

/** Proof of possession of `secret`: A = aP, s = a + c·secret. 64 bytes. */
function prove(
  ristretto: RistrettoSecrets,
  kind: KeySecret,
  secret: Uint8Array,
  statement: Uint8Array,
  random: RandomSource,
): Uint8Array {
  const a = hedgedNonce(ristretto, secret, ['possession', kind, statement], random);
  const announcement = ristretto.timesGenerator(a);
  const c = encodeScalar(possessionChallenge(kind, statement, announcement));
  const answer = ristretto.multiplyAdd(c, secret, a);
  a.fill(0);
  return encodePossession(announcement, answer);
}

/** A user's own secret x_u, before the control centre has answered. */
export class OwnSecret {
  /** Y_u, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly #ristretto: RistrettoSecrets;
  readonly #secret: Uint8Array;
  readonly #random: RandomSource;

  private constructor(ristretto: RistrettoSecrets, secret: Uint8Array, random: RandomSource) {
    this.#ristretto = ristretto;
    this.#secret = secret;
    this.#random = random;
    this.publicKey = ristretto.timesGenerator(secret);
  }

  static async generate(random: RandomSource = randomBytes): Promise<OwnSecret> {
    return new OwnSecret(await loadRistrettoSecrets(), await secretScalar(random), random);
  }

  /** What the control centre is asked with. */
  request(authority: KeyAuthority, identity: KeyIdentity): KeyRequest {
    const own = this.publicKey;
    const statement = requestStatement(authority, identity, own);
    const possession = prove(this.#ristretto, 'own', this.#secret, statement, this.#random);
    return { ...identityOf(identity), own, possession };
  }

  /**
   * Opens and checks what the control centre answered: h_u P = α_u + η_u Y_Pub.
   * @throws DecodeError BAD_LENGTH, BAD_FIELD. @throws ProofRejectedError BAD_PARTIAL_KEY
   */
  accept(authority: KeyAuthority, identity: KeyIdentity, issued: Uint8Array): SigncryptionKey {
    expectLength(issued, ISSUED_KEY_BYTES, 'An issued partial key');
    const alpha = issued.subarray(0, RISTRETTO_BYTES);
    const D = issued.subarray(RISTRETTO_BYTES, 2 * RISTRETTO_BYTES);
    new ReceivedPoint(D, 'keyMaterial');
    const publicKey = decodePublicKey(authority, identity, concatBytes(alpha, this.publicKey));
    const shared = this.#ristretto.times(this.#secret, D);
    const info = issuedKeyInfo(requestStatement(authority, identity, this.publicKey), alpha, D);
    const sealed = issued.subarray(2 * RISTRETTO_BYTES);
    const partial = shared && openOnce(deriveKey([shared], info), sealed, info);
    const secrets = partial && { own: this.#secret, partial };
    if (!secrets || !SigncryptionKey.fit(this.#ristretto, publicKey, secrets))
      throw refusal('BAD_PARTIAL_KEY', { id: identity.id });
    return new SigncryptionKey(this.#ristretto, authority, publicKey, secrets, this.#random);
  }
}

/** x_u and h_u, 32 bytes each. */
export interface KeySecrets {
  readonly own: Uint8Array;
  readonly partial: Uint8Array;
}

/** A commitment and the answer to its challenges. */
export interface SchnorrSignature {
  readonly commitment: Uint8Array;
  readonly answer: Uint8Array;
}

/** A complete key: it signs reports, or opens parts, as its purpose says. */
export class SigncryptionKey {
  readonly publicKey: SigncryptionPublicKey;
  readonly #ristretto: RistrettoSecrets;
  readonly #authority: KeyAuthority;
  readonly #secrets: KeySecrets;
  readonly #random: RandomSource;
  #erased = false;

  /** Use `OwnSecret.accept` or `import`, which check that the secrets fit. */
  constructor(
    ristretto: RistrettoSecrets,
    authority: KeyAuthority,
    publicKey: SigncryptionPublicKey,
    { own, partial }: KeySecrets,
    random: RandomSource,
  ) {
    this.#ristretto = ristretto;
    this.#authority = authority;
    this.#secrets = { own: checkedSecret(own), partial: checkedSecret(partial) };
    this.#random = random;
    this.publicKey = publicKey;
  }

  /** Whether xP = Y and hP = X. */
  static fit(
    ristretto: RistrettoSecrets,
    publicKey: SigncryptionPublicKey,
    { own, partial }: KeySecrets,
  ): boolean {
    try {
      return (
        equalBytes(ristretto.timesGenerator(checkedSecret(own)), publicKey.own.bytes) &&
        equalBytes(ristretto.timesGenerator(checkedSecret(partial)), publicKey.partial.bytes)
      );
    } catch {
      return false;
    }
  }

  /**
   * A stored key.
   * @param publicKey - α_u ‖ Y_u, 64 bytes. @param secrets - as `exportSecrets` gave them
   * @throws RangeError for secrets that do not fit.
   */
  static async import(
    authority: KeyAuthority,
    identity: KeyIdentity,
    publicKey: Uint8Array,
    secrets: KeySecrets,
    random: RandomSource = randomBytes,
  ): Promise<SigncryptionKey> {
    const ristretto = await loadRistrettoSecrets();
    const decoded = decodePublicKey(authority, identity, publicKey);
    if (!SigncryptionKey.fit(ristretto, decoded, secrets))
      throw new RangeError('"secrets" expected the secrets of this public key');
    return new SigncryptionKey(ristretto, authority, decoded, secrets, random);
  }

  /** A copy of both secrets, for storing. */
  exportSecrets(): KeySecrets {
    const { own, partial } = this.#usable();
    return { own: own.slice(), partial: partial.slice() };
  }

  /** Overwrites the secrets; the key does nothing any more. */
  erase(): void {
    this.#erased = true;
    this.#secrets.own.fill(0);
    this.#secrets.partial.fill(0);
  }

  /** Proofs that go with the public key when it is registered; new ones at each call. */
  provePossession(): KeyPossession {
    const { own, partial } = this.#usable();
    const statement = requestStatement(this.#authority, this.publicKey, this.publicKey.own.bytes);
    return {
      own: prove(this.#ristretto, 'own', own, statement, this.#random),
      partial: prove(this.#ristretto, 'partial', partial, this.publicKey.statement, this.#random),
    };
  }

  /** A hedged secret scalar for one use. @param purpose - with everything it is used for */
  nonce(purpose: readonly (string | Uint8Array)[]): Uint8Array {
    const { own, partial } = this.#usable();
    const secrets = concatBytes(own, partial);
    const nonce = hedgedNonce(this.#ristretto, secrets, purpose, this.#random);
    secrets.fill(0);
    return nonce;
  }

  /**
   * z = β·x + γ·h + w with W = wP.
   * @param context - everything that is signed but W. @param challenge - makes β and γ of W
   */
  sign(
    context: Uint8Array,
    challenge: (commitment: Uint8Array) => { readonly beta: bigint; readonly gamma: bigint },
  ): SchnorrSignature {
    const { own, partial } = this.#usable();
    const w = this.nonce(['signature', context]);
    const commitment = this.#ristretto.timesGenerator(w);
    const { beta, gamma } = challenge(commitment);
    const partialAnswer = this.#ristretto.multiplyAdd(encodeScalar(gamma), partial, w);
    const answer = this.#ristretto.multiplyAdd(encodeScalar(beta), own, partialAnswer);
    w.fill(0);
    return { commitment, answer };
  }

  /** x·D and h·D, or undefined for a D that is no proper point. */
  agree(D: Uint8Array): Uint8Array[] | undefined {
    const { own, partial } = this.#usable();
    const shared = [this.#ristretto.times(own, D), this.#ristretto.times(partial, D)];
    return shared.every((point) => point !== undefined) ? shared : undefined;
  }

  #usable(): KeySecrets {
    if (this.#erased) throw new TypeError('"key" expected a key that was not erased');
    return this.#secrets;
  }
}
