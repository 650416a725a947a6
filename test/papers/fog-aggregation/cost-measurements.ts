/** All that was measured for the cost study of paper 000. */
import type { HostTimes } from '../host-times.js';
import type { Notation } from './operation-times.js';
import type { ProductCost } from './product-costs.js';

export interface CostMeasurements {
  /** m, ascending. */
  readonly fogNodes: readonly number[];
  readonly host: HostTimes<Notation>;
  readonly product: readonly ProductCost[];
}

/** @throws RangeError for a size that was not measured. */
export function productCost(
  { product }: CostMeasurements,
  modulusBits: number,
  fogNodes: number,
): ProductCost {
  const cost = product.find((one) => one.modulusBits === modulusBits && one.fogNodes === fogNodes);
  if (!cost) throw new RangeError(`nothing was measured for |N| = ${modulusBits}, m = ${fogNodes}`);
  return cost;
}

/** m at the right end of the figures. */
export function largest({ fogNodes }: CostMeasurements): number {
  return Math.max(...fogNodes);
}
