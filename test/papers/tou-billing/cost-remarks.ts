/** Where text, formulas, tables and figures of paper 001, section 8, disagree or leave something out, and how the columns (b) and (c) came about. */
import { fastestColumn, MODULUS_BITS } from '../host-times.js';
import { rounded, type PaperRemark } from '../paper-report.js';
import { AGGREGATORS as m, largest, productCost, type CostMeasurements } from './cost-measurements.js';
import { AN_COST, AN_COST_OF_ALL_CHARGES, NODES_NEEDED, OPERATION_MS } from './costs.js';
import { MONTH_SLOTS } from './product-area.js';

export function costRemarks(measurements: CostMeasurements): PaperRemark[] {
  return [
    ...propertyRemarks(),
    ...operationRemarks(measurements),
    ...computationRemarks(measurements),
    ...figureRemarks(measurements),
    ...methodRemarks(measurements),
  ];
}

function propertyRemarks(): PaperRemark[] {
  return [
    {
      place: 'Table 2',
      remark:
        'the column Our is what the authors claim; tried out on the printed form no claim holds (test/attacks/tou-billing has fifteen attempts). The columns of the other schemes are repeated as printed: nobody tried them here.',
    },
    {
      place: 'Table 2, trusted authority',
      remark:
        '“no”, yet section 5.1 makes the ESP “completely credible”: it makes the key, registers everybody and opens what it likes. In the product, too, whoever holds the Paillier key can open a report.',
    },
    {
      place: 'Table 2, malicious AN',
      remark:
        'schemes without billing get a “-” in the table; the text says they “cannot resist” the attack, which needs a bill to shift.',
    },
    {
      place: 'Tables 2 and 4',
      remark: 'they compare with different schemes: [14], [20], [21], [31] and [12], [16], [20], [21].',
    },
  ];
}

function operationRemarks({ host }: CostMeasurements): PaperRemark[] {
  const { Te, TEp, TDp } = OPERATION_MS;
  const ours = fastestColumn(host, MODULUS_BITS.paper).times;
  return [
    {
      place: 'Table 3',
      remark: `an encryption (TE_p = ${TEp} ms) is printed cheaper than one of the exponentiations it consists of (T_e = ${Te} ms), and a decryption, one exponentiation as long, dearer (TD_p = ${TDp} ms). On this host TE_p is ${rounded(ours.TEp / ours.Te)} T_e and TD_p ${rounded(ours.TDp / ours.Te)} T_e, as (8) and (15) make one expect.`,
    },
    {
      place: '8.2, hashes',
      remark:
        'H_1, a hash to the curve, is counted as nothing, though every signature and every pairing of (9) needs one. Column (b) holds it where blst is used, since its binding hashes in every call; column (c) always.',
    },
    {
      place: '8.2, machine',
      remark:
        'all times are said to come from JPBC, a library for pairings in Java; how it computed TE_p, TD_p and T_e is not said.',
    },
    {
      place: '8.2, key size',
      remark: 'N has 1024 bits, too short today; the product creates no grid with less than 2048.',
    },
  ];
}

function computationRemarks(measurements: CostMeasurements): PaperRemark[] {
  const n = largest(measurements);
  const printed = AN_COST.Our.cost(OPERATION_MS, m, n);
  const complete = AN_COST_OF_ALL_CHARGES.cost(OPERATION_MS, m, n);
  const standard = fastestColumn(measurements.host, MODULUS_BITS.standard).times;
  const { stages } = productCost(measurements, MODULUS_BITS.standard, n);
  return [
    {
      place: 'Table 4, AN',
      remark: `T_e counts the charge of one meter, but (12) is one exponentiation for each of the n: ${rounded(complete)} ms instead of ${rounded(printed)} ms at n = ${n}. Likewise (14) signs n packets P_j, and the row has one T_m.`,
    },
    {
      place: 'Table 4, verification',
      remark: `the phase that the paper adds, (18) and (19), is in no row: z T_e for each user, ${rounded((MONTH_SLOTS * OPERATION_MS.Te) / 1000)} s for ${MONTH_SLOTS} slots at the printed T_e, ${rounded((MONTH_SLOTS * standard.Te) / 1000)} s at |N| = ${MODULUS_BITS.standard} on this host. A price has 24 bits at most, not |N|, and slots of one price share one power: the product takes ${rounded(stages.monthlyCharge)} ms.`,
    },
    {
      place: 'Table 4, ESP',
      remark: `3 TD_p open one area total, one slot charge and one monthly charge, (15) to (17). For n meters these are 1 + n openings a slot and n a month. Column (c) is one area total and one monthly charge, each with the proof that it is right, which the paper lacks; slot charges are never opened, since divided by the price they are readings.`,
    },
    {
      place: 'Table 4, ESP, pairings',
      remark:
        '(m+1) pairings check m signatures, but one AN signs. The product’s ESP reads from the ledger what endorsers have checked, so column (c) has no pairing.',
    },
    {
      place: 'Table 4, [20]',
      remark:
        'this row adds up the work of all m aggregators, the others that of one: area by area it is one T_e below Our.',
    },
  ];
}

function figureRemarks(measurements: CostMeasurements): PaperRemark[] {
  const n = largest(measurements);
  const at = (scheme: keyof typeof AN_COST, areas: number): number =>
    AN_COST[scheme].cost(OPERATION_MS, areas, n);
  return [
    {
      place: 'Fig. 3 and Fig. 4',
      remark:
        'neither axes nor values of the figures are in the text: the lines here are the formulas of table 4. Figure 3 is drawn for one report, since its formulas have no n, figure 4 over n.',
    },
    {
      place: '8.2, Fig. 4',
      remark: `“slightly higher than [21]”: by the formulas ${rounded(at('Our', 1))} ms against ${rounded(at('[21]', 1))} ms at n = ${n}, ${rounded(at('Our', 1) / at('[21]', 1))} times as much. “Basically the same as [12, 20]” is true of [20] for m = 1 only; at m = ${m} its row is ${rounded(at('[20]', m) / at('Our', m))} times this one.`,
    },
    {
      place: '8.2, Raft and PBFT',
      remark: `n is now the number of faults: PBFT needs ${NODES_NEEDED.PBFT(1)} nodes for one, Raft ${NODES_NEEDED.Raft(1)}. But Raft survives crashes, PBFT lies; an AN that may be malicious is what the paper is about.`,
    },
  ];
}

function methodRemarks(measurements: CostMeasurements): PaperRemark[] {
  const n = largest(measurements);
  const { stages, aggregator } = productCost(measurements, MODULUS_BITS.standard, n);
  const share = Math.round((100 * stages.proofs) / aggregator.medianMs);
  return [
    {
      place: 'How (b) was measured',
      remark:
        'T_m and T_p are taken on BLS12-381, a stronger and larger curve than one with a group order of 160 bits, and with signatures in G2, as in the suite of the product; where the fastest library is meant, it is the last one of each modulus in table 4.',
    },
    {
      place: 'How (c) was measured',
      remark: `the functions that parties and endorsers call, in one thread, hardened form: a range proof with every report (${share} % of the AN's work at n = ${n} and |N| = ${MODULUS_BITS.standard}), weights in the batch, slot and tariff signed, openings with proof; without ledger, network, registration, key and tables. Of the monthly charges of all n meters one ${MONTH_SLOTS}th falls on a slot.`,
    },
  ];
}
