/** Who has which part in the story of the signcryption demo, and the policies that follow from it. */
import type { SigncryptionCast } from '../../signcryption/signcryption-cast.js';
import type { StoryClock } from '../../signcryption/story-clock.js';
import type { SigncryptionReadings } from './signcryption-readings.js';

/** The operator's limits for everyone but the meter of the overload. */
const LIMITS = { maxPowerW: 100_000, savingPowerW: 50_000 };
/** The meter with the highest peak may draw this share of it, and less while it saves. */
const OVERLOAD_SHARE = { max: 0.8, saving: 0.4 };
/** Who has which part in the story. */
export type Roles = Readonly<Record<'overloaded' | 'inArrears' | 'tampered', string>>;

/** Every meter its own policy; together, since none waits for another. */
export async function setPolicies(
  { operator, meters }: SigncryptionCast,
  readings: SigncryptionReadings,
  { overloaded }: Roles,
  { noticeSeconds }: StoryClock,
): Promise<void> {
  const notices = { arrearsNoticeSeconds: noticeSeconds.arrears, tripNoticeSeconds: noticeSeconds.trip };
  const peakW = Math.max(...powersOf(readings, overloaded));
  const tight = {
    maxPowerW: Math.floor(peakW * OVERLOAD_SHARE.max),
    savingPowerW: Math.floor(peakW * OVERLOAD_SHARE.saving),
  };
  await Promise.all(
    [...meters.keys()].map((meterId) =>
      operator.setPolicy(meterId, { limits: meterId === overloaded ? tight : LIMITS, ...notices }),
    ),
  );
}

function powersOf({ table, measure }: SigncryptionReadings, meterId: string): number[] {
  return table.slots.map((slot) => measure(meterId, slot)?.powerW ?? 0);
}

/** The meter with the highest peak that is not the last, so that the peak has an end; the one that used most; any other. */
export function chooseRoles(readings: SigncryptionReadings): Roles {
  const { meterIds, slots } = readings.table;
  const peaks = meterIds.map((meterId) => {
    const powers = powersOf(readings, meterId);
    const early = powers.slice(0, -1);
    return { meterId, early: Math.max(...early), all: powers.reduce((sum, power) => sum + power, 0) };
  });
  const by = (key: 'early' | 'all', taken: readonly string[]): string =>
    peaks
      .filter(({ meterId }) => !taken.includes(meterId))
      .reduce((best, each) => (each[key] > best[key] ? each : best)).meterId;
  const overloaded = by('early', []);
  const tampered = by('all', [overloaded]);
  const inArrears = meterIds.find((meterId) => ![overloaded, tampered].includes(meterId));
  if (inArrears === undefined || slots.length === 0) throw new RangeError('"readings" expected three meters');
  return { overloaded, tampered, inArrears };
}
