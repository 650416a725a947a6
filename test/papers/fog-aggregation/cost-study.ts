/**
 * `npm run papers -- 000`: the cost study of paper 000, sections VI.B and VI.C, three times side by side.
 *
 * (a) the printed formulas with the printed operation times, (b) the printed formulas with the operation times of this host,
 * (c) what the product really does for the same slot, all parties in one thread, as the formulas add them up.
 */
import { generatePaillierKey } from '@gridveil/client/crypto/paillier-key.js';
import type { PaperStudy } from '../paper-report.js';
import { communicationFigure, computationFigures } from './cost-figures.js';
import { costRemarks } from './cost-remarks.js';
import { ALL_MODULI_BITS } from '../host-times.js';
import { type CostMeasurements } from './cost-measurements.js';
import { costTables } from './cost-tables.js';
import { FOG_NODES, METERS_PER_FOG_NODE } from './costs.js';
import { measureOperations } from './operation-times.js';
import { measureProduct, type ProductCost } from './product-costs.js';
import { RADIX_BITS } from './product-slot.js';

const QUICK = { fogNodes: FOG_NODES.slice(0, 2), repeats: 2, samples: 3 };
const FULL = { fogNodes: FOG_NODES, repeats: 7, samples: 15 };

export const costStudy: PaperStudy = {
  paper: '000',
  title: 'the cost study of LDAS-BC, recomputed and measured',
  async run({ quick, progress }) {
    const { fogNodes, repeats, samples } = quick ? QUICK : FULL;
    progress(`keys of ${ALL_MODULI_BITS.join(', ')} bits`);
    const keys = await Promise.all(ALL_MODULI_BITS.map(generatePaillierKey));
    const publicKeys = keys.map((key) => key.publicKey);
    const host = await measureOperations({ publicKeys, samples, progress });
    const product: ProductCost[] = [];
    for (const key of keys) product.push(...(await measureProduct(key, fogNodes, repeats, progress)));
    const measurements: CostMeasurements = { fogNodes, host, product };
    return {
      parameters: {
        quick,
        fogNodes,
        metersPerFogNode: METERS_PER_FOG_NODE,
        modulusBits: ALL_MODULI_BITS,
        radixBits: RADIX_BITS,
        samplesPerOperation: samples,
        slotsPerSize: repeats,
        spread: '(max - min) / median',
      },
      tables: costTables(measurements),
      figures: [...computationFigures(measurements), communicationFigure(measurements)],
      remarks: costRemarks(measurements),
    };
  },
};
