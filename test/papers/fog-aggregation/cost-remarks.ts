/** Where text, formulas, tables and figures of paper 000, section VI, disagree or leave something out, and how the columns (b) and (c) came about. */
import { rounded, type PaperRemark } from '../paper-report.js';
import { fastestColumn, MODULUS_BITS } from '../host-times.js';
import { type CostMeasurements } from './cost-measurements.js';
import {
  carriedReportBits,
  COMMUNICATION,
  completedMs,
  COMPUTATION,
  FOG_NODES,
  METERS_PER_FOG_NODE as n,
  PRINTED_OPERATION_MS,
  printedReportBits,
  type ComparedScheme,
} from './costs.js';
import { RADIX_BITS } from './product-slot.js';

const FIRST = FOG_NODES[0] ?? NaN;
const LAST = FOG_NODES.at(-1) ?? NaN;

function printedMs(scheme: ComparedScheme, m: number): number {
  return COMPUTATION.find((row) => row.scheme === scheme)?.ms(m, n) ?? NaN;
}

function printedBits(scheme: ComparedScheme, m: number): number {
  return COMMUNICATION.find((row) => row.scheme === scheme)?.bits(m, n) ?? NaN;
}

export function costRemarks(measurements: CostMeasurements): PaperRemark[] {
  return [...computationRemarks(measurements), ...communicationRemarks(), ...methodRemarks()];
}

function computationRemarks({ host }: CostMeasurements): PaperRemark[] {
  const { TE1, TM } = PRINTED_OPERATION_MS;
  const ours = fastestColumn(host, MODULUS_BITS.paper).times;
  const completed = completedMs(LAST, n, RADIX_BITS, PRINTED_OPERATION_MS);
  const ratio = (m: number): number => rounded(printedMs('EBDA', m) / printedMs('LDAS-BC', m));
  return [
    {
      place: 'VI.B, user level',
      remark:
        'the 2mn multiplications leave out r^N: (2) takes s = r^N as ready made and one for all meters, while EBDA and LPDA-EC are charged one and two exponentiations per report.',
    },
    {
      place: 'VI.B, second aggregation',
      remark: `the m multiplications are those of the plain product (8), which opens to one sum; to split it, Algorithm 2 needs the radix, (m-1)·log2 R squarings more (${(LAST - 1) * RADIX_BITS} at m = ${LAST} and R = 2^${RADIX_BITS}).`,
    },
    {
      place: 'Table III',
      remark: `with a randomiser of its own for each report and with the radix, LDAS-BC costs ${rounded(completed)} ms at m = ${LAST} instead of ${rounded(printedMs('LDAS-BC', LAST))} ms: EBDA then costs ${rounded(printedMs('EBDA', LAST) / completed)} times as much, not ${ratio(LAST)} times.`,
    },
    {
      place: 'Table II',
      remark: `T_E1 is ${rounded(TE1 / TM)} T_M, yet an exponent of 1024 bits takes at least 1023 squarings: the two times can hardly come from one implementation (nor do those of this host, where T_E1 is OpenSSL's and T_M BigInt's: ${rounded(ours.TE1 / ours.TM)} T_M).`,
    },
    {
      place: 'VI.B and Table II',
      remark:
        'the text first says the operations were run with a pairing library, then that the times are those of [13]: nothing says on which machine they were taken.',
    },
    {
      place: 'VI.B, hashes',
      remark:
        'hash operations count as nothing, and with them all authentication of reports; column (c) holds HMAC and Merkle tree.',
    },
    {
      place: 'VI.B, both aggregations',
      remark:
        'mn and m multiplications are counted where products of n and of m factors take m(n-1) and m-1: harmless.',
    },
    {
      place: 'Fig. 5 and its text',
      remark: `the advantage is said to grow with the number of smart meters, but the figure varies m only and by the formulas EBDA costs ${ratio(FIRST)} times LDAS-BC at m = ${FIRST} and ${ratio(LAST)} times at m = ${LAST}: only the difference grows.`,
    },
  ];
}

function communicationRemarks(): PaperRemark[] {
  const [printed, carried] = [printedReportBits(), carriedReportBits()];
  const equal = printedBits('EBDA', LAST) === printedBits('LDAS-BC', LAST);
  return [
    {
      place: 'VI.C, report',
      remark: `the report carries ID_ij but the sum of ${printed} bits leaves its 160 bits out: ${carried} bits, ${rounded((carried / printed - 1) * 100)} % more.`,
    },
    {
      place: 'VI.C, sizes',
      remark:
        'the text gives |p| = 160, which no message contains, and no |mac|; the sum needs |mac| = 160, while the hashes of SHA-2 and SHA-3 have 224 bits or more.',
    },
    {
      place: 'VI.C, fog node to leader',
      remark:
        'the text lets the fog node send (C_ij, mac_ij, T_p, ID_ij), a single report, where V.C.4 has (C_j, mac_j, T_p), the total: sent as the text says, the leader would get every reading by itself.',
    },
    {
      place: 'Table IV, row LDAS-BC',
      remark: 'S_user→Leader is defined nowhere; S_fog→Leader is meant, and has the same value.',
    },
    {
      place: 'Table IV and Fig. 6',
      remark: `with fields of equal length EBDA sends ${equal ? 'exactly as many' : 'not as many'} bits as LDAS-BC, and LPDA-EC as many as LDAS-BC with its ID: the advantage of Fig. 6 rests on the ID that is left out and on sizes the paper does not give.`,
    },
    {
      place: 'VI.C, effect of aggregation',
      remark: `the messages that aggregation keeps constant are ${LAST - 1} of ${LAST * n + LAST - 1} at m = ${LAST}; all others grow with the number of meters.`,
    },
    {
      place: 'VI.C, key size',
      remark:
        '|N²| = 2048 means an N of 1024 bits, which is too short today; the product creates no grid with less than 2048.',
    },
    {
      place: 'Captions and letters',
      remark:
        'the caption of Fig. 6 repeats that of Fig. 5 ("Calculated cost comparison"), and n is the modulus in T_E1 and the number of meters beside it.',
    },
    {
      place: 'Fig. 5 and Fig. 6',
      remark: 'the paper prints no values of the plotted points: the printed lines here are its formulas.',
    },
  ];
}

function methodRemarks(): PaperRemark[] {
  return [
    {
      place: `Fig. 5-${MODULUS_BITS.standard}`,
      remark:
        'EBDA and LDAS-BC complete lie on one line: at this modulus both are little but one exponentiation for each report.',
    },
    {
      place: 'How (b) was measured',
      remark:
        'T_E2 and T_P are taken on BLS12-381, a stronger and larger curve than the one behind a group order of 160 bits; where the fastest library is meant, it is the last one of each modulus in table III.',
    },
    {
      place: 'How (c) was measured',
      remark:
        "all parties' work for one slot in one thread, hardened form: fresh randomness, HMAC, Merkle root, radix, opening with proof and radix check; without ledger and network, without registration, key and table, which happen once for many slots.",
    },
    {
      place: 'What (c) sends',
      remark:
        'reports as bytes, region totals as the JSON argument of the transaction that each fog node, the leader included, submits; certificates, signatures and endorsements of the ledger come on top.',
    },
  ];
}
