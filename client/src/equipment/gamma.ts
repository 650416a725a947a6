/** The incomplete gamma function, and quantiles of it: what exact intervals of failure rates need. Source: NIST Digital Library of Mathematical Functions, 8.7.1 and 8.9.2. */

/** Steps of a bisection: more than the 53 bits of a number. */
const BISECTIONS = 100;
const MAX_TERMS = 10_000;

/** Lanczos 1964 with g = 7 and 9 terms; relative error below 1e-13 for x > 0. */
const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x). @param x - at least 0.5 */
export function logGamma(x: number): number {
  const sum = LANCZOS.reduce((total, term, i) => total + (i === 0 ? term : term / (x - 1 + i)), 0);
  const t = x - 1 + LANCZOS_G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** P(a, x) = γ(a, x) / Γ(a): the share of a gamma variable of shape `a` below x. @param a - at least 0.5. @param x - at least 0 */
export function gammaShareBelow(a: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? front * series(a, x) : 1 - front * continuedFraction(a, x);
}

/** Σ x^k / (a (a+1) … (a+k)), DLMF 8.7.1. */
function series(a: number, x: number): number {
  let [term, sum] = [1 / a, 1 / a];
  for (let k = 1; k < MAX_TERMS && term > sum * Number.EPSILON; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

/** DLMF 8.9.2, from the front (Lentz). */
function continuedFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let [c, d] = [Infinity, 1 / b];
  let value = d;
  for (let k = 1; k < MAX_TERMS; k++) {
    const numerator = k * (a - k);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < Number.EPSILON) break;
  }
  return value;
}

/** The x below which the share lies. @param share - in (0, 1) */
export function gammaQuantile(a: number, share: number): number {
  let above = a + 1;
  while (gammaShareBelow(a, above) < share) above *= 2;
  return rootOf((x) => gammaShareBelow(a, x) - share, 0, above);
}

/** Where a function changes its sign between `low` and `high`. @param steps - each halves what is left */
export function rootOf(value: (x: number) => number, low: number, high: number, steps = BISECTIONS): number {
  let [below, above] = [low, high];
  const rising = value(high) > 0;
  for (let i = 0; i < steps; i++) {
    const middle = (below + above) / 2;
    if (value(middle) > 0 === rising) above = middle;
    else below = middle;
  }
  return (below + above) / 2;
}
