/** All that was measured for the cost study of paper 001. */
import type { HostTimes } from '../host-times.js';
import type { Notation } from './operation-times.js';
import type { ProductCost } from './product-costs.js';
import type { PropertyCheck } from './property-checks.js';

/** m: the text compares m = 1 with more than one and names no number. */
export const AGGREGATORS = 10;
/** n: the axes of the figures are not in the text that is left of the paper. */
export const METERS: readonly number[] = [20, 40, 60, 80, 100];

export interface CostMeasurements {
  /** n, ascending. */
  readonly meters: readonly number[];
  readonly host: HostTimes<Notation>;
  readonly product: readonly ProductCost[];
  readonly properties: readonly PropertyCheck[];
}

/** @throws RangeError for a size that was not measured. */
export function productCost({ product }: CostMeasurements, modulusBits: number, meters: number): ProductCost {
  const cost = product.find((one) => one.modulusBits === modulusBits && one.meters === meters);
  if (!cost) throw new RangeError(`nothing was measured for |N| = ${modulusBits}, n = ${meters}`);
  return cost;
}

/** n at the right end of figure 4. */
export function largest({ meters }: CostMeasurements): number {
  return Math.max(...meters);
}
