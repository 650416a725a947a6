/** `npm run papers` as a user runs it: one quick run of each paper, and what is refused. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cell, PaperReport } from '../papers/paper-report.js';
import { assertValid, oneDocument } from './schemas.js';

const PAPERS = join(__dirname, '..', 'papers', 'main.js');
const FOG_NODES = 10;
const METERS = 20;

interface Failure {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const papers = (...args: readonly string[]) => promisify(execFile)(process.execPath, [PAPERS, ...args]);

/** Looks into the tables of a report. */
function tablesOf(report: PaperReport) {
  const table = (id: string) => {
    const found = report.tables.find((one) => one.id === id);
    assert.ok(found, `no table ${id}`);
    return found;
  };
  /** Rows as objects, by column. */
  const rowsOf = (id: string): Record<string, Cell>[] => {
    const { columns, rows } = table(id);
    return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null])));
  };
  const row = (id: string, column: string, value: Cell): Record<string, Cell> => {
    const found = rowsOf(id).find((cells) => cells[column] === value);
    assert.ok(found, `no row ${String(value)} in table ${id}`);
    return found;
  };
  /** This host's time of the operation that was measured so. */
  const hostMs = (id: string, column: string, notation: string, how: string): number => {
    const found = rowsOf(id).find(
      (cells) => cells[column] === notation && String(cells['measured with']).includes(how),
    );
    return Number(found?.['this host (ms)']);
  };
  return { table, rowsOf, row, hostMs };
}

function assertFitsSchema(report: PaperReport, paper: string): void {
  assertValid('papers', report);
  assert.equal(report.paper, paper);
  for (const { id, columns, rows } of report.tables)
    for (const cells of rows) assert.equal(cells.length, columns.length, `table ${id}`);
}

async function assertWritten(out: string, report: PaperReport): Promise<void> {
  const { paper } = report;
  const figures = report.figures.map(({ id }) => `figure-${id}.svg`);
  assert.deepEqual((await readdir(out)).sort(), [`${paper}.json`, `${paper}.md`, ...figures].sort());
  assert.deepEqual(JSON.parse(await readFile(join(out, `${paper}.json`), 'utf8')), report);
  const text = await readFile(join(out, `${paper}.md`), 'utf8');
  for (const { id, title } of report.tables) assert.ok(text.includes(`## Table ${id}: ${title}`));
  for (const { id, series } of report.figures) {
    assert.ok(text.includes(`](figure-${id}.svg)`));
    const svg = await readFile(join(out, `figure-${id}.svg`), 'utf8');
    for (const { name } of series) assert.ok(svg.includes(`>${name}<`), name);
  }
}

function assertClose(actual: number, expected: number, what = ''): void {
  assert.ok(Math.abs(actual / expected - 1) < 0.002, `${what}: ${actual} and ${expected}`);
}

describe('npm run papers', function () {
  this.timeout(240_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gridveil-papers-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  describe('-- 000', () => {
    let out: string;
    let report: PaperReport;

    before(async () => {
      out = join(folder, 'new', 'results');
      const { stdout } = await papers('000', '--quick', '--json', '--out', out);
      report = oneDocument(stdout) as PaperReport;
    });

    const rowsOf = (id: string) => tablesOf(report).rowsOf(id);
    const row = (id: string, column: string, value: Cell) => tablesOf(report).row(id, column, value);

    it('prints one document that fits its schema, with a cell for every column', () =>
      assertFitsSchema(report, '000'));

    it('writes the same document, its text and every figure', async () => {
      await assertWritten(out, report);
      for (const id of ['5', '6']) assert.ok(report.figures.some((figure) => figure.id === id));
    });

    it('has the printed times of Table II beside times of this host', () => {
      const printed = { T_E1: 1.6, T_E2: 1.62, T_M: 0.06, T_P: 17.7 };
      for (const [notation, ms] of Object.entries(printed))
        assert.equal(row('II', 'notation', notation)['printed (ms)'], ms);
      for (const cells of rowsOf('II')) assert.ok(Number(cells['this host (ms)']) > 0);
    });

    it('has the printed column of Table III as one gets it by hand', () => {
      const printed = rowsOf('III').map((cells) => [cells['scheme'], cells['(a) printed times (ms)']]);
      assert.deepEqual(printed.slice(0, 3), [
        // 10 (40·1.6 + 80·0.06 + 61·1.62) + 20·17.7 + 20·1.6
        ['LPDA-EC', 2062],
        // 10 (20·1.6 + 42·0.06) + 11·17.7 + 11·0.06 + 1.6
        ['EBDA', 542.2],
        // 611·0.06 + 1.6
        ['LDAS-BC', 38.26],
      ]);
    });

    it('computes the columns of this host from its own Table II', () => {
      const time = (notation: string, how: string): number =>
        tablesOf(report).hostMs('II', 'notation', notation, how);
      const cells = row('III', 'scheme', 'EBDA');
      const expected =
        FOG_NODES * (METERS * time('T_E1', '|N| = 3072') + 2 * (METERS + 1) * time('T_M', '|N| = 3072')) +
        (FOG_NODES + 1) * (time('T_P', '@noble/curves') + time('T_M', '|N| = 3072')) +
        time('T_E1', '|N| = 3072');
      assertClose(Number(cells['(b) this host, |N| = 3072, @noble/curves (ms)']), expected);
    });

    it('adds up the work of the parties', () => {
      assert.equal(
        report.parameters['slotsPerSize'],
        2,
        'the median of two is their mean, so that sums agree',
      );
      const stages = tablesOf(report).table('product').columns.slice(2, 7);
      for (const cells of rowsOf('product')) {
        const [randomisers = 0, ...others] = stages.map((stage) => Number(cells[stage]));
        const online = others.reduce((sum, ms) => sum + ms, 0);
        assertClose(Number(cells['total without randomisers']), online, 'total without randomisers');
        assertClose(Number(cells['total']), randomisers + online, 'total');
      }
    });

    it('has the bits of Table IV as one gets them by hand, and the messages as they are sent', () => {
      const bits = (scheme: string): Cell | undefined => row('IV', 'scheme', scheme)['all messages (bits)'];
      const messages = FOG_NODES * METERS + FOG_NODES - 1;
      assert.equal(bits('LPDA-EC'), messages * 2528);
      assert.equal(bits('EBDA'), messages * 2368);
      assert.equal(bits('LDAS-BC'), messages * 2368);
      assert.equal(bits('LDAS-BC, ID counted (not in the paper)'), messages * 2528);
      const sent = row('messages', '|N|', 3072);
      const [report3072, regionTotal] = [
        Number(sent['report']),
        Number(sent['region total (transaction argument)']),
      ];
      assert.ok(report3072 > 768 && report3072 < 1100);
      // base64url of 768 bytes and what names it
      assert.ok(regionTotal > 1024 && regionTotal < 1300);
      assert.equal(
        bits('Gridveil, |N| = 3072, as sent'),
        8 * (FOG_NODES * METERS * report3072 + FOG_NODES * regionTotal),
      );
    });

    it('plots the points of its tables', () => {
      const figure = report.figures.find(({ id }) => id === '5');
      const points = figure?.series.find(({ name }) => name === 'LDAS-BC, printed times')?.points;
      assert.deepEqual(points, [
        { x: 5, y: 19.96 },
        { x: 10, y: 38.26 },
      ]);
    });
  });

  describe('-- 001', () => {
    const AGGREGATORS = 10;
    const AREA = 20;
    let out: string;
    let report: PaperReport;

    before(async () => {
      out = join(folder, '001');
      const { stdout } = await papers('001', '--quick', '--json', '--out', out);
      report = oneDocument(stdout) as PaperReport;
    });

    const rowsOf = (id: string) => tablesOf(report).rowsOf(id);

    it('prints one document that fits its schema, with a cell for every column', () =>
      assertFitsSchema(report, '001'));

    it('writes the same document, its text and every figure', async () => {
      await assertWritten(out, report);
      for (const id of ['3', '4']) assert.ok(report.figures.some((figure) => figure.id === id));
    });

    it('has Table 2 as printed, and beside it what came out when it was tried', () => {
      const column = (name: string) => rowsOf('2').map((cells) => cells[name]);
      assert.deepEqual(column('(a) printed, [14]'), ['yes', 'yes', 'no', 'no', 'yes']);
      assert.deepEqual(column('(a) printed, [20]'), ['yes', '-', 'yes', '-', 'no']);
      assert.deepEqual(column('(a) printed, Our'), ['yes', 'yes', 'yes', 'yes', 'no']);
      // Every claim of the printed form fails; the product still has an ESP that could read.
      assert.deepEqual(column('(b) Our as printed, tried out'), ['no', 'no', 'no', 'no', 'yes']);
      assert.deepEqual(column('(c) Gridveil, tried out'), ['yes', 'yes', 'yes', 'yes', 'yes']);
    });

    it('has the printed times of Table 3 beside times of this host', () => {
      const printed = { T_p: 6.85, T_m: 0.88, T_e: 9.45, TE_p: 5.33, TD_p: 9.82 };
      for (const [symbol, ms] of Object.entries(printed))
        assert.equal(tablesOf(report).row('3', 'symbol', symbol)['printed (ms)'], ms);
      for (const cells of rowsOf('3')) assert.ok(Number(cells['this host (ms)']) > 0);
    });

    it('has the printed column of Table 4 as one gets it by hand, for m = 10 and n = 20', () => {
      const printed = rowsOf('4').map((cells) => [
        cells['entity'],
        cells['scheme'],
        cells['(a) printed times (ms)'],
      ]);
      assert.deepEqual(printed.slice(0, 16), [
        // 5.33 + 0.88, 5.33 + 6.85
        ['SM', '[12]', 6.21],
        ['SM', '[16]', 12.18],
        ['SM', '[20]', 6.21],
        ['SM', '[21]', 5.33],
        ['SM', 'Our', 6.21],
        // 21·6.85 + 0.88, 41·6.85, 10 times the first, 2·9.45, 21·6.85 + 0.88 + 9.45
        ['AN', '[12]', 144.7],
        ['AN', '[16]', Number((41 * 6.85).toPrecision(4))],
        ['AN', '[20]', 1447],
        ['AN', '[21]', 18.9],
        ['AN', 'Our', 154.2],
        // 19 exponentiations more
        ['AN', 'Our, charges of all n meters (not in the paper)', 333.7],
        // 2·6.85 + 9.82, 6.85 + 9.82, 11·6.85 + 9.82, 9.82, 11·6.85 + 3·9.82
        ['ESP', '[12]', 23.52],
        ['ESP', '[16]', 16.67],
        ['ESP', '[20]', 85.17],
        ['ESP', '[21]', 9.82],
        ['ESP', 'Our', 104.8],
      ]);
    });

    it('computes the columns of this host from its own Table 3', () => {
      const time = (symbol: string, how: string): number =>
        tablesOf(report).hostMs('3', 'symbol', symbol, how);
      const column = '(b) this host, |N| = 3072, @noble/curves (ms)';
      const [Tp, Tm] = [time('T_p', '@noble/curves'), time('T_m', '@noble/curves')];
      const [Te, TDp] = [time('T_e', '|N| = 3072'), time('TD_p', '|N| = 3072')];
      const cells = (entity: string) =>
        rowsOf('4').find((each) => each['entity'] === entity && each['scheme'] === 'Our') ?? {};
      assertClose(Number(cells('AN')[column]), (AREA + 1) * Tp + Tm + Te, 'AN');
      assertClose(Number(cells('ESP')[column]), (AGGREGATORS + 1) * Tp + 3 * TDp, 'ESP');
    });

    it("adds up the AN's work", () => {
      assert.equal(
        report.parameters['slotsPerSize'],
        2,
        'the median of two is their mean, so that sums agree',
      );
      for (const cells of rowsOf('product')) {
        const of = (name: string): number => Number(cells[`AN: ${name}`]);
        const unproven =
          of('signatures') + of('area total, root, signature') + of('share of all monthly charges');
        assertClose(of('all without range proofs'), unproven, 'without range proofs');
        assertClose(of('all'), unproven + of('range proofs'), 'all');
      }
    });

    it('keeps at most 1.14 times ciphertext and signature of a report, at the moduli of the product', () => {
      for (const bits of [2048, 3072]) {
        const cells = tablesOf(report).row('messages', '|N|', bits);
        assert.equal(cells['of it ciphertext and signature'], bits / 4 + 96);
        assert.ok(Number(cells['ratio']) > 1 && Number(cells['ratio']) <= 1.14, `${String(cells['ratio'])}`);
      }
    });

    it('plots the points of its tables', () => {
      const series = (id: string, name: string) =>
        report.figures.find((figure) => figure.id === id)?.series.find((each) => each.name === name)?.points;
      assert.deepEqual(series('4', '[16]'), [
        { x: 10, y: Number((21 * 6.85).toPrecision(4)) },
        { x: 20, y: Number((41 * 6.85).toPrecision(4)) },
      ]);
      assert.deepEqual(series('3', '[16], printed times'), [{ x: 1024, y: 12.18 }]);
    });
  });

  describe('-- 002', () => {
    let out: string;
    let report: PaperReport;

    before(async () => {
      out = join(folder, '002');
      const { stdout } = await papers('002', '--quick', '--json', '--out', out);
      report = oneDocument(stdout) as PaperReport;
    });

    it('prints one document that fits its schema, with a cell for every column', () =>
      assertFitsSchema(report, '002'));

    it('writes the same document, its text and every figure', async () => {
      await assertWritten(out, report);
      for (const id of ['5', '6', '7']) assert.ok(report.figures.some((figure) => figure.id === id));
    });
  });

  describe('refuses, with code 2 and one sentence,', () => {
    const refused = async (says: RegExp, ...args: readonly string[]) => {
      await assert.rejects(papers(...args), (error: Failure) => {
        assert.deepEqual([error.code, error.stdout], [2, '']);
        assert.match(error.stderr, says);
        assert.equal(error.stderr.trim().split('\n').length, 1);
        return true;
      });
    };

    it('an unknown paper, with the known ones', () =>
      refused(/^error: Option PAPER "007" must be one of 000, 001, 002\. \[OPTION_INVALID\]$/m, '007'));
    it('no paper', () => refused(/one of 000, 001, 002\. \[OPTION_INVALID\]/, '--quick'));
    it('two papers', () => refused(/Option 001 must be used as: npm run papers/, '000', '001'));
    it('an unknown option', () => refused(/Option --outt must be used as/, '000', '--outt', folder));
    it('--out without a folder', () => refused(/Option --out must be used as/, '000', '--out', '--json'));
    it('a folder that cannot be made, before it measures', () =>
      refused(/cannot be written \(ENOTDIR\)/, '000', '--out', join(__filename, 'x')));

    it('and says so as a document with --json', async () => {
      await assert.rejects(
        papers('4', '--json'),
        (error: { code: number; stdout: string; stderr: string }) => {
          assert.deepEqual([error.code, error.stdout], [2, '']);
          assertValid('error', oneDocument(error.stderr));
          return true;
        },
      );
    });
  });
});
