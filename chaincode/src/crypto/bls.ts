/**
 * BLS signatures as the contracts and parties use them: the backend of this process, and which signatures of a batch are bad.
 *
 * Run by aggregators, every endorser and any customer. Rules of the callers: bytes of others are decoded here, never trusted as points;
 * a key counts only after `verifyPossession`; messages are `lp` encodings that name their sender.
 */
import { blst, blstBackend } from './bls-blst.js';
import { nobleBackend } from './bls-noble.js';
import type { BlsBackend, BlsBackendName, BlsBatch, SignedMessage } from './bls-suite.js';

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
 * Accepting takes one multi-pairing. Otherwise halves are tested until single entries are left, and each of those is verified on its own before it is
 * named: b bad ones among n cost about 2b·log2(n) shrinking multi-pairings. Messages are hashed once with noble, for each test with blst.
 * @param signed - any number; keys and messages may repeat, and signatures that only cancel each other are found
 */
export function findInvalidSignatures(
  signed: readonly SignedMessage[],
  backend: BlsBackend = blsBackend(),
): number[] {
  if (signed.length < 2) return invalidOnes(signed, backend);
  const batch = backend.batch(signed);
  return batch.holds(0, signed.length) ? [] : search(signed, backend, batch, 0, signed.length);
}

function invalidOnes(signed: readonly SignedMessage[], backend: BlsBackend, from = 0): number[] {
  return signed.flatMap((one, i) => (backend.verify(one) ? [] : [from + i]));
}

/** [start, end) is known to hold an invalid one. */
function search(
  signed: readonly SignedMessage[],
  backend: BlsBackend,
  batch: BlsBatch,
  start: number,
  end: number,
): number[] {
  if (end - start === 1) return invalidOnes(signed.slice(start, end), backend, start);
  const middle = (start + end) >> 1;
  if (batch.holds(start, middle)) return search(signed, backend, batch, middle, end);
  const left = search(signed, backend, batch, start, middle);
  return batch.holds(middle, end) ? left : [...left, ...search(signed, backend, batch, middle, end)];
}
