/**
 * The operations of table 3, timed on this host the way the paper means them.
 *
 * T_e: exponentiation modulo N² with an exponent as long as N, by the product's `modPow` (OpenSSL). TE_p: Eq. (8), g_2^d r^N; TD_p: section 3.2, L(C^λ)·μ without
 * remainders modulo the primes; both by the same `modPow`. T_m: the scalar multiplication of a signature. T_p: a pairing.
 */
import { randomBytes } from 'node:crypto';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { modPow } from '@gridveil/chaincode/crypto/modular.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { gcd, inverse, L } from '../fog-aggregation/paillier.js';
import { timeOf, type HostTimes, type TimedOperation } from '../host-times.js';
import { pairingLibraries, type PairingLibrary } from '../pairing-libraries.js';
import type { OperationTimes } from './costs.js';

export type Notation = keyof OperationTimes;
type Timed = TimedOperation<Notation>;

/** The largest reading of the study, in Wh: 100 kW for an hour. */
const READING_WH = 100_000n;

export interface MeasureOptions {
  readonly privateKeys: readonly PaillierPrivateKey[];
  readonly samples: number;
  readonly progress: (line: string) => void;
}

interface PaillierTimes {
  readonly modulusBits: number;
  readonly Te: Timed;
  readonly TEp: Timed;
  readonly TDp: Timed;
}

async function paillierTimes(key: PaillierPrivateKey, samples: number): Promise<PaillierTimes> {
  const { n: N, nSquared: N2, modulusBits } = key.publicKey;
  const random = (): bigint => bytesToBigint(randomBytes(modulusBits / 4)) % N2;
  const [base, r] = [random(), random() % N];
  const exponent = bytesToBigint(randomBytes(modulusBits / 8)) | (1n << BigInt(modulusBits - 1));
  const g = 1n + N * (random() % N);
  const lambda = ((key.p - 1n) * (key.q - 1n)) / gcd(key.p - 1n, key.q - 1n);
  const mu = inverse(L(modPow(g, lambda, N2), N), N);
  const C = (modPow(g, READING_WH, N2) * modPow(r, N, N2)) % N2;
  if ((L(modPow(C, lambda, N2), N) * mu) % N !== READING_WH) throw new Error('the reading does not open');
  const where = `product's modPow (OpenSSL), |N| = ${modulusBits}, |N²| = ${2 * modulusBits}`;
  return {
    modulusBits,
    Te: {
      notation: 'Te',
      how: `${where}, exponent of ${modulusBits} bits`,
      ...(await timeOf(() => modPow(base, exponent, N2), samples)),
    },
    TEp: {
      notation: 'TEp',
      how: `${where}: g^d r^N with a reading of 17 bits`,
      ...(await timeOf(() => (modPow(g, READING_WH, N2) * modPow(r, N, N2)) % N2, samples)),
    },
    TDp: {
      notation: 'TDp',
      how: `${where}: L(C^λ)·μ`,
      ...(await timeOf(() => (L(modPow(C, lambda, N2), N) * mu) % N, samples)),
    },
  };
}

interface PairingTimes {
  readonly library: string;
  readonly Tm: Timed;
  readonly Tp: Timed;
}

async function pairingTimes(library: PairingLibrary, samples: number): Promise<PairingTimes> {
  const { name, signature, signatureHow, pairings, pairingsPerCall, pairingHow } = library;
  const all = await timeOf(pairings, samples);
  return {
    library: name,
    Tm: {
      notation: 'Tm',
      how: `${name}, BLS12-381, ${signatureHow}`,
      ...(await timeOf(signature, samples)),
    },
    Tp: {
      notation: 'Tp',
      how: `${name}, BLS12-381, ${pairingHow}`,
      ...all,
      medianMs: all.medianMs / pairingsPerCall,
    },
  };
}

/** Times every operation at every modulus and with every pairing library that loads, the fastest library last. */
export async function measureOperations({
  privateKeys,
  samples,
  progress,
}: MeasureOptions): Promise<HostTimes<Notation>> {
  const paillier: PaillierTimes[] = [];
  for (const key of privateKeys) {
    progress(`operations modulo N² with |N| = ${key.publicKey.modulusBits}`);
    paillier.push(await paillierTimes(key, samples));
  }
  const pairing: PairingTimes[] = [];
  for (const library of await pairingLibraries(progress)) {
    progress(`operations on BLS12-381 with ${library.name}`);
    pairing.push(await pairingTimes(library, samples));
  }
  pairing.sort((a, b) => b.Tp.medianMs - a.Tp.medianMs);
  return {
    operations: [
      ...pairing.flatMap(({ Tp }) => Tp),
      ...pairing.flatMap(({ Tm }) => Tm),
      ...paillier.flatMap(({ Te }) => Te),
      ...paillier.flatMap(({ TEp }) => TEp),
      ...paillier.flatMap(({ TDp }) => TDp),
    ],
    columns: paillier.flatMap(({ modulusBits, Te, TEp, TDp }) =>
      pairing.map(({ library, Tm, Tp }) => ({
        modulusBits,
        library,
        times: {
          Tp: Tp.medianMs,
          Tm: Tm.medianMs,
          Te: Te.medianMs,
          TEp: TEp.medianMs,
          TDp: TDp.medianMs,
        },
      })),
    ),
  };
}
