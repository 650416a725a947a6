/** Paper 001, section 8: the printed tables 2, 3 and 4, and the formulas behind the figures 3 and 4. n smart meters, m aggregators. */

/** Table 2. `-` as printed: not considered. */
export const PROPERTIES = {
  Confidentiality: { '[14]': 'yes', '[20]': 'yes', '[21]': 'yes', '[31]': 'yes', Our: 'yes' },
  'Aggregate billing': { '[14]': 'yes', '[20]': '-', '[21]': 'yes', '[31]': '-', Our: 'yes' },
  'Data integrity and non-repudiation': {
    '[14]': 'no',
    '[20]': 'yes',
    '[21]': 'no',
    '[31]': 'yes',
    Our: 'yes',
  },
  'Resist malicious AN attack': { '[14]': 'no', '[20]': '-', '[21]': 'no', '[31]': '-', Our: 'yes' },
  'Trusted authority': { '[14]': 'yes', '[20]': 'no', '[21]': 'no', '[31]': 'no', Our: 'no' },
} as const;

/** Table 3, in ms (JPBC, |N| = 1024, G of 160 bits). An encryption is printed cheaper than one of the exponentiations it consists of. */
export const OPERATION_MS = { Tp: 6.85, Tm: 0.88, Te: 9.45, TEp: 5.33, TDp: 9.82 } as const;

/** Table 3, the descriptions. */
export const OPERATIONS = {
  Tp: 'pairing',
  Tm: 'multiplication in G',
  Te: 'exponentiation in Z*_{N²}',
  TEp: 'Paillier encryption',
  TDp: 'Paillier decryption',
} as const;

export type OperationTimes = Readonly<Record<keyof typeof OPERATION_MS, number>>;

/** A formula of Table 4: its text, and its value for given times. */
export interface CostFormula {
  readonly formula: string;
  readonly cost: (times: OperationTimes, m: number, n: number) => number;
}

const formula = (text: string, cost: CostFormula['cost']): CostFormula => ({ formula: text, cost });

/** Table 4, first row: one report. Figure 3. */
export const SM_COST = {
  '[12]': formula('TEp + Tm', ({ TEp, Tm }) => TEp + Tm),
  '[16]': formula('TEp + Tp', ({ TEp, Tp }) => TEp + Tp),
  '[20]': formula('TEp + Tm', ({ TEp, Tm }) => TEp + Tm),
  '[21]': formula('TEp', ({ TEp }) => TEp),
  Our: formula('TEp + Tm', ({ TEp, Tm }) => TEp + Tm),
} as const;

/** Table 4, second row: one slot. Figure 4. */
export const AN_COST = {
  '[12]': formula('(n+1)Tp + Tm', ({ Tp, Tm }, _, n) => (n + 1) * Tp + Tm),
  '[16]': formula('(2n+1)Tp', ({ Tp }, _, n) => (2 * n + 1) * Tp),
  '[20]': formula('m[(n+1)Tp + Tm]', ({ Tp, Tm }, m, n) => m * ((n + 1) * Tp + Tm)),
  '[21]': formula('2Te', ({ Te }) => 2 * Te),
  Our: formula('(n+1)Tp + Tm + Te', ({ Tp, Tm, Te }, _, n) => (n + 1) * Tp + Tm + Te),
} as const;

/** Table 4, third row: one slot. */
export const ESP_COST = {
  '[12]': formula('2Tp + TDp', ({ Tp, TDp }) => 2 * Tp + TDp),
  '[16]': formula('Tp + TDp', ({ Tp, TDp }) => Tp + TDp),
  '[20]': formula('(m+1)Tp + TDp', ({ Tp, TDp }, m) => (m + 1) * Tp + TDp),
  '[21]': formula('TDp', ({ TDp }) => TDp),
  Our: formula('(m+1)Tp + 3TDp', ({ Tp, TDp }, m) => (m + 1) * Tp + 3 * TDp),
} as const;

/**
 * What the row of this scheme leaves out: (12) is one exponentiation for each of the n meters, not one for all.
 */
export const AN_COST_OF_ALL_CHARGES = formula(
  '(n+1)Tp + Tm + nTe',
  ({ Tp, Tm, Te }, _, n) => (n + 1) * Tp + Tm + n * Te,
);

/** Nodes needed to survive f faults, section 8.2: Raft (crashes) against PBFT (lies); the text compares the two as if they did the same. */
export const NODES_NEEDED = { Raft: (f: number) => 2 * f + 1, PBFT: (f: number) => 3 * f + 1 } as const;

/** Points of a figure: the axis over n, printed without numbers in the text that is left of the paper. */
export function seriesOverMeters(
  costs: Readonly<Record<string, CostFormula>>,
  times: OperationTimes,
  m: number,
  meters: readonly number[],
): { readonly name: string; readonly points: readonly (readonly [n: number, ms: number])[] }[] {
  return Object.entries(costs).map(([name, { cost }]) => ({
    name,
    points: meters.map((n) => [n, cost(times, m, n)] as const),
  }));
}
