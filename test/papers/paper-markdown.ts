/** A paper's report as Markdown. */
import type { Cell, PaperFigure, PaperReport, PaperTable } from './paper-report.js';

/** @param figuresBeside - whether the SVG files lie beside the text. */
export function markdownOf(report: PaperReport, figuresBeside: boolean): string {
  const { paper, title, host, parameters, tables, figures, remarks } = report;
  const settings = Object.entries(parameters).map(
    ([name, value]) => `${name}: ${String(value).replaceAll(',', ', ')}`,
  );
  return [
    `# Paper ${paper}: ${title}`,
    `Made by \`npm run papers -- ${paper}\` on ${host.cpu}, ${host.cores} cores, Node ${host.node}, commit ${host.commit}, ${host.date}.`,
    settings.map((line) => `- ${line}`).join('\n'),
    ...tables.map(tableText),
    ...figures.map((figure) => figureText(figure, figuresBeside)),
    '## Remarks',
    remarks.map(({ place, remark }) => `- **${place}**: ${remark}`).join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}

/** One table under its heading. */
export function tableText({ id, title, columns, rows }: PaperTable): string {
  const numeric = columns.map((_, i) => rows.every((row) => typeof row[i] !== 'string'));
  return [
    `## Table ${id}: ${title}\n`,
    line(columns),
    line(numeric.map((right) => (right ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(cellText))),
  ].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function cellText(cell: Cell): string {
  if (cell === null) return '–';
  return typeof cell === 'number' ? cell.toLocaleString('en-US', { maximumFractionDigits: 6 }) : cell;
}

function figureText(figure: PaperFigure, beside: boolean): string {
  const heading = `## Figure ${figure.id}: ${figure.title}`;
  if (beside) return `${heading}\n\n![${figure.title}](${figureFile(figure)})`;
  const names = figure.series.map((series) => `- ${series.name}`).join('\n');
  return `${heading}\n\n${figure.y.name} over ${figure.x.name}; drawn with \`--out DIR\`:\n\n${names}`;
}

export function figureFile({ id }: PaperFigure): string {
  return `figure-${id}.svg`;
}
