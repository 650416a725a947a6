/** What the benchmarks print: a table for people, 80 columns wide, or the document gridveil/bench/v1. */
import type { Host } from '@gridveil/caliper/report/host.js';
import type { BenchResult } from './bench-row.js';

export function benchJson(host: Host, rows: readonly BenchResult[]): string {
  return `${JSON.stringify({ schema: 'gridveil/bench/v1', host, rows }, null, 2)}\n`;
}

const WIDTHS = [26, 18, 9, 10, 14] as const;

export function benchHeader(host: Host): string {
  const { cpu, cores, node, commit } = host;
  return [
    `${cpu}, ${cores} cores`,
    `Node ${node}, commit ${commit}`,
    'median of the samples; spread = (max - min) / median; ratio = times the peer',
    '',
    line(['row', 'median', 'spread', 'ratio', 'goal', 'met']),
    '',
  ].join('\n');
}

export function benchLine(result: BenchResult): string {
  const { name, median, unit, spread, ratio, goal, met } = result;
  const verdict = met === null ? '' : met ? 'yes' : 'NO';
  const cells = [
    name,
    `${median} ${unit}`,
    `${Math.round(spread * 100)} %`,
    ratio === null ? '' : `${ratio}x`,
    goal ?? '',
    verdict,
  ];
  return `${line(cells)}\n`;
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.padEnd(WIDTHS[i] ?? 0))
    .join('')
    .trimEnd();
}
