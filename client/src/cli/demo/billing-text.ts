/** The billing demo for people: at most 80 columns, understandable from its output alone. */
import type { BillingOutcome } from './tou-billing.js';
import { wrap } from '../wrap.js';
import { closingLines, whereText, WIDTH } from './demo-text.js';
import type { DemoOptions } from './options.js';
import type { DemoAttack, DemoBill, DemoResult } from './result.js';

export function billingIntroText(source: string, ledger: string, month: string, tariff: string): string {
  return [
    'Gridveil demo: time-of-use billing (paper 001 in its hardened form)',
    '',
    ...wrap(
      'Meters encrypt what they used and sign it. The ledger adds the encrypted readings up, price by price. ' +
        'The ESP opens what the area used in a slot and what each customer owes for the month, never a single reading. ' +
        'Every customer computes the own bill anew from the ledger.',
      '',
    ),
    '',
    `readings: ${source}`,
    `month:    ${month}, replayed`,
    `tariff:   ${tariff}`,
    `ledger:   ${ledger}`,
    '',
  ].join('\n');
}

export function billingResultText({ result, bills, currency, minorDigits }: BillingOutcome): string {
  const money = (micro: string): string => amount(BigInt(micro), 6);
  return [
    ...bands(bills),
    row(
      'customer',
      'reports',
      'estimates',
      `own readings ${currency}`,
      `bill ${currency}`,
      'to pay',
      'equal',
    ),
    '-'.repeat(WIDTH),
    ...(result.bills ?? []).map((bill) => billLine(bill, money, minorDigits)),
    ...(result.unbilled ?? []).flatMap(({ meter, reason }) => wrap(`${meter}: no bill. ${reason}`, '')),
    '-'.repeat(WIDTH),
    ...verdictLines(result),
    ...(result.attack === undefined ? [] : ['', ...attackLines(result.attack, currency)]),
    '',
    ...closingLines(result, STAGE_NAMES),
    '',
  ].join('\n');
}

/** How the customer of the first bill goes on. */
export function billingNextStepText({ result }: BillingOutcome, options: DemoOptions): string {
  const { grid, month } = result.parameters;
  const [bill] = result.bills ?? [];
  if (bill === undefined) return '';
  const which = `--meter ${bill.meter} --period ${month ?? ''}${whereText(options, String(grid))}`;
  return [
    'Check a bill yourself, and print it:',
    `  npx gridveil bill verify ${which}`,
    `  npx gridveil bill show ${which} --html bill.html`,
    '',
  ].join('\n');
}

const STAGE_NAMES: Readonly<Record<string, string>> = {
  keyGeneration: 'ESP made its key',
  registration: 'roles, grid, keys, tariff, election',
  reports: 'meters reported, blocks made, area totals opened',
  charges: 'period closed, encrypted charges summed',
  attack: 'malicious AN, and what customers found',
  bills: 'charges signed, opened, every opening checked',
  checks: 'customers recomputed and checked their bills',
  total: 'all together',
};

/** Hours of each price, the same for everyone. */
function bands(bills: BillingOutcome['bills']): string[] {
  const prices = bills[0]?.clear.bands ?? [];
  return [
    ...prices.map(({ name, priceMicroPerWh, seconds: length }) => {
      const hours = `${Math.round(length / 360) / 10} h`;
      return `  ${name.padEnd(24)}${amount(BigInt(priceMicroPerWh), 3).padStart(10)} per kWh${hours.padStart(12)}`;
    }),
    '',
  ];
}

function billLine(bill: DemoBill, money: (micro: string) => string, minorDigits: number): string {
  const { meter, reports, estimates, trueMicro, billedMicro, payableMinor, equal } = bill;
  const toPay = amount(BigInt(payableMinor), minorDigits);
  return row(meter, reports, estimates, money(trueMicro), money(billedMicro), toPay, equal ? 'yes' : 'NO');
}

function row(...cells: readonly (string | number)[]): string {
  const widths = [12, 8, 10, 19, 15, 9, 7];
  return cells
    .map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i] ?? 0) : String(cell).padStart(widths[i] ?? 0)))
    .join('');
}

function verdictLines({ bills = [], slots, allEqual }: DemoResult): string[] {
  const opened = slots.filter(({ openedWh }) => openedWh >= 0).length;
  const right = bills.filter(({ equal }) => equal).length;
  return [
    `${right} of ${bills.length} bills are those of the own readings, to the last millionth.`,
    `${opened} of ${slots.length} area totals opened${opened === 0 ? '.' : `, ${slots.every(({ equal }) => equal) ? 'each' : 'NOT each'} what the meters really used.`}`,
    ...(allEqual ? [] : ['NOT EQUAL: at least one bill or total is wrong.']),
  ];
}

function attackLines(
  { from, to, shiftMicro, ledgerRefusal, sentBills }: DemoAttack,
  currency: string,
): string[] {
  const shift = `${amount(BigInt(shiftMicro), 6)} ${currency}`;
  return [
    'A malicious AN (paper 001, section 4)',
    ...wrap(`It took ${shift} off the charge of ${from}, put it on that of ${to}, and signed both.`, '  '),
    ...wrap(
      `The ledger ${ledgerRefusal === '' ? 'ACCEPTED it' : `refused the charges: ${ledgerRefusal}`}.`,
      '  ',
    ),
    ...wrap('It sent bills of its own all the same. Each customer checked the bill that came:', '  '),
    ...sentBills.map(({ meter, shiftMicro: by, found, signedByAggregator }) => {
      const shown = `${BigInt(by) > 0n ? '+' : ''}${amount(BigInt(by), 6)}`;
      const signed = signedByAggregator ? 'signed by the AN' : 'not signed';
      return `    ${meter.padEnd(12)}${shown.padStart(12)}  ${signed.padEnd(18)}${found === '' ? 'right' : `refused: ${found}`}`;
    }),
    ...wrap('A refused bill with the signature of the AN shows anyone who forged it.', '  '),
  ];
}

/** Integer units of 10^-decimals as decimal text. */
function amount(units: bigint, decimals: number): string {
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const sign = units < 0n ? '-' : '';
  return decimals === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-decimals)}`;
}
