/**
 * Signcryption (paper 002 CBSG, hardened form 002-H), secret side: the key generation centre (KGC), which is the control centre.
 *
 * Symbols: chaincode/src/crypto/signcryption-keys.ts. Source: paper 002 section IV.A.3, IV.B.1; spec/schemes.md 3.C. It answers requests with α_u and with h_u sealed to Y_u, so that any
 * channel will do (the paper: "send partial private key h_i secretly"). It never has x_u, so it opens no part and signs no report (B2.3).
 */
import { randomBytes } from 'node:crypto';
import { concatBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeScalar } from '@gridveil/chaincode/crypto/ristretto.js';
import {
  checkKeyRequest,
  identityOf,
  partialKeyChallenge,
  requestStatement,
  type KeyAuthority,
  type KeyRequest,
} from '@gridveil/chaincode/crypto/signcryption-keys.js';
import {
  checkedSecret,
  hedgedNonce,
  loadRistrettoSecrets,
  secretScalar,
  type RandomSource,
  type RistrettoSecrets,
} from './ristretto-secret.js';
import { issuedKeyInfo } from './signcryption-keys.js';
import { deriveKey, sealOnce } from './signcryption-kem.js';

/** The master key x of a grid. Whoever has it makes partial keys for anyone, and opens nothing. */
export class KeyGenerationCentre {
  readonly authority: KeyAuthority;
  readonly #ristretto: RistrettoSecrets;
  readonly #master: Uint8Array;
  readonly #random: RandomSource;

  private constructor(
    ristretto: RistrettoSecrets,
    { channel, grid }: Pick<KeyAuthority, 'channel' | 'grid'>,
    master: Uint8Array,
    random: RandomSource,
  ) {
    this.#ristretto = ristretto;
    this.#master = master;
    this.#random = random;
    this.authority = { channel, grid, publicKey: ristretto.timesGenerator(master) };
  }

  static async generate(
    scope: Pick<KeyAuthority, 'channel' | 'grid'>,
    random: RandomSource = randomBytes,
  ): Promise<KeyGenerationCentre> {
    return KeyGenerationCentre.import(scope, await secretScalar(random), random);
  }

  /** @param master - 32 bytes, as `exportMaster` gives them; copied. @throws RangeError for 0 or an integer from q. */
  static async import(
    scope: Pick<KeyAuthority, 'channel' | 'grid'>,
    master: Uint8Array,
    random: RandomSource = randomBytes,
  ): Promise<KeyGenerationCentre> {
    return new KeyGenerationCentre(await loadRistrettoSecrets(), scope, checkedSecret(master), random);
  }

  /** A copy of x for storing, 32 bytes. Treat as secret. */
  exportMaster(): Uint8Array {
    return this.#master.slice();
  }

  /**
   * Makes the partial key for a request: `ISSUED_KEY_BYTES`, of which only who knows x_u can use anything. The caller knows that the asker is who the identity names, and
   * answers once for each identity and epoch.
   * @throws DecodeError BAD_LENGTH, BAD_FIELD. @throws ProofRejectedError BAD_SIGNCRYPTION_POSSESSION
   */
  issue(request: KeyRequest): Uint8Array {
    const [ristretto, random] = [this.#ristretto, this.#random];
    checkKeyRequest(this.authority, request);
    const statement = requestStatement(this.authority, request, request.own);
    const r = hedgedNonce(ristretto, this.#master, ['partial-key', statement], random);
    const alpha = ristretto.timesGenerator(r);
    const eta = partialKeyChallenge(this.authority, identityOf(request), concatBytes(alpha, request.own));
    const h = ristretto.multiplyAdd(encodeScalar(eta), this.#master, r);
    const d = hedgedNonce(ristretto, this.#master, ['issue', statement, h], random);
    const D = ristretto.timesGenerator(d);
    const shared = ristretto.times(d, request.own);
    // A decoded point other than the identity times a scalar other than 0.
    if (shared === undefined) throw new TypeError('the own key of a checked request has no multiple');
    const info = issuedKeyInfo(statement, alpha, D);
    const sealed = sealOnce(deriveKey([shared], info), h, info);
    for (const secret of [r, h, d]) secret.fill(0);
    return concatBytes(alpha, D, sealed);
  }
}
