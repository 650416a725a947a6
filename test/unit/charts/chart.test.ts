/** Charts: what must be in the picture, where it must be, and what is refused. */
import assert from 'node:assert/strict';
import { barChart, histogram, lineChart, type LineChart } from '@gridveil/client/charts/chart.js';

const WIDTH = 800;
const HEIGHT = 500;

const LINES: LineChart = {
  title: 'Throughput & <load>',
  subtitle: 'two organisations',
  x: { name: 'load (TPS)' },
  y: { name: 'throughput (TPS)', log: true },
  series: [
    { name: 'ours', points: [1, 2, 3].map((x) => ({ x, y: 10 ** x, low: 9 ** x, high: 11 ** x })) },
    { name: 'theirs', dash: 'dashed', points: [1, 2, 3].map((x) => ({ x, y: 50 * x })) },
  ],
};

interface Text {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Texts with their places; ECharts writes x and y as attributes and as a translation. */
function textsOf(svg: string): Text[] {
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = '', text = '']) => {
    const number = (pattern: RegExp): number => Number(pattern.exec(attributes)?.[1] ?? 0);
    return {
      text,
      x: number(/ x="([^"]*)"/) + number(/translate\(([-\d.]+)/),
      y: number(/ y="([^"]*)"/) + number(/translate\([-\d.]+ ([-\d.]+)/),
    };
  });
}

/** Heights of all rectangles in one colour, left to right. */
function barHeights(svg: string, colour: string): number[] {
  const rectangles = svg.matchAll(
    new RegExp(`<path d="M[^l]*l[\\d.]+ 0l0 ([-\\d.]+)l[^"]*"[^>]*fill="${colour}"`, 'gi'),
  );
  return [...rectangles].map(([, height]) => Math.abs(Number(height)));
}

describe('charts', () => {
  it('name title, subtitle, axes and series', () => {
    const texts = textsOf(lineChart(LINES)).map(({ text }) => text);
    const wanted = [
      'Throughput &amp; &lt;load&gt;',
      'two organisations',
      'load (TPS)',
      'throughput (TPS)',
      'ours',
      'theirs',
    ];
    assert.deepEqual(
      wanted.filter((text) => !texts.includes(text)),
      [],
    );
  });

  it('are one file: nothing to load, nothing to run, no style of a page', () => {
    const { series, ...rest } = LINES;
    const bars = series.map(({ name, points }) => ({ name, values: points.map(({ y }) => y) }));
    for (const svg of [lineChart(LINES), barChart({ ...rest, categories: ['a', 'b', 'c'], series: bars })]) {
      assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      assert.match(svg, /<\/svg>\n$/);
      assert.doesNotMatch(
        svg.replace(/ xmlns(:\w+)?="[^"]*"/g, ''),
        /https?:|<script|<image|<style|href|class=|ecmeta/,
      );
    }
  });

  it('are the same text for the same data, however many were drawn before', () => {
    const first = lineChart(LINES);
    histogram({ title: 't', x: { name: 'x' }, values: [1, 2] });
    assert.equal(lineChart(LINES), first);
  });

  it('draw a marker for each point and three strokes for each spread', () => {
    const points = (svg: string): number => svg.match(/<path /g)?.length ?? 0;
    const one = { ...LINES, series: [{ name: 'ours', points: [{ x: 1, y: 10 }] }] };
    const two = {
      ...LINES,
      series: [
        {
          name: 'ours',
          points: [
            { x: 1, y: 10 },
            { x: 1, y: 10 },
          ],
        },
      ],
    };
    const spread = { ...LINES, series: [{ name: 'ours', points: [{ x: 1, y: 10, low: 10, high: 10 }] }] };
    assert.equal(points(lineChart(two)) - points(lineChart(one)), 1);
    assert.equal(points(lineChart(spread)) - points(lineChart(one)), 3);
  });

  it('keep every name inside the picture and away from the next one', () => {
    const names = Array.from({ length: 11 }, (_, i) => `series ${i}${', with a longer name'.repeat(i % 3)}`);
    const series = names.map((name, i) => ({ name, points: [{ x: i, y: i + 1 }] }));
    const texts = textsOf(lineChart({ ...LINES, series })).filter(({ text }) => names.includes(text));
    assert.equal(texts.length, names.length);
    const widthOf = (text: string): number => 7 * text.length;
    for (const { text, x, y } of texts) {
      assert.ok(x >= 0 && x + widthOf(text) <= WIDTH && y >= 0 && y <= HEIGHT, text);
      const touching = texts.filter((other) => other.y === y && other.x > x && other.x < x + widthOf(text));
      assert.deepEqual(touching, []);
    }
  });

  it('make bars as high as their values', () => {
    const svg = barChart({
      title: 't',
      x: { name: 'm' },
      y: { name: 'bits' },
      categories: ['5', '10'],
      series: [{ name: 'one', values: [2, 6] }],
    });
    const [low = 0, high = 0] = barHeights(svg, '#0072B2');
    assert.ok(Math.abs(high / low - 3) < 0.02, `${low} and ${high}`);
  });

  it('count into bins, the greatest value into the last one, and name the marks', () => {
    const svg = histogram({
      title: 't',
      x: { name: 'latency (s)' },
      values: [0, 0.1, 0.2, 1],
      bins: 2,
      marks: [{ name: 'p50: 0.15 s', x: 0.15 }],
    });
    const [first = 0, last = 0] = barHeights(svg, '#56B4E9');
    assert.ok(Math.abs(first / last - 3) < 0.02, `${first} and ${last}`);
    assert.ok(textsOf(svg).some(({ text }) => text === 'p50: 0.15 s'));
  });

  it('draw a single value', () => {
    assert.equal(
      barHeights(histogram({ title: 't', x: { name: 'x' }, values: [7, 7], bins: 3 }), '#56B4E9').length,
      3,
    );
  });

  it('refuse what cannot be drawn', () => {
    const bad = (y: number, log: boolean) =>
      lineChart({ ...LINES, y: { name: 'y', log }, series: [{ name: 'a', points: [{ x: 1, y }] }] });
    assert.throws(() => bad(0, true), RangeError);
    assert.throws(() => bad(NaN, false), RangeError);
    assert.throws(() => bad(Infinity, true), RangeError);
    assert.throws(() => lineChart({ ...LINES, series: [] }), RangeError);
    assert.throws(() => histogram({ title: 't', x: { name: 'x' }, values: [] }), RangeError);
    const axes = { x: { name: 'x' }, y: { name: 'y' } };
    const ragged = { title: 't', ...axes, categories: ['a', 'b'], series: [{ name: 's', values: [1] }] };
    assert.throws(() => barChart(ragged), RangeError);
  });
});
