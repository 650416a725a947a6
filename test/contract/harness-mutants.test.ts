/**
 * The fault harness itself is tested: each seeded mutant of the product must make it fail. Without a mutant the same files are ordinary tests of their
 * layers and pass.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { MUTANTS, type Mutant } from '../harness/mutants.js';

const MOCHA = join(require.resolve('mocha/package.json'), '..', 'bin', 'mocha.js');
const MUTATE = join(__dirname, '..', 'harness', 'mutate.js');
const DIST = join(__dirname, '..');
/** Far more histories than the tests run by themselves: the rarest mutant shows in one of a few hundred. They end with the first failure. */
const HISTORIES = '4000';
const LIMIT_MS = 300_000;

interface MochaReport {
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
}

interface Run {
  readonly exitCode: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run({ name, caughtBy }: Mutant): Promise<Run> {
  const env = { ...process.env, GRIDVEIL_TEST_MUTANT: name, FUZZ_RUNS: HISTORIES, FUZZ_STOP: '1' };
  const args = [
    MOCHA,
    '--require',
    MUTATE,
    '--reporter',
    'json',
    '--timeout',
    String(LIMIT_MS),
    join(DIST, caughtBy),
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ exitCode: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('the fault harness', function () {
  this.timeout(LIMIT_MS + 10_000);

  it('knows at least six ways in which the product could be wrong', () => {
    assert.ok(new Set(MUTANTS.map(({ name }) => name)).size >= 6);
  });

  for (const mutant of MUTANTS)
    it(`catches ${mutant.name}: ${mutant.fault}`, async () => {
      const { exitCode, stdout, stderr } = await run(mutant);
      assert.match(stderr, new RegExp(`mutant ${mutant.name} is in`), `${exitCode}\n${stderr}\n${stdout}`);
      const { failures } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as MochaReport;
      assert.ok(failures.length > 0, 'it was not caught');
      // What notices it is an oracle, not a time limit or a missing file.
      for (const { err } of failures) assert.match(err.message ?? '', /Property failed after/, err.message);
    });
});
