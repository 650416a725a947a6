/** A bill that passed every check, in words and as a document. One that did not is an error with its sentence. */
import { slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import { microText, minorText } from '../../billing/amount-text.js';
import type { BillEvidence } from '../../billing/bill-evidence.js';
import { periodLabel } from '../../billing/find-bill.js';
import type { CheckedBill } from '../../billing/verify-bill.js';
import { localTimeText } from '../../billing/local-time.js';
import { parseZone } from '../../metering/stamp.js';
import { wrap } from '../wrap.js';

/** What of the customer's own the bill was compared with. */
export interface Compared {
  /** The own readings come to the same amount. */
  readonly readings: boolean;
  /** So many receipts, and the bill leaves out nothing they are for; undefined without. */
  readonly receipts: number | undefined;
}

export const NOTHING_COMPARED: Compared = { readings: false, receipts: undefined };

/** Schema gridveil/bill-verification/v1. */
export function billVerification(
  { parameters, tariff, meter, charge }: BillEvidence,
  checked: CheckedBill,
  compared: Compared,
): object {
  const { table } = tariff;
  return {
    schema: 'gridveil/bill-verification/v1',
    ...{ channel: parameters.channel, grid: parameters.grid, holds: true },
    ...{ meterId: meter.meterId, period: periodLabel(table), tariffId: tariff.tariffId },
    ...{ keyFingerprint: checked.keyFingerprint, aggregator: charge.aggregator },
    ...{ slots: slotCountOf(table), reported: checked.reported, missing: checked.missing.length },
    ...{ currency: table.currency, minorDigits: table.minorDigits },
    energyChargeMicro: String(checked.energyChargeMicro),
    fixedChargeMicro: String(table.fixedChargeMicro),
    totalMicro: String(checked.totalMicro),
    payableMinor: String(checked.payableMinor),
    proofsCheckedBy: parameters.proofsCheckedBy,
    ...{ readingsCompared: compared.readings, receiptsCompared: compared.receipts ?? 0 },
  };
}

const INDENT = ' '.repeat(13);

/** @param source - where the evidence came from: what is left to compare depends on it */
export function billVerificationText(
  evidence: BillEvidence,
  checked: CheckedBill,
  source: 'file' | 'ledger',
  compared: Compared = NOTHING_COMPARED,
): string {
  const { parameters, tariff, meter, charge } = evidence;
  const { table } = tariff;
  const { currency, minorDigits } = table;
  const total = slotCountOf(table);
  const missing = checked.missing.length;
  const amount = (micro: bigint): string => `${microText(micro)} ${currency}`;
  const published = localTimeText(tariff.publishedAtSeconds, parseZone('UTC'));
  const facts: readonly (readonly [string, string])[] = [
    [
      'tariff',
      `${table.name}, plan ${tariff.plan}, published ${published}, before its period${source === 'file' ? ', as the file says' : ''}`,
    ],
    [
      'reports',
      `${checked.reported} of ${total} slots, each signed by the meter for its slot and this tariff`,
    ],
    ...(missing > 0
      ? [
          [
            'missing',
            `${missing} of ${total} slots, counted as the tariff rules (${table.missingSlotRule})`,
          ] as const,
        ]
      : []),
    ['charge', `recomputed from reports and prices: it is the ciphertext that ${charge.aggregator} signed`],
    [
      'opening',
      `fits: ${amount(checked.energyChargeMicro)} energy and ${amount(BigInt(table.fixedChargeMicro))} fixed charge, rounded once`,
    ],
    ...(compared.receipts === undefined
      ? []
      : [
          [
            'receipts',
            `${compared.receipts} of aggregators: the bill leaves out no report they are for`,
          ] as const,
        ]),
    ...(compared.readings ? [['readings', readingsText(checked)] as const] : []),
    ['key', checked.keyFingerprint],
    ...meter.keys.map(({ signingKey }) => ['meter key', signingKey] as const),
  ];
  return [
    ...wrap(
      `The bill of meter ${meter.meterId} for ${periodLabel(table)} is right: ${minorText(checked.payableMinor, minorDigits)} ${currency} to pay.`,
    ),
    '',
    ...facts.flatMap(([name, value]) => fact(name, value)),
    '',
    ...wrap(
      `${source === 'file' ? 'The file says: when' : 'When'} a report came, ${
        parameters.proofsCheckedBy === 'endorsers' ? 'every endorser' : 'the aggregators alone'
      } checked a proof that its reading is from 0 to ${parameters.maxReadingWh} Wh; these proofs are not kept.`,
    ),
    ...wrap(CLOSING[source]),
    '',
  ].join('\n');
}

/** The customer's readings of slots without a report are not in the bill: who left them out, a bill cannot show. */
function readingsText({ reported, missing }: CheckedBill): string {
  if (missing.length === 0) return 'your own readings come to the same amount';
  return (
    `your own readings of the ${reported} reported slots come to the same amount; ` +
    `the other ${missing.length} count as the tariff rules, whatever you used in them`
  );
}

const CLOSING = {
  file: 'The file is consistent with itself. It is your bill if the key is the one your utility publishes, the meter key is that of your meter, and a peer you trust has the same charge under its txId.',
  ledger:
    'Everything was recomputed here from what the peer answered; whether it answered with all the ledger has, other peers can tell. The key is the one your utility publishes, the meter key that of your meter: compare them once.',
} as const;

function fact(name: string, value: string): string[] {
  const [first = '', ...rest] = wrap(value, INDENT);
  return [`  ${name.padEnd(11)}${first.trimStart()}`, ...rest];
}
