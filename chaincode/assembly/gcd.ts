/**
 * Steps of Euclid's algorithm on long numbers, in WebAssembly. AssemblyScript; chaincode/src/crypto/lehmer-gcd.ts drives it.
 *
 * Source: Lehmer's method, Knuth, TAOCP volume 2, section 4.5.2, algorithm L, with the condition of Collins for when to stop.
 *
 * From the leading 64 bits x >= y of A >= B, x = r_0, y = r_1, Euclid's algorithm makes remainders and cofactors
 *
 *   r_(i+1) = r_(i-1) - q·r_i      u_(i+1) = u_(i-1) + q·u_i      v_(i+1) = v_(i-1) + q·v_i      ±r_i = u_i·x - v_i·y
 *
 * with u = 1, 0 and v = 0, 1 at first. The same combinations of A and B are R_i = ±(u_i·A - v_i·B), and their leading bits differ from
 * r_i by less than max(u_i, v_i) = v_i for i > 0. So r_(i+1) >= v_(i+1) and r_i - r_(i+1) >= v_i + v_(i+1) give
 * R_i > R_(i+1) >= 0: the pair (R_i, R_(i+1)) replaces (A, B), smaller and with the same divisors, as the combination is unimodular.
 * Cofactors stay below 2^31, so that a combination of two 32-bit limbs with its carry fits a signed 64-bit integer.
 * No product above overflows: x = v_(i+1)·r_i + v_i·r_(i+1), hence v_(i+1) <= x.
 *
 * Not constant time.
 */

/** Each number has room for so many bytes: 8192 bits. */
const OPERAND_BYTES: usize = 1024;
const COFACTOR_LIMIT: u64 = 1 << 31;

/** Two numbers, as 32-bit limbs: little-endian while at work, big-endian to and from the driver. */
const A: usize = memory.data(2048, 16);
const B: usize = A + OPERAND_BYTES;

function limb(operand: usize, index: i32): usize {
  return operand + ((<usize>index) << 2);
}

/** Turns `limbs` limbs from big-endian to little-endian or back. */
function reverse(operand: usize, limbs: i32): void {
  let low = operand;
  let high = limb(operand, limbs - 1);
  for (; low < high; low += 4, high -= 4) {
    const word = bswap<u32>(load<u32>(low));
    store<u32>(low, bswap<u32>(load<u32>(high)));
    store<u32>(high, word);
  }
  if (low === high) store<u32>(low, bswap<u32>(load<u32>(low)));
}

/** The 64 bits that end `zeros` bits below the top of `limbs` limbs, at least three; `zeros` < 32. */
function leading(operand: usize, limbs: i32, zeros: u64): u64 {
  const top = load<u64>(limb(operand, limbs - 2));
  const next = <u64>load<u32>(limb(operand, limbs - 3));
  return (top << zeros) | (next >> (32 - zeros));
}

/** (A, B) = (p·A + q·B, r·A + s·B); both are in [0, A]. */
function combine(limbs: i32, p: i64, q: i64, r: i64, s: i64): void {
  let carryA: i64 = 0;
  let carryB: i64 = 0;
  for (let at = A, end = limb(A, limbs); at < end; at += 4) {
    const a = <i64>load<u32>(at);
    const b = <i64>load<u32>(at, OPERAND_BYTES);
    carryA += p * a + q * b;
    carryB += r * a + s * b;
    store<u32>(at, <u32>carryA);
    store<u32>(at, <u32>carryB, OPERAND_BYTES);
    carryA >>= 32;
    carryB >>= 32;
  }
}

/** Replaces (A, B) by a later pair of Euclid's algorithm. @returns whether at least one of its steps was certain */
function advance(limbs: i32): bool {
  const zeros = <u64>clz<u32>(load<u32>(limb(A, limbs - 1)));
  let x = leading(A, limbs, zeros);
  let y = leading(B, limbs, zeros);
  let u0: u64 = 1;
  let u1: u64 = 0;
  let v0: u64 = 0;
  let v1: u64 = 1;
  let odd = false;
  while (y !== 0) {
    const quotient = x / y;
    const rest = x - quotient * y;
    const v2 = v0 + quotient * v1;
    if (v2 >= COFACTOR_LIMIT || rest < v2 || y - rest < v1 + v2) break;
    const u2 = u0 + quotient * u1;
    x = y;
    y = rest;
    u0 = u1;
    u1 = u2;
    v0 = v1;
    v1 = v2;
    odd = !odd;
  }
  if (v0 === 0) return false;
  if (odd) combine(limbs, -(<i64>u0), <i64>v0, <i64>u1, -(<i64>v1));
  else combine(limbs, <i64>u0, -(<i64>v0), -(<i64>u1), <i64>v1);
  return true;
}

/** Euclid's algorithm to its end on numbers of at most 64 bits. */
function finish(): void {
  let x = load<u64>(A);
  let y = load<u64>(B);
  while (y !== 0) {
    const rest = x % y;
    x = y;
    y = rest;
  }
  store<u64>(A, x);
  store<u64>(B, y);
}

/** Where A stands; B stands `OPERAND_BYTES` behind it. */
export function operands(): usize {
  return A;
}

/**
 * Replaces A >= B, of `limbs` > 2 limbs each, by a pair with the same greatest common divisor: that and 0, unless a quotient
 * before was too large or B nearly a divisor.
 * @returns the limbs left of each, at least two
 */
export function reduce(limbs: i32): i32 {
  reverse(A, limbs);
  reverse(B, limbs);
  do {
    while (limbs > 2 && load<u32>(limb(A, limbs - 1)) === 0) limbs--;
  } while (limbs > 2 && advance(limbs));
  if (limbs === 2) finish();
  reverse(A, limbs);
  reverse(B, limbs);
  return limbs;
}
