/**
 * A bill as one HTML file without anything from elsewhere: readable offline and on paper. What is in it is public on the ledger, but for the
 * kWh of bands, which come from the customer's own readings.
 */
import type { Zone } from 'luxon';
import { slotCountOf } from '@gridveil/chaincode/domain/tariff.js';
import { hoursText, kwhPriceText, kwhText, microText, minorText } from './amount-text.js';
import { bandColour, billCalendar } from './bill-calendar.js';
import { missingSlotRuleText, type BillStatement, type StatedMissingSlot } from './bill-statement.js';
import { BILL_STYLE } from './bill-style.js';
import { html, Html, type HtmlValue } from './html.js';
import { localTimeText } from './local-time.js';

/** @param zone - whose clock the times show */
export function billHtml(statement: BillStatement, zone: Zone): string {
  const { evidence, period } = statement;
  const title = `Electricity bill ${period}, meter ${evidence.meter.meterId}`;
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
      <title>${title}</title>
      <style>
        ${new Html(BILL_STYLE)}
      </style>
    </head>
    <body>
      <main>
        ${heading(statement, zone)} ${verdict(statement)} ${amounts(statement)}
        ${missingSlots(statement, zone)} ${calendar(statement, zone)} ${dispute(statement)}
        ${explanation(statement)} ${proof(statement, zone)}
      </main>
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}

function heading({ evidence, period, payableMinor, verdict: found }: BillStatement, zone: Zone): Html {
  const { meter, parameters, tariff } = evidence;
  const { table } = tariff;
  const time = (seconds: number): string => localTimeText(seconds, zone);
  return html`<header>
    <div>
      <h1>Electricity bill ${period}</h1>
      <dl class="facts">
        <dt>Meter</dt>
        <dd><bdi>${meter.meterId}</bdi></dd>
        <dt>Grid</dt>
        <dd><bdi>${parameters.grid}</bdi> on channel <bdi>${parameters.channel}</bdi></dd>
        <dt>Tariff</dt>
        <dd><bdi>${table.name}</bdi>, plan <bdi>${tariff.plan}</bdi></dd>
        <dt>Period</dt>
        <dd>${time(table.periodStartSeconds)} to ${time(table.periodEndSeconds)}</dd>
      </dl>
    </div>
    <p class="payable">
      <span>${found.holds ? 'To pay' : 'Billed, but wrong'}</span>
      <strong>${minorText(payableMinor, table.minorDigits)} ${table.currency}</strong>
    </p>
  </header>`;
}

function verdict({ verdict: found, evidence }: BillStatement): Html {
  if (!found.holds)
    return html`<section class="verdict wrong">
      <h2>✗ This bill is wrong</h2>
      <p>${found.sentence}</p>
    </section>`;
  const whose =
    evidence.missingSlots === undefined ? 'Your own readings' : 'Your own readings of these slots';
  const readings = found.readingsCompared ? ` ${whose} come to the same amount.` : '';
  return html`<section class="verdict right">
    <h2>✓ Checked: this bill is right</h2>
    <p>Recomputed from ${count(evidence.packets.length, 'signed report')} and the tariff.${readings}</p>
  </section>`;
}

function amounts(statement: BillStatement): Html {
  const { bands, evidence } = statement;
  const { table } = evidence.tariff;
  const withOwn = bands.some(({ own }) => own !== undefined);
  const estimated = statement.missing.length > 0;
  const span = 3 + (estimated ? 1 : 0) + (withOwn ? 1 : 0);
  const row = (what: HtmlValue, micro: bigint, name = ''): Html =>
    html`<tr class="${name}">
      <td colspan="${span}">${what}</td>
      <td>${microText(micro)}</td>
    </tr>`;
  return html`<section>
    <table>
      <thead>
        <tr>
          <th>Band</th>
          <th>${table.currency} per kWh</th>
          <th>Hours</th>
          ${estimated ? html`<th>of which estimated</th>` : undefined}
          ${withOwn ? html`<th>kWh *</th>` : undefined}
          <th>${table.currency}${withOwn ? ' *' : ''}</th>
        </tr>
      </thead>
      <tbody>
        ${bands.map(
          (band, k) =>
            html`<tr>
              <td>${swatch(k, bands.length)} <bdi>${band.name}</bdi></td>
              <td>${kwhPriceText(band.priceMicroPerWh)}</td>
              <td>${hoursText(band.seconds)}</td>
              ${estimated ? html`<td>${hoursText(band.estimatedSlots * table.slotSeconds)}</td>` : undefined}
              ${band.own ? html`<td>${kwhText(band.own.energyWh)}</td>` : undefined}
              <td>${band.own ? microText(band.own.chargeMicro) : 'sealed'}</td>
            </tr>`,
        )}
      </tbody>
      <tbody>
        ${row('Energy, all bands', statement.energyChargeMicro, 'sum')}
        ${row('Fixed charge', statement.fixedChargeMicro)} ${row('Total, exact', statement.totalMicro, 'sum')}
        <tr class="sum pay">
          <td colspan="${span}">To pay, rounded once, half to even</td>
          <td>${minorText(statement.payableMinor, table.minorDigits)} ${table.currency}</td>
        </tr>
      </tbody>
    </table>
    <p class="note">
      ${
        withOwn
          ? '* From your own readings, which only you have. No ledger holds them.'
          : 'What each band used is sealed: only the sum of all bands is ever opened. With your own readings you can print it here.'
      }
    </p>
  </section>`;
}

function missingSlots({ missing, bands, evidence, missingSlotRule }: BillStatement, zone: Zone): Html {
  const total = slotCountOf(evidence.tariff.table);
  if (missing.length === 0)
    return html`<section>
      <h2>Missing reports</h2>
      <p>None: the meter reported all ${total} slots.</p>
    </section>`;
  const countsAs = ({ countsAs: what }: StatedMissingSlot): string =>
    'energyWh' in what
      ? `${kwhText(BigInt(what.energyWh))} kWh`
      : `as much as on ${localTimeText(what.copyOfStartSeconds, zone)}`;
  return html`<section>
    <h2>Missing reports</h2>
    <p>${missing.length} of ${total} slots have no report. ${missingSlotRuleText(missingSlotRule)}</p>
    <table class="missing-slots">
      <thead>
        <tr>
          <th>Slot begins</th>
          <th>Band</th>
          <th>Counts as</th>
        </tr>
      </thead>
      <tbody>
        ${missing.map(
          (one) =>
            html`<tr>
              <td>${localTimeText(one.startSeconds, zone)}</td>
              <td><bdi>${bands[one.band]?.name}</bdi></td>
              <td>${countsAs(one)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function calendar({ bands, evidence, missing }: BillStatement, zone: Zone): Html {
  const { table } = evidence.tariff;
  return html`<section class="whole">
    <h2>Prices of the period</h2>
    <p class="legend">
      ${bands.map(
        ({ name, priceMicroPerWh }, k) =>
          html`<span>${swatch(k, bands.length)} <bdi>${name}</bdi> ${kwhPriceText(priceMicroPerWh)}</span> `,
      )}
      ${missing.length > 0 ? html`<span><b class="cross">×</b> no report, estimated</span>` : undefined}
    </p>
    ${billCalendar(
      table,
      missing.map(({ slot }) => slot),
      zone,
    )}
  </section>`;
}

function dispute({ dispute: opened }: BillStatement): Html | undefined {
  if (!opened) return undefined;
  const { reason, resolution } = opened;
  const finding =
    resolution && { 'bill-stands': 'the bill stands', 'bill-wrong': 'the bill is wrong' }[resolution.finding];
  return html`<section class="whole">
    <h2>Contested</h2>
    <p>“<bdi>${reason}</bdi>”</p>
    <p>
      ${
        resolution
          ? html`Answered by <bdi>${resolution.subject}</bdi> of ${resolution.mspId}: ${finding}.
              “<bdi>${resolution.explanation}</bdi>”`
          : 'Not answered yet.'
      }
    </p>
  </section>`;
}

function explanation({ evidence, verdict: found }: BillStatement): Html {
  if (!found.holds) return html``;
  const { charge, parameters, tariff } = evidence;
  const proven =
    parameters.proofsCheckedBy === 'endorsers' ? 'every endorser of the ledger' : 'the aggregators';
  return html`<section class="whole">
    <h2>How it was checked</h2>
    <ol>
      <li>The key of the grid is a proper Paillier modulus, so the bill has exactly one decryption.</li>
      <li>The tariff was published before its period began, and its id is in every report.</li>
      <li>
        Each report is signed with a key that meter <bdi>${evidence.meter.meterId}</bdi> registered, for its
        slot and tariff ${`${tariff.tariffId.slice(0, 8)}…`}
      </li>
      <li>Slots without a report count as the tariff rules, and as nothing else.</li>
      <li>
        The encrypted charge, recomputed from reports and prices, is the one that
        <bdi>${charge.aggregator}</bdi>
        signed.
      </li>
      <li>The opening fits the encrypted charge; charge and fixed charge are rounded once.</li>
    </ol>
    <p class="note">
      That each reading is from 0 to ${parameters.maxReadingWh} Wh was proven to ${proven} when it came; these
      proofs are not kept. Whether the meter measures right, no signature can tell: compare it with your own
      readings.
    </p>
  </section>`;
}

function proof({ evidence, verdict: found, period }: BillStatement, zone: Zone): Html {
  const { aggregators, charge, meter, missingSlots: missing, opening, tariff } = evidence;
  const { meterId } = meter;
  const file = `bill-${period}.json`;
  const entries: (readonly [string, HtmlValue] | undefined)[] = [
    found.holds ? ['Grid key, SHA-256', found.keyFingerprint] : undefined,
    ['Tariff id', tariff.tariffId],
    ['Tariff published', `${localTimeText(tariff.publishedAtSeconds, zone)}, transaction ${tariff.txId}`],
    ...meter.keys.map(
      ({ epoch, publicKey, signingKey, txId }) =>
        [
          `Meter key ${epoch}`,
          `${publicKey}, bound to Ed25519 key ${signingKey}, transaction ${txId}`,
        ] as const,
    ),
    ...aggregators.map(
      ({ aggregator, epoch, publicKey, txId }) =>
        [`Key ${epoch} of ${aggregator}`, `${publicKey}, transaction ${txId}`] as const,
    ),
    missing && [
      'Missing slots signed',
      `${missing.aggregator}, term ${missing.term}: ${missing.signature}, transaction ${missing.txId}`,
    ],
    [
      'Charge signed',
      `${charge.aggregator}, term ${charge.term}: ${charge.signature}, transaction ${charge.txId}`,
    ],
    ['Encrypted charge C', charge.ciphertext],
    ['Opening m', `${opening.chargeMicro} (10⁻⁶ ${tariff.table.currency})`],
    ['Opening ρ', `${opening.rho}, transaction ${opening.txId}`],
  ];
  return html`<section class="proof">
    <h2>Proof data</h2>
    <p>
      (1 + mN)·ρ<sup>N</sup> = C mod N². The signed reports are in the evidence file. Anyone can check it
      offline, with Gridveil or a program of their own:
    </p>
    <pre>
npx gridveil evidence --bill ${shell(meterId)} --period ${period} --out ${file}
npx gridveil verify ${file}</pre>
    <dl>
      ${entries.map((entry) =>
        entry
          ? html`<dt>${entry[0]}</dt>
              <dd>${entry[1]}</dd>`
          : undefined,
      )}
    </dl>
  </section>`;
}

/** A name as a POSIX shell takes it. */
function shell(text: string): string {
  return /^[\w.+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function swatch(band: number, bands: number): Html {
  return html`<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
    <rect width="10" height="10" fill="${bandColour(band, bands)}" />
  </svg>`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
