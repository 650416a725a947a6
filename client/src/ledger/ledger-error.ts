/**
 * Failures of a ledger itself, as opposed to a contract that refuses (GridveilError).
 * The code says what is known of the outcome: only `OUTCOME_UNKNOWN` leaves it open.
 */
export type LedgerErrorCode =
  /** Nothing was sent or nothing was accepted: safe to try again with a new proposal. */
  | 'UNAVAILABLE'
  /** The ledger refused the transaction as invalid (policy, identity, malformed): trying again will not help. */
  | 'REJECTED'
  /** Concurrent transactions kept touching the same keys: five new proposals lost, too. */
  | 'CONTENTION'
  /** Sent, but neither commit nor refusal was seen within the deadline. */
  | 'OUTCOME_UNKNOWN'
  /** The session or the ledger is closed. */
  | 'CLOSED'
  /** Another process holds the embedded ledger's folder. */
  | 'LOCKED'
  /** The stored ledger does not pass its own integrity check. */
  | 'CORRUPT';

export class LedgerError extends Error {
  override readonly name = 'LedgerError';

  constructor(
    readonly code: LedgerErrorCode,
    message: string,
    readonly facts: Readonly<Record<string, string | number>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
