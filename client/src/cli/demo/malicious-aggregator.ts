/**
 * The malicious AN of paper 001, section 4: it moves an amount from one customer's charge to another's and signs both.
 *
 * Both ciphertexts are shifted as anyone can shift Paillier ciphertexts, Cha·(1+N)^b: their product, which the printed Eq. (19) compares, stays the same
 * (test/attacks/tou-billing/t001-1-swap.test.ts shows that check pass). Here the AN tries it on the ledger, and sends bills of its own to the customers.
 */
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { bytesToBigint, fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext, type PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { monthlyChargeMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import type { MonthlyChargeRecord } from '@gridveil/chaincode/domain/monthly-charge.js';
import { slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { customerReader, type PeriodInput } from '../../billing/billing-period.js';
import type { MonthlyCharge } from '../../parties/aggregation-node.js';
import { verifyBill } from '../../parties/bill-check.js';
import type { BillReader } from '../../parties/bill-facts.js';
import type { DemoAttack, DemoForgedBill } from './result.js';

/** 5 units of the currency. */
const SHIFT_MICRO = 5_000_000n;

/** A bill that the AN sends its customer beside the ledger: what it signed, whatever the ledger holds. */
interface SentBill {
  readonly record: MonthlyChargeRecord;
  readonly shiftMicro: bigint;
}

export interface ShiftedCharges {
  /** Every customer compares the bill that came with the ledger. To be called when the ESP has opened the charges. */
  checkSentBills(): Promise<DemoAttack>;
}

/** The AN shifts two of the charges, submits them, and sends bills of them. @throws RangeError for fewer than two charges. */
export async function shiftCharges(
  input: PeriodInput,
  charges: readonly MonthlyCharge[],
): Promise<ShiftedCharges> {
  const [friend, victim] = charges;
  if (friend === undefined || victim === undefined)
    throw new RangeError('"charges" expected at least two bills');
  const shiftOf = (meterId: string): bigint =>
    meterId === friend.meterId ? -SHIFT_MICRO : meterId === victim.meterId ? SHIFT_MICRO : 0n;
  const { publicKey } = input.cast.billing;
  const shifted = charges.map((charge) => ({
    ...charge,
    charge: shiftedBy(publicKey, charge.charge, shiftOf(charge.meterId)),
  }));
  // First, as for honest charges: the ledger shall refuse the shift, not that estimates have no signature yet.
  await input.cast.an.node.recordMissing(input.cast.tariffId, charges);
  const ledgerRefusal = await refusalOf(() => input.cast.an.node.submitCharges(input.cast.tariffId, shifted));
  const sent = shifted.map((charge) => ({
    record: signedRecord(input, charge),
    shiftMicro: shiftOf(charge.meterId),
  }));
  return {
    async checkSentBills() {
      const reader = await customerReader(input);
      const sentBills: DemoForgedBill[] = [];
      for (const bill of sent) sentBills.push(await checkSent(input, reader, bill));
      return {
        from: friend.meterId,
        to: victim.meterId,
        shiftMicro: String(SHIFT_MICRO),
        ledgerRefusal,
        sentBills,
      };
    },
  };
}

/** Cha·(1+N)^b mod N² encrypts b more. */
function shiftedBy(
  { n, nSquared, ...rest }: PaillierPublicKey,
  charge: Uint8Array,
  micro: bigint,
): Uint8Array {
  const factor = (1n + (((micro % n) + n) % n) * n) % nSquared;
  return encodeCiphertext({ n, nSquared, ...rest }, (bytesToBigint(charge) * factor) % nSquared);
}

function signedRecord(
  { cast, tariff }: PeriodInput,
  { meterId, charge, missing }: MonthlyCharge,
): MonthlyChargeRecord {
  const { aggregator } = cast.an.aggregator;
  const { term } = cast.an.candidate;
  const slots = slotCountOf(tariff);
  const bill = { meterId, tariffId: cast.tariffId };
  const message = monthlyChargeMessage(cast.billing.scope, { aggregator, term }, bill, {
    ...{ charge, slots, missing },
  });
  const signature = toBase64url(cast.an.key.sign(message));
  return {
    ...{ meterId, aggregator, term, slots, signature },
    ...{ charge: toBase64url(charge), missing: missing.length, txId: '' },
  };
}

async function checkSent(
  { cast, tariff, tariffLimits }: PeriodInput,
  reader: BillReader,
  { record, shiftMicro }: SentBill,
): Promise<DemoForgedBill> {
  const { meterId } = record;
  const facts = await reader.bill(meterId);
  const found = await refusalOf(() =>
    Promise.resolve(verifyBill({ ...facts, charge: record }, tariffLimits)),
  );
  const missing = verifyBill(facts, tariffLimits).missing;
  const bill = { meterId, tariffId: cast.tariffId };
  const charge = fromBase64url(record.charge, 'charge');
  const backend = blsBackend();
  const signedByAggregator = backend.verify({
    key: backend.decodePublicKey(cast.an.key.publicKey, 'The key of the AN'),
    message: monthlyChargeMessage(cast.billing.scope, record, bill, {
      ...{ charge, missing, slots: slotCountOf(tariff) },
    }),
    signature: backend.decodeSignature(fromBase64url(record.signature, 'signature'), 'The signature'),
  });
  return { meter: meterId, shiftMicro: String(shiftMicro), signedByAggregator, found };
}

/** @returns the code of the refusal; empty when there is none */
async function refusalOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
    return '';
  } catch (error) {
    if (error instanceof GridveilError) return error.code;
    throw error;
  }
}
