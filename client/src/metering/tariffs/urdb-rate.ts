/**
 * One rate of the OpenEI Utility Rate Database (URDB) as its JSON holds it, with every number as the text it was written with.
 *
 * Source: shared/data/urdb-tariffs/README.md (form), URDB version 3 field names. Fields that do not bear on the energy price, on
 * fixed charges or on what must be refused are not looked at: a rate has over a hundred.
 */
import { z } from 'zod';
import { ClientError } from '../../errors.js';
import { parseJsonExactly } from './exact-json.js';

const MAX_FILE_BYTES = 5_000_000;
const HOURS = 24;
const MONTHS = 12;
const MAX_PERIODS = 288;

/** Numbers arrive as their text (exact-json.ts). */
const decimal = z.string().regex(/^-?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?$/, 'expected a number');
const index = z
  .string()
  .regex(/^\d{1,3}$/, 'expected the number of a period')
  .transform(Number);

const tier = z.looseObject({
  rate: decimal.optional(),
  adj: decimal.optional(),
  sell: decimal.optional(),
  max: z.unknown().optional(),
  unit: z.string().max(40).optional(),
});
const schedule = z.array(z.array(index).length(HOURS)).length(MONTHS);

const urdbRate = z.looseObject({
  name: z.string().max(1000).optional(),
  utility: z.string().max(1000).optional(),
  country: z.string().max(100).optional(),
  /** Seconds since 1970; the day counts. */
  startdate: decimal.optional(),
  enddate: decimal.optional(),
  energyratestructure: z.array(z.array(tier).min(1).max(50)).min(1).max(MAX_PERIODS),
  energyweekdayschedule: schedule,
  energyweekendschedule: schedule,
  fixedchargefirstmeter: decimal.optional(),
  fixedchargeunits: z.string().max(40).optional(),
  /** The older name, always a month's. */
  fixedmonthlycharge: decimal.optional(),
});

export type UrdbRate = z.infer<typeof urdbRate>;
export type UrdbTier = z.infer<typeof tier>;

/**
 * A rate object, or the answer of the URDB service with exactly one rate in `items`.
 * @throws ClientError TARIFF_FILE_TOO_LARGE, TARIFF_MALFORMED with the place of the first field that does not fit.
 */
export function parseUrdbRate(text: string): UrdbRate {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES)
    throw new ClientError('TARIFF_FILE_TOO_LARGE', { limitBytes: MAX_FILE_BYTES });
  const parsed = urdbRate.safeParse(onlyRate(parseText(text)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw malformed(issue?.path.map(String).join('.') ?? '', issue?.message ?? 'unknown');
}

function parseText(text: string): unknown {
  try {
    return parseJsonExactly(text);
  } catch {
    throw malformed('the file', 'it is not JSON');
  }
}

function onlyRate(value: unknown): unknown {
  const items = z.object({ items: z.array(z.unknown()) }).safeParse(value);
  if (!items.success) return value;
  if (items.data.items.length !== 1) throw malformed('items', 'it must hold exactly one rate');
  return items.data.items[0];
}

function malformed(place: string, reason: string): ClientError {
  return new ClientError('TARIFF_MALFORMED', { format: 'URDB', place: place || 'the rate', reason });
}
