/**
 * The product's own work for one slot of time-of-use billing: an area of n meters, aggregator, ESP and one endorsing peer, in one thread.
 *
 * Everything the parties compute, by the functions they call: report with range proof and signature; checks of all reports, area total, block, charges; openings with their proofs.
 * Without ledger, network and registration. Every slot is compared with the readings.
 */
import assert from 'node:assert/strict';
import { bytesToBigint, lp, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { encodeCiphertext, type PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { areaTotal, monthlyCharge } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import {
  findBadProofs,
  findBadSignatures,
  type MeterKeys,
} from '@gridveil/chaincode/crypto/tou-billing-check.js';
import { slotBlockMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import {
  decodeBillingReport,
  decodePackets,
  encodePackets,
  packetOf,
  packetsRoot,
  type BillingHeader,
  type BillingReport,
  type BillingScope,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import { checkAreaOpening } from '@gridveil/chaincode/domain/area-opening.js';
import type { BillingMeterRecord } from '@gridveil/chaincode/domain/billing-parties.js';
import {
  checkBlockSignature,
  checkPackets,
  checkProofs,
  type SlotBlock,
} from '@gridveil/chaincode/domain/slot-block.js';
import { generateBlsKey, type BlsKey } from '@gridveil/client/crypto/bls-key.js';
import type { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';
import type { RangeProver } from '@gridveil/client/crypto/range-proof.js';
import { makeBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { timedMs } from '../../bench/bench-row.js';

/** 100 kW for an hour. */
export const MAX_READING_WH = 100_000;
/** A month of 30 days. */
export const MONTH_SLOTS = 720;
const FIRST_SLOT = 473_400;
const PRICES_MICRO_PER_WH = [90, 150, 420] as const;
const TARIFF_ID = 'ab'.repeat(32);
const OFFICE = { aggregator: 'ag-1', term: 1 };

/** Time of each party's work for one slot, in ms; of meters that of one report, of the month that of one meter. */
export interface StageMs {
  /** Encrypting, proving the range, signing. */
  readonly report: number;
  /** The same without a range proof, as the paper has it. */
  readonly reportUnproven: number;
  /** AN: decoding all reports and checking their signatures, Eq. (9). */
  readonly signatures: number;
  /** AN: checking all range proofs. */
  readonly proofs: number;
  /** AN: Eq. (11), Merkle root, Eq. (14). */
  readonly block: number;
  /** AN: Eq. (12) and (13) over the month of one meter. */
  readonly monthlyCharge: number;
  /** ESP: Eq. (15) and its proof. */
  readonly openArea: number;
  /** ESP: Eq. (17) and its proof. */
  readonly openCharge: number;
  /** What one endorsing peer checks of the slot; the paper counts nothing for it. */
  readonly peer: number;
}

/** What stays the same for all areas of a modulus. */
export interface Instruments {
  readonly key: PaillierPrivateKey;
  readonly prover: RangeProver;
  readonly encryptor: PaillierEncryptor;
}

export class ProductArea {
  readonly #keys: readonly BlsKey[];
  readonly #records: ReadonlyMap<string, BillingMeterRecord>;
  readonly #keyOf: MeterKeys;
  readonly #office = generateBlsKey();
  readonly #scope: BillingScope;
  #slot = FIRST_SLOT;
  #reportBytes = 0;
  #packetsBytes = 0;

  constructor(
    private readonly instruments: Instruments,
    readonly meters: number,
  ) {
    const { fingerprint } = instruments.key.publicKey;
    this.#scope = { fingerprint, channel: 'gridveil', grid: 'paper-001' };
    this.#keys = Array.from({ length: meters }, () => generateBlsKey());
    const backend = blsBackend();
    const known = new Map(
      this.#keys.map(({ publicKey }, i) => [meterId(i), backend.decodePublicKey(publicKey, meterId(i))]),
    );
    this.#keyOf = (id) => known.get(id) ?? unknown(id);
    this.#records = new Map(
      this.#keys.map((key, i) => {
        const publicKey = toBase64url(key.publicKey);
        const facts = { plan: 'home', epoch: 1, fromSlot: 0, revoked: false };
        return [meterId(i), { meterId: meterId(i), publicKey, ...facts }];
      }),
    );
  }

  /** Runs the next slot through all parties. @throws AssertionError when anything is refused or opens to something else. */
  async run(): Promise<StageMs> {
    const { key, prover, encryptor } = this.instruments;
    const { publicKey } = key;
    const slot = this.#slot++;
    const sent: Uint8Array[] = [];
    const reports = await timedMs(() => {
      this.#keys.forEach((signer, i) => {
        sent.push(makeBillingReport(prover, signer, this.#header(slot, i), readingWh(i, slot)));
      });
    });
    const unproven = await timedMs(() => {
      this.#keys.forEach((signer, i) => {
        signer.sign(encodeCiphertext(publicKey, encryptor.encrypt(BigInt(readingWh(i, slot)))));
      });
    });
    let received: readonly BillingReport[] = [];
    const signatures = await timedMs(() => {
      received = sent.map((bytes) => decodeBillingReport(bytes, prover.statement));
      assert.deepEqual(findBadSignatures(this.#scope, slot, received.map(packetOf), this.#keyOf), []);
    });
    const packets = received.map(packetOf);
    const proofBytes = received.map(({ proof }) => proof);
    const proofs = await timedMs(() =>
      assert.deepEqual(findBadProofs(prover.statement, this.#scope, slot, packets, proofBytes), []),
    );
    let submitted: SlotBlock | undefined;
    const block = await timedMs(() => (submitted = this.#block(slot, received)));
    const [priced, clear] = this.#month(received);
    let charge = 0n;
    const monthly = await timedMs(() => (charge = monthlyCharge(publicKey, meterId(0), priced)));
    const { areaTotal: total, ...facts } = submitted as SlotBlock;
    let [opened, openedCharge] = [
      { m: 0n, rho: 0n },
      { m: 0n, rho: 0n },
    ];
    const openArea = await timedMs(() => (opened = openCiphertext(key, bytesToBigint(total))));
    const openCharge = await timedMs(() => (openedCharge = openCiphertext(key, charge)));
    assert.equal(
      opened.m,
      this.#keys.reduce((sum, _, i) => sum + BigInt(readingWh(i, slot)), 0n),
    );
    assert.equal(openedCharge.m, clear);
    const encoded = encodePackets(packets);
    const peer = await timedMs(() =>
      this.#endorse(publicKey, { ...facts, areaTotal: total }, encoded, lp(...proofBytes), opened),
    );
    this.#reportBytes = sent[0]?.length ?? 0;
    this.#packetsBytes = encoded.length;
    const stages = { signatures, proofs, block, monthlyCharge: monthly, openArea, openCharge, peer };
    return { report: reports / this.meters, reportUnproven: unproven / this.meters, ...stages };
  }

  /** Of the last slot: a report as sent, and what the ledger keeps of each. */
  messageBytes(): { readonly report: number; readonly packet: number } {
    return { report: this.#reportBytes, packet: this.#packetsBytes / this.meters };
  }

  #header(slot: number, i: number): BillingHeader {
    return { ...this.#scope, epoch: 1, tariffId: TARIFF_ID, slot, meterId: meterId(i) };
  }

  #block(slot: number, reports: readonly BillingReport[]): SlotBlock {
    const { publicKey } = this.instruments.key;
    const entries = reports.map(({ header, ciphertext }) => ({ owner: header.meterId, bytes: ciphertext }));
    const facts = {
      slot,
      count: reports.length,
      root: packetsRoot(this.#scope, slot, reports.map(packetOf)),
      areaTotal: encodeCiphertext(publicKey, areaTotal(publicKey, entries)),
    };
    const signature = this.#office.sign(slotBlockMessage(this.#scope, OFFICE, facts));
    return { grid: this.#scope.grid, ...OFFICE, ...facts, part: 0, signature };
  }

  /** The reports of the slot as if one meter had sent them over a month; and what that costs in clear. */
  #month(reports: readonly BillingReport[]): [{ priceMicroPerWh: number; ciphertext: Uint8Array }[], bigint] {
    const slots = Array.from({ length: MONTH_SLOTS }, (_, i) => ({
      priceMicroPerWh: PRICES_MICRO_PER_WH[i % PRICES_MICRO_PER_WH.length] ?? 0,
      place: i % reports.length,
    }));
    const priced = slots.map(({ priceMicroPerWh, place }) => {
      const { ciphertext } = reports[place] as BillingReport;
      return { priceMicroPerWh, ciphertext };
    });
    const slot = this.#slot - 1;
    const clear = slots.reduce(
      (sum, { priceMicroPerWh, place }) => sum + priceMicroPerWh * readingWh(place, slot),
      0,
    );
    return [priced, BigInt(clear)];
  }

  #endorse(
    publicKey: PaillierPublicKey,
    block: SlotBlock,
    encodedPackets: Uint8Array,
    encodedProofs: Uint8Array,
    opening: { readonly m: bigint; readonly rho: bigint },
  ): void {
    const packets = decodePackets(encodedPackets, publicKey.ciphertextBytes);
    checkBlockSignature(this.#scope, toBase64url(this.#office.publicKey), block);
    checkPackets(publicKey, this.#scope, block, packets, this.#records);
    checkProofs(publicKey, this.#scope, MAX_READING_WH, block.slot, packets, encodedProofs);
    const stored = {
      ...block,
      root: toBase64url(block.root),
      areaTotal: toBase64url(block.areaTotal),
      signature: toBase64url(block.signature),
      registered: this.meters,
      txId: '',
    };
    const floor = { minGroup: 5, minAreaPercent: 80 };
    checkAreaOpening(publicKey, { ...floor, maxReadingWh: MAX_READING_WH }, stored, opening);
  }
}

/** Ids of one length, in their order. */
function meterId(index: number): string {
  return `meter-${String(index + 1).padStart(4, '0')}`;
}

function unknown(id: string): never {
  throw new RangeError(`no key of ${id}`);
}

/** An hour of a household. */
function readingWh(meter: number, slot: number): number {
  return (meter * 131 + slot * 53) % 3600;
}
