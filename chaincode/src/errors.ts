/**
 * Typed errors with facts, and their wire form.
 *
 * Only `message` leaves a chaincode (fabric-shim answers `shim.error(error.message)`), so the message is the wire format:
 * `[CODE] sentence {"fact":…}`. `parseWireError` turns it back into the same class on the client.
 * Facts never hold a reading, a plaintext or a key.
 */
import { ERROR_CODES, type ErrorCode } from './error-codes.js';
import type { ErrorKind } from './error-definition.js';

export type Facts = Readonly<Record<string, string | number>>;

/** Puts facts into the places `{name}` of a sentence. */
export function fillSentence(says: string, facts: Facts): string {
  return says.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '?'));
}

function sentence(code: ErrorCode, facts: Facts): string {
  return fillSentence(ERROR_CODES[code].says, facts);
}

export class GridveilError extends Error {
  override readonly name: string = 'GridveilError';

  constructor(
    readonly code: ErrorCode,
    readonly facts: Facts = {},
    options?: ErrorOptions,
  ) {
    super(`[${code}] ${sentence(code, facts)} ${JSON.stringify(facts)}`, options);
  }

  /** The sentence alone, for people. */
  get sentence(): string {
    return sentence(this.code, this.facts);
  }
}

/** Bytes or text that are not what they claim to be. */
export class DecodeError extends GridveilError {
  override readonly name = 'DecodeError';
}
/** Well-formed input outside its allowed range or window. */
export class ValidationError extends GridveilError {
  override readonly name = 'ValidationError';
}
/** The caller lacks the role or owns something else. */
export class AuthorisationError extends GridveilError {
  override readonly name = 'AuthorisationError';
}
/** The ledger already holds something that stands against it. */
export class StateConflictError extends GridveilError {
  override readonly name = 'StateConflictError';
}
/** A proof, tag or recomputation does not verify. */
export class ProofRejectedError extends GridveilError {
  override readonly name = 'ProofRejectedError';
}
/** What was asked for is not on the ledger. */
export class NotFoundError extends GridveilError {
  override readonly name = 'NotFoundError';
}

const CLASS_OF: Record<ErrorKind, typeof GridveilError> = {
  decode: DecodeError,
  validation: ValidationError,
  authorisation: AuthorisationError,
  conflict: StateConflictError,
  proof: ProofRejectedError,
  'not-found': NotFoundError,
};

/** Builds the error of `code` in its class; the class writes the sentence from `facts`. */
export function refusal(code: ErrorCode, facts: Facts = {}): GridveilError {
  return new CLASS_OF[ERROR_CODES[code].kind](code, facts);
}

/** One flat JSON object of texts and numbers, as `JSON.stringify` writes facts. */
const FACTS = /\{(?:"(?:[^"\\]|\\.)*":(?:"(?:[^"\\]|\\.)*"|-?[0-9][0-9.e+-]*),?)*\}/y;

/**
 * Finds `[CODE] sentence {facts}` in a message that a gateway may have wrapped, and rebuilds the error.
 * @returns undefined when the text holds no known code.
 */
export function parseWireError(message: string): GridveilError | undefined {
  const match = /\[([A-Z][A-Z0-9_]*)\] /.exec(message);
  const code = match?.[1];
  if (code === undefined || !Object.hasOwn(ERROR_CODES, code)) return undefined;
  const text = message.slice((match?.index ?? 0) + code.length + 3);
  return refusal(code as ErrorCode, parseFacts(code as ErrorCode, text));
}

/**
 * The facts that give the sentence before them: an id may hold braces and quotes of its own, so that neither the first
 * nor the last brace of the text has to be theirs. None when the text was cut off.
 */
function parseFacts(code: ErrorCode, text: string): Facts {
  for (let start = text.indexOf('{'); start >= 0; start = text.indexOf('{', start + 1)) {
    FACTS.lastIndex = start;
    const facts = factsFrom(FACTS.exec(text)?.[0]);
    if (facts && text.slice(0, start) === `${sentence(code, facts)} `) return facts;
  }
  return {};
}

function factsFrom(json: string | undefined): Facts | undefined {
  try {
    return json === undefined ? undefined : (JSON.parse(json) as Facts);
  } catch {
    return undefined;
  }
}
