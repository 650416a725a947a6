/**
 * Reports that an aggregator left out of a bill although it has signed receipts for them: found by the customer, shown to anyone.
 *
 * A bill says which slots have no report, not why. Where the meter has a receipt for such a slot, the reason is the aggregator that signed it: it had the report, and saw to no block for it.
 * The receipt names what it is for by a hash of the signed report (billing-receipt.ts), so meter, slot and tariff cannot be argued about, and nothing of it is a reading.
 */
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { fromBase64url, hexToBytes, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { packetLeaf, packetMessage, type BillingPacket } from '@gridveil/chaincode/crypto/tou-billing.js';
import { storedKey } from '@gridveil/chaincode/domain/billing-parties.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import { listAggregatorKeys } from '../ledger/billing-queries.js';
import type { Ledger } from '../ledger/port.js';
import { slotStartIso } from '../metering/slot.js';
import { BillingReceiptCheck, type ReceiptedReport } from '../parties/billing-receipt.js';
import type { BillEvidence } from './bill-evidence.js';
import { meterKeyField, signerField } from './export-bill.js';
import { listMeterKeys } from './find-bill.js';

type LeftOut = NonNullable<BillEvidence['leftOut']>[number];

/**
 * The evidence with what these receipts prove: the reports among them that the bill counts as missing, and the keys to check them. Receipts of other bills are passed over.
 * @returns the evidence as it is when nothing was left out
 */
export async function withReceipts(
  ledger: Ledger,
  evidence: BillEvidence,
  receipted: readonly ReceiptedReport[],
): Promise<BillEvidence> {
  const { meterId } = evidence.meter;
  const { tariffId } = evidence.tariff;
  const missing = new Set(evidence.missingSlots?.missing.map(({ slot }) => slot));
  const leftOut = new Map<number, LeftOut>();
  for (const { slot, aggregator, packet, receipt } of receipted)
    if (packet.meterId === meterId && packet.tariffId === tariffId && missing.has(slot))
      leftOut.set(slot, {
        ...{ slot, epoch: packet.epoch },
        ciphertext: toBase64url(packet.ciphertext),
        proofDigest: toBase64url(packet.proofDigest),
        signature: toBase64url(packet.signature),
        ...{ aggregator, receipt: toBase64url(receipt) },
      });
  if (leftOut.size === 0) return evidence;
  const items = [...leftOut.values()].sort((a, b) => a.slot - b.slot);
  const { grid } = evidence.parameters;
  const epochs = new Set([...evidence.meter.keys, ...items].map(({ epoch }) => epoch));
  const keys = (await listMeterKeys(ledger, grid, meterId)).filter(({ epoch }) => epochs.has(epoch));
  const names = new Set(items.map(({ aggregator }) => aggregator));
  const known = new Set(evidence.aggregators.map(({ aggregator, epoch }) => `${epoch} ${aggregator}`));
  const added = (await listAggregatorKeys(ledger, grid)).filter(
    ({ aggregator, epoch }) => names.has(aggregator) && !known.has(`${epoch} ${aggregator}`),
  );
  return {
    ...evidence,
    meter: { meterId, keys: keys.map(meterKeyField) },
    aggregators: [...evidence.aggregators, ...added.map(signerField)],
    leftOut: items,
  };
}

/**
 * Whether the bill leaves out what an aggregator has signed for. The bill itself has been checked (verify-bill.ts), the keys in it, too.
 * @param keyFingerprint - of the key that the bill holds under, hex
 * @throws ClientError BILL_REPORTS_LEFT_OUT; BILL_REJECTED naming a receipt that proves nothing
 */
export function checkLeftOut(evidence: BillEvidence, keyFingerprint: string): void {
  const [first, ...more] = evidence.leftOut ?? [];
  if (first === undefined) return;
  const check = new LeftOutCheck(evidence, keyFingerprint);
  [first, ...more].forEach((one, i) => check.one(one, `leftOut[${i}]`));
  const aggregators = new Set([first, ...more].map(({ aggregator }) => aggregator));
  throw new ClientError('BILL_REPORTS_LEFT_OUT', {
    meterId: evidence.meter.meterId,
    slots: more.length + 1,
    aggregator: [...aggregators].join('", "'),
    time: slotStartIso(first.slot, evidence.parameters.slotSeconds),
  });
}

class LeftOutCheck {
  readonly #evidence: BillEvidence;
  readonly #scope: Parameters<typeof packetLeaf>[0];
  readonly #missing: ReadonlySet<number>;
  readonly #receipts = new Map<string, BillingReceiptCheck>();
  #previous = -1;

  constructor(evidence: BillEvidence, keyFingerprint: string) {
    const { channel, grid } = evidence.parameters;
    this.#evidence = evidence;
    this.#scope = { fingerprint: hexToBytes(keyFingerprint), channel, grid };
    this.#missing = new Set(evidence.missingSlots?.missing.map(({ slot }) => slot));
  }

  one(item: LeftOut, place: string): void {
    const { slot, aggregator } = item;
    if (slot <= this.#previous) this.#reject(place, 'slots must ascend', slot);
    this.#previous = slot;
    if (!this.#missing.has(slot)) this.#reject(place, 'the bill has a report of this slot', slot);
    try {
      const packet = this.#packet(item);
      if (!this.#isSigned(slot, packet))
        this.#reject(`${place}.signature`, 'the meter has not signed this report', slot);
      const leaf = packetLeaf(this.#scope, slot, packet);
      if (!this.#checkOf(aggregator).holds(leaf, fromBase64url(item.receipt, 'receipt')))
        this.#reject(
          `${place}.receipt`,
          `aggregator "${aggregator}" has not signed it for this report`,
          slot,
        );
    } catch (error) {
      if (error instanceof GridveilError) this.#reject(place, error.sentence, slot);
      throw error;
    }
  }

  #packet({ epoch, ciphertext, proofDigest, signature }: LeftOut): BillingPacket {
    const { meter, tariff } = this.#evidence;
    return {
      ...{ meterId: meter.meterId, epoch, tariffId: tariff.tariffId },
      ciphertext: fromBase64url(ciphertext, 'ciphertext'),
      proofDigest: fromBase64url(proofDigest, 'proofDigest', 32),
      signature: fromBase64url(signature, 'signature'),
    };
  }

  #isSigned(slot: number, packet: BillingPacket): boolean {
    const { meterId, keys } = this.#evidence.meter;
    const record = keys.find(({ epoch }) => epoch === packet.epoch);
    if (record === undefined) return false;
    return blsBackend().verify({
      key: storedKey(record.publicKey, `The key of meter "${meterId}"`),
      message: packetMessage(this.#scope, slot, packet),
      signature: blsBackend().decodeSignature(packet.signature, `The signature of meter "${meterId}"`),
    });
  }

  #checkOf(aggregator: string): BillingReceiptCheck {
    const known = this.#receipts.get(aggregator);
    if (known !== undefined) return known;
    const keys = this.#evidence.aggregators
      .filter((each) => each.aggregator === aggregator)
      .map(({ publicKey }) => storedKey(publicKey, `The key of aggregator "${aggregator}"`));
    const check = new BillingReceiptCheck(this.#scope, aggregator, keys);
    this.#receipts.set(aggregator, check);
    return check;
  }

  #reject(place: string, reason: string, slot: number): never {
    const { meter, parameters } = this.#evidence;
    const from = slotStartIso(slot, parameters.slotSeconds);
    throw new ClientError('BILL_REJECTED', {
      ...{ meterId: meter.meterId, place, slot },
      reason: `slot ${slot} from ${from}: ${reason}`,
    });
  }
}
