/** Evidence from export to check, honest and tampered, by Gridveil's verifier and by a stranger's. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { ClientError } from '@gridveil/client/errors.js';
import { parseEvidence, type EvidenceDocument } from '@gridveil/client/evidence/document.js';
import { verifyEvidence } from '@gridveil/client/evidence/verify.js';
import { CliHome, wideLines } from './cli-process.js';
import { assertValid, fits, oneDocument } from './schemas.js';
import { strangerVerify } from './stranger-verify.js';

/** Twelve meters in two regions; in the second slot region 1 has too few reports and is withheld. */
const READINGS = [
  'start,a,b,c,d,e,f,g,h,i,j,k,l',
  '2024-05-01T10:00,1,2,3,4,5,6,7,8,9,10,11,12',
  '2024-05-01T10:30,1,2,3,4,5,6,,8,,10,,12',
  '2024-05-01T11:00,100,200,300,400,500,600,700,800,900,1000,1100,1200',
  '',
].join('\n');
const DECLARED = ['--zone', 'UTC', '--unit', 'Wh', '--interval-minutes', '30'];

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
type Document = Mutable<EvidenceDocument>;
type Tamper = (document: Document) => void;

function plus(text: string, add: bigint): string {
  return String(BigInt(text) + add);
}

/** A neighbour in the alphabet that differs in its last bit: for the last character that is a spare bit. */
function otherLast(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + (alphabet[alphabet.indexOf(text.at(-1) ?? '') ^ 1] ?? '');
}

function otherFirst(text: string): string {
  return (text.startsWith('B') ? 'C' : 'B') + text.slice(1);
}

/** What is done to the document, and the place `gridveil verify` must name. */
const TAMPERINGS: readonly [string, string, Tamper][] = [
  ['another modulus', 'parameters', (d) => (d.parameters.n = plus(d.parameters.n, 2n))],
  ['an even modulus', 'parameters', (d) => (d.parameters.n = plus(d.parameters.n, 1n))],
  ['a tiny modulus', 'parameters', (d) => (d.parameters.n = '15')],
  ['a proof of another modulus', 'parameters', (d) => d.parameters.modulusProof.reverse()],
  ['another radix', 'slots\\[0\\]\\.total\\.ciphertext', (d) => d.parameters.radixBits++],
  ['a radix that is too small', 'parameters', (d) => (d.parameters.radixBits = 20)],
  ['another channel', 'slots\\[0\\]\\.opening', (d) => (d.parameters.channel += 'x')],
  ['another grid', 'slots\\[0\\]\\.opening', (d) => (d.parameters.grid += 'x')],
  ['a minGroup below 3', 'parameters', (d) => (d.parameters.minGroup = 2)],
  ['a higher minGroup', 'slots\\[0\\]\\.regionTotals', (d) => (d.parameters.minGroup = 7)],
  ['a lower maxReadingWh', 'slots\\[0\\]\\.opening', (d) => (d.parameters.maxReadingWh = 5)],
  ['a lower maxMeters', 'slots\\[0\\]\\.regionTotals', (d) => (d.parameters.maxMeters = 5)],
  ['other regions', 'slots\\[0\\]\\.regionTotals', (d) => d.parameters.regions.reverse()],
  ['regions in another order', 'slots\\[0\\]\\.regionTotals', (d) => d.slots[0]?.regionTotals.reverse()],
  ['a missing region', 'slots\\[0\\]\\.regionTotals', (d) => d.slots[0]?.regionTotals.pop()],
  ['slots in another order', 'slots\\[1\\]\\.slot', (d) => d.slots.reverse()],
  ['a slot twice', 'slots\\[1\\]\\.slot', (d) => d.slots.splice(1, 0, slotOf(d, 0))],
  ['another slot number', 'slots\\[2\\]\\.opening', (d) => slotOf(d, 2).slot++],
  [
    'another region ciphertext',
    'slots\\[0\\]\\.total\\.ciphertext',
    (d) => {
      const region = regionOf(d, 0, 0);
      region.ciphertext = otherFirst(region.ciphertext);
    },
  ],
  [
    'swapped region ciphertexts',
    'slots\\[0\\]\\.total\\.ciphertext',
    (d) => {
      const [a, b] = [regionOf(d, 0, 0), regionOf(d, 0, 1)];
      [a.ciphertext, b.ciphertext] = [b.ciphertext, a.ciphertext];
    },
  ],
  [
    'a ciphertext of 0',
    'slots\\[0\\]\\.regionTotals',
    (d) => {
      const region = regionOf(d, 0, 0);
      region.ciphertext = 'A'.repeat(region.ciphertext.length);
    },
  ],
  [
    'a ciphertext that shares a factor with N',
    'slots\\[0\\]\\.regionTotals',
    (d) => {
      const width = Buffer.from(regionOf(d, 0, 0).ciphertext, 'base64url').length;
      const hex = BigInt(d.parameters.n)
        .toString(16)
        .padStart(2 * width, '0');
      regionOf(d, 0, 0).ciphertext = Buffer.from(hex, 'hex').toString('base64url');
    },
  ],
  [
    'a longer ciphertext',
    'slots\\[0\\]\\.regionTotals',
    (d) => {
      const bytes = Buffer.from(regionOf(d, 0, 0).ciphertext, 'base64url');
      regionOf(d, 0, 0).ciphertext = Buffer.concat([new Uint8Array(1), bytes]).toString('base64url');
    },
  ],
  [
    'base64url that is not canonical',
    'slots\\[0\\]\\.regionTotals',
    (d) => {
      const region = regionOf(d, 0, 0);
      region.ciphertext = otherLast(region.ciphertext);
    },
  ],
  ['another count', 'slots\\[0\\]\\.opening', (d) => regionOf(d, 0, 0).count++],
  ['a count below minGroup', 'slots\\[0\\]\\.regionTotals', (d) => (regionOf(d, 0, 0).count = 1)],
  [
    'another Merkle root',
    'slots\\[0\\]\\.opening',
    (d) => {
      const region = regionOf(d, 0, 0);
      region.merkleRoot = otherFirst(region.merkleRoot);
    },
  ],
  ['a short Merkle root', 'slots\\[0\\]\\.regionTotals', (d) => (regionOf(d, 0, 0).merkleRoot = 'AAAA')],
  ['a region withheld after the fact', 'slots\\[0\\]\\.regionTotals', (d) => (regionOf(d, 0, 0).count = 0)],
  ['a withheld region with a count', 'slots\\[1\\]\\.regionTotals', (d) => (regionOf(d, 1, 0).count = 6)],
  [
    'a withheld region with a root',
    'slots\\[1\\]\\.regionTotals',
    (d) => {
      regionOf(d, 1, 0).merkleRoot = regionOf(d, 0, 0).merkleRoot;
    },
  ],
  [
    'another slot’s total',
    'slots\\[2\\]\\.total\\.ciphertext',
    (d) => {
      slotOf(d, 2).total.ciphertext = slotOf(d, 0).total.ciphertext;
    },
  ],
  [
    'another m',
    'slots\\[2\\]\\.opening',
    (d) => {
      const { opening } = slotOf(d, 2);
      opening.m = plus(opening.m, 1n);
    },
  ],
  [
    'm plus N',
    'slots\\[0\\]\\.opening',
    (d) => {
      const { opening } = slotOf(d, 0);
      opening.m = plus(opening.m, BigInt(d.parameters.n));
    },
  ],
  [
    'another rho',
    'slots\\[0\\]\\.opening',
    (d) => {
      const { opening } = slotOf(d, 0);
      opening.rho = plus(opening.rho, 1n);
    },
  ],
  [
    'rho plus N',
    'slots\\[0\\]\\.opening',
    (d) => {
      const { opening } = slotOf(d, 0);
      opening.rho = plus(opening.rho, BigInt(d.parameters.n));
    },
  ],
  ['a rho of 0', 'slots\\[0\\]\\.opening', (d) => (slotOf(d, 0).opening.rho = '0')],
  [
    'another checkRho',
    'slots\\[0\\]\\.opening',
    (d) => {
      const { opening } = slotOf(d, 0);
      opening.checkRho = plus(opening.checkRho, 1n);
    },
  ],
  [
    'another consumption',
    'slots\\[0\\]\\.consumptionWh\\.region-2',
    (d) => {
      slotOf(d, 0).consumptionWh['region-2'] = 1;
    },
  ],
  [
    'a consumption left out',
    'slots\\[0\\]\\.consumptionWh.*',
    (d) => {
      delete slotOf(d, 0).consumptionWh['region-1'];
    },
  ],
  [
    'a consumption too many',
    'slots\\[0\\]\\.consumptionWh',
    (d) => {
      slotOf(d, 0).consumptionWh['region-3'] = 0;
    },
  ],
];

function slotOf(document: Document, i: number): Document['slots'][0] {
  return document.slots[i] as Document['slots'][0];
}

function regionOf(document: Document, i: number, j: number): Document['slots'][0]['regionTotals'][0] {
  return slotOf(document, i).regionTotals[j] as Document['slots'][0]['regionTotals'][0];
}

/** Documents that are no evidence at all. */
const MALFORMED: readonly [string, (text: string) => string][] = [
  ['an empty file', () => ''],
  ['half a document', (text) => text.slice(0, text.length / 2)],
  ['two documents', (text) => text + text],
  ['a list', (text) => `[${text}]`],
  ['null', () => 'null'],
  ['another schema', (text) => text.replace('evidence/v1', 'evidence/v2')],
  ['another scheme', (text) => text.replace('fog-aggregation', 'tou-billing')],
  ['an unknown field', (text) => text.replace('"scheme"', '"more":1,"scheme"')],
  ['a missing field', (text) => text.replace(/"rho":"\d+",/, '')],
  ['m as a number', (text) => text.replace(/"m":"\d+"/, '"m":1')],
  ['m in hex', (text) => text.replace(/"m":"\d+"/, '"m":"0x1"')],
  ['m with leading zeros', (text) => text.replace(/"m":"/, '"m":"0')],
  ['a negative m', (text) => text.replace(/"m":"/, '"m":"-')],
  ['an endless m', (text) => text.replace(/"m":"/, `"m":"${'9'.repeat(100_000)}`)],
  ['a count that is no integer', (text) => text.replace(/"count":\d+/, '"count":6.5')],
  ['a negative count', (text) => text.replace(/"count":/, '"count":-')],
  ['a count beyond 2^53', (text) => text.replace(/"count":\d+/, '"count":9007199254740993')],
  ['a ciphertext in base64', (text) => text.replace(/"ciphertext":"/, '"ciphertext":"+/')],
  ['no slots', (text) => text.replace(/"slots":.*$/s, '"slots":[]}')],
  ['no regions', (text) => text.replace(/"regions":\[[^\]]*\]/, '"regions":[]')],
];

describe('gridveil evidence and verify', function () {
  this.timeout(120_000);
  const home = new CliHome();
  let text: string;
  after(() => home.remove());

  before(async () => {
    writeFileSync(home.file('readings.csv'), READINGS);
    mkdirSync(home.file('other/db'), { recursive: true });
    const input = ['--data', 'readings.csv', ...DECLARED, '--slots', '3', '--regions', '2'];
    const demo = await home.run('demo', '--bits', '2048', ...input);
    assert.equal(demo.exitCode, 0, demo.stderr);
    assert.deepEqual(wideLines(demo.stdout), []);
    assert.match(demo.stdout, /^2024-05-01 10:30 region-1 {2}withheld: fewer than 5 reports$/m);
    assert.match(demo.stdout, /^5 of 6 region totals opened; 1 withheld: fewer than 5 reports\.$/m);
    assert.match(demo.stdout, /5 numbers, each over/);
    const { exitCode, stdout, stderr } = await home.run('evidence');
    assert.equal(exitCode, 0, stderr);
    assert.equal(stderr, '');
    text = stdout;
  });

  function tampered(tamper: Tamper): string {
    const document = JSON.parse(text) as Document;
    tamper(document);
    return JSON.stringify(document);
  }

  async function verify(changed: string, ...options: readonly string[]) {
    writeFileSync(home.file('checked.json'), changed);
    return home.run('verify', 'checked.json', ...options);
  }

  for (const [what, place, tamper] of TAMPERINGS) {
    it(`rejects ${what}, and so does a stranger`, () => {
      const changed = tampered(tamper);
      assert.notEqual(changed, JSON.stringify(JSON.parse(text)));
      const found = finding(changed);
      assert.equal(found?.code, 'EVIDENCE_REJECTED');
      assert.match(String(found?.facts['place']), new RegExp(`^${place}$`));
      assert.notEqual(strangerVerify(changed), undefined);
    });
  }

  for (const [what, change] of MALFORMED) {
    it(`refuses ${what} as no evidence`, () => {
      const changed = change(text);
      assert.notEqual(changed, text);
      assert.equal(finding(changed)?.code, 'EVIDENCE_MALFORMED');
    });
  }

  it('ends with 2 and one sentence for what is no evidence', async () => {
    const { exitCode, stdout, stderr } = await verify(text.slice(0, 1000));
    assert.match(stderr, /^error: This is no evidence document \(.*\[EVIDENCE_MALFORMED\]\n$/);
    assert.deepEqual([exitCode, stdout], [2, '']);
  });

  it('names the first of several wrong things', async () => {
    const { exitCode, stdout, stderr } = await verify(
      tampered((document) => {
        slotOf(document, 2).opening.m = '1';
        regionOf(document, 1, 1).count = 1;
      }),
    );
    assert.match(
      stderr,
      /^error: The evidence does not hold at slots\[1\]\.regionTotals: .*\[EVIDENCE_REJECTED\]\n$/,
    );
    assert.deepEqual([exitCode, stdout], [1, '']);
  });

  it('reports what is wrong as one JSON line', async () => {
    const { exitCode, stdout, stderr } = await verify(
      tampered((document) => (slotOf(document, 0).opening.rho = '1')),
      '--json',
    );
    assert.deepEqual([exitCode, stdout], [1, '']);
    const document = oneDocument(stderr);
    assertValid('error', document);
    assert.equal((document as { facts: { place: string } }).facts.place, 'slots[0].opening');
  });

  it('exports one document that holds for both verifiers', async () => {
    const document = oneDocument(text);
    assertValid('evidence', document);
    const { exitCode, stdout } = await verify(text, '--json');
    assert.equal(exitCode, 0);
    const summary = oneDocument(stdout) as Record<string, unknown>;
    assertValid('verification', summary);
    const counts = ['slots', 'regionTotals', 'reports', 'energyWh'].map((name) => summary[name]);
    assert.deepEqual(counts, [3, 6, 12 + 6 + 12, 78 + 42 + 7800]);
    assert.equal(strangerVerify(text), undefined);
  });

  it('agrees with the stranger about any change of one character', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: text.length - 2 }),
        fc.constantFrom(...'019AZaz-_"{}[],.'),
        (at, character) => {
          const changed = text.slice(0, at) + character + text.slice(at + 1);
          const ours = finding(changed)?.code;
          const theirs = strangerVerify(changed);
          // A stranger need not insist on the form of the document, only on what it says.
          if (ours !== 'EVIDENCE_MALFORMED')
            assert.equal(ours === undefined, theirs === undefined, theirs ?? ours);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('exports the slots that were asked for', async () => {
    const { slots } = JSON.parse(text) as EvidenceDocument;
    const middle = String(slots[1]?.slot);
    const { stdout } = await home.run('evidence', '--from', middle, '--to', middle);
    assert.deepEqual((JSON.parse(stdout) as EvidenceDocument).slots, [slots[1]]);
  });

  /** All files but those in which LevelDB notes that it was opened. */
  function cryptoAndFolders(): string[] {
    const files = readdirSync(home.folder, { recursive: true, encoding: 'utf8' });
    return files.filter((file) => !/demo\/.*\/db\//.test(file)).sort();
  }

  const refusals: readonly [string, number, ...string[]][] = [
    ['EVIDENCE_EMPTY', 2, '--from', '1', '--to', '2'],
    ['GRID_UNKNOWN', 2, '--grid', 'nowhere'],
    ['LEDGER_FOLDER_MISSING', 2, '--ledger-dir', 'nowhere'],
    ['LEDGER_FOLDER_MISSING', 2, '--ledger-dir', ''],
    ['LEDGER_FOLDER_MISSING', 2, '--ledger-dir', 'other'],
    ['USER_UNKNOWN', 2, '--user', 'User7'],
    ['ROLE_REQUIRED', 2, '--user', 'Admin'],
    ['FILE_EXISTS', 2, '--out', 'readings.csv'],
    ['FILE_UNWRITABLE', 2, '--out', 'nowhere/evidence.json'],
  ];
  for (const [code, wanted, ...args] of refusals) {
    it(`refuses ${args.join(' ')} with ${code}`, async () => {
      const before = cryptoAndFolders();
      const { exitCode, stdout, stderr } = await home.run('evidence', ...args);
      assert.match(stderr, new RegExp(`^error: \\S.* \\[${code}\\]\\n$`));
      assert.deepEqual([exitCode, stdout], [wanted, '']);
      assert.equal(readFileSync(home.file('readings.csv'), 'utf8'), READINGS);
      assert.deepEqual(cryptoAndFolders(), before, 'nothing is written');
    });
  }

  it('writes the same document to a new file', async () => {
    assert.equal((await home.run('evidence', '--out', 'out.json')).exitCode, 0);
    assert.deepEqual(JSON.parse(readFileSync(home.file('out.json'), 'utf8')), JSON.parse(text));
    assert.ok(fits('evidence', JSON.parse(text)));
    assert.equal(fits('evidence', { ...(JSON.parse(text) as object), more: 1 }), false);
  });
});

/** What Gridveil's verifier finds; undefined when the evidence holds. */
function finding(text: string): ClientError | undefined {
  try {
    verifyEvidence(parseEvidence(text));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ClientError, String(error));
    return error;
  }
}
