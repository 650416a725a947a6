/**
 * A ledger that keeps region totals as the aggregation contract does (an equal one again is a duplicate, another one a conflict), and that can be away,
 * or take a transaction and lose the answer.
 */
import { refusal } from '@gridveil/chaincode/errors.js';
import type { CommitReceipt, Transaction } from '@gridveil/client/ledger/port.js';
import { LedgerError } from '@gridveil/client/ledger/ledger-error.js';

export interface StoredTotal {
  readonly region: string;
  readonly slot: number;
  readonly ciphertext: string;
  readonly count: number;
  readonly merkleRoot: string;
}

export class TotalLedger {
  readonly totals = new Map<string, StoredTotal>();
  away = false;
  losesAnswers = false;
  /** Slots up to this one are refused as too old. */
  tooOldThrough = -1;
  submissions = 0;
  conflicts = 0;

  total(region: string, slot: number): StoredTotal | undefined {
    return this.totals.get(`${region}/${slot}`);
  }

  readonly submit = async (transaction: Transaction): Promise<CommitReceipt> => {
    await Promise.resolve();
    if (this.away) throw new LedgerError('UNAVAILABLE', 'away');
    this.submissions += 1;
    const { totals } = JSON.parse(transaction.argument) as { totals: StoredTotal[] };
    const old = totals.find(({ slot }) => slot <= this.tooOldThrough);
    if (old) throw refusal('SLOT_TOO_OLD', { slot: old.slot, maxAgeSeconds: 1 });
    const receipts = totals.map((total) => ({ ...total, status: this.#put(total), txId: 't' }));
    if (this.losesAnswers) throw new LedgerError('OUTCOME_UNKNOWN', 'lost');
    return { transactionId: 't', blockNumber: 0, result: JSON.stringify({ receipts }) };
  };

  #put(total: StoredTotal): 'accepted' | 'duplicate' | 'conflict' {
    const key = `${total.region}/${total.slot}`;
    const standing = this.totals.get(key);
    if (!standing) {
      this.totals.set(key, total);
      return 'accepted';
    }
    if (JSON.stringify(standing) === JSON.stringify(total)) return 'duplicate';
    this.conflicts += 1;
    return 'conflict';
  }
}
