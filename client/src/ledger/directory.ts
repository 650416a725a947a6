/** A ledger with its client identities: opens a session for any user of any organisation. What one session has seen committed, the others see at once. */
import type { Ledger } from './port.js';

export interface LedgerDirectory {
  readonly kind: Ledger['kind'];
  /** One line for people: what runs where. */
  readonly description: string;
  /** Names of the organisation's users; undefined when it enrols whoever is asked for. */
  users(mspId: string): readonly string[] | undefined;
  /** Session of `user` of organisation `mspId`; `Admin` is the organisation's administrator. The directory closes it. */
  connect(mspId: string, user: string): Promise<Ledger>;
  close(): Promise<void>;
}
