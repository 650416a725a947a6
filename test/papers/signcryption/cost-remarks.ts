/** Where text, formulas, tables and figures of paper 002, section VI, disagree or leave something out, and how the columns (b) and (c) came about. */
import { rounded, type PaperRemark } from '../paper-report.js';
import { COMPLETED, COMPUTATION, OPERATION_MS } from './costs.js';

const SIZES = { v: 10, n: 100, t: 4, l: 3, fIndex: 1 };

export function costRemarks(): PaperRemark[] {
  const printedCc = COMPUTATION.CBSG.CC.cost(OPERATION_MS, SIZES);
  const completedCc = COMPLETED.CC.cost(OPERATION_MS, SIZES);
  const printedUser = COMPUTATION.CBSG.User.cost(OPERATION_MS, SIZES);
  const completedUser = COMPLETED.User(3).cost(OPERATION_MS, SIZES);
  return [
    {
      place: 'Table 1, confidentiality of CBSG',
      remark:
        'the master key opens every part (T002-3), a replaced key in the directory reads (T002-4), and Algorithm 1 keeps meter_value in public state (T002-C).',
    },
    {
      place: 'Table 1, data integrity of CBSG',
      remark:
        'anyone signs for any meter without a secret (T002-1), and pairs of invalid signatures pass (T002-8).',
    },
    {
      place: 'Table 2, user of CBSG',
      remark: `C_p + 2C_m is the cost for one receiver without dY_Pub and T: a report for three takes 3C_p + 4C_m, ${rounded(completedUser)} ms instead of ${rounded(printedUser)} ms with the printed times.`,
    },
    {
      place: 'Table 2, CC of CBSG',
      remark: `3C_p is one decryption and one check. (2) takes β_i·Y_i and η_i·Y_Pub for each report, and each report has a D of its own, so that 100 reports take 102C_p + 200C_m: ${rounded(completedCc)} ms instead of ${rounded(printedCc)} ms.`,
    },
    {
      place: 'VI.C and IV.D',
      remark:
        'the receivers are said to read sums; sums of ciphertexts under different keys decrypt to nothing (T002-6), so every part is opened by itself.',
    },
    {
      place: 'Table 2, BG of [12]',
      remark: '3t + 2C_m adds a number to a time; 3t·C_p is assumed.',
    },
    {
      place: 'Table 2, CC of [10]',
      remark: '|f_index| is given nowhere; it is taken as 1, which is the best case of [10].',
    },
    {
      place: 'VI.C',
      remark:
        'the text announces a comparison with four schemes and compares two; the others "only aggregate one-dimensional data", and [12] is in table 2 all the same.',
    },
    {
      place: 'VI.D, report of CBSG',
      remark:
        '32m + 672 holds |ID_S|, |T_t| and 3|G1|, which are 544, and 128 bits more: all dimensions for all receivers would share one block of a cipher. The compared schemes are charged a whole Paillier ciphertext.',
    },
    {
      place: 'VI.D, Table 3',
      remark:
        'the signature is (T, W) and D comes with it, 3|G1| of 160 bits: a symmetric pairing of that size has a security far below 80 bits today. Gridveil sends D, W and z of 256 bits each.',
    },
    {
      place: 'Fig. 5 to 7',
      remark:
        'the paper prints no values of the plotted points, and axes are lost in the text: the lines here are its formulas.',
    },
    {
      place: 'VI.E',
      remark:
        'blocks of DPoS, every 2 seconds, have nothing to compare with here: Fabric orders without proof of stake.',
    },
    {
      place: 'How (b) was measured',
      remark:
        'on BLS12-381 with noble, in one thread; the paper ran the cpabe library on a 3.0 GHz processor and took the times from [10].',
    },
    {
      place: 'How (c) was measured',
      remark:
        'Gridveil without pairings, on ristretto255: libsodium for secret scalars, its own sums of products in WebAssembly for checks; signatures of all reports are verified, every part is opened.',
    },
  ];
}
