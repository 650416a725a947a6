/** What the two libraries offer of G and the pairing, on BLS12-381, where the schemes of today live; the papers' curves have group orders of 160 bits. */
import { randomBytes } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';

export interface PairingLibrary {
  readonly name: string;
  readonly exponentiation: () => unknown;
  /** x·H(m): in the suite of the product signatures lie in G2. */
  readonly signature: () => unknown;
  readonly signatureHow: string;
  readonly pairings: () => unknown;
  readonly pairingsPerCall: number;
  readonly pairingHow: string;
}

function noble(): PairingLibrary {
  const { G1, G2, longSignatures, pairing } = bls12_381;
  const scalar = (): bigint => G1.Point.Fn.fromBytes(longSignatures.keygen().secretKey);
  const P = G1.Point.BASE.multiply(scalar());
  const Q = G2.Point.BASE.multiply(scalar());
  const H = longSignatures.hash(randomBytes(32));
  const k = scalar();
  return {
    name: '@noble/curves',
    exponentiation: () => P.multiply(k),
    signature: () => H.multiply(k),
    signatureHow: 'scalar of 255 bits times a point of G2',
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
    signature: () => secretKey.sign(message),
    signatureHow: 'scalar of 255 bits times a point of G2, and one hash to the curve',
    pairings: () => loaded.verify(message, publicKey, signature),
    pairingsPerCall: 2,
    pairingHow:
      'half of a signature check (two Miller loops, one final exponentiation, one hash to the curve)',
  };
}

/** noble, and blst where it loads. */
export async function pairingLibraries(progress: (line: string) => void): Promise<PairingLibrary[]> {
  const native = await blst();
  if (!native) progress('@chainsafe/blst does not load here: left out');
  return [noble(), ...(native ? [native] : [])];
}
