/**
 * Paper 000 (LDAS-BC), sections VI.B and VI.C: the printed cost formulas, tables II to IV, behind the figures 5 and 6.
 *
 * m fog nodes, n meters each. What the paper leaves open of table IV is an assumption, named as such (`FIELDS`); what it
 * leaves out of its own row is in `completed…`.
 */

/** Time of one operation in ms: exponentiation in Z*_{n²} and in G, multiplication, pairing. */
export interface OperationMs {
  readonly TE1: number;
  readonly TE2: number;
  readonly TM: number;
  readonly TP: number;
}

/** Table II. */
export const PRINTED_OPERATION_MS: OperationMs = { TE1: 1.6, TE2: 1.62, TM: 0.06, TP: 17.7 };

export type ComparedScheme = 'LPDA-EC' | 'EBDA' | 'LDAS-BC';

/** Section VI.B: fog nodes of the figures, and meters of each. */
export const FOG_NODES: readonly number[] = [5, 10, 15, 20, 25, 30, 35, 40, 45, 50];
export const METERS_PER_FOG_NODE = 20;

export interface ComputationFormula {
  readonly scheme: ComparedScheme;
  readonly formula: string;
  readonly ms: (m: number, n: number, times?: OperationMs) => number;
}

/** Table III. */
export const COMPUTATION: readonly ComputationFormula[] = [
  {
    scheme: 'LPDA-EC',
    formula: 'm[2n·T_E1 + 4n·T_M + (3n+1)·T_E2] + 2m·T_P + 2m·T_E1',
    ms: (m, n, { TE1, TE2, TM, TP } = PRINTED_OPERATION_MS) =>
      m * (2 * n * TE1 + 4 * n * TM + (3 * n + 1) * TE2) + 2 * m * TP + 2 * m * TE1,
  },
  {
    scheme: 'EBDA',
    formula: 'm[n·T_E1 + 2(n+1)·T_M] + (m+1)·T_P + (m+1)·T_M + T_E1',
    ms: (m, n, { TE1, TM, TP } = PRINTED_OPERATION_MS) =>
      m * (n * TE1 + 2 * (n + 1) * TM) + (m + 1) * TP + (m + 1) * TM + TE1,
  },
  {
    scheme: 'LDAS-BC',
    formula: '(3mn + m + 1)·T_M + T_E1',
    ms: (m, n, { TE1, TM } = PRINTED_OPERATION_MS) => (3 * m * n + m + 1) * TM + TE1,
  },
];

/** Not in the paper: its row with the work that it leaves out, see `completedMs`. */
export const COMPLETED_FORMULA = '(3mn + m + 1 + (m-1)·log2 R)·T_M + (mn + 1)·T_E1';

/**
 * The row LDAS-BC with what it leaves out: r^N of a report's own randomness, one exponentiation for each report as in the
 * row EBDA, and the radix without which (8) cannot be split into regions, (m-1)·log2 R squarings by Horner's rule.
 */
export function completedMs(m: number, n: number, radixBits: number, { TE1, TM }: OperationMs): number {
  return (3 * m * n + m + 1 + (m - 1) * radixBits) * TM + (m * n + 1) * TE1;
}

/** Sizes in bits of what table IV adds up. */
export interface FieldBits {
  /** |N²|. */
  readonly C: number;
  readonly mac: number;
  readonly Tp: number;
  readonly ID: number;
  /** h_ij-s and mac_ijs of EBDA. */
  readonly h: number;
  readonly macEbda: number;
  /** The signature σ_j of EBDA and LPDA-EC. */
  readonly sigma: number;
}

/** σ_j as the shortest the paper speaks of, and as a point of the curve that PBC uses for a group order of 160 bits. */
export const SIGMA_BITS = { shortest: 160, curvePoint: 1024 } as const;

/** Section VI.C with the smallest assumption where it gives no size. */
export const FIELD_BITS: FieldBits = {
  C: 2048,
  mac: 160,
  Tp: 160,
  ID: 160,
  h: 160,
  macEbda: 160,
  sigma: SIGMA_BITS.shortest,
};

export interface FieldOrigin {
  readonly field: string;
  readonly bits: string;
  readonly origin: string;
}

/** Where each size comes from. */
export const FIELDS: readonly FieldOrigin[] = [
  { field: '|C_ij|, |C_j|', bits: '2048', origin: 'given as |N²|' },
  { field: '|T_p|', bits: '160', origin: 'given' },
  { field: '|ID|', bits: '160', origin: 'given' },
  {
    field: '|mac_ij|',
    bits: '160',
    origin: 'follows from the sum 2368 = 2048 + 160 + 160; the text gives a |p| of 160 in its place',
  },
  { field: 'the two 160 in the row LPDA-EC', bits: '160', origin: 'given in the row' },
  { field: '|h_ij-s|, |mac_ijs| of EBDA', bits: '160', origin: "assumption: as long as the paper's own mac" },
  {
    field: '|σ_j| of EBDA and LPDA-EC',
    bits: '160 to 1024',
    origin:
      'assumption: from |p|, the shortest size the text speaks of, to an uncompressed point of the curve that PBC uses for a group order of 160 bits',
  },
];

/** S_user→fog as printed, 2368 bits; the ID that the report carries is left out. */
export function printedReportBits({ C, mac, Tp }: FieldBits = FIELD_BITS): number {
  return C + mac + Tp;
}

/** The same report with its ID, 2528 bits. */
export function carriedReportBits(fields: FieldBits = FIELD_BITS): number {
  return printedReportBits(fields) + fields.ID;
}

export interface CommunicationFormula {
  readonly scheme: ComparedScheme;
  readonly formula: string;
  readonly bits: (m: number, n: number, fields?: FieldBits) => number;
}

/** Table IV. */
export const COMMUNICATION: readonly CommunicationFormula[] = [
  {
    scheme: 'LPDA-EC',
    formula: 'mn(C_ij + 160 + T_p + 160) + (m-1)(C_j + ID_j + σ_j + T_p)',
    bits: (m, n, { C, Tp, ID, sigma } = FIELD_BITS) =>
      m * n * (C + 160 + Tp + 160) + (m - 1) * (C + ID + sigma + Tp),
  },
  {
    scheme: 'EBDA',
    formula: 'mn(C_ij + h_ij-s + mac_ijs) + (m-1)(C_j + ID_j + σ_j)',
    bits: (m, n, { C, h, macEbda, ID, sigma } = FIELD_BITS) =>
      m * n * (C + h + macEbda) + (m - 1) * (C + ID + sigma),
  },
  {
    scheme: 'LDAS-BC',
    formula: 'mn·S_user→fog + (m-1)·S_fog→Leader',
    bits: (m, n, fields = FIELD_BITS) => (m * n + m - 1) * printedReportBits(fields),
  },
];

/** The row LDAS-BC with the ID that each of its messages carries. */
export function carriedCommunicationBits(m: number, n: number, fields: FieldBits = FIELD_BITS): number {
  return (m * n + m - 1) * carriedReportBits(fields);
}
