/**
 * The product's own work for one slot of fog aggregation: m regions of n meters, every party, in one thread.
 *
 * Meters encrypt and authenticate, fog nodes check and sum, the leader makes the Horner total, the MDMS opens it and proves
 * it: the very classes of client/src/parties. The ledger behind them only remembers. Every slot is compared with the readings.
 */
import assert from 'node:assert/strict';
import { bytesToBigint, fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { assertUnits, encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import type { ProvenGrid } from '@gridveil/chaincode/domain/grid.js';
import type { MeterRecord } from '@gridveil/chaincode/domain/meter.js';
import {
  checkSlotOpening,
  slotRegions,
  slotTotal,
  type OpeningRecord,
  type TotalRecord,
} from '@gridveil/chaincode/domain/slot-total.js';
import { generateAgreementKey } from '@gridveil/client/crypto/curve25519.js';
import type { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';
import { FogNode } from '@gridveil/client/parties/fog-node.js';
import type { GridView } from '@gridveil/client/parties/grid-view.js';
import { LeaderCandidate } from '@gridveil/client/parties/leader.js';
import { Mdms } from '@gridveil/client/parties/mdms.js';
import { generateMeterKeys, Meter } from '@gridveil/client/parties/meter.js';
import { timedMs } from '../../bench/bench-row.js';
import { MemoryLedger } from './memory-ledger.js';

const SLOT_SECONDS = 900;
const FIRST_SLOT = 1_900_000;
const MAX_READING_WH = 50_000;
/** R = 2^20 > 20 · 50,000 Wh, so that even 50 regions fit below the 1024-bit modulus of the paper. */
export const RADIX_BITS = 20;

/** Time of each party's work for one slot, in ms. */
export interface StageMs {
  /** Randomisers h_N^rho of all meters; a meter can make its own while it idles. */
  readonly randomisers: number;
  /** Encrypting with them, and authenticating. */
  readonly meters: number;
  readonly fogNodes: number;
  readonly leader: number;
  readonly mdms: number;
  /** What one endorsing peer recomputes; the paper counts nothing for it. */
  readonly peer: number;
}

/** Wire sizes in bytes. */
export interface MessageBytes {
  readonly report: number;
  /** Argument of the transaction that commits one region total. */
  readonly regionTotal: number;
  readonly slotTotal: number;
  readonly opening: number;
}

export class ProductSlots {
  readonly #encryptor: PaillierEncryptor;
  readonly #grid: GridView;
  readonly #meters: readonly (readonly Meter[])[];
  readonly #fogNodes: readonly FogNode[];
  readonly #ledger: MemoryLedger;
  readonly #leader: LeaderCandidate;
  readonly #mdms: Mdms;
  #slot = FIRST_SLOT;
  #reportBytes = 0;

  private constructor(
    key: PaillierPrivateKey,
    encryptor: PaillierEncryptor,
    readonly regions: number,
    readonly metersPerRegion: number,
  ) {
    this.#encryptor = encryptor;
    this.#grid = {
      channel: 'gridveil',
      record: gridRecord(key, regions, metersPerRegion),
      publicKey: key.publicKey,
    };
    const records: MeterRecord[] = [];
    this.#ledger = new MemoryLedger(records);
    const agreements = this.#grid.record.regions.map(generateAgreementKey);
    this.#fogNodes = this.#grid.record.regions.map(
      (region, j) =>
        new FogNode({
          fogNode: `fog-${j + 1}`,
          regions: [region],
          agreement: agreements[j] as (typeof agreements)[number],
          ledger: this.#ledger,
          grid: this.#grid,
          nowSeconds: () => (FIRST_SLOT + 1_000_000) * SLOT_SECONDS,
        }),
    );
    this.#meters = this.#grid.record.regions.map((region, j) =>
      Array.from({ length: metersPerRegion }, (_, i) => {
        const meterId = numbered('meter', j * metersPerRegion + i, 4);
        const keys = generateMeterKeys();
        records.push({
          meterId,
          region,
          epoch: 1,
          agreementKey: toBase64url(keys.agreement.publicKey),
          signingKey: toBase64url(keys.signing.publicKey),
          revoked: false,
        });
        return new Meter({
          meterId,
          region,
          epoch: 1,
          keys,
          grid: this.#grid,
          fogAgreementKey: (agreements[j] as (typeof agreements)[number]).publicKey,
          encrypt: (energyWh) =>
            Promise.resolve(encodeCiphertext(key.publicKey, encryptor.encrypt(BigInt(energyWh)))),
        });
      }),
    );
    this.#leader = new LeaderCandidate('fog-1', this.#ledger, this.#grid);
    this.#mdms = new Mdms(this.#ledger, this.#grid, (ciphertexts) =>
      Promise.resolve(ciphertexts.map((ciphertext) => openCiphertext(key, ciphertext))),
    );
  }

  /** Registers all meters and elects the leader; nothing of it is timed, as it happens once for many slots. */
  static async open(
    key: PaillierPrivateKey,
    encryptor: PaillierEncryptor,
    regions: number,
    metersPerRegion: number,
  ): Promise<ProductSlots> {
    const slots = new ProductSlots(key, encryptor, regions, metersPerRegion);
    for (const fogNode of slots.#fogNodes) await fogNode.syncMeters();
    assert.ok(await slots.#leader.claim(1));
    return slots;
  }

  /** Runs the next slot through all parties. @throws AssertionError when a report is refused or the result is not the sum. */
  async run(): Promise<StageMs> {
    const slot = this.#slot++;
    const reports: Uint8Array[][] = this.#meters.map(() => []);
    const randomisers = await timedMs(() => this.#encryptor.fillPool(this.regions * this.metersPerRegion));
    const meters = await timedMs(async () => {
      for (const [j, region] of this.#meters.entries())
        for (const [i, meter] of region.entries())
          reports[j]?.push(await meter.report(slot, readingWh(j, i, slot)));
    });
    const fogNodes = await timedMs(() =>
      this.#fogNodes.forEach((node, j) => sum(node, slot, reports[j] ?? [])),
    );
    for (const fogNode of this.#fogNodes) await fogNode.submit([slot]);
    const leader = await timedMs(() => this.#leader.settle(slot));
    let consumptionWh: readonly number[] = [];
    const mdms = await timedMs(async () => {
      ({ consumptionWh } = await this.#mdms.openSlot(slot));
    });
    assert.deepEqual(consumptionWh, this.#trueConsumptionWh(slot));
    const peer = await timedMs(() => this.#endorse(slot));
    this.#reportBytes = reports[0]?.[0]?.length ?? 0;
    for (const fogNode of this.#fogNodes) fogNode.forgetReports(slot);
    return { randomisers, meters, fogNodes, leader, mdms, peer };
  }

  /** Of the last slot. */
  messageBytes(): MessageBytes {
    const of = (transaction: string): number => this.#ledger.argumentBytes.get(transaction) ?? 0;
    return {
      report: this.#reportBytes,
      regionTotal: of('SubmitRegionTotals'),
      slotTotal: of('SubmitTotal'),
      opening: of('PublishOpening'),
    };
  }

  #trueConsumptionWh(slot: number): number[] {
    return this.#meters.map((region, j) => region.reduce((total, _, i) => total + readingWh(j, i, slot), 0));
  }

  /** What aggregation.ts of the chaincode recomputes over the transactions of a slot. */
  #endorse(slot: number): void {
    const { publicKey, record, channel } = this.#grid;
    const committed = this.#ledger.slot(slot);
    const { ciphertext } = committed.total as TotalRecord;
    const { m, rho, checkRho } = committed.opening as OpeningRecord;
    const regions = slotRegions(publicKey, slot, committed.regionTotals);
    regions.ciphertexts.forEach((c, j) => assertUnits(publicKey, [{ owner: `region ${j}`, ciphertext: c }]));
    const total = slotTotal(publicKey, record, regions);
    assert.equal(total, bytesToBigint(fromBase64url(ciphertext, 'ciphertext')));
    const opening = { slot, m: BigInt(m), rho: BigInt(rho), checkRho: BigInt(checkRho) };
    checkSlotOpening(publicKey, record, channel, regions, total, opening);
  }
}

function sum(fogNode: FogNode, slot: number, reports: readonly Uint8Array[]): void {
  for (const report of reports) assert.equal(fogNode.receive(report).status, 'accepted');
  assert.equal(fogNode.closeSlot(slot)[0]?.count, reports.length);
}

/** Ids of one length, so that all messages of a kind are equally long. */
function numbered(kind: string, index: number, digits: number): string {
  return `${kind}-${String(index + 1).padStart(digits, '0')}`;
}

/** A quarter of an hour of a household. */
function readingWh(region: number, meter: number, slot: number): number {
  return (region * 977 + meter * 131 + slot * 53) % 900;
}

function gridRecord(key: PaillierPrivateKey, regions: number, metersPerRegion: number): ProvenGrid {
  const { n, hN } = key.publicKey;
  return {
    grid: 'paper-000',
    n: String(n),
    hN: String(hN),
    modulusProof: [],
    owner: 'Org1MSP',
    radixBits: RADIX_BITS,
    minGroup: 5,
    maxReadingWh: MAX_READING_WH,
    maxMeters: metersPerRegion,
    slotSeconds: SLOT_SECONDS,
    maxSlotAgeSeconds: 10_000_000_000,
    leaseSeconds: 60,
    regions: Array.from({ length: regions }, (_, j) => numbered('region', j, 2)),
  };
}
