/** Adds up the time of each stage of a run; stages may come back. */
export class StageClock {
  readonly #spentMs = new Map<string, number>();
  readonly #startedAt = performance.now();

  async time<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#spentMs.set(stage, (this.#spentMs.get(stage) ?? 0) + performance.now() - startedAt);
    }
  }

  /** Whole milliseconds by stage in the order they began, `total` last. */
  timings(): Record<string, number> {
    const rounded: Record<string, number> = {};
    for (const [stage, ms] of this.#spentMs) rounded[stage] = Math.round(ms);
    return { ...rounded, total: Math.round(performance.now() - this.#startedAt) };
  }
}
