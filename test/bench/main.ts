/**
 * `npm run bench -- [--only NAME]... [--json]`: runs the benchmarks against their goals.
 *
 * Rows come in groups, one file each; to add some, write a file that exports `BenchRow[]` and list it in GROUPS.
 * Exit code 0 also when a goal is missed (the row says so), 2 for a wrong option.
 */
import { parseArgs } from 'node:util';
import { describeHost } from '@gridveil/caliper/report/host.js';
import { benchHeader, benchJson, benchLine } from './bench-report.js';
import { measure, type BenchResult, type BenchRow } from './bench-row.js';
import { blsRows } from './crypto/bls-rows.js';
import { gcdRows } from './crypto/gcd-rows.js';
import { paillierRows } from './crypto/paillier-rows.js';
import { signcryptionRows } from './crypto/signcryption-rows.js';
import { demoRows } from './demo-rows.js';
import { touBillingRows } from './crypto/tou-billing-rows.js';
import { fabricRows } from './fabric-rows.js';
import { fogHttpRows } from './parties/fog-http-rows.js';
import { fogNodeRows } from './parties/fog-node-rows.js';
import { fogRestartRows } from './parties/fog-restart-rows.js';
import { signcryptedBlockRows } from './signcrypted-block-rows.js';
import { slotBlockRows } from './slot-block-rows.js';

const GROUPS: readonly (readonly BenchRow[])[] = [
  paillierRows,
  gcdRows,
  blsRows,
  touBillingRows,
  signcryptionRows,
  fogNodeRows,
  fogHttpRows,
  fogRestartRows,
  demoRows,
  fabricRows,
  slotBlockRows,
  signcryptedBlockRows,
];

class UsageError extends Error {}

function readOptions(): { only: readonly string[]; json: boolean } {
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string', multiple: true }, json: { type: 'boolean' } },
    });
    return { only: values.only ?? [], json: values.json ?? false };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function selectRows(only: readonly string[]): BenchRow[] {
  const rows = GROUPS.flat();
  const wrong = only.find((name) => !rows.some((row) => row.name.includes(name)));
  if (wrong !== undefined)
    throw new UsageError(`No benchmark is called "${wrong}": use ${rows.map((row) => row.name).join(', ')}.`);
  return only.length === 0 ? rows : rows.filter((row) => only.some((name) => row.name.includes(name)));
}

async function main(): Promise<void> {
  const { only, json } = readOptions();
  const rows = selectRows(only);
  const host = describeHost();
  const results: BenchResult[] = [];
  if (!json) process.stdout.write(benchHeader(host));
  for (const row of rows) {
    if (process.stderr.isTTY || json) process.stderr.write(`${row.what} ...\n`);
    const result = await measure(row);
    results.push(result);
    if (!json) process.stdout.write(benchLine(result));
  }
  if (json) process.stdout.write(benchJson(host, results));
}

main().catch((error: unknown) => {
  const usage = error instanceof UsageError;
  process.stderr.write(`${usage ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = usage ? 2 : 1;
});
