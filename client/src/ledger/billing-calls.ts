/** The transactions of time-of-use billing (contracts `billing` and `charges`) as typed functions: one function per transaction. Queries are in billing-queries.ts. */
import { lp } from '@gridveil/chaincode/crypto/bytes.js';
import type { Opening } from '@gridveil/chaincode/crypto/paillier.js';
import { encodePackets, type BillingPacket } from '@gridveil/chaincode/crypto/tou-billing.js';
import type {
  AggregatorRegistration,
  BillingMeterRegistration,
  BillingTerms,
} from '@gridveil/chaincode/domain/billing-parties.js';
import type { DisputeOpening } from '@gridveil/chaincode/domain/dispute.js';
import type { SlotBlock } from '@gridveil/chaincode/domain/slot-block.js';
import type { TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import type { JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import { submit, type WriteReceipt } from './call.js';
import type { Ledger } from './port.js';

export interface StoredReceipt extends WriteReceipt {
  /** Transaction that wrote what stands. */
  readonly txId: string;
}

/** What became of one meter's record in a list; a list is stored as a whole or not at all. */
export interface BillReceipt extends StoredReceipt {
  readonly meterId: string;
}

export function openBilling(ledger: Ledger, terms: BillingTerms): Promise<WriteReceipt> {
  return submit(ledger, 'billing', 'OpenBilling', terms);
}

export function registerAggregator(
  ledger: Ledger,
  registration: AggregatorRegistration,
): Promise<WriteReceipt> {
  return submit(ledger, 'billing', 'RegisterAggregator', registration);
}

export function registerBillingMeters(
  ledger: Ledger,
  grid: string,
  meters: readonly BillingMeterRegistration[],
): Promise<WriteReceipt> {
  return submit(ledger, 'billing', 'RegisterBillingMeters', { grid, meters });
}

/** @returns with the id of the tariff, which meters sign */
export function publishTariff(
  ledger: Ledger,
  grid: string,
  plan: string,
  tariff: TariffTable,
): Promise<WriteReceipt & { readonly tariffId: string }> {
  return submit(ledger, 'billing', 'PublishTariff', { grid, plan, tariff });
}

/**
 * Submits the packets of a slot; they and their total go beside the argument, so that blocks keep them once, in the write set.
 * @param packets - by meter id, as `encodePackets` takes them
 * @param proofs - their range proofs, in the same order; undefined where endorsers do not check them (level L1)
 * @throws StateConflictError BLOCK_EXISTS when another block stands; this one is kept as evidence. As the contract does otherwise.
 */
export async function submitSlotBlock(
  ledger: Ledger,
  { areaTotal, ...block }: SlotBlock,
  packets: readonly BillingPacket[],
  proofs: readonly Uint8Array[] | undefined,
): Promise<StoredReceipt> {
  const bytes = { packets: encodePackets(packets), areaTotal };
  const transient = proofs === undefined ? bytes : { ...bytes, proofs: lp(...proofs) };
  const { slot, part } = block;
  const { status, txId } = await submit<{ status: WriteReceipt['status'] | 'conflict'; txId: string }>(
    ledger,
    'billing',
    'SubmitSlotBlock',
    block,
    transient,
  );
  if (status === 'conflict') throw refusal('BLOCK_EXISTS', { slot, part });
  return { status, txId };
}

export function publishAreaOpening(
  ledger: Ledger,
  grid: string,
  slot: number,
  { m, rho }: Opening,
): Promise<StoredReceipt> {
  return submit(ledger, 'billing', 'PublishAreaOpening', { grid, slot, m, rho });
}

/** @param slotsPerPart - how many slots are summed in one transaction, at most 200; `suggestedSlotsPerPart` has a good number */
export function closeBillingPeriod(
  ledger: Ledger,
  grid: string,
  tariffId: string,
  slotsPerPart: number,
): Promise<StoredReceipt> {
  return submit(ledger, 'charges', 'CloseBillingPeriod', { grid, tariffId, slotsPerPart });
}

export function sumChargePart(
  ledger: Ledger,
  facts: {
    readonly grid: string;
    readonly aggregator: string;
    readonly tariffId: string;
    readonly part: number;
  },
): Promise<StoredReceipt> {
  return submit(ledger, 'charges', 'SumChargePart', { ...facts });
}

/** Who bills under which tariff, in which term. */
export interface BillingOffice {
  readonly grid: string;
  readonly aggregator: string;
  readonly term: number;
  readonly tariffId: string;
}

export function recordMissingSlots(
  ledger: Ledger,
  office: BillingOffice,
  records: readonly { readonly meterId: string; readonly signature: Uint8Array }[],
): Promise<BillReceipt[]> {
  return submitBills(ledger, 'RecordMissingSlots', { ...office, records });
}

export function submitMonthlyCharges(
  ledger: Ledger,
  office: BillingOffice,
  charges: readonly {
    readonly meterId: string;
    readonly charge: Uint8Array;
    readonly signature: Uint8Array;
  }[],
): Promise<BillReceipt[]> {
  return submitBills(ledger, 'SubmitMonthlyCharges', { ...office, charges });
}

export function publishChargeOpenings(
  ledger: Ledger,
  grid: string,
  tariffId: string,
  openings: readonly (Opening & { readonly meterId: string })[],
): Promise<BillReceipt[]> {
  const entries = openings.map(({ meterId, m, rho }) => ({ meterId, m, rho }));
  return submitBills(ledger, 'PublishChargeOpenings', { grid, tariffId, openings: entries });
}

async function submitBills(ledger: Ledger, name: string, argument: JsonValue): Promise<BillReceipt[]> {
  const { receipts } = await submit<{ receipts: BillReceipt[] }>(ledger, 'charges', name, argument);
  return receipts;
}

export function openDispute(ledger: Ledger, dispute: DisputeOpening): Promise<StoredReceipt> {
  return submit(ledger, 'charges', 'OpenDispute', dispute);
}

export function resolveDispute(
  ledger: Ledger,
  resolution: {
    readonly grid: string;
    readonly tariffId: string;
    readonly meterId: string;
    readonly finding: 'bill-stands' | 'bill-wrong';
    readonly explanation: string;
  },
): Promise<StoredReceipt> {
  return submit(ledger, 'charges', 'ResolveDispute', { ...resolution });
}
