/** A bill to be shown: a month of hours in two prices with made-up signatures, for tests of its forms. Nothing of it holds. */
import type { BillEvidence } from '@gridveil/client/billing/bill-evidence.js';
import { tariffValues, JANUARY_2024 } from './tariff-values.js';
import type { TariffTable } from '@gridveil/chaincode/domain/tariff.js';

/** @param lost - positions of slots without a report */
export function statedEvidence(
  lost: readonly number[] = [],
  change: Partial<TariffTable> = {},
): BillEvidence {
  const table = tariffValues({ missingSlotRule: 'other-week', maxMissingSlots: 70, ...change });
  const first = table.periodStartSeconds / table.slotSeconds;
  const txId = 'ab'.repeat(32);
  const text = (length: number): string => 'Zm9v'.repeat(Math.ceil(length / 4)).slice(0, length);
  const key = { epoch: 1, publicKey: text(64), possession: text(128), signature: text(128), txId };
  const office = { aggregator: 'fog-1', term: 3, epoch: 1, signature: text(128), txId };
  const packets = [...table.bandOfSlot]
    .map((_, i) => i)
    .filter((i) => !lost.includes(i))
    .map((i) => ({
      ...{ slot: first + i, epoch: 1 },
      ...{ ciphertext: text(1024), proofDigest: text(43), signature: text(128) },
    }));
  const missing = lost.map((i) => ({ slot: first + i, copyOfSlot: first + (i < 168 ? i + 168 : i - 168) }));
  return {
    schema: 'gridveil/bill-evidence/v1',
    scheme: 'tou-billing',
    parameters: {
      ...{ n: '9'.repeat(925), modulusProof: [], channel: 'mychannel', grid: 'harbour' },
      ...{ slotSeconds: table.slotSeconds, maxReadingWh: 100_000, proofsCheckedBy: 'endorsers' },
    },
    tariff: {
      tariffId: 'c0ffee'.padEnd(64, '0'),
      plan: 'household',
      publishedAtSeconds: JANUARY_2024 - 90_000,
      txId,
      table,
    },
    meter: { meterId: 'm1', keys: [{ ...key, plan: 'household', signingKey: text(43), binding: text(86) }] },
    aggregators: [{ ...key, aggregator: 'fog-1' }],
    packets,
    ...(missing.length > 0 && { missingSlots: { ...office, rule: 'other-week' as const, missing } }),
    charge: { ...office, ciphertext: text(1024), slots: table.bandOfSlot.length },
    opening: { chargeMicro: '123456789', rho: '8'.repeat(925), payableMinor: '13546', txId },
  };
}
