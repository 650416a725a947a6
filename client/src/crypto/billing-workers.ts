/**
 * Range proofs made and reports checked in worker threads, by meters simulated in one process and by aggregators.
 *
 * Readings travel to a thread, BLS keys do not: a meter signs where its key is. The event loop stays free for the ledger: the embedded one checks every proof
 * again, there. Order of results = order of inputs.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import type { BadReport } from '@gridveil/chaincode/crypto/bad-report.js';
import type { BillingScope } from '@gridveil/chaincode/crypto/tou-billing.js';
import { parseWireError } from '@gridveil/chaincode/errors.js';
import type { BillingJob, FoundBad, ProofTerms } from './billing-worker-jobs.js';
import type { EncryptedWithProof } from './range-proof.js';
import { WorkerPool } from './worker-pool.js';

const WORKER_SCRIPT = join(__dirname, 'billing-worker.js');
/** About 0.1 s of proofs. */
const CHUNK_LENGTH = 16;

interface WaitingReading {
  readonly energyWh: number;
  readonly context: Uint8Array;
  readonly resolve: (made: EncryptedWithProof) => void;
  readonly reject: (error: unknown) => void;
}

/** A report as it was sent, with the key that its meter has registered, 48 bytes. */
export interface ReportWithKey {
  readonly bytes: Uint8Array;
  readonly publicKey: Uint8Array;
}

export class BillingWorkers {
  readonly #pool: WorkerPool;
  readonly #terms: ProofTerms;
  #waiting: WaitingReading[] = [];

  /**
   * @param key - of the grid. @param maximumWh - the largest reading of the grid
   * @param size - threads; all cores when left out
   */
  constructor(key: PaillierPublicKey, maximumWh: number, size: number = availableParallelism()) {
    this.#pool = new WorkerPool(WORKER_SCRIPT, size);
    const n = bigintToBytes(key.n, Math.ceil(key.modulusBits / 8));
    this.#terms = { n, hN: bigintToBytes(key.hN, key.ciphertextBytes), maximumWh };
  }

  /**
   * Encrypts a reading and proves its range; all calls of one turn of the event loop are shared out together.
   * @param context - what the proof is for. @throws RangeError for a reading outside the range.
   */
  prove(energyWh: number, context: Uint8Array): Promise<EncryptedWithProof> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ energyWh, context, resolve, reject }) === 1)
        setImmediate(() => this.#proveWaiting());
    });
  }

  /** Which reports are bad, as `findBadReportsOfSlots` tells. @throws DecodeError when one is no report at all. */
  async check(scope: BillingScope, reports: readonly ReportWithKey[]): Promise<BadReport[]> {
    const found = await this.#run<FoundBad[]>({ kind: 'check', ...this.#terms, scope, reports });
    return found.map(({ index, wire }) => {
      const refusal = parseWireError(wire);
      if (refusal === undefined) throw new Error(wire);
      return { index, refusal };
    });
  }

  /** Ends the threads; unfinished work is rejected. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  #proveWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let i = 0; i < waiting.length; i += CHUNK_LENGTH)
      void this.#proveChunk(waiting.slice(i, i + CHUNK_LENGTH));
  }

  async #proveChunk(chunk: readonly WaitingReading[]): Promise<void> {
    try {
      const readings = chunk.map(({ energyWh, context }) => ({ energyWh, context }));
      const made = await this.#run<EncryptedWithProof[]>({ kind: 'prove', ...this.#terms, readings });
      chunk.forEach(({ resolve, reject }, i) => {
        const one = made[i];
        if (one === undefined) reject(new Error('A worker answered fewer readings than it was given'));
        else resolve(one);
      });
    } catch (error) {
      for (const { reject } of chunk) reject(error);
    }
  }

  async #run<T>(job: BillingJob): Promise<T> {
    return (await this.#pool.run(job)) as T;
  }
}
