/**
 * Drives the WebAssembly of chaincode/assembly/ristretto.ts, where the arithmetic is explained: is an encoding a point, and does a sum of products vanish.
 *
 * Run by whoever checks many equations, through received-point.ts, and by meters, which multiply with tables (client/src/crypto/ristretto-table.ts). `newRistrettoEngine` answers null where WebAssembly is missing or the self-test against noble fails; BigInt then
 * gives the same answers. Cost: 15 µs for a point, 30 µs for each product in a sum of 300. Not constant time: for public points and scalars.
 */
import { ed25519, ristretto255 } from '@noble/curves/ed25519.js';
import { embeddedWasm } from './embedded-wasm.js';
import { RISTRETTO_WASM_BASE64 } from './generated/ristretto-wasm.js';
import { encodeScalar, RISTRETTO_BYTES, RISTRETTO_ORDER } from './ristretto.js';

const PAGE_BYTES = 65_536;
/** Scalars have so many bits, with room for the last carry of signed digits; as in chaincode/assembly/ristretto.ts. */
export const SCALAR_BITS = 254;
const MAX_WINDOW_BITS = 15;
const TABLE_SCALAR_BITS = 253n;
/** Adding a bucket to a sum takes so many times as long as adding a point to a bucket, twice for each bucket. */
const BUCKET_COST = 2.3;

export interface RistrettoExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  input(): number;
  setConstant(which: number): void;
  decode(): number;
  layOut(count: number, width: number): number;
  scalarsAt(): number;
  setPoint(index: number): number;
  sumVanishes(count: number, width: number): number;
  layOutTables(count: number): number;
  buildTable(index: number): number;
  startTableSum(): void;
  addTableProduct(index: number): void;
  finishTableSum(): void;
}

/** One summand scalar·point; the point is encoded. */
export interface EncodedProduct {
  readonly point: Uint8Array;
  /** In [0, q). */
  readonly scalar: bigint;
}

/** One summand scalar·point of a point that has a table. */
export interface TableProduct {
  /** Place of the point among those of `buildTables`. */
  readonly table: number;
  /** In [0, 2^253). */
  readonly scalar: bigint;
}

/** The window that takes the fewest additions: each of `count` points once for every window, two for each of its 2^(w-1) buckets. */
export function windowBits(count: number): number {
  const cost = (width: number): number =>
    Math.ceil(SCALAR_BITS / width) * (count + BUCKET_COST * 2 ** (width - 1));
  let width = 2;
  while (width < MAX_WINDOW_BITS && cost(width + 1) < cost(width)) width++;
  return width;
}

export class RistrettoEngine {
  readonly #wasm: RistrettoExports;
  readonly #input: number;

  constructor(wasm: RistrettoExports) {
    this.#wasm = wasm;
    this.#input = wasm.input();
    const { Fp } = ed25519.Point;
    const { d } = ed25519.Point.CURVE();
    const encoding = Fp.inv(Fp.sqrt(Fp.neg(Fp.add(d, 1n))));
    [d, Fp.add(d, d), Fp.sqrt(Fp.neg(1n)), encoding].forEach((constant, which) => {
      this.#write(this.#input, encodeScalar(constant));
      wasm.setConstant(which);
    });
  }

  /** Whether these 32 bytes are the canonical encoding of a point. */
  decodes(bytes: Uint8Array): boolean {
    if (bytes.length !== RISTRETTO_BYTES) return false;
    this.#write(this.#input, bytes);
    return this.#wasm.decode() !== 0;
  }

  /** Whether Σ scalar_i·point_i is the identity. @throws RangeError for a point that does not decode or a scalar outside [0, q). */
  vanishes(products: readonly EncodedProduct[]): boolean {
    const wasm = this.#wasm;
    const width = windowBits(products.length);
    this.#reserve(wasm.layOut(products.length, width));
    const scalars = wasm.scalarsAt();
    products.forEach(({ point, scalar }, i) => {
      if (scalar < 0n || scalar >= RISTRETTO_ORDER) throw new RangeError('"scalar" expected 0 <= scalar < q');
      this.#write(this.#input, point);
      if (wasm.setPoint(i) === 0) throw new RangeError('"point" expected a canonical ristretto255 point');
      this.#write(scalars + RISTRETTO_BYTES * i, encodeScalar(scalar));
    });
    return wasm.sumVanishes(products.length, width) !== 0;
  }

  /** Makes a table for each point, in place of those there were. About 0.5 MB each. @throws RangeError for an encoding that is no point. */
  buildTables(points: readonly Uint8Array[]): void {
    this.#reserve(this.#wasm.layOutTables(points.length));
    points.forEach((point, index) => {
      this.#write(this.#input, point);
      if (this.#wasm.buildTable(index) === 0)
        throw new RangeError('"points" expected canonical ristretto255 points');
    });
  }

  /** Σ scalar·point over points of tables, encoded. @throws RangeError for a scalar outside [0, 2^253). */
  tableSum(products: readonly TableProduct[]): Uint8Array {
    const wasm = this.#wasm;
    wasm.startTableSum();
    for (const { table, scalar } of products) {
      if (scalar < 0n || scalar >> TABLE_SCALAR_BITS !== 0n)
        throw new RangeError('"scalar" expected 0 <= scalar < 2^253');
      this.#write(this.#input, encodeScalar(scalar));
      wasm.addTableProduct(table);
    }
    wasm.finishTableSum();
    return new Uint8Array(wasm.memory.buffer, this.#input, RISTRETTO_BYTES).slice();
  }

  #reserve(end: number): void {
    const missing = end - this.#wasm.memory.buffer.byteLength;
    if (missing > 0) this.#wasm.memory.grow(Math.ceil(missing / PAGE_BYTES));
  }

  #write(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.#wasm.memory.buffer, address, RISTRETTO_BYTES).set(bytes);
  }
}

/** Points that decode and do not, sums that vanish and do not, in few and in many windows. */
function passesSelfTest(engine: RistrettoEngine): boolean {
  const { BASE } = ristretto255.Point;
  const q = RISTRETTO_ORDER;
  const scalars = [1n, 2n, q - 1n, q / 3n, 2n ** 128n - 1n, 2n ** 252n, 0n];
  const products = scalars.map((scalar, i) => ({ point: BASE.multiply(BigInt(i + 5)).toBytes(), scalar }));
  const sum = scalars.reduce((total, scalar, i) => total + scalar * BigInt(i + 5), 0n) % q;
  const rest = { point: BASE.toBytes(), scalar: q - sum };
  const noPoint = BASE.toBytes();
  noPoint[0] = (noPoint[0] ?? 0) ^ 2;
  return (
    engine.vanishes([...products, rest]) &&
    !engine.vanishes(products) &&
    !engine.vanishes([...products, { ...rest, scalar: q - sum - 1n }]) &&
    engine.decodes(BASE.toBytes()) &&
    !engine.decodes(noPoint)
  );
}

/** An engine with its own memory, or null where it would not work. */
export function newRistrettoEngine(
  instantiate = embeddedWasm<RistrettoExports>(RISTRETTO_WASM_BASE64),
): RistrettoEngine | null {
  const wasm = instantiate();
  if (wasm === undefined) return null;
  try {
    const engine = new RistrettoEngine(wasm);
    return passesSelfTest(engine) ? engine : null;
  } catch {
    // It refused an honest point of the self-test.
    return null;
  }
}

let shared: RistrettoEngine | null | undefined;

/** The engine of this process. */
export function ristrettoEngine(): RistrettoEngine | null {
  if (shared === undefined) shared = newRistrettoEngine();
  return shared;
}
