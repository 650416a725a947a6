/** Closes the slots of a fog node that are due, and settles what is closed. */
import type { DurableFogNode, Settlement } from '../parties/durable-fog-node.js';

export class SlotSettler {
  /** When the first report of an open slot was seen; after a restart its grace begins anew. */
  readonly #firstSeen = new Map<number, number>();

  constructor(
    private readonly node: DurableFogNode,
    private readonly slotSeconds: number,
    private readonly graceSeconds: number,
  ) {}

  /** @throws LedgerError, ClientError as `DurableFogNode.settle`; to be called again. */
  async step(nowSeconds: number): Promise<Settlement[]> {
    const due = this.#due(nowSeconds);
    return this.node.settle([...new Set([...this.node.unsettledSlots(), ...due])].sort((a, b) => a - b));
  }

  #due(nowSeconds: number): number[] {
    const open = this.node.openSlots().map(({ slot }) => slot);
    for (const slot of this.#firstSeen.keys()) if (!open.includes(slot)) this.#firstSeen.delete(slot);
    return open.filter((slot) => {
      const seen = this.#firstSeen.get(slot) ?? nowSeconds;
      this.#firstSeen.set(slot, seen);
      return nowSeconds >= Math.max((slot + 1) * this.slotSeconds, seen) + this.graceSeconds;
    });
  }
}
