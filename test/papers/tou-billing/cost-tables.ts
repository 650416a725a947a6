/** The tables 2, 3 and 4 of paper 001 with our columns beside the printed ones, and what is behind these columns. */
import { hostColumns, operationsTable, rangeColumns } from '../cost-columns.js';
import { ALL_MODULI_BITS } from '../host-times.js';
import { rounded, type Cell, type PaperTable } from '../paper-report.js';
import { AGGREGATORS as m, largest, productCost, type CostMeasurements } from './cost-measurements.js';
import {
  AN_COST,
  AN_COST_OF_ALL_CHARGES,
  ESP_COST,
  OPERATION_MS,
  OPERATIONS,
  PROPERTIES,
  SM_COST,
  type CostFormula,
} from './costs.js';
import { slotShareOfCharges, type ProductCost } from './product-costs.js';

const SCHEMES = ['[14]', '[20]', '[21]', '[31]', 'Our'] as const;
const ALL_CHARGES = 'Our, charges of all n meters (not in the paper)';

interface CostRow extends CostFormula {
  readonly entity: 'SM' | 'AN' | 'ESP';
  readonly scheme: string;
  /** What the product spends on the same. */
  readonly product?: (cost: ProductCost) => number;
}

function printedRows(
  entity: CostRow['entity'],
  costs: Readonly<Record<string, CostFormula>>,
  product: (cost: ProductCost) => number,
): CostRow[] {
  return Object.entries(costs).map(([scheme, formula]) => ({
    ...{ entity, scheme, ...formula },
    ...(scheme === 'Our' ? { product } : {}),
  }));
}

/** Table 4, and the row AN with the work that it leaves out. */
const COST_ROWS: readonly CostRow[] = [
  ...printedRows('SM', SM_COST, ({ meter }) => meter.medianMs),
  ...printedRows('AN', AN_COST, ({ aggregator }) => aggregator.medianMs),
  { entity: 'AN', scheme: ALL_CHARGES, ...AN_COST_OF_ALL_CHARGES },
  ...printedRows('ESP', ESP_COST, ({ esp }) => esp.medianMs),
];

export function costTables(measurements: CostMeasurements): PaperTable[] {
  return [
    properties(measurements),
    operations(measurements),
    computation(measurements),
    aggregatorByMeters(measurements),
    productStages(measurements),
    messages(measurements),
  ];
}

const yesNo = (holds: boolean): string => (holds ? 'yes' : 'no');

function properties(measurements: CostMeasurements): PaperTable {
  return {
    id: '2',
    title: 'properties, printed, and tried out on the printed form and on the product',
    columns: [
      'comparison',
      ...SCHEMES.map((scheme) => `(a) printed, ${scheme}`),
      '(b) Our as printed, tried out',
      '(c) Gridveil, tried out',
      'what was tried',
      'note',
    ],
    rows: measurements.properties.map(({ property, printed, product, attempt, note }) => [
      property,
      ...SCHEMES.map((scheme) => PROPERTIES[property][scheme]),
      yesNo(printed),
      yesNo(product),
      attempt,
      note,
    ]),
  };
}

function operations({ host }: CostMeasurements): PaperTable {
  const rows = host.operations.map(({ notation, ...timed }) => ({
    ...timed,
    symbol: notation.replace(/^(T[ED]?)(p|m|e)$/, '$1_$2'),
    what: OPERATIONS[notation],
    printedMs: OPERATION_MS[notation],
  }));
  return operationsTable('3', 'symbol', rows);
}

function productCells(measurements: CostMeasurements, n: number, of: CostRow['product']): Cell[] {
  return ALL_MODULI_BITS.map((bits) => (of ? rounded(of(productCost(measurements, bits, n))) : null));
}

function computation(measurements: CostMeasurements): PaperTable {
  const n = largest(measurements);
  const { shown, names } = hostColumns(measurements.host);
  const empty = [null, ...shown.map(() => null)];
  const unproven = (entity: string, of: (cost: ProductCost) => number): Cell[] => [
    entity,
    'Gridveil without range proofs, which the paper has not',
    '',
    ...empty,
    ...productCells(measurements, n, of),
  ];
  const rows = COST_ROWS.map(({ entity, scheme, formula, cost, product }): Cell[] => [
    entity,
    scheme,
    formula,
    rounded(cost(OPERATION_MS, m, n)),
    ...shown.map(({ times }) => rounded(cost(times, m, n))),
    ...productCells(measurements, n, product),
  ]);
  return {
    id: '4',
    title: `computation of each party, m = ${m}, n = ${n}; SM: one report, AN: one slot, ESP: see the remarks`,
    columns: ['entity', 'scheme', 'formula', ...names],
    rows: [
      ...rows,
      unproven('SM', ({ stages }) => stages.reportUnproven),
      unproven('AN', ({ aggregatorUnproven }) => aggregatorUnproven.medianMs),
    ],
  };
}

function aggregatorByMeters(measurements: CostMeasurements): PaperTable {
  const { shown, names, library } = rangeColumns(measurements.host);
  return {
    id: '4-by-n',
    title: `computation of the AN over n, m = ${m}, pairings by ${library}`,
    columns: ['n', 'scheme', ...names],
    rows: measurements.meters.flatMap((n) =>
      COST_ROWS.filter(({ entity }) => entity === 'AN').map(({ scheme, cost, product }) => [
        n,
        scheme,
        rounded(cost(OPERATION_MS, m, n)),
        ...shown.map(({ times }) => rounded(cost(times, m, n))),
        ...productCells(measurements, n, product),
      ]),
    ),
  };
}

function productStages({ product }: CostMeasurements): PaperTable {
  return {
    id: 'product',
    title: 'what Gridveil does for one slot, medians in ms',
    columns: [
      '|N|',
      'n',
      'meter: one report',
      'meter: without range proof',
      'AN: signatures',
      'AN: range proofs',
      'AN: area total, root, signature',
      'AN: share of all monthly charges',
      'AN: all',
      'spread of all',
      'AN: all without range proofs',
      'ESP: open area total',
      'ESP: open one monthly charge',
      'one monthly charge of 720 slots',
      'not in any sum: one peer checks all',
    ],
    rows: product.map(({ modulusBits, meters, stages, aggregator, aggregatorUnproven }) => [
      modulusBits,
      meters,
      ...[stages.report, stages.reportUnproven, stages.signatures, stages.proofs, stages.block].map(rounded),
      rounded(slotShareOfCharges(stages, meters)),
      rounded(aggregator.medianMs),
      rounded(aggregator.spread),
      rounded(aggregatorUnproven.medianMs),
      ...[stages.openArea, stages.openCharge, stages.monthlyCharge, stages.peer].map(rounded),
    ]),
  };
}

/** The paper gives no sizes; these are the product's. */
function messages(measurements: CostMeasurements): PaperTable {
  const n = largest(measurements);
  return {
    id: 'messages',
    title: `Gridveil's messages in bytes, n = ${n}`,
    columns: ['|N|', 'report as sent', 'kept in a slot block', 'of it ciphertext and signature', 'ratio'],
    rows: ALL_MODULI_BITS.map((bits) => {
      const { report, packet } = productCost(measurements, bits, n).bytes;
      const payload = bits / 4 + SIGNATURE_BYTES;
      return [bits, report, rounded(packet), payload, rounded(packet / payload)];
    }),
  };
}

const SIGNATURE_BYTES = 96;
