/**
 * The ledger port over HTTP to the process that holds an embedded ledger (ledger-server.ts).
 *
 * A call that finds nobody is repeated for a while, as a peer that restarts is; one whose answer is lost ends with OUTCOME_UNKNOWN when it was a
 * transaction: contracts answer an equal submission with the first receipt, so that the caller may send it again.
 */
import { Agent, request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError } from '../ledger-error.js';
import type {
  CommitReceipt,
  EventCheckpoint,
  EventOptions,
  Ledger,
  LedgerEvent,
  LedgerIdentity,
  Transaction,
} from '../port.js';
import {
  decodeFailure,
  encodeTransient,
  evaluateAnswer,
  failure,
  ledgerEvent,
  MAX_BODY_BYTES,
  sessionAnswer,
  submitAnswer,
} from './wire.js';

/** Where a ledger is served, and the right to use it. */
export interface LedgerAddress {
  readonly url: string;
  readonly token: string;
  /** How long a call looks for the server; default 30 s. */
  readonly readinessMs?: number;
}

const DEFAULT_READINESS_MS = 30_000;
const PAUSE_MS = 200;
const OK = 200;

export class ServedLedger implements Ledger {
  readonly kind = 'embedded';
  readonly #closing = new AbortController();
  readonly #queries = new Agent({ keepAlive: true, maxSockets: 64 });
  /** A connection for each: one that was closed while it was idle would leave open whether the transaction arrived. */
  readonly #transactions = new Agent({ maxSockets: 64 });

  private constructor(
    private readonly address: LedgerAddress,
    private readonly who: { readonly mspId: string; readonly user: string },
    readonly channel: string,
    readonly identity: LedgerIdentity,
  ) {}

  /** @throws LedgerError UNAVAILABLE when nobody serves there, REJECTED for a wrong token or user. */
  static async connect(address: LedgerAddress, mspId: string, user: string): Promise<ServedLedger> {
    const who = { mspId, user };
    const probe = new ServedLedger(address, who, '', { mspId, subject: '' });
    const { channel, ...identity } = sessionAnswer.parse(await probe.#call('/v1/session', who));
    await probe.close();
    return new ServedLedger(address, who, channel, identity);
  }

  async submit(transaction: Transaction): Promise<CommitReceipt> {
    return submitAnswer.parse(await this.#call('/v1/submit', this.#bodyOf(transaction), true));
  }

  async evaluate(transaction: Transaction): Promise<string> {
    return evaluateAnswer.parse(await this.#call('/v1/evaluate', this.#bodyOf(transaction))).result;
  }

  async *events(options: EventOptions = {}): AsyncGenerator<LedgerEvent, void, undefined> {
    const signals = [this.#closing.signal, ...(options.signal ? [options.signal] : [])];
    const signal = AbortSignal.any(signals);
    if (signal.aborted) return;
    try {
      const body = { ...this.who, after: pointOf(options.after) };
      const response = await this.#ready('/v1/events', body, signal, false);
      for await (const line of linesOf(response)) {
        if (signal.aborted) return;
        if (line !== '') yield eventOf(line);
      }
    } catch (error) {
      if (!signal.aborted) throw unavailable(error);
    }
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#queries.destroy();
    this.#transactions.destroy();
    return Promise.resolve();
  }

  #bodyOf(transaction: Transaction): object {
    const { contract, name, argument } = transaction;
    return { ...this.who, contract, name, argument, transient: encodeTransient(transaction) };
  }

  async #call(path: string, body: object, changes = false): Promise<unknown> {
    const { signal } = this.#closing;
    if (signal.aborted) throw new LedgerError('CLOSED', 'This ledger session is closed.');
    try {
      const answer = await this.#ready(path, body, signal, changes);
      return JSON.parse(await textOf(answer)) as unknown;
    } catch (error) {
      if (signal.aborted)
        throw new LedgerError('CLOSED', 'This ledger session is closed.', {}, { cause: error });
      const lost = unavailable(error);
      const open = changes && lost.code === 'UNAVAILABLE' && !isRefused(error);
      throw open
        ? new LedgerError('OUTCOME_UNKNOWN', 'The ledger server did not answer.', {}, { cause: error })
        : lost;
    }
  }

  /** An answer with status 200; looks for the server until it is there. */
  async #ready(path: string, body: object, signal: AbortSignal, changes: boolean): Promise<IncomingMessage> {
    const giveUpAt = performance.now() + (this.address.readinessMs ?? DEFAULT_READINESS_MS);
    for (;;) {
      try {
        const agent = changes ? this.#transactions : this.#queries;
        const response = await this.#post(path, JSON.stringify(body), signal, agent);
        if (response.statusCode === OK) return response;
        throw decodeFailure(failure.parse(JSON.parse(await textOf(response))));
      } catch (error) {
        const nothingDone = changes ? isRefused(error) : isNetworkFailure(error);
        if (!nothingDone || performance.now() > giveUpAt) throw error;
        await sleep(PAUSE_MS, undefined, { signal });
      }
    }
  }

  #post(path: string, body: string, signal: AbortSignal, agent: Agent): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${this.address.token}`, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.address.url);
      const sent = request(url, { method: 'POST', agent, headers, signal });
      sent.once('error', reject);
      sent.once('response', resolve);
      sent.end(body);
    });
  }
}

/** Only what the port defines: a caller may hand over a whole event. */
function pointOf(after: EventCheckpoint | undefined): EventCheckpoint | undefined {
  if (after === undefined || after.transactionId === undefined)
    return after && { blockNumber: after.blockNumber };
  return { blockNumber: after.blockNumber, transactionId: after.transactionId };
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.on('error', () => undefined); // nobody may be reading when the connection breaks
  response.setEncoding('utf8');
  let rest = '';
  for await (const part of response as AsyncIterable<string>) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function eventOf(line: string): LedgerEvent {
  const parsed = JSON.parse(line) as { failure?: unknown };
  if (parsed.failure !== undefined) throw decodeFailure(failure.parse(parsed.failure));
  return ledgerEvent.parse(parsed);
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const part of response as AsyncIterable<string>) {
    text += part;
    if (text.length > MAX_BODY_BYTES) throw new RangeError('the answer is too long');
  }
  return text;
}

/** The connection was never made: nothing was sent. */
function isRefused(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ECONNREFUSED';
}

function isNetworkFailure(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^E[A-Z]{3,}$/.test(code);
}

function unavailable(error: unknown): LedgerError {
  if (!isNetworkFailure(error)) throw error;
  const { code } = error as { code: string };
  return new LedgerError('UNAVAILABLE', `The ledger server does not answer (${code}).`, {}, { cause: error });
}
