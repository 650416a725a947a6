/**
 * A meter under regulation (paper 002 section V.B): fetches what is sealed to it, carries each action out once, and signs that it did.
 *
 * Holds: its sending and receiving keys, the nonces it has carried out. Trusts: an action only with the operator's signature, and only when what is sealed says the same as the ledger about
 * meter, nonce, code and expiry; whoever hands it the action can withhold it, no more. It has no identity on the ledger: who serves it submits what it signs.
 */
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import {
  acknowledgementMessage,
  appealMessage,
  devicePolicyMessage,
} from '@gridveil/chaincode/crypto/signcryption-statement.js';
import { reportDigest, type ReportScope } from '@gridveil/chaincode/crypto/signcryption.js';
import type { StoredAction } from '@gridveil/chaincode/domain/regulation-action.js';
import type { OperatorPolicyRecord } from '@gridveil/chaincode/domain/regulation-policy.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import { signStatement } from '../crypto/signcryption-statement.js';
import type { SigncryptionKey } from '../crypto/signcryption-keys.js';
import type { SealedReader } from './sealed-reader.js';
import { mergePolicies, type Circumstances, type MergedPolicy } from './device-policy.js';
import {
  decodeActionText,
  decodeSealedJson,
  devicePolicyText,
  operatorLimits,
  type ActionText,
  type DevicePolicyText,
  type OperatorLimits,
} from './sealed-texts.js';

/** What a meter has carried out; kept where a power cut does not reach it. */
export interface CarriedOut {
  has(nonce: string): boolean | Promise<boolean>;
  /** Before the action is carried out: after a power cut in between it is not carried out twice. */
  add(nonce: string): unknown;
}

export interface RegulatedMeterOptions {
  readonly scope: ReportScope;
  /** The sending key. */
  readonly key: SigncryptionKey;
  readonly reader: SealedReader;
  readonly carriedOut: CarriedOut;
  /** Whose policies it takes: the sending key that was paired with it at home. */
  readonly customer?: string;
  readonly carryOut: (action: ActionText) => void | Promise<void>;
  readonly nowSeconds: () => number;
}

export class RegulatedMeter {
  readonly #options: RegulatedMeterOptions;
  #limits: OperatorLimits | undefined;
  #wishes: DevicePolicyText | undefined;

  constructor(options: RegulatedMeterOptions) {
    this.#options = options;
  }

  get meterId(): string {
    return this.#options.key.publicKey.id;
  }

  /**
   * Carries an action out, unless it was before, and signs that it has it.
   * @returns W ‖ z over `acknowledgementMessage`, 64 bytes
   * @throws ValidationError ACTION_OTHER_METER when ledger and sealed text differ. @throws StateConflictError ACTION_EXPIRED. @throws as `SealedReader.open`
   */
  async handle({ nonce, code, digest, expiresAtSeconds }: StoredAction): Promise<Uint8Array> {
    const { reader, carriedOut, carryOut, nowSeconds } = this.#options;
    if (!(await carriedOut.has(nonce))) {
      const text = decodeActionText(await reader.open(digest, 'operator'));
      const same = text.nonce === nonce && text.code === code && text.expiresAtSeconds === expiresAtSeconds;
      if (text.meterId !== this.meterId || !same)
        throw refusal('ACTION_OTHER_METER', { meterId: this.meterId, nonce });
      const now = nowSeconds();
      if (now >= expiresAtSeconds)
        throw refusal('ACTION_EXPIRED', { meterId: this.meterId, nonce, expiresAtSeconds, nowSeconds: now });
      await carriedOut.add(nonce);
      await carryOut(text);
    }
    const { key, scope } = this.#options;
    return signStatement(
      key,
      acknowledgementMessage(scope, this.meterId, nonce, fromBase64url(digest, 'digest')),
    );
  }

  /** Signs an appeal of its customer against the trip that is announced. */
  appeal(noticeEndsAtSeconds: number): Uint8Array {
    const { key, scope } = this.#options;
    return signStatement(key, appealMessage(scope, this.meterId, noticeEndsAtSeconds));
  }

  /**
   * Takes a policy of its customer for the own devices, and signs that it did.
   * @param sealed - from the customer's key to this meter
   * @returns W ‖ z over `devicePolicyMessage`, 64 bytes
   * @throws ValidationError SEALED_FOR_OTHERS for a policy of somebody else's. @throws as `SealedReader.open`
   */
  async takeDevicePolicy(version: number, sealed: Uint8Array): Promise<Uint8Array> {
    const { reader, customer, key, scope } = this.#options;
    const { sender, plaintext } = await reader.openBytes(sealed, 'customer');
    if (sender !== customer)
      throw refusal('SEALED_FOR_OTHERS', { party: 'customer', receiver: this.meterId });
    this.#wishes = decodeSealedJson(plaintext, devicePolicyText);
    return signStatement(key, devicePolicyMessage(scope, this.meterId, version, reportDigest(sealed)));
  }

  /** From now on it keeps to these limits. @throws as `SealedReader.open` */
  async followOperator({ digest }: Pick<OperatorPolicyRecord, 'digest'>): Promise<void> {
    this.#limits = decodeSealedJson(await this.#options.reader.open(digest, 'operator'), operatorLimits);
  }

  /** What may run now: both policies merged. @throws RangeError before it has limits of its operator */
  merged(circumstances: Circumstances): MergedPolicy {
    if (this.#limits === undefined) throw new RangeError('"followOperator" expected limits first');
    return mergePolicies(this.#limits, this.#wishes, circumstances);
  }
}
