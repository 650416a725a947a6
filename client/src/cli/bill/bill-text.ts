/** A bill in a terminal of 80 columns. */
import { slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import type { Zone } from 'luxon';
import { hoursText, kwhPriceText, kwhText, microText, minorText } from '../../billing/amount-text.js';
import {
  missingSlotRuleText,
  type BillStatement,
  type StatedMissingSlot,
} from '../../billing/bill-statement.js';
import { localTimeText } from '../../billing/local-time.js';
import { wrap } from '../wrap.js';

const NAME_WIDTH = 22;
/** The HTML bill has them all. */
const SHOWN_MISSING = 10;

/** Everything but the verdict. */
export function billText(statement: BillStatement, zone: Zone): string {
  const { evidence, period } = statement;
  const { meter, parameters, tariff } = evidence;
  const { table } = tariff;
  const from = localTimeText(table.periodStartSeconds, zone);
  const to = localTimeText(table.periodEndSeconds, zone);
  return [
    `Electricity bill of meter ${meter.meterId} for ${period}`,
    '',
    `  grid    ${parameters.grid} on channel ${parameters.channel}`,
    `  tariff  ${table.name}, plan ${tariff.plan}`,
    `  period  ${from} to ${to}, ${slotCountOf(table)} slots`,
    '',
    ...bandLines(statement),
    ...missingLines(statement, zone),
    ...disputeLines(statement),
    '',
  ].join('\n');
}

function bandLines(statement: BillStatement): string[] {
  const { bands, evidence, payableMinor } = statement;
  const { currency, minorDigits } = evidence.tariff.table;
  const line = (name: string, ...cells: readonly string[]): string =>
    [name.padEnd(NAME_WIDTH), ...cells.map((cell) => cell.padStart(14))].join('').trimEnd();
  const sum = (name: string, amount: string): string => line(name, '', '', '', amount);
  const sealed = bands.every(({ own }) => own === undefined);
  return [
    line('band', `${currency} per kWh`, 'hours', 'kWh', currency),
    '-'.repeat(NAME_WIDTH + 4 * 14),
    ...bands.map(({ name, priceMicroPerWh, seconds, own }) =>
      line(
        shortened(name),
        kwhPriceText(priceMicroPerWh),
        hoursText(seconds),
        own ? kwhText(own.energyWh) : 'sealed',
        own ? microText(own.chargeMicro) : 'sealed',
      ),
    ),
    sum('energy', microText(statement.energyChargeMicro)),
    sum('fixed charge', microText(statement.fixedChargeMicro)),
    sum('total, exact', microText(statement.totalMicro)),
    sum('to pay, rounded once', minorText(payableMinor, minorDigits)),
    ...(sealed
      ? [
          '',
          'Only the sum of all bands was opened. --data FILE with your own readings',
          'shows what each band used.',
        ]
      : []),
  ];
}

function missingLines({ missing, missingSlotRule, evidence }: BillStatement, zone: Zone): string[] {
  const total = slotCountOf(evidence.tariff.table);
  if (missing.length === 0) return ['', `The meter reported all ${total} slots.`];
  const countsAs = ({ countsAs: what }: StatedMissingSlot): string =>
    'energyWh' in what
      ? `${kwhText(BigInt(what.energyWh))} kWh`
      : `as ${localTimeText(what.copyOfStartSeconds, zone)}`;
  const more = missing.length - SHOWN_MISSING;
  return [
    '',
    `${missing.length} of ${total} slots have no report. ${missingSlotRuleText(missingSlotRule)}`,
    ...missing
      .slice(0, SHOWN_MISSING)
      .map((one) => `  ${localTimeText(one.startSeconds, zone)}  counts ${countsAs(one)}`),
    ...(more > 0 ? [`  (${more} more)`] : []),
  ].flatMap((line) => (line.startsWith(' ') ? [line] : wrap(line)));
}

function disputeLines({ dispute }: BillStatement): string[] {
  if (!dispute) return [];
  const { reason, resolution } = dispute;
  const answer = resolution
    ? `Answered by ${resolution.subject} of ${resolution.mspId}, ${resolution.finding}: "${resolution.explanation}"`
    : 'Not answered yet.';
  return ['', ...wrap(`Contested: "${reason}"`), ...wrap(answer)];
}

function shortened(name: string): string {
  const characters = [...name];
  return characters.length < NAME_WIDTH ? name : `${characters.slice(0, NAME_WIDTH - 2).join('')}…`;
}
