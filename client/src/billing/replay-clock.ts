/** The clock of a replay: it stands at a recorded time and only ever moves forward. Ledger, aggregators and leader election of one process share it. */
export class ReplayClock {
  #nowSeconds: number;

  constructor(nowSeconds: number) {
    this.#nowSeconds = nowSeconds;
  }

  /** Unix time. */
  get nowSeconds(): number {
    return this.#nowSeconds;
  }

  get nowMs(): number {
    return this.#nowSeconds * 1000;
  }

  /** Moves on to a time; an earlier one changes nothing. */
  advanceTo(unixSeconds: number): void {
    this.#nowSeconds = Math.max(this.#nowSeconds, unixSeconds);
  }
}
