/**
 * Entry of a Paillier worker thread: encrypts and opens batches for `PaillierWorkers`.
 *
 * Keeps the prepared keys it used last (a fixed-base table or CRT constants), so that only the first batch under a key pays for them.
 */
import { parentPort } from 'node:worker_threads';
import { bytesToBigint, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { paillierPublicKey, type PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { PaillierEncryptor } from './paillier-encryptor.js';
import { PaillierPrivateKey } from './paillier-key.js';
import { openCiphertext } from './paillier-opening.js';
import {
  packIntegers,
  unpackIntegers,
  type EncryptJob,
  type OpenJob,
  type PaillierJob,
} from './paillier-worker-jobs.js';
import { RecentValues } from './recent-values.js';
import { replyOf } from './worker-pool.js';

const KEYS_KEPT = 2;

const encryptors = new RecentValues<{ key: PaillierPublicKey; encryptor: PaillierEncryptor }>(KEYS_KEPT);
const privateKeys = new RecentValues<PaillierPrivateKey>(KEYS_KEPT);

function plaintextBytes(key: PaillierPublicKey): number {
  return Math.ceil(key.modulusBits / 8);
}

function encryptAll(job: EncryptJob): Uint8Array<ArrayBuffer> {
  const { key, encryptor } = encryptors.get(`${toBase64url(job.n)}.${toBase64url(job.hN)}`, () => {
    const made = paillierPublicKey(bytesToBigint(job.n), bytesToBigint(job.hN));
    return { key: made, encryptor: new PaillierEncryptor(made) };
  });
  const plaintexts = unpackIntegers(job.plaintexts, plaintextBytes(key));
  return packIntegers(
    plaintexts.map((m) => encryptor.encrypt(m)),
    key.ciphertextBytes,
  );
}

function openAll(job: OpenJob): Uint8Array<ArrayBuffer> {
  const key = privateKeys.get(toBase64url(job.hN), () => {
    const [p, q, hN] = [job.p, job.q, job.hN].map(bytesToBigint) as [bigint, bigint, bigint];
    return new PaillierPrivateKey(p, q, hN);
  });
  const openings = unpackIntegers(job.ciphertexts, key.publicKey.ciphertextBytes).map((c) =>
    openCiphertext(key, c),
  );
  return packIntegers(
    openings.flatMap(({ m, rho }) => [m, rho]),
    plaintextBytes(key.publicKey),
  );
}

parentPort?.on('message', (job: PaillierJob) => {
  const reply = replyOf(() => (job.kind === 'encrypt' ? encryptAll(job) : openAll(job)));
  parentPort?.postMessage(reply, 'result' in reply ? [reply.result.buffer] : []);
});
