/**
 * A pool of worker threads that each do one job at a time. Used for heavy cryptography, so that every core works and the event loop stays free.
 *
 * Threads start when there is work for them and do not keep the process alive while idle. A thread that dies fails the job it was
 * doing; the next job gets a new thread.
 */
import { Worker, type Transferable } from 'node:worker_threads';
import { GridveilError, parseWireError } from '@gridveil/chaincode/errors.js';

/** What a worker script answers to each message. */
export type JobReply<T> = { readonly result: T } | { readonly error: { name: string; message: string } };

interface Job {
  readonly message: unknown;
  readonly transfer: readonly Transferable[];
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

class PooledWorker {
  readonly thread: Worker;
  job: Job | undefined;

  constructor(script: string) {
    this.thread = new Worker(script);
    this.thread.unref();
  }
}

export class WorkerPool {
  readonly #script: string;
  readonly #size: number;
  readonly #workers = new Set<PooledWorker>();
  readonly #queue: Job[] = [];
  #closed = false;

  constructor(script: string, size: number) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError('"size" expected a positive integer');
    this.#script = script;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /** Runs one job. @throws whatever the job threw, or Error when its thread died or the pool was closed. */
  run(message: unknown, transfer: readonly Transferable[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ message, transfer, resolve, reject });
      this.#dispatch();
    });
  }

  /** Ends all threads; work that is not done is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#dispatch();
    await Promise.all([...this.#workers].map((worker) => worker.thread.terminate()));
  }

  #dispatch(): void {
    if (this.#closed) {
      for (const job of this.#queue.splice(0)) job.reject(new Error('The worker pool is closed'));
      return;
    }
    while (this.#queue.length > 0) {
      const worker = this.#idleWorker();
      const job = worker && this.#queue.shift();
      if (worker === undefined || job === undefined) return;
      worker.job = job;
      worker.thread.ref();
      worker.thread.postMessage(job.message, job.transfer);
    }
  }

  #idleWorker(): PooledWorker | undefined {
    for (const worker of this.#workers) if (worker.job === undefined) return worker;
    return this.#workers.size < this.#size ? this.#startWorker() : undefined;
  }

  #startWorker(): PooledWorker {
    const worker = new PooledWorker(this.#script);
    this.#workers.add(worker);
    worker.thread.on('message', (reply: JobReply<unknown>) => {
      const { job } = worker;
      worker.job = undefined;
      worker.thread.unref();
      if ('result' in reply) job?.resolve(reply.result);
      else job?.reject(rebuildError(reply.error));
      this.#dispatch();
    });
    worker.thread.on('error', (error) => this.#lose(worker, error));
    worker.thread.on('exit', () =>
      this.#lose(worker, new Error('The worker thread ended before its job was done')),
    );
    return worker;
  }

  #lose(worker: PooledWorker, error: unknown): void {
    this.#workers.delete(worker);
    worker.job?.reject(error instanceof Error ? error : new Error(String(error)));
    worker.job = undefined;
    this.#dispatch();
  }
}

/** Runs `work` and wraps its result or error for the way back to the pool. */
export function replyOf<T>(work: () => T): JobReply<T> {
  try {
    return { result: work() };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { name, message } };
  }
}

function rebuildError({ name, message }: { name: string; message: string }): Error {
  const refused = parseWireError(message);
  if (refused instanceof GridveilError) return refused;
  return name === 'RangeError' ? new RangeError(message) : new Error(message);
}
