/**
 * `npm run papers -- PAPER [--json] [--out DIR] [--quick]`: recomputes the tables and figures of a paper beside our own.
 *
 * Markdown on stdout, or with --json the document gridveil/papers/v1; --out also writes PAPER.json, PAPER.md and the figures
 * as SVG. To add a paper, write a file that exports a `PaperStudy` and list it in STUDIES.
 * Exit codes: 0 done, 2 a wrong argument, 1 a failure.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printDocument, reportError } from '@gridveil/client/cli/output.js';
import { ClientError } from '@gridveil/client/errors.js';
import { describeHost } from '@gridveil/caliper/report/host.js';
import { costStudy as fogAggregationStudy } from './fog-aggregation/cost-study.js';
import { signcryptionStudy } from './signcryption/cost-study.js';
import { drawFigure } from './paper-figure.js';
import { figureFile, markdownOf } from './paper-markdown.js';
import type { PaperReport, PaperStudy } from './paper-report.js';
import { touBillingStudy } from './tou-billing/cost-study.js';

const STUDIES: readonly PaperStudy[] = [fogAggregationStudy, touBillingStudy, signcryptionStudy];
const OPTIONS = { json: { type: 'boolean' }, quick: { type: 'boolean' }, out: { type: 'string' } } as const;
const USAGE = 'used as: npm run papers -- PAPER [--json] [--out DIR] [--quick]';

interface Command {
  readonly study: PaperStudy;
  readonly json: boolean;
  readonly quick: boolean;
  readonly out: string | undefined;
}

/** @throws ClientError OPTION_INVALID */
function readCommand(args: readonly string[]): Command {
  const { positionals, values } = parse(args);
  const [paper = '', extra] = positionals;
  const study = STUDIES.find((one) => one.paper === paper);
  if (extra !== undefined) throw new ClientError('OPTION_INVALID', { option: extra, allowed: USAGE });
  if (!study) {
    const known = STUDIES.map((one) => one.paper).join(', ');
    throw new ClientError('OPTION_INVALID', { option: `PAPER "${paper}"`, allowed: `one of ${known}` });
  }
  return { study, json: values.json ?? false, quick: values.quick ?? false, out: values.out };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch {
    const wrong = args.find((arg) => !isKnown(arg)) ?? '--out';
    throw new ClientError('OPTION_INVALID', { option: wrong, allowed: USAGE });
  }
}

function isKnown(arg: string): boolean {
  return !arg.startsWith('-') || Object.keys(OPTIONS).some((name) => arg === `--${name}`);
}

async function writing(folder: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ClientError('FILE_UNWRITABLE', { file: folder, reason });
  }
}

async function writeFiles(folder: string, report: PaperReport): Promise<void> {
  const files: [string, string][] = [
    [`${report.paper}.json`, `${JSON.stringify(report, null, 2)}\n`],
    [`${report.paper}.md`, markdownOf(report, true)],
    ...report.figures.map((figure): [string, string] => [figureFile(figure), drawFigure(figure)]),
  ];
  await writing(folder, async () => {
    for (const [name, text] of files) await writeFile(join(folder, name), text);
  });
}

async function main(args: readonly string[]): Promise<void> {
  const { study, json, quick, out } = readCommand(args);
  const { paper, title } = study;
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  // Before minutes of measuring, not after.
  if (out !== undefined) await writing(out, () => mkdir(out, { recursive: true }));
  const host = describeHost();
  const findings = await study.run({ quick, progress });
  const report: PaperReport = { schema: 'gridveil/papers/v1', paper, title, host, ...findings };
  if (out !== undefined) await writeFiles(out, report);
  if (json) printDocument(report);
  else process.stdout.write(markdownOf(report, false));
}

const args = process.argv.slice(2);
main(args).catch((error: unknown) => {
  process.exitCode = reportError(error, args.includes('--json'));
});
