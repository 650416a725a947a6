/**
 * Powers of h_N with public exponents, for whoever checks range proofs under one key again and again: endorsers, aggregators, auditors.
 *
 * The first ones under a key are OpenSSL's (modular.ts); a key that goes on being used gets a table (paillier-table.ts), unless its N is too long for a small one. Both give
 * the same number, so nothing depends on what a process has seen before. Keys that change all the time cost at most half as much again as without tables.
 * At 3072 bits and 1,900-bit exponents: 5 ms instead of 20 ms, for a table of 3.3 MB that takes 0.1 s to build. Not constant time.
 */
import { bigintToBytes } from './bytes.js';
import { bitLength, modPow } from './modular.js';
import type { PaillierPublicKey } from './paillier.js';
import { FixedBaseTable } from './paillier-table.js';

const TEETH = 8;
/** What a table of so many teeth takes. */
const MAX_EXPONENT_BITS = 240 * TEETH;
/** Masks, challenge, weights and sums of 1,000 of them: exponents are so much longer than the randomness of a ciphertext. */
const LONGER_BITS = 360;
const POWERS_BEFORE_TABLE = 8;
const KEYS_KEPT = 4;

interface KnownBase {
  readonly n: bigint;
  readonly hN: bigint;
  readonly exponentBits: number;
  powers: number;
  table: FixedBaseTable | undefined;
}

/** Last used last. */
const known: KnownBase[] = [];

/** h_N^exponent mod N². @throws RangeError for a negative exponent. */
export function randomiserPower(key: PaillierPublicKey, exponent: bigint): bigint {
  const base = knownBase(key);
  const bits = bitLength(exponent);
  if (bits > base.exponentBits || exponent <= 0n) return modPow(key.hN, exponent, key.nSquared);
  if (base.powers === POWERS_BEFORE_TABLE)
    base.table = FixedBaseTable.build(key.n, key.hN, base.exponentBits, TEETH);
  base.powers++;
  if (base.table === undefined) return modPow(key.hN, exponent, key.nSquared);
  return base.table.power(bigintToBytes(exponent, Math.ceil(bits / 8)));
}

function knownBase({ n, hN, modulusBits }: PaillierPublicKey): KnownBase {
  const place = known.findIndex((base) => base.n === n && base.hN === hN);
  const bits = Math.ceil(modulusBits / 2) + LONGER_BITS;
  const exponentBits = bits > MAX_EXPONENT_BITS ? 0 : bits;
  const [base = { n, hN, exponentBits, powers: 0, table: undefined }] =
    place < 0 ? [] : known.splice(place, 1);
  known.push(base);
  if (known.length > KEYS_KEPT) known.shift();
  return base;
}
