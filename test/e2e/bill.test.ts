/** `gridveil bill`, and evidence of a bill, as a customer and a stranger run them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
// First: it silences the contracts' decorators.
import { DAYS, dayWh, LOST_DAYS, makeProductBill, type ProductBill } from '../helpers/product-bill.js';
import { receiptedReport } from '../helpers/receipted-report.js';
import { strangerVerifyBill } from '../helpers/stranger-bill.js';
import { payableMinorUnits } from '@gridveil/chaincode/domain/money.js';
import { slotStartIso } from '@gridveil/client/metering/slot.js';
import { writeReceiptsFile } from '@gridveil/client/billing/receipts-file.js';
import { periodLabel } from '@gridveil/client/billing/find-bill.js';
import { generateBlsKey, type BlsKey } from '@gridveil/client/crypto/bls-key.js';
import { writeBlsKeyFile } from '@gridveil/client/crypto/bls-key-file.js';
import { CliHome, wideLines } from './cli-process.js';
import { assertValid, oneDocument } from './schemas.js';

/** m1 as the tariff of the product bill rules: day 3 counts as day 10 would, which is missing, too, so both copy other weeks. */
const COPIED: Readonly<Record<number, number>> = { 3: 17, 10: 17 };

function billedWh(day: number): number {
  return dayWh('m1', COPIED[day] ?? day) ?? 0;
}

describe('gridveil bill', function () {
  this.timeout(180_000);
  const home = new CliHome();
  let made: ProductBill;
  let period: string;
  let chargeMicro: bigint;
  let asCustomer: string[];
  let csv: string;

  const bill = (...args: readonly string[]) => home.run('bill', ...args, ...asCustomer);
  const price = (day: number) => ('0010010'[day % 7] === '1' ? 500 : 210);

  before(async () => {
    made = await makeProductBill();
    const { billing, folder } = made;
    period = periodLabel(billing.tariff);
    asCustomer = ['--ledger-dir', folder, '--user', 'customer1'];
    const days = Array.from({ length: DAYS }, (_, day) => day);
    chargeMicro = days.reduce((sum, day) => sum + BigInt(billedWh(day) * price(day)), 0n);
    csv = [
      'start,m1,m2',
      ...days.map((day) => {
        const own = LOST_DAYS.includes(day) ? 1 : billedWh(day);
        return `${slotStartIso(billing.firstSlot + day, 86_400)},${own},5`;
      }),
    ].join('\n');
    writeFileSync(home.file('own.csv'), csv);
    writeFileSync(home.file('wrong.csv'), csv.replace(/(,\d+)(,5)$/m, ',7$2'));
    writeFileSync(home.file('short.csv'), csv.split('\n').slice(0, -1).join('\n'));
    const receipted = (day: number) => receiptedReport(billing, 'm1', billing.firstSlot + day, 'fogB');
    await writeReceiptsFile(home.file('kept.receipts'), [receipted(0)]);
    await writeReceiptsFile(home.file('lost.receipts'), [0, ...LOST_DAYS].map(receipted));
    await writeBlsKeyFile(home.file('m1.key'), billing.meters.get('m1')?.bls as BlsKey);
    await writeBlsKeyFile(home.file('stolen.key'), generateBlsKey());
  });
  after(() => {
    home.remove();
    rmSync(made.folder, { recursive: true, force: true });
  });

  const OWN = ['--unit', 'Wh', '--interval-minutes', '1440', '--zone', 'UTC'];
  const total = () => chargeMicro + BigInt(made.billing.tariff.fixedChargeMicro);
  const payable = () => payableMinorUnits(total(), 2);
  const payableText = () => `${String(payable()).slice(0, -2)}.${String(payable()).slice(-2)} USD`;

  it('verify says in a sentence that the bill is right, and what was recomputed', async () => {
    const { exitCode, stdout, stderr } = await bill('verify', '--meter', 'm1', '--period', period);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.deepEqual(wideLines(stdout), []);
    assert.ok(
      stdout.startsWith(`The bill of meter m1 for ${period} is right: ${payableText()} to pay.\n`),
      stdout,
    );
    assert.match(stdout, /reports {4}26 of 28 slots, each signed/);
    assert.match(stdout, /missing {4}2 of 28 slots, counted as the tariff rules \(other-week\)/);
  });

  it('verify --json prints one document', async () => {
    const { exitCode, stdout } = await bill('verify', '--meter', 'm2', '--period', period, '--json');
    assert.equal(exitCode, 0);
    const document = oneDocument(stdout) as Record<string, unknown>;
    assertValid('bill-verification', document);
    assert.deepEqual(
      [document['reported'], document['missing'], document['readingsCompared']],
      [28, 0, false],
    );
  });

  it('verify compares the own readings, exact to the last micro-unit', async () => {
    const args = ['verify', '--meter', 'm1', '--period', made.billing.tariffId];
    const same = await bill(...args, '--data', 'own.csv', ...OWN);
    assert.deepEqual([same.exitCode, same.stderr], [0, '']);
    assert.match(
      same.stdout,
      /the 26 reported slots come to the same amount;\n +the other 2 count as the tariff/,
    );
    const differs = await bill(...args, '--data', 'wrong.csv', ...OWN);
    assert.deepEqual([differs.exitCode, differs.stdout], [1, '']);
    assert.match(
      differs.stderr,
      /^error: The bill of meter "m1" is \d+\.\d{6} USD, but your readings come to /,
    );
  });

  it('verify names the aggregator that left out a report it has signed a receipt for; a stranger sees it, too', async () => {
    const args = ['--meter', 'm1', '--period', period, '--receipts'];
    const kept = await bill('verify', ...args, 'kept.receipts');
    assert.deepEqual([kept.exitCode, kept.stderr], [0, '']);
    assert.match(kept.stdout, /receipts {3}1 of aggregators: the bill leaves out no report they are for/);
    const document = oneDocument((await bill('verify', ...args, 'kept.receipts', '--json')).stdout);
    assertValid('bill-verification', document);
    assert.equal((document as { receiptsCompared: number }).receiptsCompared, 1);
    const lost = await bill('verify', ...args, 'lost.receipts');
    assert.deepEqual([lost.exitCode, lost.stdout], [1, '']);
    assert.match(
      lost.stderr,
      /^error: The bill of meter "m1" counts 2 slots as missing whose reports aggregator "fogB" has signed receipts for, the first from \S+Z: .* \[BILL_REPORTS_LEFT_OUT\]\n$/,
    );
    const evidence = ['evidence', '--bill', 'm1', '--period', period, '--receipts', 'lost.receipts'];
    assert.equal((await home.run(...evidence, ...asCustomer, '--out', 'left-out.json')).exitCode, 0);
    const text = readFileSync(home.file('left-out.json'), 'utf8');
    assertValid('bill-evidence', JSON.parse(text));
    const offline = await home.run('verify', 'left-out.json');
    assert.deepEqual([offline.exitCode, offline.stdout], [1, '']);
    assert.match(offline.stderr, /"fogB" .* \[BILL_REPORTS_LEFT_OUT\]/);
    const found: string[] = [];
    assert.equal(strangerVerifyBill(text, undefined, found), undefined);
    assert.deepEqual(found, ['fogB', 'fogB']);
  });

  it('show prints hours by band, missing slots and amounts', async () => {
    const { exitCode, stdout, stderr } = await bill('show', '--meter', 'm1', '--period', period);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.deepEqual(wideLines(stdout), []);
    assert.match(stdout, /^week +0\.210 +480 +sealed +sealed$/m);
    assert.match(stdout, /^peak <day> +0\.500 +192 +sealed +sealed$/m);
    assert.match(stdout, /^2 of 28 slots have no report\./m);
    assert.match(stdout, /Checked: this bill is right/);
  });

  it('show --json prints one document, with kWh by band from own readings alone', async () => {
    const args = ['show', '--meter', 'm1', '--period', period, '--json'];
    const sealed = oneDocument((await bill(...args)).stdout) as { bands: object[] };
    assertValid('bill', sealed);
    assert.deepEqual(
      sealed.bands.map((band) => 'energyWh' in band),
      [false, false],
    );
    const { stdout } = await bill(...args, '--data', 'own.csv', ...OWN);
    const own = oneDocument(stdout) as Record<string, unknown> & {
      bands: { chargeMicro: string; estimatedSlots: number }[];
    };
    assertValid('bill', own);
    const sum = own.bands.reduce((micro, band) => micro + BigInt(band.chargeMicro), 0n);
    assert.deepEqual([sum, own['energyChargeMicro']], [chargeMicro, String(chargeMicro)]);
    assert.equal(own['payableMinor'], String(payable()));
  });

  it('show --html writes a page that needs nothing from elsewhere', async () => {
    const args = [
      'show',
      '--meter',
      'm1',
      '--period',
      period,
      '--html',
      'bill.html',
      '--data',
      'own.csv',
      ...OWN,
    ];
    assert.equal((await bill(...args)).exitCode, 0);
    const page = readFileSync(home.file('bill.html'), 'utf8');
    assert.ok(page.startsWith('<!doctype html>\n<html lang="en">'));
    assert.doesNotMatch(page, /<script|<link|<img|https?:|url\(/);
    assert.ok(page.includes('peak &lt;day&gt;') && !page.includes('<day>'));
    assert.ok(page.includes('six &amp; one'));
    assert.ok(page.includes(payableText()));
    assert.equal(page.match(/class="missing"/g)?.length, 2);
    const again = await bill(...args);
    assert.deepEqual([again.exitCode, again.stdout], [2, '']);
    assert.match(again.stderr, /\[FILE_EXISTS\]/);
  });

  it('evidence of a bill holds offline, for both verifiers', async () => {
    const args = ['evidence', '--bill', 'm1', '--period', period, ...asCustomer];
    const { exitCode, stdout, stderr } = await home.run(...args, '--out', 'bill.json');
    assert.deepEqual([exitCode, stdout], [0, '']);
    assert.equal(stderr, `The bill of meter m1 for ${period} written to bill.json\n`);
    const text = readFileSync(home.file('bill.json'), 'utf8');
    assertValid('bill-evidence', JSON.parse(text));
    assert.deepEqual(oneDocument((await home.run(...args)).stdout), JSON.parse(text));
    const verified = await home.run('verify', 'bill.json');
    assert.deepEqual([verified.exitCode, verified.stderr], [0, '']);
    assert.deepEqual(wideLines(verified.stdout), []);
    assert.match(verified.stdout, /is right: .* to pay\./);
    assertValid('bill-verification', oneDocument((await home.run('verify', 'bill.json', '--json')).stdout));
    assert.equal(strangerVerifyBill(text), undefined);
  });

  it('verify names what is wrong with a tampered file, ends with 1, and a stranger agrees', async () => {
    const { stdout } = await home.run('evidence', '--bill', 'm1', '--period', period, ...asCustomer);
    const document = JSON.parse(stdout) as { packets: { ciphertext: string }[] };
    const [a, b] = document.packets;
    assert.ok(a && b);
    [a.ciphertext, b.ciphertext] = [b.ciphertext, a.ciphertext];
    writeFileSync(home.file('tampered.json'), JSON.stringify(document));
    const { exitCode, stderr, stdout: out } = await home.run('verify', 'tampered.json');
    assert.deepEqual([exitCode, out], [1, '']);
    assert.match(
      stderr,
      /^error: The bill of meter "m1" is wrong at packets\[0\]\.signature: slot \d+ from \S+: The signature .* \(2 slots have such a report\) \[BILL_REJECTED\]\n$/,
    );
    assert.notEqual(strangerVerifyBill(JSON.stringify(document)), undefined);
    const json = await home.run('verify', 'tampered.json', '--json');
    assert.equal(json.exitCode, 1);
    assertValid('error', oneDocument(json.stderr));
  });

  const REFUSALS: readonly (readonly [code: string, ...args: readonly string[]])[] = [
    ['METER_UNKNOWN', 'show', '--meter', 'm9', '--period', 'PERIOD'],
    ['PERIOD_UNKNOWN', 'show', '--meter', 'm1', '--period', '1999-01'],
    ['PERIOD_UNKNOWN', 'verify', '--meter', 'm1', '--period', 'June'],
    ['GRID_UNKNOWN', 'verify', '--meter', 'm1', '--period', 'PERIOD', '--grid', 'nowhere'],
    ['USAGE', 'verify', '--meter', 'm1'],
    ['USAGE', 'show', '--period', 'PERIOD'],
    ['USAGE', 'fly'],
    ['READINGS_FILE_MISSING', 'verify', '--meter', 'm1', '--period', 'PERIOD', '--data', 'nowhere.csv'],
    ['READINGS_SLOT_MISSING', 'verify', '--meter', 'm1', '--period', 'PERIOD', '--data', 'short.csv', ...OWN],
    ['READINGS_METER_UNKNOWN', 'verify', '--meter', 'm3', '--period', 'PERIOD', '--data', 'own.csv', ...OWN],
    [
      'READINGS_SLOT_LENGTH',
      ...['verify', '--meter', 'm1', '--period', 'PERIOD', '--data', 'own.csv'],
      ...['--unit', 'Wh', '--interval-minutes', '60', '--zone', 'UTC'],
    ],
    ['READINGS_ZONE_UNKNOWN', 'show', '--meter', 'm1', '--period', 'PERIOD', '--zone', 'Mars/Olympus'],
    ['FILE_UNWRITABLE', 'show', '--meter', 'm1', '--period', 'PERIOD', '--html', 'nowhere/bill.html'],
    ['USER_UNKNOWN', 'show', '--meter', 'm1', '--period', 'PERIOD', '--user', 'User7'],
    ['ROLE_REQUIRED', 'show', '--meter', 'm1', '--period', 'PERIOD', '--user', 'stranger1'],
    ['LEDGER_FOLDER_MISSING', 'show', '--meter', 'm1', '--period', 'PERIOD', '--ledger-dir', 'nowhere'],
    ['FILE_UNREADABLE', 'verify', '--meter', 'm1', '--period', 'PERIOD', '--receipts', 'nowhere'],
    ['BILLING_RECEIPTS_MALFORMED', 'verify', '--meter', 'm1', '--period', 'PERIOD', '--receipts', 'own.csv'],
    ['USAGE', 'dispute', '--meter', 'm1', '--period', 'PERIOD'],
    ['FILE_UNREADABLE', 'dispute', '--meter', 'm1', '--period', 'PERIOD', '--key', 'nowhere.key'],
    ['KEY_FILE_EXPOSED', 'dispute', '--meter', 'm1', '--period', 'PERIOD', '--key', 'own.csv'],
    [
      'METER_KEY_OTHER',
      'dispute',
      '--meter',
      'm1',
      '--period',
      'PERIOD',
      '--key',
      'stolen.key',
      '--reason',
      'no',
    ],
    ['BILL_HOLDS', 'dispute', '--meter', 'm1', '--period', 'PERIOD', '--key', 'm1.key'],
    ['OPTION_INVALID', 'dispute', '--meter', 'm1', '--period', 'PERIOD', '--key', 'm1.key', '--reason', ''],
    [
      'ROLE_REQUIRED',
      ...['dispute', '--meter', 'm1', '--period', 'PERIOD', '--key', 'm1.key', '--reason', 'no'],
      ...['--user', 'auditor1'],
    ],
  ];
  for (const [code, ...args] of REFUSALS)
    it(`refuses ${args.join(' ')} with ${code}`, async () => {
      const files = readdirSync(home.folder).sort();
      const given = args.map((arg) => (arg === 'PERIOD' ? period : arg));
      const { exitCode, stdout, stderr } = await home.run(
        'bill',
        given[0] ?? '',
        ...asCustomer,
        ...given.slice(1),
      );
      assert.equal(stdout, '');
      assert.match(stderr, new RegExp(`^error: \\S.* \\[${code}\\]\\n$`));
      assert.equal(exitCode, 2);
      assert.deepEqual(readdirSync(home.folder).sort(), files);
    });

  for (const args of [
    ['--bill', 'm1'],
    ['--period', '2024-01'],
  ])
    it(`refuses evidence with ${args.join(' ')} alone`, async () => {
      const { exitCode, stderr } = await home.run('evidence', ...args, ...asCustomer);
      assert.equal(exitCode, 2);
      assert.match(stderr, /--bill and --period go together.*\[USAGE\]/);
    });

  it('dispute records the reason on the ledger, once; show has it', async () => {
    const args = ['dispute', '--meter', 'm1', '--period', period, '--key', 'm1.key'];
    const reasoned = await bill(...args, '--data', 'wrong.csv', ...OWN, '--json');
    assert.equal(reasoned.exitCode, 0, reasoned.stderr);
    const document = oneDocument(reasoned.stdout) as Record<string, unknown>;
    assertValid('dispute', document);
    assert.equal(document['reason'], "The meter's own readings come to another amount than the bill.");
    const again = await bill(...args, '--reason', 'the meter is broken');
    assert.deepEqual([again.exitCode, again.stdout], [2, '']);
    assert.match(again.stderr, /\[DISPUTE_EXISTS\]/);
    const { stdout } = await bill('show', '--meter', 'm1', '--period', period);
    assert.match(stdout, /^Contested: "The meter's own readings come to another amount/m);
    assert.deepEqual(wideLines(stdout), []);
  });
});
