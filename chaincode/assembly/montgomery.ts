/**
 * Arithmetic modulo N² for Paillier, in WebAssembly with 128-bit SIMD. AssemblyScript; chaincode/src/crypto/montgomery.ts drives it.
 *
 * DIGITS. A number is a vector of n signed digits of 23 bits, stored as 64-bit floats: two products and two sums per SIMD instruction, which the
 * 32-bit integer lanes of WebAssembly do not reach. Floats are exact here: digits stay within ±(2^22 + 2^8), the top one within ±(2^22 + 2^15), so a product is below 2^44.001
 * and two columns of n <= 248 products stay below 2^53. Values are signed and never fully reduced: R = 2^(23n) is at least 2^8·N for
 * products of ciphertexts and 2^40·N for tables, whose sums of logarithms grow.
 *
 * NUMBERS MODULO N². x = a + (β/R)·N is kept as the pair (a, β) modulo N. With REDC(T) = (T + mN)/R, m = -T/N mod R,
 *
 *   (a + βN/R)·(c + δN/R)/R = a' + (β'/R)·N     a' = REDC(ac) with quotient m,   β' = REDC(βc + aδ) - m
 *
 * because ac = R·a' - mN is exact. A number u + vR enters as (u + vR)/R: c = REDC(u + vR), δ = -m of that reduction.
 *
 * FIXED-BASE TABLE. An entry is t·(1 + ℓN), stored as t, t' = -t/N mod R and λ = ℓR². Multiplying by an entry then
 * takes m = a·t' mod R (half a product) and the upper halves of at + mN, the same for β, and one addition for λ: three products instead of six.
 *
 * Both reductions drop the columns below n - 2. They sum to c·R for an integer c, which the columns n - 2 and n - 1 determine up to 2^-16.
 *
 * Memory access depends on the table index, hence on the secret exponent: not constant time against an attacker on the same core.
 */

const DIGIT_BITS: i32 = 23;
const DIGIT_MASK: u32 = (1 << DIGIT_BITS) - 1;
const INVERSE_BASE: f64 = 1.0 / 8388608.0;
/** 1.5 · 2^75: adding and subtracting it rounds to a multiple of 2^23. */
const ROUND: f64 = 1.5 * 8388608.0 * 4503599627370496.0;
/** Zeros before and after each vector, for the 8 columns that are computed at once. */
const PAD: usize = 8 * 8;

// Vectors, by number. The driver loads N, N_INVERSE and the G_* and reads OUT_*.
const N: i32 = 0;
const N_INVERSE: i32 = 1; // -1/N mod R
const A: i32 = 2;
const B: i32 = 3; // β
const L: i32 = 4; // Σ λ of the entries multiplied in
const C: i32 = 5;
const M: i32 = 6;
const M2: i32 = 7;
const T: i32 = 8; // 2n digits
const ACC: i32 = 9; // 2n columns
const X: i32 = 10;
const G_T: i32 = 11;
const G_T_PRIME: i32 = 12;
const G_W: i32 = 13;
const G_W_PRIME: i32 = 14;
const G_L: i32 = 15;
const OUT_A: i32 = 16;
const OUT_B: i32 = 17;
const VECTORS: i32 = 18;

let n: i32 = 0;
let stride: usize = 0;
let base: usize = 0;

/** Lays out the vectors for `digits` digits, an even number. @returns the first free address. */
export function setup(digits: i32): usize {
  n = digits;
  stride = ((<usize>(2 * digits)) << 3) + 2 * PAD;
  base = (__heap_base + 63) & ~63;
  return base + <usize>VECTORS * stride;
}

function vec(index: i32): usize {
  return base + <usize>index * stride + PAD;
}

function at(vector: usize, digit: i32): usize {
  return vector + ((<usize>digit) << 3);
}

function clear(vector: usize, from: i32, to: i32): void {
  for (let p = at(vector, from), end = at(vector, to); p < end; p += 16) v128.store(p, f64x2.splat(0));
}

function copy(target: usize, source: usize, from: i32, to: i32): void {
  const offset = target - source;
  for (let p = at(source, from), end = at(source, to); p < end; p += 16) v128.store(p + offset, v128.load(p));
}

function negate(target: usize, source: usize): void {
  const offset = target - source;
  for (let p = source, end = at(source, n); p < end; p += 16) v128.store(p + offset, f64x2.neg(v128.load(p)));
}

/** target += source, both n digits, without a carry. */
function addVector(target: usize, source: usize): void {
  const offset = source - target;
  for (let p = target, end = at(target, n); p < end; p += 16) {
    v128.store(p, f64x2.add(v128.load(p), v128.load(p + offset)));
  }
}

/**
 * acc[col] += Σ x[col - row]·y[row] for the columns from `from` (even) on, eight at a time, until `to` is reached or just passed.
 * Nearly all time is spent here. Eight columns stay in registers while the rows go by.
 */
function addColumns(acc: usize, x: usize, y: usize, from: i32, to: i32): void {
  for (let col = from; col < to; col += 8) {
    const firstRow = max(0, col - n + 1) & ~1;
    const p = at(acc, col);
    let s0 = v128.load(p);
    let s1 = v128.load(p, 16);
    let s2 = v128.load(p, 32);
    let s3 = v128.load(p, 48);
    let q = at(x, col - firstRow);
    const end = at(y, min(n, col + 8));
    for (let row = at(y, firstRow); row < end; row += 16) {
      const y0 = v128.load64_splat(row);
      const y1 = v128.load64_splat(row, 8);
      q -= 16;
      s0 = f64x2.add(s0, f64x2.mul(v128.load(q, 16), y0));
      s1 = f64x2.add(s1, f64x2.mul(v128.load(q, 32), y0));
      s2 = f64x2.add(s2, f64x2.mul(v128.load(q, 48), y0));
      s3 = f64x2.add(s3, f64x2.mul(v128.load(q, 64), y0));
      s0 = f64x2.add(s0, f64x2.mul(v128.load(q, 8), y1));
      s1 = f64x2.add(s1, f64x2.mul(v128.load(q, 24), y1));
      s2 = f64x2.add(s2, f64x2.mul(v128.load(q, 40), y1));
      s3 = f64x2.add(s3, f64x2.mul(v128.load(q, 56), y1));
    }
    v128.store(p, s0);
    v128.store(p, s1, 16);
    v128.store(p, s2, 32);
    v128.store(p, s3, 48);
  }
}

/** acc += x·y, all 2n columns. */
function addProduct(acc: usize, x: usize, y: usize): void {
  addColumns(acc, x, y, 0, 2 * n);
}

/** acc += the columns below n of x·y. */
function addLowProduct(acc: usize, x: usize, y: usize): void {
  addColumns(acc, x, y, 0, n);
}

/** acc += the columns from n - 2 of x·y. */
function addHighProduct(acc: usize, x: usize, y: usize): void {
  addColumns(acc, x, y, n - 2, 2 * n);
}

/**
 * Carries `count` columns into digits, twice in parallel: |column| <= 2^53 gives carries up to 2^30, then up to 2^7 + 1.
 * @param keepTop - whether the top digit keeps its carry; without it the result is modulo 2^(23·count)
 */
function normalise(target: usize, source: usize, count: i32, keepTop: bool): void {
  const round = f64x2.splat(ROUND);
  const scale = f64x2.splat(INVERSE_BASE);
  let carry1 = f64x2.splat(0);
  let carry2 = f64x2.splat(0);
  const offset = target - source;
  const end = at(source, count);
  for (let p = source; p < end; p += 16) {
    const x = v128.load(p);
    const c1 = f64x2.sub(f64x2.add(x, round), round);
    const y = f64x2.add(f64x2.sub(x, c1), f64x2.mul(v128.shuffle<f64>(carry1, c1, 1, 2), scale));
    const c2 = f64x2.sub(f64x2.add(y, round), round);
    v128.store(
      p + offset,
      f64x2.add(f64x2.sub(y, c2), f64x2.mul(v128.shuffle<f64>(carry2, c2, 1, 2), scale)),
    );
    carry1 = c1;
    carry2 = c2;
  }
  if (keepTop) {
    const top = at(target, count - 1);
    store<f64>(top, load<f64>(top) + f64x2.extract_lane(carry1, 1) + f64x2.extract_lane(carry2, 1));
  }
}

/** target = (columns from n - 2 of a multiple of R)/R - subtrahend; subtrahend 0 for none. */
function finishReduction(target: usize, acc: usize, subtrahend: usize): void {
  const low = load<f64>(at(acc, n - 1)) + load<f64>(at(acc, n - 2)) * INVERSE_BASE;
  const first = at(acc, n);
  store<f64>(first, load<f64>(first) + nearest(low * INVERSE_BASE));
  if (subtrahend != 0) {
    for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
      v128.store(first + i, f64x2.sub(v128.load(first + i), v128.load(subtrahend + i)));
    }
  }
  normalise(target, first, n, true);
}

/** m = x·y mod R. */
function lowProduct(m: usize, x: usize, y: usize): void {
  const acc = vec(ACC);
  clear(acc, 0, n);
  addLowProduct(acc, x, y);
  normalise(m, acc, n, false);
}

/** target = REDC(the digits in T) - subtrahend; its quotient goes to m. */
function reduceDigits(target: usize, m: usize, subtrahend: usize): void {
  const acc = vec(ACC);
  lowProduct(m, vec(T), vec(N_INVERSE));
  copy(acc, vec(T), n - 2, 2 * n);
  addHighProduct(acc, m, vec(N));
  finishReduction(target, acc, subtrahend);
}

/** The same for the columns in ACC. */
function reduceColumns(target: usize, m: usize, subtrahend: usize): void {
  normalise(vec(T), vec(ACC), 2 * n, true);
  reduceDigits(target, m, subtrahend);
}

/** target = REDC(x) - subtrahend for one vector x. */
function reduceVector(target: usize, m: usize, x: usize, subtrahend: usize): void {
  copy(vec(T), x, 0, n);
  clear(vec(T), n, 2 * n);
  reduceDigits(target, m, subtrahend);
}

/** target = REDC(x·t) - subtrahend with t' known; its quotient goes to m. `target` may be x. */
function multiplyPrepared(
  target: usize,
  m: usize,
  x: usize,
  t: usize,
  tPrime: usize,
  subtrahend: usize,
): void {
  const acc = vec(ACC);
  lowProduct(m, x, tPrime);
  clear(acc, n - 2, 2 * n);
  addHighProduct(acc, x, t);
  addHighProduct(acc, m, vec(N));
  finishReduction(target, acc, subtrahend);
}

/** (A, B) squared; L doubles. */
function square(): void {
  const acc = vec(ACC);
  const a = vec(A);
  clear(acc, 0, 2 * n);
  addProduct(acc, a, a);
  reduceColumns(vec(X), vec(M), 0);
  clear(acc, 0, 2 * n);
  addProduct(acc, a, vec(B));
  for (let p = acc, end = at(acc, 2 * n); p < end; p += 16) {
    const column = v128.load(p);
    v128.store(p, f64x2.add(column, column));
  }
  reduceColumns(vec(B), vec(M2), vec(M));
  copy(a, vec(X), 0, n);
  addVector(vec(L), vec(L));
  normalise(vec(L), vec(L), n, true);
}

/** The digits of a big-endian number; 8 zero bytes must stand before it. Unsigned digits, to be normalised. */
function readDigits(target: usize, bytes: usize, sizeBytes: i32, digits: i32): void {
  const last = bytes + <usize>sizeBytes - 4;
  const used = min((sizeBytes * 8 + DIGIT_BITS - 1) / DIGIT_BITS, digits);
  for (let i = 0; i < used; i++) {
    const bit = i * DIGIT_BITS;
    const word = bswap<u32>(load<u32>(last - ((<usize>bit) >> 3)));
    store<f64>(at(target, i), <f64>((word >> (bit & 7)) & DIGIT_MASK));
  }
  for (let i = used; i < digits; i++) store<f64>(at(target, i), 0);
}

/** Loads vector `index` from `sizeBytes` big-endian bytes after 8 zero bytes. */
export function loadVector(index: i32, bytes: usize, sizeBytes: i32): void {
  readDigits(vec(ACC), bytes, sizeBytes, n);
  normalise(vec(index), vec(ACC), n, true);
}

/** Writes vector `index` plus N as little-endian bytes: ceil(23n/8) of them. The sum must not be negative. */
export function storeVectorPlusN(index: i32, bytes: usize): void {
  const x = vec(index);
  const modulus = vec(N);
  let carry: i64 = 0;
  let bits: u64 = 0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const sum = <i64>load<f64>(at(x, i)) + <i64>load<f64>(at(modulus, i)) + carry;
    carry = sum >> DIGIT_BITS;
    bits |= ((<u64>sum) & DIGIT_MASK) << count;
    for (count += DIGIT_BITS; count >= 8; count -= 8) {
      store<u8>(bytes++, <u8>bits);
      bits >>= 8;
    }
  }
  if (count > 0) store<u8>(bytes, <u8>bits);
}

/** Starts a product: (A, B) = 1. */
export function startProduct(): void {
  clear(vec(A), 0, n);
  store<f64>(vec(A), 1);
  clear(vec(B), 0, n);
  clear(vec(L), 0, n);
}

/** Multiplies `count` ciphertexts in; each costs a factor 1/R². They lie `slotBytes` apart, 8 zero bytes before each. */
export function multiplyCiphertexts(bytes: usize, sizeBytes: i32, slotBytes: i32, count: i32): void {
  const acc = vec(ACC);
  for (let i = 0; i < count; i++, bytes += slotBytes) {
    readDigits(acc, bytes, sizeBytes, 2 * n);
    reduceColumns(vec(C), vec(M2), 0);
    negate(vec(M2), vec(M2));
    clear(acc, 0, 2 * n);
    addProduct(acc, vec(A), vec(C));
    reduceColumns(vec(X), vec(M), 0);
    clear(acc, 0, 2 * n);
    addProduct(acc, vec(B), vec(C));
    addProduct(acc, vec(A), vec(M2));
    reduceColumns(vec(B), vec(M2), vec(M));
    copy(vec(A), vec(X), 0, n);
  }
}

/** OUT_A + OUT_B·N = (A, B)·(1 + LN/R²)/R. */
export function finishProduct(): void {
  const acc = vec(ACC);
  normalise(vec(X), vec(L), n, true);
  clear(acc, 0, 2 * n);
  addProduct(acc, vec(A), vec(X));
  negate(vec(X), vec(B));
  reduceColumns(vec(X), vec(M), vec(X));
  reduceVector(vec(OUT_A), vec(M), vec(A), 0);
  reduceVector(vec(X), vec(M2), vec(X), vec(M));
  reduceVector(vec(OUT_B), vec(M2), vec(X), 0);
}

// Table entries: t, t', λ as 32-bit integers, then nothing; the inverses w = R²/t exist only while a table is built.

function unpack(target: usize, packed: usize): void {
  for (let p = target, end = at(target, n); p < end; p += 16, packed += 8) {
    v128.store(p, f64x2.convert_low_i32x4_s(v128.load64_zero(packed)));
  }
}

function pack(packed: usize, source: usize): void {
  for (let p = source, end = at(source, n); p < end; p += 16, packed += 8) {
    v128.store64_lane(packed, i32x4.trunc_sat_f64x2_s_zero(v128.load(p)), 0);
  }
}

/** Completes the generator whose G_T, G_W, G_L the driver has loaded. */
export function prepareGenerator(): void {
  lowProduct(vec(G_T_PRIME), vec(G_T), vec(N_INVERSE));
  lowProduct(vec(G_W_PRIME), vec(G_W), vec(N_INVERSE));
}

/** Writes the generator itself as an entry. */
export function storeGenerator(entry: usize, inverse: usize): void {
  const size = (<usize>n) << 2;
  pack(entry, vec(G_T));
  pack(entry + size, vec(G_T_PRIME));
  pack(entry + 2 * size, vec(G_L));
  pack(inverse, vec(G_W));
}

/** entries[count + i] = entries[i] · generator for i in [0, count); `inverses` alike. */
export function appendEntries(entries: usize, inverses: usize, count: i32): void {
  const size = (<usize>n) << 2;
  const acc = vec(ACC);
  let target = entries + <usize>count * 3 * size;
  let targetInverse = inverses + <usize>count * size;
  for (let i = 0; i < count; i++) {
    unpack(vec(A), entries);
    unpack(vec(C), inverses);
    multiplyPrepared(vec(A), vec(M), vec(A), vec(G_T), vec(G_T_PRIME), 0);
    multiplyPrepared(vec(C), vec(M2), vec(C), vec(G_W), vec(G_W_PRIME), 0);
    clear(acc, 0, 2 * n);
    addProduct(acc, vec(M), vec(C));
    reduceColumns(vec(X), vec(M2), 0);
    unpack(vec(L), entries + 2 * size);
    negate(vec(X), vec(X));
    addVector(vec(L), vec(G_L));
    addVector(vec(L), vec(X));
    normalise(vec(L), vec(L), n, true);
    lowProduct(vec(X), vec(A), vec(N_INVERSE));
    pack(target, vec(A));
    pack(target + size, vec(X));
    pack(target + 2 * size, vec(L));
    pack(targetInverse, vec(C));
    entries += 3 * size;
    inverses += size;
    target += 3 * size;
    targetInverse += size;
  }
}

/**
 * The product of `rounds` groups of `perRound` table entries, squared between groups.
 * @param indices - u32 entry numbers, in order
 */
export function power(entries: usize, indices: usize, rounds: i32, perRound: i32): void {
  const size = (<usize>n) << 2;
  let first = true;
  for (let round = 0; round < rounds; round++) {
    if (round > 0) square();
    for (let k = 0; k < perRound; k++, indices += 4) {
      const entry = entries + <usize>load<u32>(indices) * 3 * size;
      unpack(vec(X), entry + 2 * size);
      if (first) {
        unpack(vec(A), entry);
        clear(vec(B), 0, n);
        copy(vec(L), vec(X), 0, n);
        first = false;
        continue;
      }
      addVector(vec(L), vec(X));
      unpack(vec(G_T), entry);
      unpack(vec(G_T_PRIME), entry + size);
      multiplyPrepared(vec(A), vec(M), vec(A), vec(G_T), vec(G_T_PRIME), 0);
      multiplyPrepared(vec(B), vec(M2), vec(B), vec(G_T), vec(G_T_PRIME), vec(M));
    }
  }
}
