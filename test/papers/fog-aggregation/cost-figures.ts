/** The figures 5 and 6 of paper 000: the printed lines, the same on this host, and the product's own. */
import { rounded, type FigureSeries, type PaperFigure } from '../paper-report.js';
import { ALL_MODULI_BITS, fastestColumn, MODULUS_BITS } from '../host-times.js';
import { productCost, type CostMeasurements } from './cost-measurements.js';
import {
  carriedCommunicationBits,
  COMMUNICATION,
  completedMs,
  COMPUTATION,
  METERS_PER_FOG_NODE as n,
  PRINTED_OPERATION_MS,
  type OperationMs,
} from './costs.js';
import { productBits } from './product-costs.js';
import { RADIX_BITS } from './product-slot.js';

const X = { name: 'm, number of fog nodes' };
const Y_COMPUTATION = { name: 'computation of all parties (ms)', log: true };
const BITS_PER_MEGABIT = 1e6;

/** Figure 5 as in the paper, and the same at the product's modulus. */
export function computationFigures(measurements: CostMeasurements): PaperFigure[] {
  const { host } = measurements;
  const paper = fastestColumn(host, MODULUS_BITS.paper);
  const standard = fastestColumn(host, MODULUS_BITS.standard);
  return [
    {
      id: '5',
      title: 'Computation for one slot, printed and measured',
      subtitle: `n = ${n} meters per fog node; |N| = ${MODULUS_BITS.paper} bits as in the paper, unless named`,
      kind: 'lines',
      x: X,
      y: Y_COMPUTATION,
      series: [
        ...formulaSeries(measurements, 'printed times', PRINTED_OPERATION_MS),
        completedSeries(measurements, 'printed times', PRINTED_OPERATION_MS),
        ...formulaSeries(measurements, 'this host', paper.times),
        productSeries(measurements, MODULUS_BITS.paper),
        productSeries(measurements, MODULUS_BITS.standard),
      ],
    },
    {
      id: `5-${MODULUS_BITS.standard}`,
      title: 'Computation for one slot on this host, all with the same modulus',
      subtitle: `n = ${n} meters per fog node; |N| = ${MODULUS_BITS.standard} bits, pairings by ${standard.library}`,
      kind: 'lines',
      x: X,
      y: Y_COMPUTATION,
      series: [
        ...formulaSeries(measurements, 'formula', standard.times),
        completedSeries(measurements, 'formula', standard.times),
        productSeries(measurements, MODULUS_BITS.standard),
        onlineSeries(measurements, MODULUS_BITS.standard),
      ],
    },
  ];
}

function formulaSeries({ fogNodes }: CostMeasurements, times: string, ms: OperationMs): FigureSeries[] {
  return COMPUTATION.map((formula) => ({
    name: `${formula.scheme}, ${times}`,
    scheme: formula.scheme,
    points: fogNodes.map((m) => ({ x: m, y: rounded(formula.ms(m, n, ms)) })),
  }));
}

function completedSeries({ fogNodes }: CostMeasurements, times: string, ms: OperationMs): FigureSeries {
  return {
    name: `LDAS-BC complete, ${times}`,
    scheme: 'LDAS-BC complete',
    points: fogNodes.map((m) => ({ x: m, y: rounded(completedMs(m, n, RADIX_BITS, ms)) })),
  };
}

function productSeries(measurements: CostMeasurements, modulusBits: number): FigureSeries {
  return {
    name: `Gridveil measured, |N| = ${modulusBits}`,
    scheme: 'Gridveil',
    points: measurements.fogNodes.map((m) => {
      const { medianMs, leastMs, greatestMs } = productCost(measurements, modulusBits, m).total;
      return { x: m, y: rounded(medianMs), low: rounded(leastMs), high: rounded(greatestMs) };
    }),
  };
}

function onlineSeries(measurements: CostMeasurements, modulusBits: number): FigureSeries {
  return {
    name: 'Gridveil measured, randomisers made before',
    scheme: 'Gridveil',
    points: measurements.fogNodes.map((m) => ({
      x: m,
      y: rounded(productCost(measurements, modulusBits, m).online.medianMs),
    })),
  };
}

export function communicationFigure(measurements: CostMeasurements): PaperFigure {
  const { fogNodes } = measurements;
  const series = (name: string, scheme: string, bits: (m: number) => number): FigureSeries => ({
    name,
    scheme,
    points: fogNodes.map((m) => ({ x: m, y: rounded(bits(m) / BITS_PER_MEGABIT) })),
  });
  return {
    id: '6',
    title: 'Communication for one slot, printed and as sent',
    subtitle: `n = ${n} meters per fog node; printed sizes with |N²| = 2048 and the shortest σ_j`,
    kind: 'bars',
    x: X,
    y: { name: 'all messages (Mbit)', log: false },
    series: [
      ...COMMUNICATION.map(({ scheme, bits }) => series(`${scheme}, as printed`, scheme, (m) => bits(m, n))),
      series('LDAS-BC, ID counted', 'LDAS-BC, ID counted', (m) => carriedCommunicationBits(m, n)),
      ...ALL_MODULI_BITS.map((modulusBits) =>
        series(`Gridveil as sent, |N| = ${modulusBits}`, `Gridveil ${modulusBits}`, (m) =>
          productBits(productCost(measurements, modulusBits, m)),
        ),
      ),
    ],
  };
}
