/** Benchmarks of BLS signatures: a batch of 100 reports from bytes, as an aggregator or endorser gets them, and one signature. */
import { randomBytes } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { findInvalidSignatures } from '@gridveil/chaincode/crypto/bls.js';
import { blst, blstBackend, type BlstBinding } from '@gridveil/chaincode/crypto/bls-blst.js';
import { nobleBackend } from '@gridveil/chaincode/crypto/bls-noble.js';
import type { BlsBackend } from '@gridveil/chaincode/crypto/bls-suite.js';
import { BlsKey, generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { timedMs, type BenchRow } from '../bench-row.js';

const REPORTS = 100;
/** A report of a 3072-bit key: its header, ciphertext and little more. */
const MESSAGE_BYTES = 1000;

function binding(): BlstBinding {
  const loading = blst();
  if ('problem' in loading) throw new Error(`blst is missing: ${loading.problem}`);
  return loading.binding;
}

function reports(): { key: Uint8Array; message: Uint8Array; signature: Uint8Array }[] {
  return Array.from({ length: REPORTS }, () => {
    const key = generateBlsKey();
    const message = new Uint8Array(randomBytes(MESSAGE_BYTES));
    return { key: key.publicKey, message, signature: key.sign(message) };
  });
}

/** Registered keys are decoded once and kept; signatures arrive as bytes. */
function batchVerifier(backend: BlsBackend): () => void {
  const received = reports().map((one) => ({ ...one, key: backend.decodePublicKey(one.key, 'A key') }));
  return () => {
    const signed = received.map(({ key, message, signature }) => ({
      key,
      message,
      signature: backend.decodeSignature(signature, 'A signature'),
    }));
    if (findInvalidSignatures(signed, backend).length > 0) throw new Error('a signature was refused');
  };
}

const verifyBatchBlst: BenchRow = {
  name: 'bls-verify-batch-blst',
  what: `decode and verify ${REPORTS} BLS signatures at once, blst`,
  unit: 'ms',
  goals: [{ atMost: 60 }],
  peer: 'blst one by one',
  prepare: () => {
    const native = binding();
    const verifyAll = batchVerifier(blstBackend(native));
    const sets = reports().map(({ key, message, signature }) => ({
      pk: native.PublicKey.fromBytes(key, true),
      message,
      signature,
    }));
    const oneByOne = (): boolean =>
      sets.every(({ pk, message, signature }) =>
        native.verify(message, pk, native.Signature.fromBytes(signature, true, true)),
      );
    return { ours: () => timedMs(verifyAll, 5), peer: () => timedMs(oneByOne) };
  },
};

const verifyBatchNoble: BenchRow = {
  name: 'bls-verify-batch-noble',
  what: `decode and verify ${REPORTS} BLS signatures at once, noble`,
  unit: 'ms',
  goals: [],
  // What noble's pairing allows: the equation alone, without hashes, weights and decoding.
  peer: `noble, one multi-pairing of ${REPORTS + 1} pairs`,
  samples: 5,
  prepare: () => {
    const { G1, G2, longSignatures, pairingBatch } = bls12_381;
    const verifyAll = batchVerifier(nobleBackend);
    const fresh = reports();
    const pairs = [...fresh, ...fresh.slice(0, 1)].map(({ key, message }) => ({
      g1: G1.Point.fromBytes(key),
      g2: G2.Point.fromAffine(longSignatures.hash(message).toAffine()),
    }));
    return { ours: () => timedMs(verifyAll), peer: () => timedMs(() => pairingBatch(pairs)) };
  },
};

const sign: BenchRow = {
  name: 'bls-sign',
  what: 'sign one report with BLS',
  unit: 'ms',
  goals: [],
  peer: 'noble',
  prepare: () => {
    const native = generateBlsKey();
    const portable = new BlsKey(native.exportScalar(), null);
    const message = new Uint8Array(randomBytes(MESSAGE_BYTES));
    return {
      ours: () => timedMs(() => native.sign(message), 50),
      peer: () => timedMs(() => portable.sign(message), 3),
    };
  },
};

export const blsRows: readonly BenchRow[] = [verifyBatchBlst, verifyBatchNoble, sign];
