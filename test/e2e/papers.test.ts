/** `npm run papers` as a user runs it: one quick run of paper 000, and what is refused. */
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

    it('prints one document that fits its schema, with a cell for every column', () => {
      assertValid('papers', report);
      assert.equal(report.paper, '000');
      for (const { id, columns, rows } of report.tables)
        for (const cells of rows) assert.equal(cells.length, columns.length, `table ${id}`);
    });

    it('writes the same document, its text and every figure', async () => {
      const figures = report.figures.map(({ id }) => `figure-${id}.svg`);
      assert.deepEqual((await readdir(out)).sort(), ['000.json', '000.md', ...figures].sort());
      assert.ok(figures.includes('figure-5.svg') && figures.includes('figure-6.svg'));
      assert.deepEqual(JSON.parse(await readFile(join(out, '000.json'), 'utf8')), report);
      const text = await readFile(join(out, '000.md'), 'utf8');
      for (const { id, title } of report.tables) assert.ok(text.includes(`## Table ${id}: ${title}`));
      for (const { id, series } of report.figures) {
        assert.ok(text.includes(`](figure-${id}.svg)`));
        const svg = await readFile(join(out, `figure-${id}.svg`), 'utf8');
        for (const { name } of series) assert.ok(svg.includes(`>${name}<`), name);
      }
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
      const time = (notation: string, how: string): number => {
        const found = rowsOf('II').find(
          (cells) => cells['notation'] === notation && String(cells['measured with']).includes(how),
        );
        return Number(found?.['this host (ms)']);
      };
      const cells = row('III', 'scheme', 'EBDA');
      const expected =
        FOG_NODES * (METERS * time('T_E1', '|N| = 3072') + 2 * (METERS + 1) * time('T_M', '|N| = 3072')) +
        (FOG_NODES + 1) * (time('T_P', '@noble/curves') + time('T_M', '|N| = 3072')) +
        time('T_E1', '|N| = 3072');
      const actual = Number(cells['(b) this host, |N| = 3072, @noble/curves (ms)']);
      assert.ok(Math.abs(actual / expected - 1) < 0.002, `${actual} and ${expected}`);
    });

    it('adds up the work of the parties', () => {
      assert.equal(
        report.parameters['slotsPerSize'],
        2,
        'the median of two is their mean, so that sums agree',
      );
      const stages = table('product').columns.slice(2, 7);
      for (const cells of rowsOf('product')) {
        const [randomisers = 0, ...others] = stages.map((stage) => Number(cells[stage]));
        const online = others.reduce((sum, ms) => sum + ms, 0);
        const agrees = (column: string, ms: number) =>
          assert.ok(Math.abs(Number(cells[column]) / ms - 1) < 0.002, `${column}: ${ms}`);
        agrees('total without randomisers', online);
        agrees('total', randomisers + online);
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
      refused(/^error: Option PAPER "007" must be one of 000\. \[OPTION_INVALID\]$/m, '007'));
    it('no paper', () => refused(/one of 000\. \[OPTION_INVALID\]/, '--quick'));
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
