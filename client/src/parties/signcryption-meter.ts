/**
 * The meter of signcryption (S_i of paper 002): seals what it measured in a slot, to each receiver the dimensions it needs and no others.
 *
 * Holds: its readings, its sending key. Trusts: nobody but the receivers with what it sends them; that a report counts it can see on the ledger. Section IV.C.
 */
import type { ReportScope } from '@gridveil/chaincode/crypto/signcryption.js';
import type { SigncryptionPublicKey } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { ReportSealer } from '../crypto/signcryption.js';
import type { SigncryptionKey } from '../crypto/signcryption-keys.js';
import { encodeMeasurements, type DimensionName, type Measurements } from '../metering/dimensions.js';

/** A receiver with what it gets. */
export interface Subscription {
  readonly receiver: SigncryptionPublicKey;
  readonly dimensions: readonly DimensionName[];
}

export class SigncryptionMeter {
  readonly meterId: string;
  readonly #sealer: ReportSealer;
  readonly #scope: ReportScope;
  #subscriptions: readonly Subscription[];
  #lastReport: { readonly slot: number; readonly bytes: Uint8Array } | undefined;

  private constructor(
    meterId: string,
    sealer: ReportSealer,
    { channel, grid }: ReportScope,
    subscriptions: readonly Subscription[],
  ) {
    this.meterId = meterId;
    this.#sealer = sealer;
    this.#scope = { channel, grid };
    this.#subscriptions = subscriptions;
  }

  static async create(
    key: SigncryptionKey,
    scope: ReportScope,
    subscriptions: readonly Subscription[],
  ): Promise<SigncryptionMeter> {
    return new SigncryptionMeter(key.publicKey.id, await ReportSealer.create(key), scope, subscriptions);
  }

  /** From now on it reports to these receivers. */
  subscribe(subscriptions: readonly Subscription[]): void {
    this.#subscriptions = subscriptions;
  }

  /**
   * The report for a slot. Asking again for the same slot gives the same bytes: a meter never signs two reports for one slot.
   * @throws RangeError for a slot before the last one, or a value out of the range of its dimension.
   */
  report(slot: number, measurements: Measurements): Uint8Array {
    if (this.#lastReport?.slot === slot) return this.#lastReport.bytes;
    if (this.#lastReport && slot < this.#lastReport.slot)
      throw new RangeError('"slot" is before the last reported one');
    const parts = this.#subscriptions.map(({ receiver, dimensions }) => ({
      receiver,
      plaintext: encodeMeasurements(only(measurements, dimensions)),
    }));
    const bytes = this.#sealer.seal({ ...this.#scope, slot }, parts);
    this.#lastReport = { slot, bytes };
    return bytes;
  }
}

function only(measurements: Measurements, dimensions: readonly DimensionName[]): Measurements {
  return Object.fromEntries(
    dimensions.flatMap((name) => (measurements[name] === undefined ? [] : [[name, measurements[name]]])),
  );
}
