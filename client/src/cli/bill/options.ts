/** What the sub-commands of `gridveil bill` can be asked for. */
import type { ReadingsDeclaration } from '../../metering/declaration.js';
import type { LedgerOptions } from '../with-ledger.js';

/** The declaration options say what a file of readings does not. */
export interface BillOptions extends LedgerOptions, Omit<ReadingsDeclaration, 'layout'> {
  readonly meter: string;
  /** A month, or the id of a tariff. */
  readonly period: string;
  /** File of the customer's own readings. */
  readonly data: string | undefined;
  /** The meter's name in that file. */
  readonly dataMeter: string | undefined;
  /** File of the receipts that the meter has. */
  readonly receipts?: string;
  readonly json: boolean;
}

export interface ShowBillOptions extends BillOptions {
  /** New file for the printable bill. */
  readonly html: string | undefined;
}

export interface DisputeOptions extends BillOptions {
  /** File with the meter's BLS key. */
  readonly key: string;
  readonly reason: string | undefined;
}
