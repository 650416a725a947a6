/**
 * Points of ristretto255 in WebAssembly: strict decoding, whether a sum of products vanishes, and sums of products of points that have tables. AssemblyScript;
 * chaincode/src/crypto/ristretto-engine.ts drives it, for tables client/src/crypto/ristretto-table.ts.
 *
 * FIELD. An element of GF(2^255 - 19) is ten signed limbs of 26 and 25 bits in turn, the form of Bernstein's ref10: 100 products of 64 bits for a multiplication. Limbs after a
 * multiplication are below 1.01·2^25 (even ones) and 1.01·2^24 (odd ones); a multiplication takes up to 1.65·2^26 and 1.65·2^25, so that a sum of three such results may go in.
 *
 * POINTS. Extended coordinates (X : Y : Z : T) with T = XY/Z on the Edwards curve behind ristretto255, a = -1; prepared points are (y+x, y-x, 2dxy).
 * Additions and doubling of Hisil, Wong, Carter, Dawson 2008. Sums: Pippenger's buckets with signed digits, as chaincode/src/crypto/ristretto-sum.ts does them with BigInt.
 *
 * TABLES. A scalar has 32 signed digits of 8 bits; a table holds k·256^j times its point for k from 1 to 128, prepared. One instance has either tables or sums, not both.
 *
 * Not constant time: sums are over public scalars, and whoever multiplies secret ones with tables accepts what their lookups show to others on the same core.
 */

const FE: usize = 40;
const ENTRY: usize = 3 * FE;
const POINT: usize = 4 * FE;

/** 32 bytes from the driver, and room to read 8 bytes from any of them. */
const INPUT: usize = memory.data(40, 16);
const CONSTANT_D: usize = memory.data(40, 16);
const CONSTANT_2D: usize = memory.data(40, 16);
const CONSTANT_I: usize = memory.data(40, 16);
/** 1 / sqrt(-1 - d) */
const CONSTANT_ENCODING: usize = memory.data(40, 16);
const ONE: usize = memory.data(40, 16);
const SCRATCH: usize = memory.data(40 * 24, 16);

/** Temporary number `index`; a function says which it uses. */
function temporary(index: usize): usize {
  return SCRATCH + index * FE;
}

function limb(f: usize, index: usize): i64 {
  return <i64>load<i32>(f + (index << 2));
}

function setLimb(f: usize, index: usize, value: i64): void {
  store<i32>(f + (index << 2), <i32>value);
}

/** Carries ten columns into ten limbs. */
function carryInto(
  h: usize,
  h0: i64,
  h1: i64,
  h2: i64,
  h3: i64,
  h4: i64,
  h5: i64,
  h6: i64,
  h7: i64,
  h8: i64,
  h9: i64,
): void {
  let c = (h0 + (1 << 25)) >> 26;
  h1 += c;
  h0 -= c << 26;
  c = (h4 + (1 << 25)) >> 26;
  h5 += c;
  h4 -= c << 26;
  c = (h1 + (1 << 24)) >> 25;
  h2 += c;
  h1 -= c << 25;
  c = (h5 + (1 << 24)) >> 25;
  h6 += c;
  h5 -= c << 25;
  c = (h2 + (1 << 25)) >> 26;
  h3 += c;
  h2 -= c << 26;
  c = (h6 + (1 << 25)) >> 26;
  h7 += c;
  h6 -= c << 26;
  c = (h3 + (1 << 24)) >> 25;
  h4 += c;
  h3 -= c << 25;
  c = (h7 + (1 << 24)) >> 25;
  h8 += c;
  h7 -= c << 25;
  c = (h4 + (1 << 25)) >> 26;
  h5 += c;
  h4 -= c << 26;
  c = (h8 + (1 << 25)) >> 26;
  h9 += c;
  h8 -= c << 26;
  c = (h9 + (1 << 24)) >> 25;
  h0 += c * 19;
  h9 -= c << 25;
  c = (h0 + (1 << 25)) >> 26;
  h1 += c;
  h0 -= c << 26;
  setLimb(h, 0, h0);
  setLimb(h, 1, h1);
  setLimb(h, 2, h2);
  setLimb(h, 3, h3);
  setLimb(h, 4, h4);
  setLimb(h, 5, h5);
  setLimb(h, 6, h6);
  setLimb(h, 7, h7);
  setLimb(h, 8, h8);
  setLimb(h, 9, h9);
}

/** h = f·g; all three may be the same. */
function multiply(h: usize, f: usize, g: usize): void {
  const f0 = limb(f, 0);
  const f1 = limb(f, 1);
  const f2 = limb(f, 2);
  const f3 = limb(f, 3);
  const f4 = limb(f, 4);
  const f5 = limb(f, 5);
  const f6 = limb(f, 6);
  const f7 = limb(f, 7);
  const f8 = limb(f, 8);
  const f9 = limb(f, 9);
  const f1_2 = 2 * f1;
  const f3_2 = 2 * f3;
  const f5_2 = 2 * f5;
  const f7_2 = 2 * f7;
  const f9_2 = 2 * f9;
  const g0 = limb(g, 0);
  const g1 = limb(g, 1);
  const g2 = limb(g, 2);
  const g3 = limb(g, 3);
  const g4 = limb(g, 4);
  const g5 = limb(g, 5);
  const g6 = limb(g, 6);
  const g7 = limb(g, 7);
  const g8 = limb(g, 8);
  const g9 = limb(g, 9);
  const g1_19 = 19 * g1;
  const g2_19 = 19 * g2;
  const g3_19 = 19 * g3;
  const g4_19 = 19 * g4;
  const g5_19 = 19 * g5;
  const g6_19 = 19 * g6;
  const g7_19 = 19 * g7;
  const g8_19 = 19 * g8;
  const g9_19 = 19 * g9;
  const h0 =
    f0 * g0 +
    f1_2 * g9_19 +
    f2 * g8_19 +
    f3_2 * g7_19 +
    f4 * g6_19 +
    f5_2 * g5_19 +
    f6 * g4_19 +
    f7_2 * g3_19 +
    f8 * g2_19 +
    f9_2 * g1_19;
  const h1 =
    f0 * g1 +
    f1 * g0 +
    f2 * g9_19 +
    f3 * g8_19 +
    f4 * g7_19 +
    f5 * g6_19 +
    f6 * g5_19 +
    f7 * g4_19 +
    f8 * g3_19 +
    f9 * g2_19;
  const h2 =
    f0 * g2 +
    f1_2 * g1 +
    f2 * g0 +
    f3_2 * g9_19 +
    f4 * g8_19 +
    f5_2 * g7_19 +
    f6 * g6_19 +
    f7_2 * g5_19 +
    f8 * g4_19 +
    f9_2 * g3_19;
  const h3 =
    f0 * g3 +
    f1 * g2 +
    f2 * g1 +
    f3 * g0 +
    f4 * g9_19 +
    f5 * g8_19 +
    f6 * g7_19 +
    f7 * g6_19 +
    f8 * g5_19 +
    f9 * g4_19;
  const h4 =
    f0 * g4 +
    f1_2 * g3 +
    f2 * g2 +
    f3_2 * g1 +
    f4 * g0 +
    f5_2 * g9_19 +
    f6 * g8_19 +
    f7_2 * g7_19 +
    f8 * g6_19 +
    f9_2 * g5_19;
  const h5 =
    f0 * g5 +
    f1 * g4 +
    f2 * g3 +
    f3 * g2 +
    f4 * g1 +
    f5 * g0 +
    f6 * g9_19 +
    f7 * g8_19 +
    f8 * g7_19 +
    f9 * g6_19;
  const h6 =
    f0 * g6 +
    f1_2 * g5 +
    f2 * g4 +
    f3_2 * g3 +
    f4 * g2 +
    f5_2 * g1 +
    f6 * g0 +
    f7_2 * g9_19 +
    f8 * g8_19 +
    f9_2 * g7_19;
  const h7 =
    f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + f8 * g9_19 + f9 * g8_19;
  const h8 =
    f0 * g8 +
    f1_2 * g7 +
    f2 * g6 +
    f3_2 * g5 +
    f4 * g4 +
    f5_2 * g3 +
    f6 * g2 +
    f7_2 * g1 +
    f8 * g0 +
    f9_2 * g9_19;
  const h9 =
    f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0;
  carryInto(h, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9);
}

/** h = 2^shift·f²; both may be the same. @param shift - 0 or 1 */
function square(h: usize, f: usize, shift: i64): void {
  const f0 = limb(f, 0);
  const f1 = limb(f, 1);
  const f2 = limb(f, 2);
  const f3 = limb(f, 3);
  const f4 = limb(f, 4);
  const f5 = limb(f, 5);
  const f6 = limb(f, 6);
  const f7 = limb(f, 7);
  const f8 = limb(f, 8);
  const f9 = limb(f, 9);
  const f0_2 = 2 * f0;
  const f1_2 = 2 * f1;
  const f2_2 = 2 * f2;
  const f3_2 = 2 * f3;
  const f4_2 = 2 * f4;
  const f5_2 = 2 * f5;
  const f5_38 = 38 * f5;
  const f6_19 = 19 * f6;
  const f6_2 = 2 * f6;
  const f7_19 = 19 * f7;
  const f7_2 = 2 * f7;
  const f7_38 = 38 * f7;
  const f8_19 = 19 * f8;
  const f8_2 = 2 * f8;
  const f9_19 = 19 * f9;
  const f9_38 = 38 * f9;
  const h0 = f0 * f0 + f1_2 * f9_38 + f2_2 * f8_19 + f3_2 * f7_38 + f4_2 * f6_19 + f5 * f5_38;
  const h1 = f0_2 * f1 + f2_2 * f9_19 + f3_2 * f8_19 + f4_2 * f7_19 + f5_2 * f6_19;
  const h2 = f0_2 * f2 + f1 * f1_2 + f3_2 * f9_38 + f4_2 * f8_19 + f5_2 * f7_38 + f6 * f6_19;
  const h3 = f0_2 * f3 + f1_2 * f2 + f4_2 * f9_19 + f5_2 * f8_19 + f6_2 * f7_19;
  const h4 = f0_2 * f4 + f1_2 * f3_2 + f2 * f2 + f5_2 * f9_38 + f6_2 * f8_19 + f7 * f7_38;
  const h5 = f0_2 * f5 + f1_2 * f4 + f2_2 * f3 + f6_2 * f9_19 + f7_2 * f8_19;
  const h6 = f0_2 * f6 + f1_2 * f5_2 + f2_2 * f4 + f3 * f3_2 + f7_2 * f9_38 + f8 * f8_19;
  const h7 = f0_2 * f7 + f1_2 * f6 + f2_2 * f5 + f3_2 * f4 + f8_2 * f9_19;
  const h8 = f0_2 * f8 + f1_2 * f7_2 + f2_2 * f6 + f3_2 * f5_2 + f4 * f4 + f9 * f9_38;
  const h9 = f0_2 * f9 + f1_2 * f8 + f2_2 * f7 + f3_2 * f6 + f4_2 * f5;
  carryInto(
    h,
    h0 << shift,
    h1 << shift,
    h2 << shift,
    h3 << shift,
    h4 << shift,
    h5 << shift,
    h6 << shift,
    h7 << shift,
    h8 << shift,
    h9 << shift,
  );
}

/** f^(2^count). */
function squareTimes(h: usize, f: usize, count: i32): void {
  square(h, f, 0);
  for (let i = 1; i < count; i++) square(h, h, 0);
}

function add(h: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < 10; i++) setLimb(h, i, limb(f, i) + limb(g, i));
}

function subtract(h: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < 10; i++) setLimb(h, i, limb(f, i) - limb(g, i));
}

function negate(h: usize, f: usize): void {
  for (let i: usize = 0; i < 10; i++) setLimb(h, i, -limb(f, i));
}

function copy(h: usize, f: usize): void {
  memory.copy(h, f, FE);
}

function clear(h: usize): void {
  memory.fill(h, 0, FE);
}

/** The limbs of the one representative in [0, p), none negative. */
function freeze(h: usize, f: usize): void {
  let q = (19 * limb(f, 9) + (1 << 24)) >> 25;
  for (let i: usize = 0; i < 10; i++) q = (limb(f, i) + q) >> (i & 1 ? 25 : 26);
  let carry: i64 = 19 * q;
  for (let i: usize = 0; i < 10; i++) {
    const bits: i64 = i & 1 ? 25 : 26;
    const value = limb(f, i) + carry;
    carry = value >> bits;
    setLimb(h, i, value - (carry << bits));
  }
}

/** Uses temporary 23. */
function isZero(f: usize): bool {
  const frozen = temporary(23);
  freeze(frozen, f);
  let all: i64 = 0;
  for (let i: usize = 0; i < 10; i++) all |= limb(frozen, i);
  return all === 0;
}

/** Whether the representative in [0, p) is odd, as RFC 9496 calls negative. Uses temporary 23. */
function isNegative(f: usize): bool {
  const frozen = temporary(23);
  freeze(frozen, f);
  return (limb(frozen, 0) & 1) === 1;
}

/** Uses temporaries 22 and 23. */
function equal(f: usize, g: usize): bool {
  const difference = temporary(22);
  subtract(difference, f, g);
  return isZero(difference);
}

/** The 255 low bits of 32 bytes, little-endian. */
function loadBytes(h: usize, bytes: usize): void {
  let bit: usize = 0;
  for (let i: usize = 0; i < 10; i++) {
    const bits: usize = i & 1 ? 25 : 26;
    const word = load<u64>(bytes + (bit >> 3)) >> (bit & 7);
    setLimb(h, i, <i64>(word & ((1 << bits) - 1)));
    bit += bits;
  }
}

/** f^(2^252 - 3), which is f^((p - 5) / 8). Uses temporaries 16 to 19. */
function powerForRoot(h: usize, f: usize): void {
  const a = temporary(16);
  const b = temporary(17);
  const c = temporary(18);
  const d = temporary(19);
  square(a, f, 0); // 2
  squareTimes(b, a, 2); // 8
  multiply(b, f, b); // 9
  multiply(a, a, b); // 11
  square(a, a, 0); // 22
  multiply(a, b, a); // 2^5 - 1
  squareTimes(b, a, 5);
  multiply(a, b, a); // 2^10 - 1
  squareTimes(b, a, 10);
  multiply(b, b, a); // 2^20 - 1
  squareTimes(c, b, 20);
  multiply(b, c, b); // 2^40 - 1
  squareTimes(b, b, 10);
  multiply(a, b, a); // 2^50 - 1
  squareTimes(b, a, 50);
  multiply(b, b, a); // 2^100 - 1
  squareTimes(c, b, 100);
  multiply(b, c, b); // 2^200 - 1
  squareTimes(b, b, 50);
  multiply(a, b, a); // 2^250 - 1
  squareTimes(d, a, 2);
  multiply(h, d, f);
}

/** Where the driver writes 32 bytes, little-endian. */
export function input(): usize {
  return INPUT;
}

/** Takes d, 2d, a root of -1 and 1 / sqrt(-1 - d) from the input, one at a call. @param which - 0 to 3 */
export function setConstant(which: i32): void {
  clear(ONE);
  setLimb(ONE, 0, 1);
  if (which === 0) loadBytes(CONSTANT_D, INPUT);
  else if (which === 1) loadBytes(CONSTANT_2D, INPUT);
  else if (which === 2) loadBytes(CONSTANT_I, INPUT);
  else loadBytes(CONSTANT_ENCODING, INPUT);
}

/**
 * RFC 9496, section 4.3.1, on the input: x to temporary 0, y to temporary 1. Uses temporaries 0 to 9 and those of the functions it calls.
 * @returns whether it is the canonical encoding of a point
 */
export function decode(): bool {
  const x = temporary(0);
  const y = temporary(1);
  const s = temporary(2);
  const u1 = temporary(3);
  const u2 = temporary(4);
  const u2u2 = temporary(5);
  const v = temporary(6);
  const w = temporary(7);
  const r = temporary(8);
  const t = temporary(9);

  loadBytes(s, INPUT);
  freeze(x, s);
  const canonical = load<u8>(INPUT + 31) < 128 && memory.compare(x, s, FE) === 0;
  if (!canonical || isNegative(s)) return false;

  square(t, s, 0);
  subtract(u1, ONE, t);
  add(u2, ONE, t);
  square(u2u2, u2, 0);
  square(v, u1, 0);
  multiply(v, v, CONSTANT_D);
  negate(v, v);
  subtract(v, v, u2u2);

  // r = 1 / sqrt(w), w = v·u2²; the sign of r does not matter below.
  multiply(w, v, u2u2);
  square(t, w, 0);
  multiply(t, t, w); // w^3
  square(r, t, 0);
  multiply(r, r, w); // w^7
  powerForRoot(r, r);
  multiply(r, r, t);
  square(t, r, 0);
  multiply(t, t, w);
  negate(w, t);
  if (equal(w, ONE)) multiply(r, r, CONSTANT_I);
  else if (!equal(t, ONE)) return false;

  multiply(x, r, u2);
  multiply(y, r, x);
  multiply(y, y, v);
  multiply(y, y, u1);
  add(s, s, s);
  multiply(x, x, s);
  if (isNegative(x)) negate(x, x);
  multiply(t, x, y);
  return !isNegative(t) && !isZero(y);
}

let heap: usize = 0;
let scalars: usize = 0;
let digits: usize = 0;
let buckets: usize = 0;

/** Lays out points, scalars of 32 bytes, digits and buckets. @returns the first free address */
export function layOut(count: i32, width: i32): usize {
  heap = (__heap_base + 63) & ~63;
  scalars = heap + <usize>count * ENTRY;
  digits = scalars + <usize>count * 32 + 8;
  digits = (digits + 15) & ~15;
  buckets = (digits + <usize>(count * windowsOf(width)) * 2 + 15) & ~15;
  return buckets + ((<usize>1) << (width - 1)) * (POINT + 8);
}

function windowsOf(width: i32): i32 {
  return (254 + width - 1) / width;
}

export function scalarsAt(): usize {
  return scalars;
}

/** Decodes the input and keeps it as the point of this number. @returns false when it is none */
export function setPoint(index: i32): bool {
  if (!decode()) return false;
  const x = temporary(0);
  const y = temporary(1);
  const entry = heap + <usize>index * ENTRY;
  add(entry, y, x);
  subtract(entry + FE, y, x);
  multiply(entry + 2 * FE, x, y);
  multiply(entry + 2 * FE, entry + 2 * FE, CONSTANT_2D);
  return true;
}

function setIdentity(point: usize): void {
  memory.fill(point, 0, POINT);
  copy(point + FE, ONE);
  copy(point + 2 * FE, ONE);
}

/** (X, Y, Z, T) from the four products of an addition. Uses temporaries 10 to 13 and 20, 21. */
function complete(point: usize, a: usize, b: usize, c: usize, d: usize): void {
  const e = temporary(20);
  const g = temporary(21);
  subtract(e, b, a);
  add(b, b, a);
  add(g, d, c);
  subtract(d, d, c);
  multiply(point, e, d);
  multiply(point + FE, g, b);
  multiply(point + 2 * FE, d, g);
  multiply(point + 3 * FE, e, b);
}

/** Adds a prepared point, or takes it away. Uses temporaries 10 to 13 and 20, 21. */
function addPrepared(point: usize, entry: usize, negated: bool): void {
  const a = temporary(10);
  const b = temporary(11);
  const c = temporary(12);
  const d = temporary(13);
  subtract(a, point + FE, point);
  add(b, point + FE, point);
  multiply(a, a, negated ? entry : entry + FE);
  multiply(b, b, negated ? entry + FE : entry);
  multiply(c, point + 3 * FE, entry + 2 * FE);
  if (negated) negate(c, c);
  add(d, point + 2 * FE, point + 2 * FE);
  complete(point, a, b, c, d);
}

/** Uses temporaries 10 to 15 and 20, 21. */
function addPoint(point: usize, other: usize): void {
  const a = temporary(10);
  const b = temporary(11);
  const c = temporary(12);
  const d = temporary(13);
  const sum = temporary(14);
  subtract(a, point + FE, point);
  subtract(sum, other + FE, other);
  multiply(a, a, sum);
  add(b, point + FE, point);
  add(sum, other + FE, other);
  multiply(b, b, sum);
  multiply(c, point + 3 * FE, CONSTANT_2D);
  multiply(c, c, other + 3 * FE);
  multiply(d, point + 2 * FE, other + 2 * FE);
  add(d, d, d);
  complete(point, a, b, c, d);
}

/** Uses temporaries 10 to 15. */
function doublePoint(point: usize): void {
  const a = temporary(10);
  const b = temporary(11);
  const e = temporary(12);
  const f = temporary(13);
  const g = temporary(14);
  const h = temporary(15);
  square(a, point, 0);
  square(b, point + FE, 0);
  add(e, point, point + FE);
  square(e, e, 0);
  square(f, point + 2 * FE, 1);
  add(h, a, b);
  subtract(e, h, e);
  subtract(g, a, b);
  add(f, f, g);
  multiply(point, e, f);
  multiply(point + FE, g, h);
  multiply(point + 2 * FE, f, g);
  multiply(point + 3 * FE, e, h);
}

/** Digits from -2^(w-1) + 1 to 2^(w-1) of every scalar, the lowest first. */
function recode(count: i32, width: i32, windows: i32): void {
  const half: i32 = 1 << (width - 1);
  for (let i: i32 = 0; i < count; i++) {
    const scalar = scalars + ((<usize>i) << 5);
    const target = digits + ((<usize>(i * windows)) << 1);
    let carry: i32 = 0;
    for (let window: i32 = 0; window < windows; window++) {
      const bit = <usize>(window * width);
      // Beyond 32 bytes there are the next scalar's, which are masked away.
      const left = 256 - <i32>bit;
      let word: u64 = 0;
      if (left > 0) {
        word = load<u64>(scalar + (bit >> 3)) >> (bit & 7);
        if (left < width) word &= (1 << left) - 1;
      }
      let digit = <i32>(word & ((1 << width) - 1)) + carry;
      carry = digit > half ? 1 : 0;
      digit -= carry << width;
      store<i16>(target + ((<usize>window) << 1), <i16>digit);
    }
  }
}

/** Whether the sum of the products is the identity of ristretto255: a point with x or y zero. */
export function sumVanishes(count: i32, width: i32): bool {
  const windows = windowsOf(width);
  const half: i32 = 1 << (width - 1);
  const used = buckets + <usize>half * POINT;
  const total = memory.data(160, 16);
  const running = memory.data(160, 16);
  const sum = memory.data(160, 16);
  recode(count, width, windows);
  setIdentity(total);
  for (let window = windows - 1; window >= 0; window--) {
    for (let i = 0; i < width; i++) doublePoint(total);
    memory.fill(used, 0, <usize>half * 8);
    for (let i: i32 = 0; i < count; i++) {
      const digit = <i32>load<i16>(digits + ((<usize>(i * windows + window)) << 1));
      if (digit === 0) continue;
      const number = <usize>(abs<i32>(digit) - 1);
      const bucket = buckets + number * POINT;
      if (load<i32>(used + (number << 3)) === 0) {
        store<i32>(used + (number << 3), 1);
        setIdentity(bucket);
      }
      addPrepared(bucket, heap + <usize>i * ENTRY, digit < 0);
    }
    setIdentity(running);
    setIdentity(sum);
    let begun = false;
    for (let k = half - 1; k >= 0; k--) {
      if (load<i32>(used + ((<usize>k) << 3)) !== 0) {
        addPoint(running, buckets + <usize>k * POINT);
        begun = true;
      }
      if (begun) addPoint(sum, running);
    }
    if (begun) addPoint(total, sum);
  }
  return isZero(total) || isZero(total + FE);
}

const DIGITS: i32 = 32;
const MULTIPLES: i32 = 128;
const TABLE: usize = <usize>(DIGITS * MULTIPLES) * ENTRY;
/** The multiples of a row before they are prepared, and the products of their Z up to each. */
const ROW: usize = memory.data(160 * 128, 16);
const PRODUCTS: usize = memory.data(40 * 128, 16);
const TOTAL: usize = memory.data(160, 16);

/** @returns the first free address behind so many tables */
export function layOutTables(count: i32): usize {
  heap = (__heap_base + 63) & ~63;
  return heap + <usize>count * TABLE;
}

/** 1/f, which is f^(p - 2) = (f^(2^252 - 3))^8·f^3. Uses temporaries 14 to 19. */
function invert(h: usize, f: usize): void {
  const cube = temporary(14);
  const power = temporary(15);
  square(cube, f, 0);
  multiply(cube, cube, f);
  powerForRoot(power, f);
  squareTimes(power, power, 3);
  multiply(h, power, cube);
}

/** Builds the table of this number for the point in the input. @returns false when it is none. Uses temporaries 0 to 23. */
export function buildTable(index: i32): bool {
  if (!decode()) return false;
  copy(TOTAL, temporary(0));
  copy(TOTAL + FE, temporary(1));
  copy(TOTAL + 2 * FE, ONE);
  multiply(TOTAL + 3 * FE, TOTAL, TOTAL + FE);
  let entry = heap + <usize>index * TABLE;
  for (let j = 0; j < DIGITS; j++) {
    memory.copy(ROW, TOTAL, POINT);
    for (let k = 1; k < MULTIPLES; k++) {
      const point = ROW + <usize>k * POINT;
      memory.copy(point, point - POINT, POINT);
      addPoint(point, TOTAL);
    }
    memory.copy(TOTAL, ROW + <usize>(MULTIPLES - 1) * POINT, POINT);
    doublePoint(TOTAL);
    prepareRow(entry);
    entry += <usize>MULTIPLES * ENTRY;
  }
  return true;
}

/** Montgomery's trick: one inversion for the row. Uses temporaries 0 to 3 and 14 to 19. */
function prepareRow(entries: usize): void {
  copy(PRODUCTS, ROW + 2 * FE);
  for (let k = 1; k < MULTIPLES; k++)
    multiply(PRODUCTS + <usize>k * FE, PRODUCTS + <usize>(k - 1) * FE, ROW + <usize>k * POINT + 2 * FE);
  const rest = temporary(0);
  const inverse = temporary(1);
  const x = temporary(2);
  const y = temporary(3);
  invert(rest, PRODUCTS + <usize>(MULTIPLES - 1) * FE);
  for (let k = MULTIPLES - 1; k >= 0; k--) {
    const point = ROW + <usize>k * POINT;
    if (k > 0) multiply(inverse, rest, PRODUCTS + <usize>(k - 1) * FE);
    else copy(inverse, rest);
    multiply(rest, rest, point + 2 * FE);
    multiply(x, point, inverse);
    multiply(y, point + FE, inverse);
    const entry = entries + <usize>k * ENTRY;
    add(entry, y, x);
    subtract(entry + FE, y, x);
    multiply(entry + 2 * FE, x, y);
    multiply(entry + 2 * FE, entry + 2 * FE, CONSTANT_2D);
  }
}

export function startTableSum(): void {
  setIdentity(TOTAL);
}

/** Adds the scalar in the input, below 2^253, times the point of the table. */
export function addTableProduct(index: i32): void {
  let carry: i32 = 0;
  let row = heap + <usize>index * TABLE;
  for (let j: usize = 0; j < <usize>DIGITS; j++) {
    let digit = <i32>load<u8>(INPUT + j) + carry;
    carry = digit > MULTIPLES ? 1 : 0;
    digit -= carry << 8;
    if (digit !== 0) addPrepared(TOTAL, row + <usize>(abs<i32>(digit) - 1) * ENTRY, digit < 0);
    row += <usize>MULTIPLES * ENTRY;
  }
}

/** RFC 9496, section 4.3.2: leaves the encoding of the sum in the input. Uses temporaries 0 to 9 and those of the functions it calls. */
export function finishTableSum(): void {
  const u1 = temporary(0);
  const u2 = temporary(1);
  const w = temporary(2);
  const r = temporary(3);
  const t = temporary(4);
  const first = temporary(5);
  const second = temporary(6);
  const zInverse = temporary(7);
  const x = temporary(8);
  const y = temporary(9);
  add(u1, TOTAL + 2 * FE, TOTAL + FE);
  subtract(t, TOTAL + 2 * FE, TOTAL + FE);
  multiply(u1, u1, t);
  multiply(u2, TOTAL, TOTAL + FE);

  // r = 1 / sqrt(w), w = u1·u2², a square for every point; 0 for 0.
  square(w, u2, 0);
  multiply(w, w, u1);
  square(t, w, 0);
  multiply(t, t, w); // w^3
  square(r, t, 0);
  multiply(r, r, w); // w^7
  powerForRoot(r, r);
  multiply(r, r, t);
  square(t, r, 0);
  multiply(t, t, w);
  negate(t, t);
  if (equal(t, ONE)) multiply(r, r, CONSTANT_I);
  if (isNegative(r)) negate(r, r);

  multiply(first, r, u1);
  multiply(second, r, u2);
  multiply(zInverse, first, second);
  multiply(zInverse, zInverse, TOTAL + 3 * FE);
  multiply(t, TOTAL + 3 * FE, zInverse);
  if (isNegative(t)) {
    multiply(x, TOTAL + FE, CONSTANT_I);
    multiply(y, TOTAL, CONSTANT_I);
    multiply(second, first, CONSTANT_ENCODING);
  } else {
    copy(x, TOTAL);
    copy(y, TOTAL + FE);
  }
  multiply(t, x, zInverse);
  if (isNegative(t)) negate(y, y);
  subtract(t, TOTAL + 2 * FE, y);
  multiply(t, t, second);
  if (isNegative(t)) negate(t, t);
  storeInput(t);
  memory.fill(TOTAL, 0, POINT);
}

/** The representative in [0, p), 32 bytes little-endian. Uses temporary 23. */
function storeInput(f: usize): void {
  const frozen = temporary(23);
  freeze(frozen, f);
  memory.fill(INPUT, 0, FE);
  let bit: usize = 0;
  for (let i: usize = 0; i < 10; i++) {
    const at = INPUT + (bit >> 3);
    store<u64>(at, load<u64>(at) | ((<u64>limb(frozen, i)) << (bit & 7)));
    bit += i & 1 ? 25 : 26;
  }
}
