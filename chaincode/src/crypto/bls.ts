/**
 * BLS signatures as the contracts and parties use them: the backend of this process, and which signatures of a batch are bad.
 *
 * Run by aggregators, every endorser and any customer. Rules of the callers: bytes of others are decoded here, never trusted as points;
 * a key counts only after `verifyPossession`; messages are `lp` encodings that name their sender.
 */
import { blst, blstBackend } from './bls-blst.js';
import { nobleBackend } from './bls-noble.js';
import type { BlsBackend, BlsBackendName, BlsBatch, SignedMessage } from './bls-suite.js';
import { findBadByHalving } from './halving.js';

export interface BlsBackendStatus {
  readonly backend: BlsBackendName;
  /** Why blst is not used. */
  readonly problem?: string;
}

let chosen: BlsBackend | undefined;

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
