/**
 * BLS signatures as the contracts and parties use them: the backend of this process, and which signatures of a batch are bad.
 *
 * Run by aggregators, every endorser and any customer. Rules of the callers: bytes of others are decoded here, never trusted as points;
 * a key counts only after `verifyPossession`; messages are `lp` encodings that name their sender.
 */
import { blst, blstBackend } from './bls-blst.js';
import { nobleBackend } from './bls-noble.js';
import type {
  BlsBackend,
  BlsBackendName,
  BlsBatch,
  BlsPublicKey,
  BlsSignature,
  SignedMessage,
} from './bls-suite.js';
import { concatBytes, toBase64url } from './bytes.js';
import { findBadByHalving } from './halving.js';

export interface BlsBackendStatus {
  readonly backend: BlsBackendName;
  /** Why blst is not used. */
  readonly problem?: string;
}

/** Proofs of possession that held, by key and proof: nothing about them changes, and noble takes 40 ms for each. */
const PROOFS_KEPT = 4096;

let chosen: BlsBackend | undefined;
const heldProofs = new Set<string>();

/** blst where it loads, noble elsewhere; the choice is made once and both accept the same. */
export function blsBackend(): BlsBackend {
  if (chosen === undefined) {
    const loading = blst();
    chosen = 'binding' in loading ? blstBackend(loading.binding) : nobleBackend;
  }
  return chosen;
}

export function blsBackendStatus(): BlsBackendStatus {
  const { name } = blsBackend();
  const loading = blst();
  return 'problem' in loading ? { backend: name, problem: loading.problem } : { backend: name };
}

/** As the backend's `verifyPossession`; a proof that held is remembered, since everyone who checks bills meets the same keys again and again. */
export function provesPossession(key: BlsPublicKey, proof: BlsSignature): boolean {
  const id = toBase64url(concatBytes(key.bytes, proof.bytes));
  if (heldProofs.has(id)) return true;
  if (!blsBackend().verifyPossession(key, proof)) return false;
  if (heldProofs.size >= PROOFS_KEPT) heldProofs.clear();
  heldProofs.add(id);
  return true;
}

/**
 * The places of the invalid signatures, in order; none when all are valid.
 * Accepting takes one multi-pairing, finding bad ones the tests of halving.ts; each is verified on its own before it is named. Messages are hashed once with
 * noble, for each test with blst.
 * @param signed - any number; keys and messages may repeat, and signatures that only cancel each other are found
 */
export function findInvalidSignatures(
  signed: readonly SignedMessage[],
  backend: BlsBackend = blsBackend(),
): number[] {
  let batch: BlsBatch | undefined;
  return findBadByHalving(signed.length, (start, end) => {
    if (end - start === 1) return backend.verify(signed[start] as SignedMessage);
    batch ??= backend.batch(signed);
    return batch.holds(start, end);
  });
}
