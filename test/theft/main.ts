/**
 * `npm run theft -- [--json] [--out DIR] [--quick] [--seed TEXT]`: injects tampering into real readings and tells what the control centre finds (results/README.md).
 *
 * Markdown on stdout, or with --json the document gridveil/theft/v1; --out also writes theft.json, theft.md and the figures as SVG. Exit codes: 0 done, 2 a wrong argument, 1 a failure.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeHost } from '@gridveil/caliper/report/host.js';
import { printDocument, reportError } from '@gridveil/client/cli/output.js';
import { ClientError } from '@gridveil/client/errors.js';
import { evaluate } from './evaluation.js';
import { figuresOf, markdownOf, reportOf } from './report.js';
import { readSourceData } from './source-data.js';

const OPTIONS = {
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  out: { type: 'string' },
  seed: { type: 'string', default: '1' },
} as const;
const USAGE = 'used as: npm run theft -- [--json] [--out DIR] [--quick] [--seed TEXT]';

export const FULL = { customers: 24, trainingAreas: 6, trainingMeters: 12, judgedAreas: 20, judgedMeters: 6 };
/** Shows that all works, not how well. */
export const QUICK = { customers: 12, trainingAreas: 4, trainingMeters: 10, judgedAreas: 3, judgedMeters: 3 };

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch {
    throw new ClientError('OPTION_INVALID', { option: args.join(' '), allowed: USAGE });
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { json, quick, out, seed } = readOptions(args);
  const data = await readSourceData();
  if (data === undefined)
    throw new ClientError('FILE_UNREADABLE', {
      file: 'shared/data',
      reason: 'set GRIDVEIL_DATA to the data extracts',
    });
  if (out !== undefined) await mkdir(out, { recursive: true });
  const host = describeHost();
  const parameters = { ...(quick ? QUICK : FULL), seed, quick };
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const evaluation = evaluate(data, { ...parameters, progress });
  const report = reportOf(host, parameters, evaluation);
  if (out !== undefined) {
    await writeFile(join(out, 'theft.json'), `${JSON.stringify(report, null, 2)}\n`);
    await writeFile(join(out, 'theft.md'), markdownOf(report));
    for (const [name, svg] of figuresOf(report, evaluation, data)) await writeFile(join(out, name), svg);
  }
  if (json) printDocument(report);
  else process.stdout.write(markdownOf(report));
}

const args = process.argv.slice(2);
main(args).catch((error: unknown) => {
  process.exitCode = reportError(error, args.includes('--json'));
});
