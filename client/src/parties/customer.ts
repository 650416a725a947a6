/**
 * The customer with a phone (the user of paper 002, section V.B): sets policies for the own devices and appeals against a trip, both signed by the meter at home.
 *
 * Holds: a sending key that was paired with the meter, an identity on the ledger. Sees: states of the own meter, as everyone with a role does.
 */
import type { ContentStore } from '../content/content-store.js';
import type { StoredReceipt } from '../ledger/billing-calls.js';
import type { Ledger } from '../ledger/port.js';
import { appealTrip, getRegulation, setDevicePolicy } from '../ledger/regulation-calls.js';
import type { RegulatedMeter } from './regulated-meter.js';
import type { SealedSender } from './sealed-sender.js';
import { encodeSealedJson, type DevicePolicyText } from './sealed-texts.js';
import type { SigncryptionView } from './signcryption-view.js';

export interface CustomerOptions {
  readonly ledger: Ledger;
  readonly view: SigncryptionView;
  readonly sender: SealedSender;
  /** At home: it is asked directly. */
  readonly meter: RegulatedMeter;
  /** Where sealed messages go whose hashes alone are on the ledger. */
  readonly store?: ContentStore;
  readonly nowSeconds: () => number;
}

export class Customer {
  readonly #options: CustomerOptions;

  constructor(options: CustomerOptions) {
    this.#options = options;
  }

  /** Sets the next policy; the meter has taken it when this returns. */
  async setPolicy(policy: DevicePolicyText): Promise<StoredReceipt> {
    const { ledger, view, sender, meter, store, nowSeconds } = this.#options;
    const { grid, storage } = view.terms;
    const { meterId } = meter;
    const { devicePolicy } = await getRegulation(ledger, grid, meterId);
    const version = (devicePolicy?.version ?? 0) + 1;
    const plaintext = encodeSealedJson({ devices: policy.devices.map((rule) => ({ ...rule })) });
    const sealed = sender.seal([view.receiver(meterId)], plaintext, nowSeconds());
    if (storage === 'digest') await store?.put(sealed);
    const signature = await meter.takeDevicePolicy(version, sealed);
    return setDevicePolicy(ledger, { grid, meterId, version, signature }, sealed);
  }

  /** Appeals against the trip that is announced. @throws StateConflictError TRANSITION_FORBIDDEN, APPEAL_USED */
  async appeal(): Promise<void> {
    const { ledger, view, meter } = this.#options;
    const { grid } = view.terms;
    const { payment } = await getRegulation(ledger, grid, meter.meterId);
    const signature = meter.appeal(payment?.noticeEndsAtSeconds ?? 0);
    await appealTrip(ledger, grid, meter.meterId, signature);
  }
}
