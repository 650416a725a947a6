/**
 * Time-of-use billing (paper 001, hardened form 001-H): everything but reports that is signed with BLS keys.
 *
 * Signed by meters (registration, disputes), by aggregators (receipts) and by the one in office, the AN (slot blocks, monthly charges, missing slots); verified by endorsers, customers, strangers.
 * Source: paper 001 Eq. (14), split by purpose as spec 2.A resolves it: the slot message and the monthly message cannot be one, since Cha_i exists only when the month is over.
 * Every purpose has its own label in front, no two messages of different purposes are equal, and all name key, channel and grid. So a signature is good for one thing only,
 * although all go through the one ciphersuite of bls-suite.ts, whose tag cannot be chosen with blst. Proofs of possession have the suite's own tag.
 */
import { createHash } from 'node:crypto';
import { hexToBytes, lp, u32, u64 } from './bytes.js';
import type { BillingScope } from './tou-billing.js';

const REGISTRATION_LABEL = 'gridveil/tou-billing/registration/v1';
const RECEIPT_LABEL = 'gridveil/tou-billing/receipt/v1';
const SLOT_BLOCK_LABEL = 'gridveil/tou-billing/slot-block/v1';
const MISSING_SLOTS_LABEL = 'gridveil/tou-billing/missing-slots/v1';
const MISSING_DIGEST_LABEL = 'gridveil/tou-billing/missing-slots-digest/v1';
const MONTHLY_CHARGE_LABEL = 'gridveil/tou-billing/monthly-charge/v1';
const DISPUTE_LABEL = 'gridveil/tou-billing/dispute/v1';

type Scope = Pick<BillingScope, 'channel' | 'grid'>;

/** Whose key it is: a meter's, or an aggregator's. */
export type SignerKind = 'meter' | 'aggregator';

/** What a key signs when it is registered, beside its proof of possession: id and epoch belong to this key. @param publicKey - 48 bytes */
export function registrationMessage(
  { channel, grid }: Scope,
  { kind, id, epoch }: { readonly kind: SignerKind; readonly id: string; readonly epoch: number },
  publicKey: Uint8Array,
): Uint8Array {
  return lp(REGISTRATION_LABEL, channel, grid, kind, id, u32(epoch), publicKey);
}

/**
 * What an aggregator signs for reports it has taken: it keeps them and sees to it that each stands in a block before its period closes.
 * @param root - Merkle root over their `packetLeaf`s, 32 bytes: a leaf binds meter, tariff, slot, ciphertext and the meter's signature
 */
export function receiptMessage(scope: BillingScope, aggregator: string, root: Uint8Array): Uint8Array {
  return lp(RECEIPT_LABEL, ...scopeFields(scope), aggregator, root);
}

/** Who signs as AN: an aggregator in the term it was elected for. */
export interface Office {
  readonly aggregator: string;
  readonly term: number;
}

export interface SlotBlockFacts {
  readonly slot: number;
  /** Number of packets. */
  readonly count: number;
  /** `packetsRoot`, 32 bytes. */
  readonly root: Uint8Array;
  /** C_γ of Eq. (11), encoded. */
  readonly areaTotal: Uint8Array;
}

/** What the AN signs of a slot. The charges of Eq. (12) are left out: everybody computes them from packets and tariff. */
export function slotBlockMessage(scope: BillingScope, office: Office, block: SlotBlockFacts): Uint8Array {
  const { slot, count, root, areaTotal } = block;
  return lp(
    SLOT_BLOCK_LABEL,
    ...scopeFields(scope),
    ...officeFields(office),
    u64(slot),
    u32(count),
    root,
    areaTotal,
  );
}

/** What a missing slot counts as: so many Wh, or as much as another slot of the same meter. */
export type MissingSlot =
  | { readonly slot: number; readonly energyWh: number }
  | { readonly slot: number; readonly copyOfSlot: number };

/** The bill that a message is about: one meter under one tariff, which names the period. */
export interface BillName {
  readonly meterId: string;
  /** 64 hex digits. */
  readonly tariffId: string;
}

/** 32 bytes: the missing slots of a bill and what they count as; of none, too. @param missing - ascending by slot */
export function missingSlotsDigest(missing: readonly MissingSlot[]): Uint8Array {
  const entries = missing.map((one) =>
    'energyWh' in one
      ? lp(u64(one.slot), 'energyWh', u64(one.energyWh))
      : lp(u64(one.slot), 'copyOfSlot', u64(one.copyOfSlot)),
  );
  return new Uint8Array(
    createHash('sha256')
      .update(lp(MISSING_DIGEST_LABEL, ...entries))
      .digest(),
  );
}

/** The record of missing slots that the AN signs before the bill. @param rule - the tariff's rule for missing slots */
export function missingSlotsMessage(
  scope: BillingScope,
  office: Office,
  bill: BillName,
  rule: string,
  missing: readonly MissingSlot[],
): Uint8Array {
  return lp(
    MISSING_SLOTS_LABEL,
    ...scopeFields(scope),
    ...officeFields(office),
    ...billFields(bill),
    rule,
    missingSlotsDigest(missing),
  );
}

/**
 * What the AN signs of a monthly charge.
 * @param charge - Cha_i of Eq. (13), encoded. @param slots - z, how many slots it is over. @param missing - those among them that are estimates
 */
export function monthlyChargeMessage(
  scope: BillingScope,
  office: Office,
  bill: BillName,
  {
    charge,
    slots,
    missing,
  }: { readonly charge: Uint8Array; readonly slots: number; readonly missing: readonly MissingSlot[] },
): Uint8Array {
  return lp(
    MONTHLY_CHARGE_LABEL,
    ...scopeFields(scope),
    ...officeFields(office),
    ...billFields(bill),
    u32(slots),
    missingSlotsDigest(missing),
    charge,
  );
}

/** What a customer signs with the meter's key to contest a bill. @param epoch - of the key @param reason - one line of text */
export function disputeMessage(
  scope: BillingScope,
  bill: BillName,
  epoch: number,
  reason: string,
): Uint8Array {
  return lp(DISPUTE_LABEL, ...scopeFields(scope), ...billFields(bill), u32(epoch), reason);
}

function scopeFields({ fingerprint, channel, grid }: BillingScope): (string | Uint8Array)[] {
  return [fingerprint, channel, grid];
}

function officeFields({ aggregator, term }: Office): (string | Uint8Array)[] {
  return [aggregator, u32(term)];
}

function billFields({ meterId, tariffId }: BillName): (string | Uint8Array)[] {
  return [meterId, hexToBytes(tariffId)];
}
