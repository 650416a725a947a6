/** What every party of time-of-use billing knows of a grid: its public parameters and terms, as the ledger holds them, ready for use. */
import type { BillingTerms } from '@gridveil/chaincode/domain/billing-parties.js';
import type { BillingScope } from '@gridveil/chaincode/crypto/tou-billing.js';
import { getBilling } from '../ledger/billing-queries.js';
import type { Ledger } from '../ledger/port.js';
import { readGrid, type GridView } from './grid-view.js';

export interface BillingView extends GridView {
  readonly terms: BillingTerms;
  /** What every signature of billing names. */
  readonly scope: BillingScope;
}

export function billingScope({ channel, record, publicKey }: GridView): BillingScope {
  return { fingerprint: publicKey.fingerprint, channel, grid: record.grid };
}

/** @throws NotFoundError GRID_UNKNOWN, BILLING_UNKNOWN */
export async function readBilling(ledger: Ledger, grid: string): Promise<BillingView> {
  const view = await readGrid(ledger, grid);
  return { ...view, terms: await getBilling(ledger, grid), scope: billingScope(view) };
}
