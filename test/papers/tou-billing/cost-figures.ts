/** The figures 3 and 4 of paper 001: the printed formulas, the same on this host, and the product's own. */
import { ALL_MODULI_BITS, fastestColumn, MODULUS_BITS } from '../host-times.js';
import { rounded, type FigureSeries, type PaperFigure } from '../paper-report.js';
import { AGGREGATORS as m, largest, productCost, type CostMeasurements } from './cost-measurements.js';
import {
  AN_COST,
  AN_COST_OF_ALL_CHARGES,
  OPERATION_MS,
  seriesOverMeters,
  SM_COST,
  type OperationTimes,
} from './costs.js';
import type { ProductCost } from './product-costs.js';

const COMPLETE = 'Our, all charges';

/** One bar for each formula: three of the five schemes have the same. */
const SM_FORMULAS = [
  { name: '[16]', scheme: '[16]', ...SM_COST['[16]'] },
  { name: '[12], [20], Our', scheme: 'Our', ...SM_COST.Our },
  { name: '[21]', scheme: '[21]', ...SM_COST['[21]'] },
] as const;

export function costFigures(measurements: CostMeasurements): PaperFigure[] {
  return [...meterFigures(measurements), ...aggregatorFigures(measurements)];
}

/** Figure 3 at the paper's modulus, and what this host measures at every modulus. */
function meterFigures(measurements: CostMeasurements): PaperFigure[] {
  const n = largest(measurements);
  const { library } = fastestColumn(measurements.host, MODULUS_BITS.paper);
  const frame = {
    kind: 'bars',
    x: { name: '|N| (bits)' },
    y: { name: 'one report (ms)', log: false },
  } as const;
  const host = (allBits: readonly number[]): FigureSeries[] =>
    SM_FORMULAS.map(({ name, scheme, cost }) => ({
      name: `${name}, this host`,
      scheme,
      points: allBits.map((bits) => {
        const { times } = fastestColumn(measurements.host, bits);
        return { x: bits, y: rounded(cost(times, m, n)) };
      }),
    }));
  const product = (
    name: string,
    allBits: readonly number[],
    of: (cost: ProductCost) => number,
  ): FigureSeries => ({
    name,
    scheme: 'Gridveil',
    points: allBits.map((bits) => ({ x: bits, y: rounded(of(productCost(measurements, bits, n))) })),
  });
  const printed = SM_FORMULAS.map(({ name, scheme, cost }) => ({
    name: `${name}, printed times`,
    scheme,
    points: [{ x: MODULUS_BITS.paper, y: rounded(cost(OPERATION_MS, m, n)) }],
  }));
  const paper = [MODULUS_BITS.paper];
  const withProof = (bits: readonly number[]): FigureSeries =>
    product('Gridveil measured, with range proof', bits, ({ meter }) => meter.medianMs);
  return [
    {
      ...frame,
      id: '3',
      title: 'Computation of a meter for one report, printed and measured',
      subtitle: `|N| = ${MODULUS_BITS.paper} bits as in the paper; this host with ${library}`,
      series: [...printed, ...host(paper), withProof(paper)],
    },
    {
      ...frame,
      id: '3-by-modulus',
      title: 'Computation of a meter for one report on this host',
      subtitle: `formulas with OpenSSL and ${library}; the paper has no range proof`,
      series: [
        ...host(ALL_MODULI_BITS),
        withProof(ALL_MODULI_BITS),
        product('Gridveil measured, without it', ALL_MODULI_BITS, ({ stages }) => stages.reportUnproven),
      ],
    },
  ];
}

/** Figure 4 as in the paper, and the same on this host at the product's modulus. */
function aggregatorFigures(measurements: CostMeasurements): PaperFigure[] {
  const standard = fastestColumn(measurements.host, MODULUS_BITS.standard);
  const frame = {
    kind: 'lines',
    x: { name: 'n, number of meters' },
    y: { name: 'computation of the AN for one slot (ms)', log: true },
  } as const;
  return [
    {
      ...frame,
      id: '4',
      title: 'Computation of the AN, printed times, and Gridveil measured',
      subtitle: `m = ${m} aggregators; [12] lies below Our by one T_e, [20] is m times [12]`,
      series: [
        ...formulaSeries(measurements, OPERATION_MS),
        productSeries(measurements, MODULUS_BITS.paper),
        productSeries(measurements, MODULUS_BITS.standard),
      ],
    },
    {
      ...frame,
      id: `4-${MODULUS_BITS.standard}`,
      title: 'Computation of the AN on this host',
      subtitle: `m = ${m} aggregators, |N| = ${MODULUS_BITS.standard} bits, pairings by ${standard.library}`,
      series: [
        ...formulaSeries(measurements, standard.times),
        productSeries(measurements, MODULUS_BITS.standard),
        {
          name: 'Gridveil measured, without range proofs',
          scheme: 'Gridveil',
          points: measurements.meters.map((n) => {
            const { aggregatorUnproven } = productCost(measurements, MODULUS_BITS.standard, n);
            return { x: n, y: rounded(aggregatorUnproven.medianMs) };
          }),
        },
      ],
    },
  ];
}

function formulaSeries({ meters }: CostMeasurements, times: OperationTimes): FigureSeries[] {
  const costs = { ...AN_COST, [COMPLETE]: AN_COST_OF_ALL_CHARGES };
  return seriesOverMeters(costs, times, m, meters).map(({ name, points }) => ({
    name,
    scheme: name === COMPLETE ? 'Our' : name,
    points: points.map(([n, ms]) => ({ x: n, y: rounded(ms) })),
  }));
}

function productSeries(measurements: CostMeasurements, modulusBits: number): FigureSeries {
  return {
    name: `Gridveil measured, |N| = ${modulusBits}`,
    scheme: 'Gridveil',
    points: measurements.meters.map((n) => {
      const { medianMs, leastMs, greatestMs } = productCost(measurements, modulusBits, n).aggregator;
      return { x: n, y: rounded(medianMs), low: rounded(leastMs), high: rounded(greatestMs) };
    }),
  };
}
