/** Reads from the ledger what bills are checked against (bill-check.ts), by anyone with a role of billing. */
import { firstSlotOf, slotCountOf, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import {
  getBill,
  getBillingMeterKey,
  getTariff,
  listAggregatorKeys,
  listMeterPackets,
} from '../ledger/billing-queries.js';
import type { Ledger } from '../ledger/port.js';
import type { BillFacts, ChargeFacts, SlotPacket } from './bill-check.js';
import type { BillingView } from './billing-view.js';
import { readSlotBlocks } from './slot-packets.js';

/** Slots whose blocks are asked for at a time. */
const SLOTS_AT_ONCE = 32;

/** What the bills of a period share. */
type SharedFacts = Pick<ChargeFacts, 'tariff' | 'plan' | 'publishedAtSeconds' | 'aggregatorKeys'>;
type PacketsOf = (meterId: string) => Promise<readonly SlotPacket[]>;

/** Reads bills of one period; what they share it reads once. */
export class BillReader {
  readonly #shared: Promise<SharedFacts>;
  readonly #packetsOf: PacketsOf;

  /** @param bills - `one`: asks for the packets of each meter by itself. `all`: reads all blocks of the period once and keeps them in memory, 1 kB for each report. */
  constructor(
    private readonly ledger: Ledger,
    private readonly billing: BillingView,
    readonly tariffId: string,
    bills: 'one' | 'all' = 'one',
  ) {
    this.#shared = this.#readShared();
    // Whoever asks for a bill is told.
    this.#shared.catch(() => undefined);
    this.#packetsOf = bills === 'one' ? (meterId) => this.#packetsOfOne(meterId) : this.#packetsOfAll();
  }

  /** A bill as far as it is signed. @throws NotFoundError TARIFF_UNKNOWN, BILL_UNKNOWN */
  async charge(meterId: string): Promise<ChargeFacts & Partial<Pick<BillFacts, 'opening'>>> {
    const { ledger, billing, tariffId } = this;
    const { scope, publicKey, record } = billing;
    const bill = await getBill(ledger, scope.grid, tariffId, meterId);
    if (bill.charge === undefined) throw refusal('BILL_UNKNOWN', { meterId, tariffId });
    const packets = (await this.#packetsOf(meterId)).filter((packet) => packet.tariffId === tariffId);
    const epochs = [...new Set(packets.map(({ epoch }) => epoch))].sort((a, b) => a - b);
    return {
      ...{ scope, publicKey, slotSeconds: record.slotSeconds, maxReadingWh: record.maxReadingWh },
      ...{ meterId, tariffId, ...(await this.#shared), packets },
      meterKeys: await Promise.all(
        epochs.map((epoch) => getBillingMeterKey(ledger, scope.grid, meterId, epoch)),
      ),
      charge: bill.charge,
      missingSlots: bill.missingSlots,
      ...(bill.opening === undefined ? {} : { opening: bill.opening }),
    };
  }

  /** A bill that is opened. @throws NotFoundError TARIFF_UNKNOWN, BILL_UNKNOWN */
  async bill(meterId: string): Promise<BillFacts> {
    const { opening, ...facts } = await this.charge(meterId);
    if (opening === undefined) throw refusal('BILL_UNKNOWN', { meterId, tariffId: this.tariffId });
    return { ...facts, opening };
  }

  async #readShared(): Promise<SharedFacts> {
    const { grid } = this.billing.scope;
    const { tariff, plan, publishedAtSeconds } = await getTariff(this.ledger, grid, this.tariffId);
    return { tariff, plan, publishedAtSeconds, aggregatorKeys: await listAggregatorKeys(this.ledger, grid) };
  }

  async #packetsOfOne(meterId: string): Promise<SlotPacket[]> {
    const { tariff } = await this.#shared;
    const range = { fromSlot: firstSlotOf(tariff), slots: slotCountOf(tariff) };
    const packets: SlotPacket[] = [];
    for await (const packet of listMeterPackets(this.ledger, this.billing.scope.grid, meterId, range))
      packets.push(packet);
    return packets;
  }

  #packetsOfAll(): PacketsOf {
    let all: Promise<ReadonlyMap<string, readonly SlotPacket[]>> | undefined;
    return async (meterId) => {
      const { tariff } = await this.#shared;
      all ??= readPeriod(this.ledger, this.billing.scope.grid, tariff);
      return (await all).get(meterId) ?? [];
    };
  }
}

/** The packets of a period, by meter. */
async function readPeriod(
  ledger: Ledger,
  grid: string,
  tariff: TariffTable,
): Promise<ReadonlyMap<string, readonly SlotPacket[]>> {
  const byMeter = new Map<string, SlotPacket[]>();
  const [first, count] = [firstSlotOf(tariff), slotCountOf(tariff)];
  for (let from = first; from < first + count; from += SLOTS_AT_ONCE) {
    const length = Math.min(SLOTS_AT_ONCE, first + count - from);
    const slots = Array.from({ length }, (_, i) => from + i);
    const blocks = await Promise.all(
      slots.map(async (slot) =>
        (await readSlotBlocks(ledger, grid, slot)).flat().map((packet) => ({ ...packet, slot })),
      ),
    );
    for (const packet of blocks.flat()) {
      const own = byMeter.get(packet.meterId);
      if (own === undefined) byMeter.set(packet.meterId, [packet]);
      else own.push(packet);
    }
  }
  return byMeter;
}
