/** Collects the evidence of one bill from a ledger, through the queries that anyone with a role of billing may ask. */
import { fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import {
  monthlyChargeMessage,
  missingSlotsMessage,
} from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import type { BillingScope } from '@gridveil/chaincode/crypto/tou-billing.js';
import {
  storedKey,
  type AggregatorRecord,
  type BillingMeterKeyRecord,
} from '@gridveil/chaincode/domain/billing-parties.js';
import type { MissingSlotsRecord, MonthlyChargeRecord } from '@gridveil/chaincode/domain/monthly-charge.js';
import { firstSlotOf, slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import { collect } from '../ledger/call.js';
import {
  getBill,
  getBilling,
  getTariff,
  listAggregatorKeys,
  listMeterPackets,
  type BillRecord,
  type PricedPacket,
  type TariffState,
} from '../ledger/billing-queries.js';
import type { Ledger } from '../ledger/port.js';
import { parseZone } from '../metering/stamp.js';
import { readGrid, type GridView } from '../parties/grid-view.js';
import { BILL_EVIDENCE_SCHEMA, type BillEvidence } from './bill-evidence.js';
import { listMeterKeys, type BillRef } from './find-bill.js';
import { localTimeText } from './local-time.js';

type Opened = Required<Pick<BillRecord, 'charge' | 'opening'>> & Pick<BillRecord, 'missingSlots' | 'dispute'>;

export interface ExportedBill {
  readonly evidence: BillEvidence;
  /** Not part of the evidence: a dispute is about a bill, it does not prove one. */
  readonly dispute: BillRecord['dispute'];
}

/**
 * All that proves a bill, as the ledger holds it; nothing is checked here.
 * @throws NotFoundError as `findBill`, BILL_UNKNOWN for a meter without a report under the tariff; ClientError BILL_NOT_READY while it is not opened.
 */
export async function exportBill(ledger: Ledger, ref: BillRef): Promise<ExportedBill> {
  const { grid, meterId, tariffId } = ref;
  const view = await readGrid(ledger, grid);
  const { proofsCheckedBy } = await getBilling(ledger, grid);
  const tariff = await getTariff(ledger, grid, tariffId);
  const bill = await readOpenedBill(ledger, ref, tariff);
  const packets = await readPackets(ledger, ref, tariff);
  const offices = new Offices(view, ref, await listAggregatorKeys(ledger, grid));
  const epochs = new Set(packets.map(({ epoch }) => epoch));
  const keys = (await listMeterKeys(ledger, grid, meterId)).filter(({ epoch }) => epochs.has(epoch));
  const charge = offices.ofCharge(bill.charge, bill.missingSlots);
  const missingSlots = bill.missingSlots && offices.ofMissingSlots(bill.missingSlots);
  const { n, modulusProof, slotSeconds, maxReadingWh } = view.record;
  const { chargeMicro, rho, payableMinor, txId } = bill.opening;
  const evidence: BillEvidence = {
    schema: BILL_EVIDENCE_SCHEMA,
    scheme: 'tou-billing',
    parameters: {
      ...{ n, modulusProof: [...modulusProof], channel: ledger.channel, grid },
      ...{ slotSeconds, maxReadingWh, proofsCheckedBy },
    },
    tariff: {
      ...{ tariffId, plan: tariff.plan },
      ...{ publishedAtSeconds: tariff.publishedAtSeconds, txId: tariff.txId, table: tariff.tariff },
    },
    meter: { meterId, keys: keys.map(meterKeyField) },
    aggregators: offices.signers(),
    packets: packets.map(({ slot, epoch, ciphertext, proofDigest, signature }) => ({
      ...{ slot, epoch },
      ciphertext: toBase64url(ciphertext),
      proofDigest: toBase64url(proofDigest),
      signature: toBase64url(signature),
    })),
    ...(missingSlots && { missingSlots }),
    charge,
    opening: { chargeMicro, rho, payableMinor, txId },
  };
  return { evidence, dispute: bill.dispute };
}

/** A meter's key as evidence shows it. */
export function meterKeyField(key: BillingMeterKeyRecord): BillEvidence['meter']['keys'][number] {
  const { epoch, plan, publicKey, possession, signature, signingKey, binding, txId } = key;
  return { epoch, plan, publicKey, possession, signature, signingKey, binding, txId };
}

/** An aggregator's key as evidence shows it. */
export function signerField(key: AggregatorRecord): BillEvidence['aggregators'][number] {
  const { aggregator, epoch, publicKey, possession, signature, txId } = key;
  return { aggregator, epoch, publicKey, possession, signature, txId };
}

/** @throws NotFoundError BILL_UNKNOWN; ClientError BILL_NOT_READY */
async function readOpenedBill(
  ledger: Ledger,
  { grid, meterId, tariffId, period }: BillRef,
  { close, parts, partsSummed, tariff }: TariffState,
): Promise<Opened> {
  const notReady = (stage: string): ClientError =>
    new ClientError('BILL_NOT_READY', { meterId, period, stage });
  if (close === undefined) {
    const end = localTimeText(tariff.periodEndSeconds, parseZone('UTC'));
    throw notReady(`its period ends at ${end} and is not closed`);
  }
  if (partsSummed.length < parts)
    throw notReady(`${partsSummed.length} of ${parts} parts of its period are summed`);
  const { charge, opening, missingSlots, dispute } = await getBill(ledger, grid, tariffId, meterId);
  if (charge === undefined) throw notReady('the aggregator has not signed its charge');
  if (opening === undefined) throw notReady('the ESP has not opened its charge');
  return { charge, opening, ...(missingSlots && { missingSlots }), ...(dispute && { dispute }) };
}

/** The meter's packets under the tariff. */
async function readPackets(
  ledger: Ledger,
  { grid, meterId, tariffId }: BillRef,
  { tariff: table }: TariffState,
): Promise<PricedPacket[]> {
  const range = { fromSlot: firstSlotOf(table), slots: slotCountOf(table) };
  const all = await collect(listMeterPackets(ledger, grid, meterId, range));
  const packets = all.filter((packet) => packet.tariffId === tariffId);
  if (packets.length === 0) throw refusal('BILL_UNKNOWN', { meterId, tariffId });
  return packets;
}

type SignedRecord = Pick<MonthlyChargeRecord, 'aggregator' | 'term' | 'signature' | 'txId'>;

/** The ledger does not say with which of its keys an aggregator signed: it is the newest under which the signature holds. */
class Offices {
  readonly #scope: BillingScope;
  readonly #used = new Set<AggregatorRecord>();

  constructor(
    { channel, publicKey }: GridView,
    private readonly ref: BillRef,
    private readonly keys: readonly AggregatorRecord[],
  ) {
    this.#scope = { fingerprint: publicKey.fingerprint, channel, grid: ref.grid };
  }

  ofCharge(record: MonthlyChargeRecord, missing: MissingSlotsRecord | undefined): BillEvidence['charge'] {
    const { charge, slots } = record;
    const facts = { charge: fromBase64url(charge, 'charge'), slots, missing: missing?.missing ?? [] };
    const message = monthlyChargeMessage(this.#scope, record, this.ref, facts);
    return { ...this.#office(record, message), ciphertext: charge, slots };
  }

  ofMissingSlots(record: MissingSlotsRecord): NonNullable<BillEvidence['missingSlots']> {
    const { missing } = record;
    const message = missingSlotsMessage(this.#scope, record, this.ref, record.rule, missing);
    const rule = record.rule as NonNullable<BillEvidence['missingSlots']>['rule'];
    return { ...this.#office(record, message), rule, missing: missing.map((one) => ({ ...one })) };
  }

  /** The keys that were used. */
  signers(): BillEvidence['aggregators'] {
    return [...this.#used].map(signerField);
  }

  #office(
    { aggregator, term, signature, txId }: SignedRecord,
    message: Uint8Array,
  ): Pick<BillEvidence['charge'], 'aggregator' | 'term' | 'epoch' | 'signature' | 'txId'> {
    const own = this.keys.filter((key) => key.aggregator === aggregator);
    own.sort((a, b) => b.epoch - a.epoch);
    const signer = own.find((key) => signs(key, message, signature)) ?? own[0];
    if (signer === undefined) throw refusal('AGGREGATOR_UNKNOWN', { aggregator });
    this.#used.add(signer);
    return { aggregator, term, epoch: signer.epoch, signature, txId };
  }
}

function signs({ aggregator, publicKey }: AggregatorRecord, message: Uint8Array, signature: string): boolean {
  const backend = blsBackend();
  return backend.verify({
    key: storedKey(publicKey, `The key of aggregator "${aggregator}"`),
    message,
    signature: backend.decodeSignature(fromBase64url(signature, 'signature'), 'The signature'),
  });
}
