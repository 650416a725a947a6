/**
 * What `Date` says in this process, for tests against real Fabric: clients state the time of their transactions, within the fifteen minutes that peers allow. Timers go on as ever.
 */
const RealDate = Date;

/** From now on it is always this moment. @param nowMs - Unix time */
export function stopClockAt(nowMs: number): void {
  globalThis.Date = class extends RealDate {
    constructor(...parts: readonly unknown[]) {
      super(...((parts.length === 0 ? [nowMs] : parts) as [number]));
    }

    static override now(): number {
      return nowMs;
    }
  } as DateConstructor;
}

/** The time as it is. */
export function resumeClock(): void {
  globalThis.Date = RealDate;
}
