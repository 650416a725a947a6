/** What a test run ends with: a table of the layers, what was skipped, what went wrong, and the one line that counts. */
import type { Layer } from './layers.js';
import type { LayerResult } from './run-layer.js';

export interface LayerOutcome {
  readonly layer: Layer;
  readonly files: number;
  readonly result: LayerResult;
}

/** @param strays - problems of no layer; each counts as failed. */
export function summaryText(
  outcomes: readonly LayerOutcome[],
  strays: readonly string[],
  durationMs: number,
): { readonly text: string; readonly failed: number } {
  const sum = (value: (result: LayerResult) => number): number =>
    outcomes.reduce((total, { result }) => total + value(result), 0);
  const [passed, failed, skipped] = [
    sum((result) => result.passed),
    sum((result) => result.failed) + strays.length,
    sum((result) => result.skipped),
  ] as const;
  const lines = [
    '',
    row('layer', 'on', 'files', 'passed', 'failed', 'skipped', 'time'),
    ...outcomes.map(({ layer, files, result }) =>
      row(
        layer.name,
        layer.runsOn,
        files,
        result.passed,
        result.failed,
        result.skipped,
        seconds(result.durationMs),
      ),
    ),
    row('all', '', files(outcomes), passed, failed, skipped, seconds(durationMs)),
    ...outcomes.flatMap(({ layer, result }) => [
      ...result.notes.map((note) => `skipped in ${layer.name}: ${note}`),
      ...result.problems.map((problem) => `FAILED: ${layer.name}: ${problem}`),
    ]),
    ...strays.map((stray) => `FAILED: ${stray}`),
    '',
    `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    '',
  ];
  return { text: lines.join('\n'), failed };
}

function files(outcomes: readonly LayerOutcome[]): number {
  return outcomes.reduce((total, outcome) => total + outcome.files, 0);
}

function row(name: string, runsOn: string, ...cells: readonly (string | number)[]): string {
  return `${name.padEnd(10)}${runsOn.padEnd(18)}${cells.map((cell) => String(cell).padStart(9)).join('')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
