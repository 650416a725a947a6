/**
 * Named places where a test may end the process as a power cut would: `GRIDVEIL_CRASH_AT=name` or `name:5` kills it with SIGKILL
 * when it passes the place for the first or the fifth time. Without the variable a call is an empty function.
 */
export type CrashPoint =
  | 'journal-before-write'
  | 'journal-before-sync'
  | 'journal-after-sync'
  | 'journal-before-compaction'
  | 'journal-after-compaction'
  | 'fog-before-receipt'
  | 'fog-after-receipt'
  | 'fog-after-close'
  | 'fog-after-submit'
  | 'fog-after-settlement'
  | 'aggregator-before-receipt'
  | 'aggregator-after-receipt'
  | 'aggregator-after-block'
  | 'outbox-after-put'
  | 'outbox-before-delete';

export const crashPoint: (name: CrashPoint) => void = armed(process.env.GRIDVEIL_CRASH_AT);

function armed(setting: string | undefined): (name: CrashPoint) => void {
  if (setting === undefined) return () => undefined;
  const [wanted, times = '1'] = setting.split(':');
  let left = Number(times);
  return (name) => {
    if (name === wanted && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
