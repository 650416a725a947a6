/**
 * `npm test [-- --only LAYER|GLOB]`: runs every layer of the test suite, says what ran where, and ends with
 * `N passed, N failed` (and `, N skipped`) as its last line. Exit code 1 when anything failed, 2 for a wrong argument.
 *
 * The Fabric layer runs when Fabric's programs are there or can be built; else it is skipped with the reason, and with
 * CI=true that is a failure.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NetworkError } from '@gridveil/network/errors.js';
import { findFabricTools } from '@gridveil/network/fabric/fabric-tools.js';
import { lineReporter } from '@gridveil/network/reporter.js';
import { isChosen, layerOf, LAYERS, testSources, type Layer } from './runner/layers.js';
import { runLayer, type LayerResult } from './runner/run-layer.js';
import { summaryText, type LayerOutcome } from './runner/summary.js';

const SOURCES = join(__dirname, '..');

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** @returns the chosen layer or glob; undefined for all. */
function chosen(argv: readonly string[]): string | undefined {
  const [option, choice, ...rest] = argv;
  if (option === undefined) return undefined;
  if (option === '--only' && choice !== undefined && rest.length === 0) return choice;
  throw new RangeError(`usage: npm test -- --only ${LAYERS.map(({ name }) => name).join('|')}|GLOB`);
}

async function runOne(layer: Layer, sources: readonly string[], verbose: boolean): Promise<LayerOutcome> {
  if (sources.length === 0)
    return { layer, files: sources.length, result: problem('there is no test in this layer') };
  const files = sources.map((source) => join(__dirname, source.replace(/\.ts$/, '.js')));
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined)
    return { layer, files: sources.length, result: problem(`${missing} is missing: run npm run build`) };
  say(`\n${layer.name}: ${sources.length} files on ${layer.runsOn}`);
  if (layer.needsFabric) {
    const found = await fabric();
    if ('reason' in found)
      return { layer, files: sources.length, result: await withoutFabric(layer, files, found.reason) };
    say(`  Fabric ${found.version} in ${found.bin}`);
  }
  const { signal } = interrupt;
  return {
    layer,
    files: sources.length,
    result: await runLayer({ files, limitMs: layer.limitMs, verbose, signal }),
  };
}

function problem(text: string): LayerResult {
  return { passed: 0, failed: 1, skipped: 0, notes: [], problems: [text], durationMs: 0 };
}

async function fabric(): Promise<
  { readonly version: string; readonly bin: string } | { readonly reason: string }
> {
  try {
    return await findFabricTools({ reporter: lineReporter(process.stdout), signal: interrupt.signal });
  } catch (error) {
    if (error instanceof NetworkError) return { reason: error.message };
    throw error;
  }
}

/** Counts what is skipped; in CI it is a failure that the layer did not run. */
async function withoutFabric(layer: Layer, files: readonly string[], reason: string): Promise<LayerResult> {
  say(`  skipped: ${reason}`);
  const counted = await runLayer({ files, limitMs: layer.limitMs, dryRun: true, output: 'ignore' });
  const skipped = { ...counted, passed: 0, skipped: counted.passed, notes: [reason] };
  if (process.env['CI'] !== 'true') return skipped;
  const problems = [...counted.problems, `in CI this layer must run: ${reason}`];
  return { ...skipped, failed: counted.failed + 1, problems };
}

async function main(): Promise<number> {
  const startedAtMs = performance.now();
  const choice = chosen(process.argv.slice(2));
  const all = testSources(SOURCES);
  const sources = choice === undefined ? all : all.filter((source) => isChosen(source, choice));
  if (sources.length === 0) throw new RangeError(`no test file fits "${choice}"`);
  const homeless = sources.filter((source) => layerOf(source) === undefined);
  const outcomes: LayerOutcome[] = [];
  for (const layer of LAYERS) {
    const own = sources.filter((source) => layerOf(source) === layer);
    if (choice !== undefined && own.length === 0) continue;
    if (interrupt.signal.aborted) return 130;
    outcomes.push(await runOne(layer, own, choice !== undefined));
  }
  if (interrupt.signal.aborted) return 130;
  const strays = homeless.map(
    (source) => `test/${source} is in no layer: move it, or see test/runner/layers.ts`,
  );
  const { text, failed } = summaryText(outcomes, strays, performance.now() - startedAtMs);
  process.stdout.write(text);
  return failed > 0 ? 1 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(
      error instanceof RangeError ? `${error.message}\n` : `${String((error as Error).stack)}\n`,
    );
    process.exitCode = error instanceof RangeError ? 2 : 1;
  },
);
