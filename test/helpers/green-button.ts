/** Green Button feeds, as small as they can be. */
const BASE = 'https://services.example/espi/1_1/resource';

export interface GreenButtonSeries {
  readonly usagePoint?: string;
  readonly reading?: string;
  readonly type?: Readonly<Record<string, string | number>>;
  readonly service?: number;
  /** `[start, value]`, or with quality and duration. */
  readonly intervals: readonly (readonly [number, string | number, (string | number)?, number?])[];
}

const TYPE = {
  accumulationBehaviour: 4,
  commodity: 1,
  flowDirection: 1,
  intervalLength: 3600,
  powerOfTenMultiplier: 0,
  uom: 72,
};

export function greenButton(...series: readonly GreenButtonSeries[]): string {
  const entries = series.flatMap((one, i) => seriesEntries(one, String(i + 1)));
  return `<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n${entries.join('\n')}\n</feed>\n`;
}

function seriesEntries(one: GreenButtonSeries, number: string): string[] {
  const { usagePoint = number, reading = '01', service = 0, intervals } = one;
  const point = `${BASE}/RetailCustomer/1/UsagePoint/${usagePoint}`;
  const meterReading = `${point}/MeterReading/${reading}`;
  const readingType = `${BASE}/ReadingType/${number}`;
  const type: Record<string, string | number> = { ...TYPE, ...one.type };
  const fields = Object.entries(type).map(([name, value]) => `<espi:${name}>${value}</espi:${name}>`);
  const readings = intervals.map(([start, value, quality, duration = type['intervalLength']]) =>
    [
      '<espi:IntervalReading>',
      quality === undefined
        ? ''
        : `<espi:ReadingQuality><espi:quality>${quality}</espi:quality></espi:ReadingQuality>`,
      `<espi:timePeriod><espi:duration>${duration}</espi:duration><espi:start>${start}</espi:start></espi:timePeriod>`,
      `<espi:value>${value}</espi:value></espi:IntervalReading>`,
    ].join(''),
  );
  // Blocks first: entries come in any order.
  return [
    entry(
      `${meterReading}/IntervalBlock/1`,
      `<link rel="up" href="${meterReading}/IntervalBlock"/>`,
      'IntervalBlock',
      `\n${readings.join('\n')}\n`,
    ),
    entry(meterReading, `<link rel="related" href="${readingType}"/>`, 'MeterReading', ''),
    entry(readingType, '', 'ReadingType', fields.join('')),
    entry(
      point,
      '',
      'UsagePoint',
      `<espi:ServiceCategory><espi:kind>${service}</espi:kind></espi:ServiceCategory>`,
    ),
  ];
}

function entry(self: string, links: string, kind: string, content: string): string {
  return `<entry><link rel="self" href="${self}"/>${links}<title>x</title><content><espi:${kind} xmlns:espi="http://naesb.org/espi">${content}</espi:${kind}></content></entry>`;
}
