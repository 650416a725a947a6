/**
 * Slot blocks to submit, made before a round starts and the same again for the same seed and area: real reports of every meter, with range proof and signature, in the block that the
 * area's aggregator would submit. Cost: 6 ms for each report at 3072 bits.
 *
 * Secret randomness comes from the seed, so nothing here may ever encrypt a real reading.
 */
import { lp } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext, type PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { areaTotal } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { slotBlockMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import {
  decodeBillingReport,
  encodePackets,
  packetOf,
  packetsRoot,
  type BillingPacket,
  type BillingReport,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import type { SlotBlock } from '@gridveil/chaincode/domain/slot-block.js';
import { canonicalJson } from '@gridveil/chaincode/ledger/canonical-json.js';
import { RangeProver } from '@gridveil/client/crypto/range-proof.js';
import { makeBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import type { Transaction } from '@gridveil/client/ledger/port.js';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import { areaKey, areaMeterId, MAX_READING_WH, seededBlsKey, type BillingArea } from './billing-area.js';
import { seededBytes } from './seeded-bytes.js';

const HIGHEST_READING_WH = 3_600;

export interface SeededSlotBlock {
  readonly block: SlotBlock;
  readonly packets: readonly BillingPacket[];
  /** In the order of the packets. */
  readonly proofs: readonly Uint8Array[];
  /** What the area total opens to. */
  readonly energyWh: number;
}

export class SeededSlotBlocks {
  readonly #key: PaillierPublicKey;
  readonly #prover: RangeProver;
  #random: (sizeBytes: number) => Uint8Array = seededBytes('unused');

  /** Cost: a table of 35 MB, 0.6 s. */
  constructor(key: PaillierPublicKey) {
    this.#key = key;
    this.#prover = new RangeProver(key, MAX_READING_WH, {
      teeth: 11,
      randomBytes: (sizeBytes) => this.#random(sizeBytes),
    });
  }

  /** The block of the area's slot number `index`, whoever asks for it. */
  block(area: BillingArea, index: number): SeededSlotBlock {
    const { seed, grid, channel, meters, aggregator, term } = area;
    const { fingerprint } = this.#key;
    const slot = area.firstSlot + index;
    const scope = { fingerprint, channel, grid };
    const readings = new SeededRandom('slot-block', seed, grid, String(slot));
    this.#random = seededBytes('slot-block', seed, grid, String(slot));
    let energyWh = 0;
    const reports: BillingReport[] = [];
    for (let i = 0; i < meters; i++) {
      const meterId = areaMeterId(i);
      const readingWh = readings.between(0, HIGHEST_READING_WH);
      const header = { ...scope, epoch: 1, tariffId: area.tariffId, slot, meterId };
      const report = makeBillingReport(this.#prover, seededBlsKey(seed, meterId), header, readingWh);
      reports.push(decodeBillingReport(report, this.#prover.statement));
      energyWh += readingWh;
    }
    const packets = reports.map(packetOf);
    const entries = packets.map(({ meterId, ciphertext }) => ({ owner: meterId, bytes: ciphertext }));
    const facts = {
      slot,
      count: packets.length,
      root: packetsRoot(scope, slot, packets),
      areaTotal: encodeCiphertext(this.#key, areaTotal(this.#key, entries)),
    };
    const office = { aggregator: aggregator.fogNode, term };
    const signature = seededBlsKey(seed, aggregator.fogNode).sign(slotBlockMessage(scope, office, facts));
    const proofs = reports.map(({ proof }) => proof);
    return { block: { grid, ...office, ...facts, part: 0, signature }, packets, proofs, energyWh };
  }
}

/** Tables cost seconds and memory: one set for each key. */
const made = new Map<string, SeededSlotBlocks>();

export function seededSlotBlock(area: BillingArea, index: number): SeededSlotBlock {
  const id = `${area.n}/${area.hN}`;
  const blocks = made.get(id) ?? new SeededSlotBlocks(areaKey(area));
  made.set(id, blocks);
  return blocks.block(area, index);
}

/** The aggregator's transaction, as `submitSlotBlock` of the client makes it. */
export function slotBlockCall(
  { proofsCheckedBy }: Pick<BillingArea, 'proofsCheckedBy'>,
  { block, packets, proofs }: SeededSlotBlock,
): Transaction {
  const { areaTotal: total, ...argument } = block;
  const bytes = { packets: encodePackets(packets), areaTotal: total };
  return {
    contract: 'billing',
    name: 'SubmitSlotBlock',
    argument: canonicalJson(argument),
    transient: proofsCheckedBy === 'endorsers' ? { ...bytes, proofs: lp(...proofs) } : bytes,
  };
}
