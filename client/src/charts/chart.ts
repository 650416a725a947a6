/**
 * Charts for reports: series in, one self-contained SVG text out, the same text for the same data.
 *
 * Run by the control centre, by the benchmark report and by `npm run papers`. Apache ECharts lays the chart out without browser or DOM. Nothing is
 * loaded when the picture is opened: generic sans-serif text, white ground, colours that colour-blind readers can tell
 * apart (Okabe and Ito), and a marker of its own for each line.
 */
import {
  init,
  type EChartsOption,
  type SeriesOption,
  type XAXisComponentOption,
  type YAXisComponentOption,
} from 'echarts';

export interface ChartFrame {
  readonly title: string;
  /** One line below the title. */
  readonly subtitle?: string;
  /** Pixels; 800 when left out. */
  readonly width?: number;
  /** Pixels; 500 when left out. */
  readonly height?: number;
}

export interface ChartAxis {
  /** With its unit: `computation (ms)`. */
  readonly name: string;
  /** Powers of ten; all values must be positive. */
  readonly log?: boolean;
}

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Spread around `y`, drawn as a bar; both or none. */
  readonly low?: number;
  readonly high?: number;
}

export interface LineSeries {
  readonly name: string;
  readonly points: readonly ChartPoint[];
  /** Which colour of the palette; its place in the list when left out. Lines of one subject share a colour. */
  readonly colour?: number;
  readonly dash?: 'solid' | 'dashed' | 'dotted';
}

export interface LineChart extends ChartFrame {
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly LineSeries[];
}

export interface ScatterSeries {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly label?: string }[];
  readonly colour?: number;
  /** Small and pale, for a crowd in the background. */
  readonly background?: boolean;
}

export interface ScatterChart extends ChartFrame {
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  /** Drawn in this order. */
  readonly series: readonly ScatterSeries[];
}

export interface BarSeries {
  readonly name: string;
  /** One for each category. */
  readonly values: readonly number[];
  readonly colour?: number;
}

export interface BarChart extends ChartFrame {
  readonly x: Omit<ChartAxis, 'log'>;
  readonly y: ChartAxis;
  readonly categories: readonly string[];
  readonly series: readonly BarSeries[];
}

export interface Histogram extends ChartFrame {
  /** What was measured. */
  readonly x: Omit<ChartAxis, 'log'>;
  /** How often; `count` when left out. */
  readonly y?: Omit<ChartAxis, 'log'>;
  readonly values: readonly number[];
  /** 30 when left out. */
  readonly bins?: number;
  /** Named places on the x axis, such as percentiles; the name tells the value. */
  readonly marks?: readonly { readonly name: string; readonly x: number }[];
}

/** Okabe and Ito 2008, without the yellow that is lost on white. */
const PALETTE = ['#0072B2', '#D55E00', '#009E73', '#000000', '#CC79A7', '#E69F00', '#56B4E9'] as const;
const SYMBOLS = [
  'circle',
  'rect',
  'triangle',
  'diamond',
  'emptyCircle',
  'emptyRect',
  'emptyTriangle',
] as const;

const WIDTH = 800;
const HEIGHT = 500;
const MARGIN = 16;
const TITLE_HEIGHT = 28;
const SUBTITLE_HEIGHT = 20;
const LEGEND_ROW_HEIGHT = 22;
const LEGEND_SYMBOL_WIDTH = 34;
const LEGEND_POINT_WIDTH = 14;
const LEGEND_GAP = 24;
const FONT = 'sans-serif';
const FONT_SIZE = 13;
/** Wider than sans-serif fonts are on average, so that names never touch. */
const LETTER_WIDTH = 7.2;
const INK = '#222222';
const RULE = '#d9d9d9';
const FINE_RULE = '#f0f0f0';
const DEFAULT_BINS = 30;
/** The light one, on which the marks show. */
const HISTOGRAM_COLOUR = PALETTE.length - 1;

/** @throws RangeError without points, for a value that is no finite number, or a value below or at 0 on a logarithmic axis. */
export function lineChart(chart: LineChart): string {
  const { x, y, series } = chart;
  const points = series.flatMap((line) => line.points);
  assertValues(
    points.map((point) => point.x),
    x,
  );
  assertValues(
    points.flatMap(({ y: middle, low = middle, high = middle }) => [middle, low, high]),
    y,
  );
  return render(chart, series.length > 1 ? series : [], {
    xAxis: axisOption(x, 'x'),
    yAxis: axisOption(y, 'y'),
    series: series.flatMap((line, i) => [lineSeries(line, i), ...errorBars(line, i)]),
  });
}

/** Points without lines; a label stands beside its point. @throws as `lineChart`. */
export function scatterChart(chart: ScatterChart): string {
  const { x, y, series } = chart;
  const points = series.flatMap((one) => one.points);
  assertValues(
    points.map((point) => point.x),
    x,
  );
  assertValues(
    points.map((point) => point.y),
    y,
  );
  const free = { scale: true, axisLine: { show: true, onZero: false, lineStyle: { color: INK } } };
  const named = series.map(({ name }) => ({ name, lineless: true }));
  return render(chart, series.length > 1 ? named : [], {
    xAxis: { ...axisOption(x, 'x'), ...free },
    yAxis: { ...axisOption(y, 'y'), ...free },
    series: series.map(scatterSeries),
  });
}

/** @throws RangeError without values, unless each series has one value per category, or for values as in `lineChart`. */
export function barChart(chart: BarChart): string {
  const { x, y, categories, series } = chart;
  if (series.some(({ values }) => values.length !== categories.length))
    throw new RangeError('"series" expected one value for each category');
  assertValues(
    series.flatMap(({ values }) => values),
    y,
  );
  return render(chart, series.length > 1 ? series : [], {
    xAxis: axisOption(x, 'x', categories),
    yAxis: axisOption(y, 'y'),
    series: series.map(({ name, values, colour }, i) => ({
      type: 'bar',
      name,
      silent: true,
      barGap: '0%',
      barCategoryGap: '25%',
      itemStyle: { color: colourOf(colour ?? i) },
      data: [...values],
    })),
  });
}

/** Bins of equal width from the least to the greatest value. @throws RangeError for no values or one that is no finite number. */
export function histogram(chart: Histogram): string {
  const { x, y = { name: 'count' }, values, bins = DEFAULT_BINS, marks = [] } = chart;
  if (values.length === 0) throw new RangeError('"values" expected at least one value');
  assertValues([...values, ...marks.map((mark) => mark.x)], x);
  const counted = binned(values, bins);
  const highest = Math.max(...counted.map(([, , count]) => count));
  return render(
    chart,
    marks.map(({ name }) => ({ name, markerless: true })),
    {
      xAxis: axisOption(x, 'x'),
      yAxis: axisOption(y, 'y'),
      series: [binSeries(counted), ...marks.map((mark, i) => markSeries(mark, highest, i))],
    },
  );
}

type Bin = readonly [from: number, to: number, count: number];

function binSeries(bins: readonly Bin[]): SeriesOption {
  return {
    type: 'custom',
    silent: true,
    data: bins.map((bin) => [...bin]),
    encode: { x: [0, 1], y: 2 },
    renderItem: (_, api) => {
      const [left = 0, top = 0] = api.coord([api.value(0), api.value(2)]);
      const [right = 0, bottom = 0] = api.coord([api.value(1), 0]);
      const shape = { x: left, y: top, width: Math.max(1, right - left - 1), height: bottom - top };
      return { type: 'rect', shape, style: { fill: colourOf(HISTOGRAM_COLOUR) } };
    },
  };
}

/** An upright line, named below the plot: percentiles often lie too close together for names of their own. */
function markSeries(
  mark: { readonly name: string; readonly x: number },
  height: number,
  colour: number,
): SeriesOption {
  return {
    type: 'line',
    name: mark.name,
    silent: true,
    symbol: 'none',
    itemStyle: { color: colourOf(colour) },
    lineStyle: { color: colourOf(colour), width: 2, type: 'dashed' },
    data: [
      [mark.x, 0],
      [mark.x, height],
    ],
  };
}

function binned(values: readonly number[], bins: number): Bin[] {
  const least = values.reduce((a, b) => Math.min(a, b));
  const greatest = values.reduce((a, b) => Math.max(a, b));
  const width = (greatest - least) / bins || 1;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor((value - least) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, i) => [least + i * width, least + (i + 1) * width, count]);
}

function assertValues(values: readonly number[], { name, log }: ChartAxis): void {
  if (values.length === 0) throw new RangeError(`"${name}" expected at least one value`);
  if (!values.every((value) => Number.isFinite(value) && (!log || value > 0)))
    throw new RangeError(`"${name}" expected finite ${log ? 'positive ' : ''}numbers`);
}

function colourOf(index: number): string {
  return PALETTE[index % PALETTE.length] as string;
}

function lineSeries({ name, points, colour, dash = 'solid' }: LineSeries, index: number): SeriesOption {
  const color = colourOf(colour ?? index);
  return {
    type: 'line',
    name,
    silent: true,
    symbol: SYMBOLS[index % SYMBOLS.length] as string,
    symbolSize: 8,
    showAllSymbol: true,
    itemStyle: { color },
    lineStyle: { color, width: 2, type: dash },
    data: points.map((point) => [point.x, point.y]),
  };
}

function scatterSeries({ name, points, colour, background }: ScatterSeries, index: number): SeriesOption {
  return {
    type: 'scatter',
    name,
    silent: true,
    symbol: SYMBOLS[index % SYMBOLS.length] as string,
    symbolSize: background ? 4 : 9,
    itemStyle: { color: colourOf(colour ?? index), opacity: background ? 0.5 : 1 },
    labelLayout: { hideOverlap: true },
    data: points.map(({ x, y, label }) => ({
      value: [x, y],
      label: {
        show: label !== undefined,
        formatter: label ?? '',
        position: 'right',
        color: INK,
        fontSize: FONT_SIZE,
      },
    })),
  };
}

function errorBars({ points, colour }: LineSeries, index: number): SeriesOption[] {
  const data = points.flatMap(({ x, low, high }) =>
    low === undefined || high === undefined ? [] : [[x, low, high]],
  );
  if (data.length === 0) return [];
  const style = { stroke: colourOf(colour ?? index), lineWidth: 1.5, fill: 'none' };
  const halfCap = 4;
  return [
    {
      type: 'custom',
      silent: true,
      data,
      encode: { x: 0, y: [1, 2] },
      renderItem: (_, api) => {
        const [x = 0, low = 0] = api.coord([api.value(0), api.value(1)]);
        const [, high = 0] = api.coord([api.value(0), api.value(2)]);
        const line = (x1: number, y1: number, x2: number, y2: number) =>
          ({ type: 'line', shape: { x1, y1, x2, y2 }, style }) as const;
        const caps = [low, high].map((y) => line(x - halfCap, y, x + halfCap, y));
        return { type: 'group', children: [line(x, low, x, high), ...caps] };
      },
    },
  ];
}

function axisOption(
  { name, log }: ChartAxis,
  side: 'x' | 'y',
  categories?: readonly string[],
): XAXisComponentOption & YAXisComponentOption {
  const frame = {
    name,
    nameLocation: 'middle',
    nameGap: side === 'x' ? 30 : 50,
    nameTextStyle: { color: INK, fontSize: FONT_SIZE },
    axisLine: { show: true, lineStyle: { color: INK } },
    axisTick: { show: true },
  } as const;
  const axisLabel = { color: INK, fontSize: FONT_SIZE, hideOverlap: true };
  if (categories) return { ...frame, type: 'category', data: [...categories], axisLabel };
  const scale = { axisLabel: { ...axisLabel, formatter: axisNumber }, splitLine: rule(RULE) };
  return log
    ? { ...frame, ...scale, type: 'log', minorSplitLine: rule(FINE_RULE) }
    : { ...frame, ...scale, type: 'value' };
}

function rule(color: string): { show: true; lineStyle: { color: string } } {
  return { show: true, lineStyle: { color } };
}

function axisNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

interface LegendEntry {
  readonly name: string;
  /** A line without points. */
  readonly markerless?: boolean;
  /** A point without a line. */
  readonly lineless?: boolean;
}

interface LegendLayout {
  readonly option: NonNullable<EChartsOption['legend']>;
  readonly height: number;
}

/** Names in columns below the plot, in as few rows as fit; ECharts' own legend wraps wherever a row happens to be full. */
function legendLayout(named: readonly LegendEntry[], width: number, height: number): LegendLayout {
  const { rows, lefts } = legendColumns(named, width - 2 * MARGIN);
  const top = height - MARGIN / 2 - rows * LEGEND_ROW_HEIGHT;
  const option = named.map(({ name, markerless, lineless }, i) => ({
    data: [name],
    left: MARGIN + (lefts[Math.floor(i / rows)] ?? 0),
    top: top + (i % rows) * LEGEND_ROW_HEIGHT,
    padding: 0,
    itemWidth: lineless ? LEGEND_POINT_WIDTH : LEGEND_SYMBOL_WIDTH,
    selectedMode: false,
    ...(markerless ? { itemStyle: { opacity: 0 } } : {}),
    textStyle: { color: INK, fontSize: FONT_SIZE },
  }));
  return { option, height: rows * LEGEND_ROW_HEIGHT };
}

function legendColumns(named: readonly LegendEntry[], width: number): { rows: number; lefts: number[] } {
  const cells = named.map(({ name }) => LEGEND_SYMBOL_WIDTH + name.length * LETTER_WIDTH + LEGEND_GAP);
  for (let rows = Math.min(1, cells.length); ; rows++) {
    const lefts = [0];
    for (let start = 0; start < cells.length; start += rows)
      lefts.push((lefts.at(-1) ?? 0) + Math.max(...cells.slice(start, start + rows)));
    if (rows === cells.length || (lefts.at(-1) ?? 0) <= width + LEGEND_GAP) return { rows, lefts };
  }
}

/** @param named - series to name below the plot. */
function render(
  { title, subtitle, width = WIDTH, height = HEIGHT }: ChartFrame,
  named: readonly LegendEntry[],
  option: EChartsOption,
): string {
  const legend = legendLayout(named, width, height);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      textStyle: { fontFamily: FONT, color: INK },
      title: {
        text: title,
        left: MARGIN,
        top: MARGIN - 4,
        padding: 0,
        textStyle: { fontSize: 16, color: INK },
        ...(subtitle === undefined
          ? {}
          : { subtext: subtitle, subtextStyle: { fontSize: FONT_SIZE, color: INK } }),
      },
      legend: legend.option,
      grid: {
        left: MARGIN,
        right: MARGIN + 8,
        top: MARGIN + TITLE_HEIGHT + (subtitle === undefined ? 0 : SUBTITLE_HEIGHT),
        bottom: MARGIN + legend.height,
        outerBoundsMode: 'same',
      },
      ...option,
    });
    return readableAlone(chart.renderToSVGString(), title);
  } finally {
    chart.dispose();
  }
}

/**
 * Names the picture for screen readers, drops what only a browser session of ECharts would use, and makes ids independent
 * of how many charts the process has drawn before.
 */
function readableAlone(svg: string, title: string): string {
  const label = title
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return svg
    .replace('<svg ', `<svg role="img" aria-label="${label}" `)
    .replace(/<style\s*>[\s\S]*?<\/style>\n?/g, '')
    .replace(/ (class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*"|pointer-events="[^"]*")/g, '')
    .replace(/\bzr\d+-/g, 'chart-')
    .concat('\n');
}
