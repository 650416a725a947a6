/** A paper's figure as SVG. */
import { barChart, lineChart, type LineSeries } from '@gridveil/client/charts/chart.js';
import type { FigureSeries, PaperFigure } from './paper-report.js';

const DASHES = ['solid', 'dashed', 'dotted'] as const;

export function drawFigure({ id, title, subtitle, kind, x, y, series }: PaperFigure): string {
  const frame = { title: `Figure ${id}. ${title}`, subtitle, x, y };
  if (kind === 'lines') return lineChart({ ...frame, series: styled(series) });
  const categories = [...new Set(series.flatMap(({ points }) => points.map((point) => point.x)))];
  const valueAt = ({ points }: FigureSeries, at: number) => points.find((point) => point.x === at)?.y ?? 0;
  return barChart({
    ...frame,
    categories: categories.map(String),
    series: series.map((one) => ({ name: one.name, values: categories.map((at) => valueAt(one, at)) })),
  });
}

/** One colour for each scheme, one dash for each of its lines. */
function styled(series: readonly FigureSeries[]): LineSeries[] {
  const schemes = [...new Set(series.map(({ scheme }) => scheme))];
  return series.map(({ name, scheme, points }, i) => {
    const before = series.slice(0, i).filter((other) => other.scheme === scheme).length;
    return { name, points, colour: schemes.indexOf(scheme), dash: DASHES[before] ?? 'dotted' };
  });
}
