/** The files of a report: `results.json`, `report.md`, charts, and Caliper's own report of each repetition. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaliperError } from '../errors.js';
import { FIGURE_NAMES, figuresOf } from './figures.js';
import { markdownOf } from './markdown.js';
import type { CaliperResults } from './results.js';

const RESULTS = 'results.json';
const REPORT = 'report.md';

export function caliperReportName(repetition: number): string {
  return `caliper-report-${repetition}.html`;
}

/** Makes the folder; what an earlier run left of these files goes, so that nothing of it stands beside the new figures. */
export function emptyReportFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder).filter(isOurs)) rmSync(join(folder, name));
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CaliperError('FILE_UNWRITABLE', { file: folder, reason }, { cause });
  }
}

function isOurs(name: string): boolean {
  const figure = FIGURE_NAMES.some((each) => name === `${each}.svg`);
  return name === RESULTS || name === REPORT || figure || /^caliper-report-\d+\.html$/.test(name);
}

/** @returns the Markdown. */
export function writeReport(folder: string, results: CaliperResults): string {
  const figures = figuresOf(results);
  const markdown = markdownOf(results, [...figures.keys()]);
  writeFileSync(join(folder, RESULTS), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(join(folder, REPORT), markdown);
  for (const [name, svg] of figures) writeFileSync(join(folder, name), svg);
  return markdown;
}
