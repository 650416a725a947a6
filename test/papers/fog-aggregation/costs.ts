/**
 * Paper 000 (LDAS-BC), section VI.B and VI.C: the printed cost formulas (tables II to IV), for the figures 5 and 6.
 * m fog nodes, n meters each. Only what the paper gives numbers for.
 */

/** Table II, in ms: exponentiation in Z*_{n²} and in G, multiplication, pairing. */
export const OPERATION_MS = { TE1: 1.6, TE2: 1.62, TM: 0.06, TP: 17.7 } as const;

const { TE1, TE2, TM, TP } = OPERATION_MS;

/** Table III, in ms. */
export const COMPUTATION_MS = {
  'LPDA-EC': (m: number, n: number) =>
    m * (2 * n * TE1 + 4 * n * TM + (3 * n + 1) * TE2) + 2 * m * TP + 2 * m * TE1,
  EBDA: (m: number, n: number) => m * (n * TE1 + 2 * (n + 1) * TM) + (m + 1) * TP + (m + 1) * TM + TE1,
  'LDAS-BC': (m: number, n: number) => (3 * m * n + m + 1) * TM + TE1,
} as const;

/** Section VI.C, in bits: |C| with |N²| = 2048, |mac|, |T_p|, |ID|. */
export const FIELD_BITS = { C: 2048, mac: 160, Tp: 160, ID: 160 } as const;

/** As printed; the ID that the report carries is left out. */
export const PRINTED_REPORT_BITS = FIELD_BITS.C + FIELD_BITS.mac + FIELD_BITS.Tp;

/** Table IV, row LDAS-BC, in bits. */
export function communicationBits(m: number, n: number): number {
  return m * n * PRINTED_REPORT_BITS + (m - 1) * PRINTED_REPORT_BITS;
}
