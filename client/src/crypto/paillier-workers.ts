/**
 * Encryption and opening of many values on all cores, by meters simulated in one process and by the MDMS.
 *
 * Each batch is cut into chunks that the threads take one after the other. Every thread builds its own fixed-base table
 * at its first batch under a key. Order of results = order of inputs.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import type { Opening, PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import type { PaillierPrivateKey } from './paillier-key.js';
import { packIntegers, splitFixed, unpackIntegers, type PaillierJob } from './paillier-worker-jobs.js';
import { WorkerPool } from './worker-pool.js';

const WORKER_SCRIPT = join(__dirname, 'paillier-worker.js');
/** Enough work per chunk to hide the messages, small enough to show progress: about 0.1 s. */
const CHUNK_LENGTH = 32;

/** Told after each chunk how many of the batch are done. */
export type ProgressListener = (done: number, total: number) => void;

interface WaitingPlaintext {
  readonly m: bigint;
  readonly resolve: (ciphertext: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

function modulusBytes(key: PaillierPublicKey): number {
  return Math.ceil(key.modulusBits / 8);
}

function assertPlaintext(key: PaillierPublicKey, m: bigint): void {
  if (m < 0n || m >= key.n) throw new RangeError('"plaintexts" expected 0 <= m < N');
}

export class PaillierWorkers {
  readonly #pool: WorkerPool;
  readonly #waiting = new Map<PaillierPublicKey, WaitingPlaintext[]>();

  /** @param size - threads; all cores when left out */
  constructor(size: number = availableParallelism()) {
    this.#pool = new WorkerPool(WORKER_SCRIPT, size);
  }

  /**
   * Encrypts each plaintext with fresh randomness.
   * @returns ciphertexts in their fixed-width encoding. @throws RangeError for a plaintext outside [0, N).
   */
  async encryptBatch(
    key: PaillierPublicKey,
    plaintexts: readonly bigint[],
    onProgress?: ProgressListener,
  ): Promise<Uint8Array[]> {
    for (const m of plaintexts) assertPlaintext(key, m);
    const n = bigintToBytes(key.n, modulusBytes(key));
    const hN = bigintToBytes(key.hN, key.ciphertextBytes);
    const replies = await this.#inChunks(plaintexts, onProgress, (chunk) => ({
      kind: 'encrypt',
      n,
      hN,
      plaintexts: packIntegers(chunk, modulusBytes(key)),
    }));
    return replies.flatMap((bytes) => splitFixed(bytes, key.ciphertextBytes));
  }

  /** Encrypts one plaintext; all calls of one turn of the event loop travel as one batch. @throws RangeError outside [0, N). */
  encryptOne(key: PaillierPublicKey, m: bigint): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      assertPlaintext(key, m);
      const waiting = this.#waiting.get(key);
      if (waiting !== undefined) {
        waiting.push({ m, resolve, reject });
        return;
      }
      this.#waiting.set(key, [{ m, resolve, reject }]);
      setImmediate(() => void this.#encryptWaiting(key));
    });
  }

  /** Opens each ciphertext. @throws ValidationError INVALID_CIPHERTEXT when one is no unit. */
  async openBatch(
    privateKey: PaillierPrivateKey,
    ciphertexts: readonly bigint[],
    onProgress?: ProgressListener,
  ): Promise<Opening[]> {
    const { p, q, publicKey } = privateKey;
    const sizeBytes = modulusBytes(publicKey);
    const secrets = { p: bigintToBytes(p, sizeBytes), q: bigintToBytes(q, sizeBytes) };
    const hN = bigintToBytes(publicKey.hN, publicKey.ciphertextBytes);
    const replies = await this.#inChunks(ciphertexts, onProgress, (chunk) => ({
      kind: 'open',
      ...secrets,
      hN,
      ciphertexts: packIntegers(chunk, publicKey.ciphertextBytes),
    }));
    return replies.flatMap((bytes) =>
      splitFixed(bytes, 2 * sizeBytes).map((pair) => {
        const [m, rho] = unpackIntegers(pair, sizeBytes) as [bigint, bigint];
        return { m, rho };
      }),
    );
  }

  /** Ends the threads; unfinished work is rejected. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async #encryptWaiting(key: PaillierPublicKey): Promise<void> {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    try {
      const ciphertexts = await this.encryptBatch(
        key,
        waiting.map(({ m }) => m),
      );
      ciphertexts.forEach((ciphertext, i) => waiting[i]?.resolve(ciphertext));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  async #inChunks(
    values: readonly bigint[],
    onProgress: ProgressListener | undefined,
    jobOf: (chunk: readonly bigint[]) => PaillierJob,
  ): Promise<Uint8Array[]> {
    const length = Math.max(1, Math.min(CHUNK_LENGTH, Math.ceil(values.length / this.#pool.size)));
    const chunks = Array.from({ length: Math.ceil(values.length / length) }, (_, i) =>
      values.slice(i * length, (i + 1) * length),
    );
    let done = 0;
    return Promise.all(
      chunks.map(async (chunk) => {
        const job = jobOf(chunk);
        const bytes = job.kind === 'encrypt' ? job.plaintexts : job.ciphertexts;
        const reply = (await this.#pool.run(job, [bytes.buffer as ArrayBuffer])) as Uint8Array;
        done += chunk.length;
        onProgress?.(done, values.length);
        return reply;
      }),
    );
  }
}
