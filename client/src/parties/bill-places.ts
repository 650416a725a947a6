/** Where a bill is wrong. A document has places, which its reader is told (billing/verify-bill.ts); of a ledger the error itself says enough. */
export interface BillPlaces {
  /**
   * Runs a part of the check.
   * @param place - as in a `gridveil/bill-evidence/v1` document: `packets[3].signature`
   * @param slot - that it is about
   */
  at<T>(place: string, check: () => T, slot?: number): T;
}

/** For facts that are not of a document: errors come as they are. */
export const NO_PLACES: BillPlaces = { at: (_, check) => check() };
