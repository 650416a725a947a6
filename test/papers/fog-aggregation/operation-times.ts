/**
 * The operations of table II, timed on this host.
 *
 * T_E1: exponentiation modulo N² with an exponent as long as N, by the product's `modPow` (OpenSSL). T_M: one multiplication
 * modulo N² with BigInt. T_E2 and T_P: on BLS12-381, where the schemes of today live; the paper's curve has a group order of 160 bits.
 */
import { randomBytes } from 'node:crypto';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { modPow } from '@gridveil/chaincode/crypto/modular.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { timeOf, type HostTimes, type TimedOperation } from '../host-times.js';
import { pairingLibraries, type PairingLibrary } from '../pairing-libraries.js';
import type { OperationMs } from './costs.js';

export type Notation = keyof OperationMs;

export interface MeasureOptions {
  /** Of real keys: OpenSSL leaves moduli with small factors to BigInt. */
  readonly publicKeys: readonly PaillierPublicKey[];
  readonly samples: number;
  readonly progress: (line: string) => void;
}

interface ModularTimes {
  readonly modulusBits: number;
  readonly TE1: TimedOperation<Notation>;
  readonly TM: TimedOperation<Notation>;
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

interface PairingTimes {
  readonly library: string;
  readonly TE2: TimedOperation<Notation>;
  readonly TP: TimedOperation<Notation>;
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
}: MeasureOptions): Promise<HostTimes<Notation>> {
  const modular: ModularTimes[] = [];
  for (const publicKey of publicKeys) {
    progress(`operations modulo N² with |N| = ${publicKey.modulusBits}`);
    modular.push(await modularTimes(publicKey, samples));
  }
  const pairing: PairingTimes[] = [];
  for (const library of await pairingLibraries(progress)) {
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
