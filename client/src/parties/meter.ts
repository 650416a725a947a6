/**
 * The meter (SM_ij of paper 000): encrypts each reading under the grid's key and authenticates it to its fog node.
 *
 * Holds: its readings and its own keys. Trusts: nobody with a reading; its fog node to count the report (level L1).
 * Equation (2) in hardened form: C_ij = (1 + d_ij N) · h_N^rho mod N², rho fresh for every report.
 */
import type { ReportHeader } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { possessionStatement, type MeterRegistration } from '@gridveil/chaincode/domain/meter.js';
import { generateAgreementKey, generateSigningKey, signMessage, type KeyPair } from '../crypto/curve25519.js';
import { deriveMacKey, sealReport } from '../crypto/fog-aggregation.js';
import type { GridView } from './grid-view.js';

/** Encrypts one reading in Wh under the grid's key with fresh randomness; fixed-width ciphertext bytes out. */
export type ReadingEncryptor = (energyWh: number) => Promise<Uint8Array>;

export interface MeterKeys {
  readonly agreement: KeyPair;
  readonly signing: KeyPair;
}

export interface MeterOptions {
  readonly meterId: string;
  readonly region: string;
  readonly epoch: number;
  readonly keys: MeterKeys;
  readonly grid: GridView;
  /** X25519 key of the region's fog node, as registered on the ledger. */
  readonly fogAgreementKey: Uint8Array;
  readonly encrypt: ReadingEncryptor;
}

export function generateMeterKeys(): MeterKeys {
  return { agreement: generateAgreementKey(), signing: generateSigningKey() };
}

/** What a registrar submits for a meter, signed by the meter as proof that it holds its keys. */
export function meterRegistration(
  grid: string,
  facts: { readonly meterId: string; readonly region: string; readonly epoch: number },
  keys: MeterKeys,
): MeterRegistration {
  const unsigned = { ...facts, agreementKey: keys.agreement.publicKey, signingKey: keys.signing.publicKey };
  return { ...unsigned, possession: signMessage(keys.signing, possessionStatement(grid, unsigned)) };
}

export class Meter {
  readonly meterId: string;
  readonly region: string;
  readonly #options: MeterOptions;
  readonly #macKey: Uint8Array;
  #lastReport: { readonly slot: number; readonly bytes: Promise<Uint8Array> } | undefined;

  constructor(options: MeterOptions) {
    const { meterId, region, epoch, keys, fogAgreementKey } = options;
    this.meterId = meterId;
    this.region = region;
    this.#options = options;
    this.#macKey = deriveMacKey(keys.agreement, fogAgreementKey, region, meterId, epoch);
  }

  /**
   * The report for a slot. Asking again for the same slot gives the same bytes: a meter never signs two readings for one slot.
   * @param energyWh - integer Wh in [0, maxReadingWh] of the grid.
   * @throws RangeError for a reading outside the range or a slot before the last one.
   */
  report(slot: number, energyWh: number): Promise<Uint8Array> {
    if (this.#lastReport?.slot === slot) return this.#lastReport.bytes;
    if (this.#lastReport && slot < this.#lastReport.slot)
      throw new RangeError('"slot" is before the last reported one');
    const { maxReadingWh } = this.#options.grid.record;
    if (!Number.isInteger(energyWh) || energyWh < 0 || energyWh > maxReadingWh) {
      throw new RangeError(`"energyWh" expected an integer from 0 to ${maxReadingWh}`);
    }
    const before = this.#lastReport;
    const bytes = this.#seal(slot, energyWh);
    this.#lastReport = { slot, bytes };
    // Nothing was signed then, so the slot may be tried again.
    bytes.catch(() => {
      if (this.#lastReport?.bytes === bytes) this.#lastReport = before;
    });
    return bytes;
  }

  async #seal(slot: number, energyWh: number): Promise<Uint8Array> {
    const { meterId, region, epoch, grid, encrypt } = this.#options;
    const header: ReportHeader = {
      fingerprint: grid.publicKey.fingerprint,
      channel: grid.channel,
      grid: grid.record.grid,
      epoch,
      region,
      slot,
      meterId,
    };
    return sealReport(header, await encrypt(energyWh), this.#macKey);
  }
}
