/** `npm run papers -- 002`, run quickly: all tables and figures of the paper, and what of them does not depend on the host. */
import assert from 'node:assert/strict';
import type { PaperFindings } from './paper-report.js';
import { signcryptionStudy } from './signcryption/cost-study.js';

describe('the cost study of paper 002', function () {
  this.timeout(120_000);
  let findings: PaperFindings;
  before(async () => {
    findings = await signcryptionStudy.run({ quick: true, progress: () => undefined });
  });

  const table = (id: string) => {
    const found = findings.tables.find((one) => one.id === id);
    assert.ok(found, `no table ${id}`);
    return found;
  };
  const row = (id: string, ...start: readonly string[]) => {
    const found = table(id).rows.find((cells) => start.every((cell, i) => cells[i] === cell));
    assert.ok(found, start.join());
    return found;
  };

  it('has the tables 1 to 3 and the figures 5 to 7, with a cell for every column', () => {
    for (const id of ['1', '2', '3']) table(id);
    assert.deepEqual(
      findings.figures.map(({ id }) => id),
      ['5', '6', '7'],
    );
    for (const { id, columns, rows } of findings.tables) {
      assert.ok(rows.length > 0, id);
      for (const cells of rows) assert.equal(cells.length, columns.length, id);
    }
    for (const { series } of findings.figures)
      for (const { points } of series) assert.ok(points.length > 0 && points.every(({ y }) => y >= 0));
  });

  it('prints the formulas of table 2 with the printed times', () => {
    assert.equal(row('2', 'User', 'CBSG')[3], 13.5);
    assert.equal(row('2', 'CC', 'CBSG')[3], 36.3);
    assert.equal(row('2', 'User', '[10]')[3], 106.2);
  });

  it('measures the product where the paper has a row for CBSG', () => {
    for (const party of ['User', 'CC']) assert.ok(Number(row('2', party, 'CBSG')[5]) > 0);
  });

  it('a report is 55 bytes more than header, D, W, z, plaintexts and tags, whatever its dimensions', () => {
    const rows = table('report').rows as readonly (readonly number[])[];
    for (const [dimensions = 0, header = 0, seal, plaintexts, tags, framing = 0, all] of rows) {
      assert.deepEqual([seal, plaintexts, tags], [96, 3 * 5 * dimensions, 48]);
      assert.ok(framing <= 96);
      assert.equal(all, header + 96 + 15 * dimensions + 48 + framing);
    }
  });
});
