/** The tables II, III and IV of paper 000 with our columns beside the printed ones, and what is behind these columns. */
import { rounded, type Cell, type PaperTable } from '../paper-report.js';
import { hostColumns, operationsTable, rangeColumns } from '../cost-columns.js';
import { ALL_MODULI_BITS } from '../host-times.js';
import { largest, productCost, type CostMeasurements } from './cost-measurements.js';
import {
  carriedCommunicationBits,
  carriedReportBits,
  COMMUNICATION,
  COMPLETED_FORMULA,
  completedMs,
  COMPUTATION,
  FIELD_BITS,
  FIELDS,
  METERS_PER_FOG_NODE as n,
  PRINTED_OPERATION_MS,
  printedReportBits,
  SIGMA_BITS,
  type OperationMs,
} from './costs.js';
import { productBits } from './product-costs.js';
import { RADIX_BITS } from './product-slot.js';

const OPERATIONS: Readonly<Record<keyof OperationMs, readonly [notation: string, what: string]>> = {
  TE1: ['T_E1', 'exponentiation in Z*_{n²}'],
  TE2: ['T_E2', 'exponentiation in G'],
  TM: ['T_M', 'multiplication'],
  TP: ['T_P', 'pairing'],
};

interface ComputedRow {
  readonly scheme: string;
  readonly formula: string;
  readonly ms: (m: number, times: OperationMs) => number;
  readonly isOurs: boolean;
}

/** Table III, and its last row with the work that it leaves out. */
const COMPUTED_ROWS: readonly ComputedRow[] = [
  ...COMPUTATION.map(({ scheme, formula, ms }) => ({
    scheme,
    formula,
    ms: (m: number, times: OperationMs) => ms(m, n, times),
    isOurs: scheme === 'LDAS-BC',
  })),
  {
    scheme: 'LDAS-BC complete: with the omitted work (not in the paper)',
    formula: COMPLETED_FORMULA,
    ms: (m, times) => completedMs(m, n, RADIX_BITS, times),
    isOurs: false,
  },
];

export function costTables(measurements: CostMeasurements): PaperTable[] {
  return [
    operations(measurements),
    computation(measurements),
    computationByFogNodes(measurements),
    productStages(measurements),
    communication(measurements),
    communicationByFogNodes(measurements),
    fields(),
    messages(measurements),
  ];
}

function operations({ host }: CostMeasurements): PaperTable {
  const rows = host.operations.map(({ notation, ...timed }) => {
    const [symbol, what] = OPERATIONS[notation];
    return { ...timed, symbol, what, printedMs: PRINTED_OPERATION_MS[notation] };
  });
  return operationsTable('II', 'notation', rows);
}

function productMs(measurements: CostMeasurements, m: number, isOurs: boolean): Cell[] {
  return ALL_MODULI_BITS.map((bits) =>
    isOurs ? rounded(productCost(measurements, bits, m).total.medianMs) : null,
  );
}

function computation(measurements: CostMeasurements): PaperTable {
  const m = largest(measurements);
  const { shown, names } = hostColumns(measurements.host);
  return {
    id: 'III',
    title: `computation of all parties, m = ${m}, n = ${n}`,
    columns: ['scheme', 'formula', ...names],
    rows: COMPUTED_ROWS.map(({ scheme, formula, ms, isOurs }) => [
      scheme,
      formula,
      rounded(ms(m, PRINTED_OPERATION_MS)),
      ...shown.map(({ times }) => rounded(ms(m, times))),
      ...productMs(measurements, m, isOurs),
    ]),
  };
}

function computationByFogNodes(measurements: CostMeasurements): PaperTable {
  const { shown, names, library } = rangeColumns(measurements.host);
  return {
    id: 'III-by-m',
    title: `computation of all parties over m, n = ${n}, pairings by ${library}`,
    columns: ['m', 'scheme', ...names],
    rows: measurements.fogNodes.flatMap((m) =>
      COMPUTED_ROWS.map(({ scheme, ms, isOurs }) => [
        m,
        scheme,
        rounded(ms(m, PRINTED_OPERATION_MS)),
        ...shown.map(({ times }) => rounded(ms(m, times))),
        ...productMs(measurements, m, isOurs),
      ]),
    ),
  };
}

function productStages({ product }: CostMeasurements): PaperTable {
  return {
    id: 'product',
    title: `what Gridveil does for one slot, n = ${n}, median of each party in ms`,
    columns: [
      '|N|',
      'm',
      'meters: randomisers',
      'meters: encrypt, authenticate',
      'fog nodes: check, sum',
      'leader: Horner total',
      'MDMS: open, prove',
      'total',
      'spread of the total',
      'total without randomisers',
      'not in the total: one peer checks all',
    ],
    rows: product.map(({ modulusBits, fogNodes, stages, total, online }) => [
      modulusBits,
      fogNodes,
      ...[stages.randomisers, stages.meters, stages.fogNodes, stages.leader, stages.mdms].map(rounded),
      rounded(total.medianMs),
      rounded(total.spread),
      rounded(online.medianMs),
      rounded(stages.peer),
    ]),
  };
}

function communication(measurements: CostMeasurements): PaperTable {
  const m = largest(measurements);
  const longest = { ...FIELD_BITS, sigma: SIGMA_BITS.curvePoint };
  return {
    id: 'IV',
    title: `communication, m = ${m}, n = ${n}`,
    columns: ['scheme', 'formula', 'all messages (bits)', 'with the longest σ_j (bits)', 'one report (bits)'],
    rows: [
      ...COMMUNICATION.map(({ scheme, formula, bits }) => [
        scheme,
        formula,
        bits(m, n),
        bits(m, n, longest),
        scheme === 'LDAS-BC' ? printedReportBits() : null,
      ]),
      [
        'LDAS-BC, ID counted (not in the paper)',
        '(mn + m - 1)·(S_user→fog + |ID|)',
        carriedCommunicationBits(m, n),
        null,
        carriedReportBits(),
      ],
      ...ALL_MODULI_BITS.map((bits) => {
        const cost = productCost(measurements, bits, m);
        const name = `Gridveil, |N| = ${bits}, as sent`;
        return [name, 'mn·report + m·region total', productBits(cost), null, 8 * cost.bytes.report];
      }),
    ],
  };
}

function communicationByFogNodes(measurements: CostMeasurements): PaperTable {
  return {
    id: 'IV-by-m',
    title: `communication over m in bits, n = ${n}`,
    columns: [
      'm',
      ...COMMUNICATION.map(({ scheme }) => scheme),
      'LDAS-BC, ID counted',
      ...ALL_MODULI_BITS.map((bits) => `Gridveil, |N| = ${bits}`),
    ],
    rows: measurements.fogNodes.map((m) => [
      m,
      ...COMMUNICATION.map(({ bits }) => bits(m, n)),
      carriedCommunicationBits(m, n),
      ...ALL_MODULI_BITS.map((bits) => productBits(productCost(measurements, bits, m))),
    ]),
  };
}

function fields(): PaperTable {
  return {
    id: 'IV-fields',
    title: 'sizes behind table IV, and where they come from',
    columns: ['field', 'bits', 'origin'],
    rows: FIELDS.map(({ field, bits, origin }) => [field, bits, origin]),
  };
}

function messages(measurements: CostMeasurements): PaperTable {
  const m = largest(measurements);
  return {
    id: 'messages',
    title: `Gridveil's messages as sent, in bytes, m = ${m}`,
    columns: [
      '|N|',
      'report',
      'of it ciphertext',
      'region total (transaction argument)',
      'slot total (transaction argument)',
      'opening with proof (transaction argument)',
    ],
    rows: ALL_MODULI_BITS.map((bits) => {
      const { report, regionTotal, slotTotal, opening } = productCost(measurements, bits, m).bytes;
      return [bits, report, bits / 4, regionTotal, slotTotal, opening];
    }),
  };
}
