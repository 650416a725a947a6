/**
 * Reports that came when their slot took none any more. They are refused and never counted; a fog node lists them for those who ask why a meter is
 * missing from a total. One for each meter and slot, and no more than a bounded number, whatever meters send.
 */

export interface LateReport {
  readonly slot: number;
  readonly meterId: string;
  /** Leaf of the report, 32 bytes: tells it from others without showing it. */
  readonly leaf: Uint8Array;
  /** Unix time at which it came. */
  readonly atSeconds: number;
}

const MAX_LISTED = 100_000;

export class LateReports {
  /** slot → meter id → its first late report */
  readonly #listed = new Map<number, Map<string, LateReport>>();
  readonly #limit: number;
  #size = 0;

  constructor(limit = MAX_LISTED) {
    this.#limit = limit;
  }

  /** @returns whether it is new on the list. */
  add(report: LateReport): boolean {
    const ofSlot = this.#listed.get(report.slot) ?? new Map<string, LateReport>();
    if (ofSlot.has(report.meterId) || this.#size === this.#limit) return false;
    this.#listed.set(report.slot, ofSlot.set(report.meterId, report));
    this.#size += 1;
    return true;
  }

  /** Forgets those of slots up to this one. */
  forget(throughSlot: number): void {
    for (const [slot, reports] of this.#listed) {
      if (slot > throughSlot) continue;
      this.#size -= reports.size;
      this.#listed.delete(slot);
    }
  }

  /** In the order in which slots and reports came. */
  get all(): readonly LateReport[] {
    return [...this.#listed.values()].flatMap((reports) => [...reports.values()]);
  }
}
