/** Paper 002, section VI.B to VI.D: the printed tables 1 to 3, and the formulas behind the figures 5 to 7. */

/** Table 1. */
export const FUNCTIONALITY = {
  Confidentiality: { '[9]': 'Y', '[10]': 'Y', '[11]': 'Y', '[12]': 'Y', CBSG: 'Y' },
  'Data integrity': { '[9]': 'Y', '[10]': 'Y', '[11]': 'Y', '[12]': 'Y', CBSG: 'Y' },
  'Multi-dimensional data': { '[9]': 'Y', '[10]': 'Y', '[11]': 'N', '[12]': 'N', CBSG: 'Y' },
  'Multi-receiver': { '[9]': 'N', '[10]': 'N', '[11]': 'N', '[12]': 'N', CBSG: 'Y' },
  'Efficient data management': { '[9]': 'N', '[10]': 'N', '[11]': 'N', '[12]': 'N', CBSG: 'Y' },
  'Single-user feedback': { '[9]': 'Y', '[10]': 'Y', '[11]': 'N', '[12]': 'N', CBSG: 'Y' },
  'Data permanence': { '[9]': 'N', '[10]': 'N', '[11]': 'N', '[12]': 'N', CBSG: 'Y' },
} as const;

/** Section VI.C, in ms, taken from [10]: pairing, multiplication on G1, exponentiation in Z*_{N²} and in G2 (which is G_T). */
export const OPERATION_MS = { Cp: 12.1, Cm: 0.7, CeZ: 6.8, CeT: 2.9 } as const;

export type OperationTimes = Readonly<Record<keyof typeof OPERATION_MS, number>>;

/** What the formulas count with: v dimensions, n users, t and l gateways (BG, WG), m receivers. */
export interface Sizes {
  readonly v: number;
  readonly n: number;
  readonly t: number;
  readonly l: number;
  /** |f_index| of [10], which the paper does not give. */
  readonly fIndex: number;
}

export interface CostFormula {
  readonly formula: string;
  readonly cost: (times: OperationTimes, sizes: Sizes) => number;
}

const formula = (text: string, cost: CostFormula['cost']): CostFormula => ({ formula: text, cost });
const none = formula('—', () => 0);

export type ComparedScheme = '[9]' | '[10]' | '[11]' | '[12]' | 'CBSG';
export type Column = 'User' | 'BG' | 'WG' | 'CC';

/** Table 2. The cell BG of [12] is printed `3t + 2C_m`, without the operation that 3t counts; pairings are assumed. */
export const COMPUTATION: Readonly<Record<ComparedScheme, Readonly<Record<Column, CostFormula>>>> = {
  '[9]': {
    User: formula('(v+1)C_eZ + 2C_m', ({ CeZ, Cm }, { v }) => (v + 1) * CeZ + 2 * Cm),
    BG: formula('2C_p + C_eZ + 2C_m', ({ Cp, CeZ, Cm }) => 2 * Cp + CeZ + 2 * Cm),
    WG: formula('2C_p + 2C_m', ({ Cp, Cm }) => 2 * Cp + 2 * Cm),
    CC: formula('2C_p + 3(l-1)C_m', ({ Cp, Cm }, { l }) => 2 * Cp + 3 * (l - 1) * Cm),
  },
  '[10]': {
    User: formula(
      '2C_m + (v+1)C_eZ + 2C_p + 2C_eT',
      ({ Cp, Cm, CeZ, CeT }, { v }) => 2 * Cm + (v + 1) * CeZ + 2 * Cp + 2 * CeT,
    ),
    BG: formula('5C_p + 2C_m', ({ Cp, Cm }) => 5 * Cp + 2 * Cm),
    WG: none,
    CC: formula('|f_index|C_m + C_eZ', ({ Cm, CeZ }, { fIndex }) => fIndex * Cm + CeZ),
  },
  '[11]': {
    User: formula('2C_p + 2C_eZ + C_m', ({ Cp, CeZ, Cm }) => 2 * Cp + 2 * CeZ + Cm),
    BG: formula('(n+4)C_p + C_m', ({ Cp, Cm }, { n }) => (n + 4) * Cp + Cm),
    WG: formula('(t+5)C_p + 2C_m', ({ Cp, Cm }, { t }) => (t + 5) * Cp + 2 * Cm),
    CC: formula(
      '2C_p + lC_eZ + C_eT + 3C_m',
      ({ Cp, CeZ, CeT, Cm }, { l }) => 2 * Cp + l * CeZ + CeT + 3 * Cm,
    ),
  },
  '[12]': {
    User: formula('2C_m + 2C_eZ', ({ Cm, CeZ }) => 2 * Cm + 2 * CeZ),
    BG: formula('3t + 2C_m', ({ Cp, Cm }, { t }) => 3 * t * Cp + 2 * Cm),
    WG: none,
    CC: formula('3C_p + C_eT', ({ Cp, CeT }) => 3 * Cp + CeT),
  },
  CBSG: {
    User: formula('C_p + 2C_m', ({ Cp, Cm }) => Cp + 2 * Cm),
    BG: none,
    WG: none,
    CC: formula('3C_p', ({ Cp }) => 3 * Cp),
  },
};

/**
 * What the row of CBSG leaves out, from section IV: a user pairs once for each of m receivers and multiplies for dY_Pub, D, W and T; verification multiplies n times for β_i Y_i and
 * η_i Y_Pub, and every one of the n reports has a D of its own, so that a receiver pairs n times.
 */
export const COMPLETED = {
  User: (m: number) => formula('mC_p + 4C_m', ({ Cp, Cm }) => m * Cp + 4 * Cm),
  CC: formula('(n+2)C_p + 2nC_m', ({ Cp, Cm }, { n }) => (n + 2) * Cp + 2 * n * Cm),
} as const;

/** Section VI.D in bits: |ID| and |T_t| 32, |G1| 160, N 1024, so that a Paillier ciphertext has 2048. */
export const FIELD_BITS = { id: 32, time: 32, g1: 160, paillier: 2048 } as const;

/** Table 3, last rows: bits on the way from n users to the CC with 3 WG and 4 BG. `ω` of CBSG is not counted in print. */
export const COMMUNICATION = {
  '[9]': {
    formula: '(n+7)(2048 + 96 + 160)',
    bits: (n: number) => (n + 7) * (FIELD_BITS.paillier + 3 * FIELD_BITS.id + FIELD_BITS.g1),
  },
  '[10]': {
    formula: '(n+4)(2048 + 96 + 320)',
    bits: (n: number) => (n + 4) * (FIELD_BITS.paillier + 3 * FIELD_BITS.id + 2 * FIELD_BITS.g1),
  },
} as const;

/** |δ| = |ω| + |ID_S| + m|ID_R| + |T_t| + 3|G1|. The text prints 32m + 672. */
export function cbsgReportBits(receivers: number, omegaBits: number): number {
  return omegaBits + FIELD_BITS.id * (1 + receivers) + FIELD_BITS.time + 3 * FIELD_BITS.g1;
}

/** What the text prints: 672 = |ID_S| + |T_t| + 3|G1| and 128 bits more, one block of a symmetric cipher, whatever ω holds. */
export const CBSG_PRINTED_REPORT_BITS = (receivers: number): number => 32 * receivers + 672;

/** Figure 5: the user's cost over the number of dimensions. */
export function figure5(times: OperationTimes, dimensions: readonly number[]) {
  return (['[9]', '[10]', 'CBSG'] as const).map((scheme) => ({
    name: scheme,
    points: dimensions.map((v) => [v, COMPUTATION[scheme].User.cost(times, sizes({ v }))] as const),
  }));
}

/** Figure 6: BG, WG and CC together over the number of BG. */
export function figure6(times: OperationTimes, gateways: readonly number[], l = 3) {
  return (['[9]', '[10]', 'CBSG'] as const).map((scheme) => {
    const { BG, WG, CC } = COMPUTATION[scheme];
    const cost = (t: number) =>
      t * BG.cost(times, sizes({ t, l })) +
      l * WG.cost(times, sizes({ t, l })) +
      CC.cost(times, sizes({ t, l }));
    return { name: scheme, points: gateways.map((t) => [t, cost(t)] as const) };
  });
}

/** Figure 7: all messages over the number of users, 3 receivers. */
export function figure7(users: readonly number[]) {
  return [
    { name: '[9]', points: users.map((n) => [n, COMMUNICATION['[9]'].bits(n)] as const) },
    { name: '[10]', points: users.map((n) => [n, COMMUNICATION['[10]'].bits(n)] as const) },
    { name: 'CBSG', points: users.map((n) => [n, n * CBSG_PRINTED_REPORT_BITS(3)] as const) },
  ];
}

function sizes(some: Partial<Sizes>): Sizes {
  return { v: 10, n: 100, t: 4, l: 3, fIndex: 1, ...some };
}
