/**
 * `npm run papers -- 001`: the performance evaluation of paper 001, section 8, three times side by side.
 *
 * (a) the printed formulas with the printed operation times, (b) the printed formulas with the operation times of this host,
 * (c) what the product really does for the same. Table 2 is not counted but tried out.
 */
import { generatePaillierKey } from '@gridveil/client/crypto/paillier-key.js';
import { ALL_MODULI_BITS } from '../host-times.js';
import type { PaperStudy } from '../paper-report.js';
import { costFigures } from './cost-figures.js';
import { AGGREGATORS, METERS, type CostMeasurements } from './cost-measurements.js';
import { costRemarks } from './cost-remarks.js';
import { costTables } from './cost-tables.js';
import { measureOperations } from './operation-times.js';
import { MAX_READING_WH, MONTH_SLOTS } from './product-area.js';
import { measureProduct, type ProductCost } from './product-costs.js';
import { checkProperties } from './property-checks.js';

const QUICK = { meters: [10, 20], repeats: 2, samples: 3 };
const FULL = { meters: METERS, repeats: 7, samples: 15 };

export const touBillingStudy: PaperStudy = {
  paper: '001',
  title: 'the performance evaluation of aggregation billing, recomputed and measured',
  async run({ quick, progress }) {
    const { meters, repeats, samples } = quick ? QUICK : FULL;
    progress('properties, tried out with toy keys');
    const properties = await checkProperties();
    progress(`keys of ${ALL_MODULI_BITS.join(', ')} bits`);
    const privateKeys = await Promise.all(ALL_MODULI_BITS.map(generatePaillierKey));
    const host = await measureOperations({ privateKeys, samples, progress });
    const product: ProductCost[] = [];
    for (const key of privateKeys) product.push(...(await measureProduct(key, meters, repeats, progress)));
    const measurements: CostMeasurements = { meters, host, product, properties };
    return {
      parameters: {
        quick,
        meters,
        aggregators: AGGREGATORS,
        modulusBits: ALL_MODULI_BITS,
        maxReadingWh: MAX_READING_WH,
        slotsOfMonth: MONTH_SLOTS,
        samplesPerOperation: samples,
        slotsPerSize: repeats,
        spread: '(max - min) / median',
      },
      tables: costTables(measurements),
      figures: costFigures(measurements),
      remarks: costRemarks(measurements),
    };
  },
};
