/**
 * `npm run papers -- 002`: the performance evaluation of paper 002, section VI, three times side by side.
 *
 * (a) the printed formulas with the printed operation times, (b) the printed formulas with the operation times of this host, (c) what the product really does for the same.
 */
import { operationsTable } from '../cost-columns.js';
import {
  rounded,
  type FigureSeries,
  type PaperFigure,
  type PaperStudy,
  type PaperTable,
} from '../paper-report.js';
import { costRemarks } from './cost-remarks.js';
import {
  CBSG_PRINTED_REPORT_BITS,
  cbsgReportBits,
  COMMUNICATION,
  COMPLETED,
  COMPUTATION,
  figure5,
  figure6,
  figure7,
  FUNCTIONALITY,
  OPERATION_MS,
  type ComparedScheme,
  type OperationTimes,
} from './costs.js';
import { measureOperations, MODULUS_BITS, type MeasuredOperations } from './operation-times.js';
import { DIMENSION_BYTES, measureProduct, RECEIVERS, type ProductCosts } from './product-costs.js';

const SCHEMES = Object.keys(COMPUTATION) as ComparedScheme[];
const OPERATIONS: Readonly<Record<keyof OperationTimes, readonly [notation: string, what: string]>> = {
  Cp: ['C_p', 'pairing'],
  Cm: ['C_m', 'multiplication on G1'],
  CeZ: ['C_eZ', 'exponentiation in Z*_{N²}'],
  CeT: ['C_eT', 'exponentiation in G_T'],
};
const DIMENSIONS = 10;
const GATEWAYS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const QUICK = { users: [5, 10], dimensions: [1, 10], samples: 2 };
const FULL = { users: [20, 40, 60, 80, 100], dimensions: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], samples: 9 };

/** All that was measured. */
interface Measurements {
  readonly operations: MeasuredOperations['operations'];
  readonly host: OperationTimes;
  readonly product: ProductCosts;
}

export const signcryptionStudy: PaperStudy = {
  paper: '002',
  title: 'the performance evaluation of CBSG, recomputed and measured',
  async run({ quick, progress }) {
    const { users, dimensions, samples } = quick ? QUICK : FULL;
    progress('operations on this host');
    const { operations, times: host } = await measureOperations(samples);
    progress(`the product, ${dimensions.join(', ')} dimensions, ${users.join(', ')} users`);
    const product = await measureProduct(users, dimensions, samples);
    const measurements = { operations, host, product };
    return {
      parameters: {
        ...{ quick, users, dimensions, samples },
        ...{ receivers: RECEIVERS, dimensionBytes: DIMENSION_BYTES, modulusBits: MODULUS_BITS },
      },
      tables: [
        functionality(),
        operationTimes(measurements),
        computation(measurements),
        communication(measurements),
        reportSizes(measurements),
        slots(measurements),
      ],
      figures: [userFigure(measurements), gatewayFigure(measurements), communicationFigure(measurements)],
      remarks: costRemarks(),
    };
  },
};

function functionality(): PaperTable {
  return {
    id: '1',
    title:
      'functionality, as printed; what becomes of the column CBSG, the remarks and the attack tests tell',
    columns: ['functionality', ...SCHEMES],
    rows: Object.entries(FUNCTIONALITY).map(([name, cells]) => [
      name,
      ...SCHEMES.map((scheme) => cells[scheme]),
    ]),
  };
}

function operationTimes({ operations }: Measurements): PaperTable {
  const rows = operations.map(({ notation, ...timed }) => {
    const [symbol, what] = OPERATIONS[notation];
    return { ...timed, symbol, what, printedMs: OPERATION_MS[notation] };
  });
  return operationsTable('operations', 'symbol', rows);
}

function computation({ host, product }: Measurements): PaperTable {
  const { user, slot } = largest(product);
  const sizes = { v: DIMENSIONS, n: slot.users, t: 4, l: 3, fIndex: 1 };
  const row = (
    party: string,
    scheme: string,
    formula: (typeof COMPUTATION)['CBSG']['User'],
    ours: number | null,
  ) => [
    ...[party, scheme, formula.formula],
    rounded(formula.cost(OPERATION_MS, sizes)),
    rounded(formula.cost(host, sizes)),
    ours === null ? null : rounded(ours),
  ];
  const ours = { User: user.ms, BG: null, WG: null, CC: slot.verifyMs + slot.openMs } as const;
  return {
    id: '2',
    title: `computation, v = ${DIMENSIONS}, n = ${slot.users}, t = 4 BG, l = 3 WG, m = ${RECEIVERS}; CC with all receivers and the checks of the accounting node`,
    columns: [
      'party',
      'scheme',
      'formula',
      '(a) printed times (ms)',
      '(b) this host (ms)',
      '(c) Gridveil (ms)',
    ],
    rows: [
      ...(['User', 'BG', 'WG', 'CC'] as const).flatMap((party) =>
        SCHEMES.map((scheme) =>
          row(party, scheme, COMPUTATION[scheme][party], scheme === 'CBSG' ? ours[party] : null),
        ),
      ),
      row('User', 'CBSG complete (not in the paper)', COMPLETED.User(RECEIVERS), null),
      row('CC', 'CBSG complete (not in the paper)', COMPLETED.CC, null),
    ],
  };
}

function communication({ product }: Measurements): PaperTable {
  const { user, slot } = largest(product);
  const n = slot.users;
  const omegaBits = 8 * RECEIVERS * DIMENSIONS * DIMENSION_BYTES;
  return {
    id: '3',
    title: `communication of ${n} users, 3 WG, 4 BG, m = ${RECEIVERS}`,
    columns: ['scheme', 'formula', 'all messages (bits)', 'one report (bits)'],
    rows: [
      ...(['[9]', '[10]'] as const).map((scheme) => {
        const { formula, bits } = COMMUNICATION[scheme];
        return [scheme, formula, bits(n), null];
      }),
      ['CBSG', 'n(32m + 672)', n * CBSG_PRINTED_REPORT_BITS(RECEIVERS), CBSG_PRINTED_REPORT_BITS(RECEIVERS)],
      [
        `CBSG with ${DIMENSIONS} dimensions of ${DIMENSION_BYTES} bytes for each receiver`,
        'n(|ω| + |ID_S| + m|ID_R| + |T_t| + 3|G1|)',
        n * cbsgReportBits(RECEIVERS, omegaBits),
        cbsgReportBits(RECEIVERS, omegaBits),
      ],
      ['Gridveil, the same, as sent', 'n·report', 8 * n * user.bytes.total, 8 * user.bytes.total],
    ],
  };
}

function reportSizes({ product }: Measurements): PaperTable {
  return {
    id: 'report',
    title: `a report of Gridveil, m = ${RECEIVERS}, in bytes`,
    columns: ['dimensions', 'header', 'D, W, z', 'plaintexts', 'tags', 'labels and lengths', 'all'],
    rows: product.user.map(({ dimensions, bytes }) => [
      dimensions,
      ...[bytes.header, bytes.seal, bytes.plaintexts, bytes.tags, bytes.framing, bytes.total],
    ]),
  };
}

function slots({ product }: Measurements): PaperTable {
  return {
    id: 'slots',
    title: `a slot of Gridveil, v = ${DIMENSIONS}, m = ${RECEIVERS}`,
    columns: ['n', 'accounting node verifies (ms)', 'all receivers open all parts (ms)', 'one part (ms)'],
    rows: product.slots.map(({ users, verifyMs, openMs }) => [
      users,
      ...[verifyMs, openMs, openMs / users / RECEIVERS].map(rounded),
    ]),
  };
}

type Lines = readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];

function series(lines: Lines, suffix: string): FigureSeries[] {
  return lines.map(({ name, points }) => ({
    name: `${name}, ${suffix}`,
    scheme: name,
    points: points.map(([x, y]) => ({ x, y: rounded(y) })),
  }));
}

function flat(name: string, scheme: string, xs: readonly number[], y: number): FigureSeries {
  return { name, scheme, points: xs.map((x) => ({ x, y: rounded(y) })) };
}

function userFigure({ host, product }: Measurements): PaperFigure {
  const xs = product.user.map(({ dimensions }) => dimensions);
  const completed = COMPLETED.User(RECEIVERS);
  const sizes = { v: DIMENSIONS, n: 1, t: 4, l: 3, fIndex: 1 };
  return {
    id: '5',
    title: 'Computation of one user, printed and measured',
    subtitle: `m = ${RECEIVERS} receivers; |N| = ${MODULUS_BITS} bits as in the paper`,
    kind: 'lines',
    x: { name: 'v, dimensions' },
    y: { name: 'one report (ms)', log: true },
    series: [
      ...series(figure5(OPERATION_MS, xs), 'printed times'),
      ...series(figure5(host, xs), 'this host'),
      flat('CBSG complete, this host', 'CBSG complete', xs, completed.cost(host, sizes)),
      {
        name: 'Gridveil measured',
        scheme: 'Gridveil',
        points: product.user.map(({ dimensions, ms }) => ({ x: dimensions, y: rounded(ms) })),
      },
    ],
  };
}

function gatewayFigure({ host, product }: Measurements): PaperFigure {
  const { slot } = largest(product);
  const sizes = { v: DIMENSIONS, n: slot.users, t: 4, l: 3, fIndex: 1 };
  return {
    id: '6',
    title: 'Computation of BG, WG and CC, printed and measured',
    subtitle: `3 WG; CBSG complete and Gridveil with n = ${slot.users} reports of m = ${RECEIVERS} parts`,
    kind: 'lines',
    x: { name: 't, number of BG' },
    y: { name: 'all but the users (ms)', log: true },
    series: [
      ...series(figure6(OPERATION_MS, GATEWAYS), 'printed times'),
      ...series(figure6(host, GATEWAYS), 'this host'),
      flat('CBSG complete, this host', 'CBSG complete', GATEWAYS, COMPLETED.CC.cost(host, sizes)),
      flat('Gridveil measured', 'Gridveil', GATEWAYS, slot.verifyMs + slot.openMs),
    ],
  };
}

function communicationFigure({ product }: Measurements): PaperFigure {
  const { user } = largest(product);
  const xs = product.slots.map(({ users }) => users);
  const kilobits = (bits: number): number => rounded(bits / 1000);
  return {
    id: '7',
    title: 'Communication, printed and as sent',
    subtitle: `3 WG, 4 BG, m = ${RECEIVERS}; printed without dimensions, Gridveil with v = ${DIMENSIONS}`,
    kind: 'bars',
    x: { name: 'n, number of users' },
    y: { name: 'all messages (kbit)', log: false },
    series: [
      ...figure7(xs).map(({ name, points }) => ({
        name: `${name}, as printed`,
        scheme: name,
        points: points.map(([x, bits]) => ({ x, y: kilobits(bits) })),
      })),
      {
        name: 'Gridveil as sent',
        scheme: 'Gridveil',
        points: xs.map((x) => ({ x, y: kilobits(8 * x * user.bytes.total) })),
      },
    ],
  };
}

function largest({ user, slots: all }: ProductCosts) {
  const [lastUser, lastSlot] = [user.at(-1), all.at(-1)];
  if (!lastUser || !lastSlot) throw new RangeError('nothing was measured');
  return { user: lastUser, slot: lastSlot };
}
