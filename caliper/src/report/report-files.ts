/** The files of a report: `results.json`, `report.md`, charts, and Caliper's own report of each repetition. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaliperError } from '../errors.js';
import { FIGURE_NAMES, figuresOf } from './figures.js';
import { markdownOf } from './markdown.js';
import type { CaliperResults } from './results.js';

const RESULTS = 'results.json';
const REPORT = 'report.md';

/** Makes the folder and tries it, before an hour is spent on what could not be kept. @throws CaliperError FILE_UNWRITABLE */
export function requireWritable(folder: string): void {
  const probe = join(folder, `.${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CaliperError('FILE_UNWRITABLE', { file: folder, reason }, { cause });
  }
}

/**
 * Replaces the report of an earlier run: nothing of it stands beside the new figures.
 * @param caliperReports - of each repetition
 * @returns the Markdown.
 */
export function writeReport(
  folder: string,
  results: CaliperResults,
  caliperReports: readonly (string | undefined)[],
): string {
  for (const name of readdirSync(folder).filter(isOurs)) rmSync(join(folder, name));
  const figures = figuresOf(results);
  const markdown = markdownOf(results, [...figures.keys()]);
  const files = new Map([
    ...figures,
    ...caliperReports.flatMap((html, i) =>
      html === undefined ? [] : [[`caliper-report-${i + 1}.html`, html] as const],
    ),
    [RESULTS, `${JSON.stringify(results, undefined, 1)}\n`],
    [REPORT, markdown],
  ]);
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
  return markdown;
}

function isOurs(name: string): boolean {
  const figure = FIGURE_NAMES.some((each) => name === `${each}.svg`);
  return name === RESULTS || name === REPORT || figure || /^caliper-report-\d+\.html$/.test(name);
}
