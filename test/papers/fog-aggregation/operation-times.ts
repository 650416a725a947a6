/**
 * The operations of table II, timed on this host.
 *
 * T_E1: exponentiation modulo N² with an exponent as long as N, by the product's `modPow` (OpenSSL). T_M: one multiplication
 * modulo N² with BigInt. T_E2 and T_P: on BLS12-381, where the schemes of today live; the paper's curve has a group order of 160 bits.
 */
import { randomBytes } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { modPow } from '@gridveil/chaincode/crypto/modular.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { median, spread } from '@gridveil/caliper/measure/statistics.js';
import { timedMs } from '../../bench/bench-row.js';
import type { OperationMs } from './costs.js';

/** Long enough that the clock and a short pause do not show. */
const SAMPLE_MS = 25;
const MAX_CALLS_PER_SAMPLE = 20_000;

export interface Timing {
  readonly medianMs: number;
  /** (max - min) / median. */
  readonly spread: number;
  readonly samples: number;
}

export interface TimedOperation extends Timing {
  readonly notation: keyof OperationMs;
  readonly how: string;
}

/** One combination of modulus and pairing library. */
export interface HostColumn {
  /** |N| */
  readonly modulusBits: number;
  readonly library: string;
  readonly times: OperationMs;
}

export interface HostTimes {
  readonly operations: readonly TimedOperation[];
  readonly columns: readonly HostColumn[];
}

export interface MeasureOptions {
  /** Of real keys: OpenSSL leaves moduli with small factors to BigInt. */
  readonly publicKeys: readonly PaillierPublicKey[];
  readonly samples: number;
  readonly progress: (line: string) => void;
}

export function summarise(sampleMs: readonly number[]): Timing {
  return { medianMs: median(sampleMs), spread: spread(sampleMs), samples: sampleMs.length };
}

async function timeOf(work: () => unknown, samples: number): Promise<Timing> {
  work();
  const onceMs = await timedMs(work);
  const calls = Math.min(MAX_CALLS_PER_SAMPLE, Math.max(1, Math.ceil(SAMPLE_MS / onceMs)));
  await timedMs(work, calls);
  const sampleMs: number[] = [];
  for (let i = 0; i < samples; i++) sampleMs.push(await timedMs(work, calls));
  return summarise(sampleMs);
}

interface ModularTimes {
  readonly modulusBits: number;
  readonly TE1: TimedOperation;
  readonly TM: TimedOperation;
}

async function modularTimes(
  { modulusBits, nSquared }: PaillierPublicKey,
  samples: number,
): Promise<ModularTimes> {
  const base = bytesToBigint(randomBytes(modulusBits / 4)) % nSquared;
  const exponent = bytesToBigint(randomBytes(modulusBits / 8)) | (1n << BigInt(modulusBits - 1));
  let product = base;
  const where = `|N| = ${modulusBits}, |N²| = ${2 * modulusBits}`;
  return {
    modulusBits,
    TE1: {
      notation: 'TE1',
      how: `modPow of the product (OpenSSL), ${where}, exponent of ${modulusBits} bits`,
      ...(await timeOf(() => modPow(base, exponent, nSquared), samples)),
    },
    TM: {
      notation: 'TM',
      how: `BigInt, ${where}`,
      ...(await timeOf(() => (product = (product * base) % nSquared), samples)),
    },
  };
}

/** What a library offers of G and the pairing. */
interface PairingLibrary {
  readonly name: string;
  readonly exponentiation: () => unknown;
  readonly pairings: () => unknown;
  readonly pairingsPerCall: number;
  readonly pairingHow: string;
}

function noble(): PairingLibrary {
  const { G1, G2, pairing } = bls12_381;
  const scalar = (): bigint => G1.Point.Fn.fromBytes(bls12_381.longSignatures.keygen().secretKey);
  const P = G1.Point.BASE.multiply(scalar());
  const Q = G2.Point.BASE.multiply(scalar());
  const k = scalar();
  return {
    name: '@noble/curves',
    exponentiation: () => P.multiply(k),
    pairings: () => pairing(P, Q),
    pairingsPerCall: 1,
    pairingHow: 'one pairing',
  };
}

/** @returns undefined where the native library does not load. */
async function blst(): Promise<PairingLibrary | undefined> {
  const loaded = await import('@chainsafe/blst').catch(() => undefined);
  if (!loaded) return undefined;
  const secretKey = loaded.SecretKey.fromKeygen(randomBytes(32));
  const publicKey = secretKey.toPublicKey();
  const message = randomBytes(32);
  const signature = secretKey.sign(message);
  return {
    name: '@chainsafe/blst',
    exponentiation: () => secretKey.toPublicKey(),
    pairings: () => loaded.verify(message, publicKey, signature),
    pairingsPerCall: 2,
    pairingHow:
      'half of a signature check (two Miller loops, one final exponentiation, one hash to the curve)',
  };
}

interface PairingTimes {
  readonly library: string;
  readonly TE2: TimedOperation;
  readonly TP: TimedOperation;
}

async function pairingTimes(library: PairingLibrary, samples: number): Promise<PairingTimes> {
  const { name, exponentiation, pairings, pairingsPerCall, pairingHow } = library;
  const all = await timeOf(pairings, samples);
  return {
    library: name,
    TE2: {
      notation: 'TE2',
      how: `${name}, scalar of 255 bits times a point of G1, BLS12-381`,
      ...(await timeOf(exponentiation, samples)),
    },
    TP: {
      notation: 'TP',
      how: `${name}, BLS12-381, ${pairingHow}`,
      ...all,
      medianMs: all.medianMs / pairingsPerCall,
    },
  };
}

/** Times every operation at every modulus and with every pairing library that loads, the fastest library last. */
export async function measureOperations({
  publicKeys,
  samples,
  progress,
}: MeasureOptions): Promise<HostTimes> {
  const modular: ModularTimes[] = [];
  for (const publicKey of publicKeys) {
    progress(`operations modulo N² with |N| = ${publicKey.modulusBits}`);
    modular.push(await modularTimes(publicKey, samples));
  }
  const pairing: PairingTimes[] = [];
  for (const library of [noble(), await blst()]) {
    if (!library) {
      progress('@chainsafe/blst does not load here: left out');
      continue;
    }
    progress(`operations on BLS12-381 with ${library.name}`);
    pairing.push(await pairingTimes(library, samples));
  }
  pairing.sort((a, b) => b.TP.medianMs - a.TP.medianMs);
  return {
    operations: [
      ...modular.map(({ TE1 }) => TE1),
      ...pairing.map(({ TE2 }) => TE2),
      ...modular.map(({ TM }) => TM),
      ...pairing.map(({ TP }) => TP),
    ],
    columns: modular.flatMap(({ modulusBits, TE1, TM }) =>
      pairing.map(({ library, TE2, TP }) => ({
        modulusBits,
        library,
        times: { TE1: TE1.medianMs, TE2: TE2.medianMs, TM: TM.medianMs, TP: TP.medianMs },
      })),
    ),
  };
}
