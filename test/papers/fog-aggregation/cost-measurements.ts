/** All that was measured for the cost study of paper 000, and the choices that its tables and figures share. */
import type { HostColumn, HostTimes } from './operation-times.js';
import type { ProductCost } from './product-costs.js';

/** |N|: the paper's, which the product refuses for a grid; the least it accepts; its default. */
export const MODULUS_BITS = { paper: 1024, least: 2048, standard: 3072 } as const;
export const ALL_MODULI_BITS: readonly number[] = Object.values(MODULUS_BITS);

export interface CostMeasurements {
  /** m, ascending. */
  readonly fogNodes: readonly number[];
  readonly host: HostTimes;
  readonly product: readonly ProductCost[];
}

/** With the fastest pairing library, which comes last. @throws RangeError for a modulus that was not measured. */
export function fastestColumn({ columns }: HostTimes, modulusBits: number): HostColumn {
  const column = columns.filter((one) => one.modulusBits === modulusBits).at(-1);
  if (!column) throw new RangeError(`nothing was measured for |N| = ${modulusBits}`);
  return column;
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
