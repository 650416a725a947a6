/**
 * BLS signatures on @chainsafe/blst, the native library: loading it, and the backend made of it.
 *
 * Run by every endorser, aggregator and customer whose platform has a prebuilt binary; nothing is compiled or downloaded at installation.
 * It is an optional dependency: where it is missing, does not load or fails its self-test, bls-noble.ts does the same work, slower.
 *
 * What the Node binding 2.2 cannot do, and what follows:
 * - It hashes with the tag for signatures only, so proofs of possession go through noble.
 * - It multiplies no point by a given number, so a batch cannot use the weights of bls-suite.ts. blst draws its own: 64 bits, nonzero, from the
 *   operating system, fresh for each call. An invalid batch passes with probability 2^-64 for each time it is submitted, and its maker cannot try
 *   offline; a valid one always passes. Randomness thus never reaches a write set. (With sums of repeated points the transcript weights are possible:
 *   measured 74 ms a batch of 100, 37 ms with a 20 KB table kept for every key, against 25 ms.)
 * Cost at 2 cores of 2 GHz: verify one 0.85 ms, batch of 100 25 ms, decoding 0.06 ms (key) and 0.08 ms (signature).
 */
import { createRequire } from 'node:module';
import type * as Blst from '@chainsafe/blst';
import { nobleBackend } from './bls-noble.js';
import {
  BLS_PUBLIC_KEY_BYTES,
  BLS_SIGNATURE_BYTES,
  checkCompressedPoint,
  pointInGroup,
  type BlsBackend,
  type BlsPublicKey,
  type BlsSignature,
} from './bls-suite.js';

export type BlstBinding = typeof Blst;

/** Either the binding or why there is none. */
export type BlstLoading = { readonly binding: BlstBinding } | { readonly problem: string };

/** First case of `sign` and `verify` in ethereum/bls12-381-tests. */
const KNOWN = {
  message: new Uint8Array(32),
  key: 'a491d1b0ecd9bb917989f0e74f0dea0422eac4a873e5e2644f368dffb9a6e20fd6e10c1b77654d067c0618f6e5a7f79a',
  signature:
    'b6ed936746e01f8ecf281f020953fbf1f01debd5657c4a383940b020b26507f6076334f91e2366c96e9ab279fb515809' +
    '0352ea1c5b0c9274504f4f0e7053af24802e51e4568d164fe986834f41e55c8e850ce1f98458c0cfc9ab380b55285a55',
};

/** Loads blst through `load` and compares it with a known answer. Never throws. */
export function loadBlst(load: (name: string) => unknown): BlstLoading {
  try {
    const binding = load('@chainsafe/blst') as BlstBinding;
    return passesSelfTest(binding) ? { binding } : { problem: 'its self-test failed' };
  } catch (error) {
    return { problem: `it did not load (${error instanceof Error ? error.message : String(error)})` };
  }
}

function passesSelfTest({ PublicKey, Signature, ...binding }: BlstBinding): boolean {
  const pk = PublicKey.fromHex(KNOWN.key, true);
  const sig = Signature.fromHex(KNOWN.signature, true, true);
  const right = { msg: KNOWN.message, pk, sig };
  const wrong = { msg: new Uint8Array(32).fill(1), pk, sig };
  return (
    binding.verify(right.msg, pk, sig) &&
    !binding.verify(wrong.msg, pk, sig) &&
    binding.verifyMultipleAggregateSignatures([right, right]) &&
    !binding.verifyMultipleAggregateSignatures([right, wrong])
  );
}

let loading: BlstLoading | undefined;

/** The outcome of the first attempt, remembered. Resolved at run time, so that a bundle stays free of native code. */
export function blst(): BlstLoading {
  loading ??= loadBlst(createRequire(__filename));
  return loading;
}

class BlstPublicKey implements BlsPublicKey {
  readonly kind = 'bls-public-key';
  constructor(
    readonly bytes: Uint8Array,
    readonly point: Blst.PublicKey,
  ) {}
}

class BlstSignature implements BlsSignature {
  readonly kind = 'bls-signature';
  constructor(
    readonly bytes: Uint8Array,
    readonly point: Blst.Signature,
  ) {}
}

function keyPoint(key: BlsPublicKey): Blst.PublicKey {
  if (!(key instanceof BlstPublicKey)) throw new TypeError('"key" expected a key decoded by blst');
  return key.point;
}

function signaturePoint(signature: BlsSignature): Blst.Signature {
  if (!(signature instanceof BlstSignature))
    throw new TypeError('"signature" expected a signature decoded by blst');
  return signature.point;
}

export function blstBackend(binding: BlstBinding): BlsBackend {
  return {
    name: 'blst',
    decodePublicKey: (bytes, what) => {
      checkCompressedPoint(bytes, BLS_PUBLIC_KEY_BYTES, what);
      const own = bytes.slice();
      return new BlstPublicKey(
        own,
        pointInGroup(what, () => binding.PublicKey.fromBytes(own, true)),
      );
    },
    decodeSignature: (bytes, what) => {
      checkCompressedPoint(bytes, BLS_SIGNATURE_BYTES, what);
      const own = bytes.slice();
      return new BlstSignature(
        own,
        pointInGroup(what, () => binding.Signature.fromBytes(own, true, true)),
      );
    },
    verify: ({ key, message, signature }) =>
      binding.verify(message, keyPoint(key), signaturePoint(signature)),
    verifyPossession: (key, proof) =>
      nobleBackend.verifyPossession(
        nobleBackend.decodePublicKey(key.bytes, 'A key'),
        nobleBackend.decodeSignature(proof.bytes, 'A proof of possession'),
      ),
    batch: (signed) => {
      const sets = signed.map(({ key, message, signature }) => ({
        msg: message,
        pk: keyPoint(key),
        sig: signaturePoint(signature),
      }));
      return {
        holds: (start, end) =>
          start === end || binding.verifyMultipleAggregateSignatures(sets.slice(start, end)),
      };
    },
  };
}
