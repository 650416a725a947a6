/**
 * Structured logs of the programs: one JSON line for each event, with facts that are texts and numbers only.
 *
 * There is no way to log an object: a reading, a key or a message cannot slip in with one. Known errors give their code and facts, which
 * hold no secrets (errors.ts); of unknown ones only the stack is written.
 */
import pino, { type DestinationStream, type Level } from 'pino';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { ClientError } from '../errors.js';
import { LedgerError } from '../ledger/ledger-error.js';

export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly Level[];
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  debug(event: string, facts?: LogFacts): void;
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  /** @param cause - what happened, if there was an error. */
  error(event: string, cause: unknown, facts?: LogFacts): void;
}

/** @param destination - default: standard error, so that documents on standard output stay alone. */
export function createLog(program: string, level: LogLevel, destination?: DestinationStream): Log {
  const out = pino(
    { level, base: { program }, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
  return {
    debug: (event, facts = {}) => out.debug(facts, event),
    info: (event, facts = {}) => out.info(facts, event),
    warn: (event, facts = {}) => out.warn(facts, event),
    error: (event, cause, facts = {}) => out.error({ ...facts, ...describeError(cause) }, event),
  };
}

export function describeError(cause: unknown): LogFacts {
  if (cause instanceof GridveilError || cause instanceof ClientError || cause instanceof LedgerError)
    return { code: cause.code, ...cause.facts };
  return cause instanceof Error ? { stack: cause.stack } : { error: typeof cause };
}
