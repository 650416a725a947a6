/** Paper 001, section 6.4, Algorithm 1: the price of slot γ, 1 <= γ <= z = 24ω, in a month of ω days. Prices in 10⁻⁶ currency units per Wh. */

export interface Prices {
  readonly high: bigint;
  readonly normal: bigint;
  readonly low: bigint;
}

/** Algorithm 1 line by line; ∪ means "or". Undefined where no branch sets p_γ, and the third branch returns p_h where p_l is meant. */
export function literalPrice({ high, normal }: Prices, gamma: number, omega: number): bigint | undefined {
  const start = 24 * (omega - 1);
  const within = (from: number, to: number): boolean => from + start <= gamma && gamma < to + start;
  if (within(7, 11) || within(19, 23)) return high;
  if (within(11, 19)) return normal;
  if (within(23, 25) || within(1, 7)) return high;
  return undefined;
}

/** Algorithm 1 resolved: hour h = ((γ-1) mod 24) + 1 of every day. */
export function price({ high, normal, low }: Prices, gamma: number): bigint {
  const h = ((gamma - 1) % 24) + 1;
  if ((h >= 7 && h < 11) || (h >= 19 && h < 23)) return high;
  return h >= 11 && h < 19 ? normal : low;
}
