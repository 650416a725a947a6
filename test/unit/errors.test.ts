import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, type ErrorCode } from '@gridveil/chaincode/error-codes.js';
import {
  AuthorisationError,
  DecodeError,
  GridveilError,
  NotFoundError,
  parseWireError,
  ProofRejectedError,
  refusal,
  StateConflictError,
  ValidationError,
  type Facts,
} from '@gridveil/chaincode/errors.js';
import { CLIENT_ERROR_CODES, ClientError, type ClientErrorCode } from '@gridveil/client/errors.js';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
const CLIENT_CODES = Object.keys(CLIENT_ERROR_CODES) as ClientErrorCode[];

const CLASSES: Readonly<
  Record<(typeof ERROR_CODES)[ErrorCode]['kind'], new (code: ErrorCode) => GridveilError>
> = {
  decode: DecodeError,
  validation: ValidationError,
  authorisation: AuthorisationError,
  conflict: StateConflictError,
  proof: ProofRejectedError,
  'not-found': NotFoundError,
};

const placeholders = (says: string) => [...says.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);

/** A fact of that name for each placeholder, each different. */
function factsFor(says: string): Facts {
  return Object.fromEntries(placeholders(says).map((name, i) => [name, i % 2 ? `text ${i}` : i * 1000]));
}

function roundTrip(error: GridveilError, wrap = (message: string) => message) {
  const parsed = parseWireError(wrap(error.message));
  assert.ok(parsed, error.message);
  assert.equal(parsed.code, error.code);
  assert.deepEqual(parsed.facts, error.facts, error.message);
  assert.equal(parsed.message, error.message);
  assert.equal(parsed.constructor, error.constructor);
}

const WRAPPERS: Readonly<Record<string, (message: string) => string>> = {
  'as it is': (message) => message,
  'as a peer answers': (message) => `chaincode response 500, ${message}`,
  'as a gateway reports': (message) =>
    `10 ABORTED: failed to endorse transaction, see attached details for more info {"address":"peer0:7051"} chaincode response 500, ${message}`,
  'with more behind it': (message) => `${message}, {"mspId":"Org2MSP"} [GRID_UNKNOWN] Grid "x"`,
  'in several lines': (message) => `Error:\n  ${message}\n    at handler ({"a":1})`,
};

/** Ids that a careless parser would take for the frame around them. */
const TRICKY_TEXTS = [
  '{',
  '}',
  '{}',
  '}{',
  ']',
  '[GRID_EXISTS] ',
  '"',
  '\\',
  '\\"',
  '{"grid":"x"}',
  '} {"grid":"x"}',
  '" is not on this ledger: create it or check the name. {"grid":"',
  '{grid}',
  '$&$1',
  '__proto__',
  "'; --",
  'ünïcödé 👍',
];

describe('errors', () => {
  it('keep sentence, facts and class over the wire, for every code', () => {
    for (const code of CODES) {
      const error = refusal(code, factsFor(ERROR_CODES[code].says));
      assert.equal(error.constructor, CLASSES[ERROR_CODES[code].kind]);
      assert.ok(error.message.startsWith(`[${code}] ${error.sentence} `));
      assert.ok(!error.sentence.includes('?'), error.sentence);
      for (const wrap of Object.values(WRAPPERS)) roundTrip(error, wrap);
    }
  });

  for (const [what, wrap] of Object.entries(WRAPPERS))
    it(`keep ids with braces, brackets and quotes, ${what}`, () => {
      for (const text of TRICKY_TEXTS) {
        roundTrip(refusal('GRID_UNKNOWN', { grid: text }), wrap);
        roundTrip(refusal('FOG_NODE_EXISTS', { fogNode: text, region: `${text}${text}` }), wrap);
        roundTrip(refusal('TERM_STALE', { term: 3, currentTerm: 4, [text]: text }), wrap);
      }
    });

  it('keep numbers of every size', () => {
    for (const count of [0, -1, 1.5, 1e21, 5e-7, Number.MAX_SAFE_INTEGER])
      roundTrip(refusal('GROUP_TOO_SMALL', { region: 'r', count, minGroup: 3 }));
  });

  it('keep the code when the facts were cut off or changed', () => {
    const { message } = refusal('GRID_UNKNOWN', { grid: 'g' });
    for (const text of [message.slice(0, -1), message.slice(0, 30), message.replace('"g"}', '"h"}')]) {
      const parsed = parseWireError(text);
      assert.equal(parsed?.code, 'GRID_UNKNOWN');
      assert.deepEqual(parsed.facts, {});
    }
  });

  it('are not seen where there are none', () => {
    const texts = [
      '',
      'connection refused',
      '[]',
      '[NOT_A_CODE] x {}',
      '[toString] x {}',
      '[GRID_UNKNOWN]',
      '{}',
    ];
    for (const text of [...texts, '[grid_unknown] x {}', '[CONSTRUCTOR] {}'])
      assert.equal(parseWireError(text), undefined, text);
  });

  it('fit into one line of the wire, with the longest ids', () => {
    const long = 'x'.repeat(64);
    for (const code of CODES) {
      const facts = Object.fromEntries(placeholders(ERROR_CODES[code].says).map((name) => [name, long]));
      assert.ok(refusal(code, facts).message.length < 1024, code);
    }
  });

  it('say what to do in one sentence', () => {
    const sentences = [
      ...CODES.map((code) => [code, ERROR_CODES[code].says] as const),
      ...CLIENT_CODES.map((code) => [code, CLIENT_ERROR_CODES[code]] as const),
    ];
    for (const [code, says] of sentences) {
      assert.match(code, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
      assert.match(says, /^\S.*[.}]$/, code);
    }
    assert.equal(new Set(sentences.map(([code]) => code)).size, sentences.length);
  });

  it('of the client carry code, facts and sentence', () => {
    for (const code of CLIENT_CODES) {
      const facts = factsFor(CLIENT_ERROR_CODES[code]);
      const error = new ClientError(code, facts);
      assert.equal(error.message, `[${code}] ${error.sentence} ${JSON.stringify(facts)}`);
      assert.ok(!/\{\w+\}/.test(error.sentence), error.sentence);
      assert.equal(parseWireError(error.message), undefined);
    }
  });
});

describe('error codes in the sources', () => {
  const root = findRoot(__dirname);
  const sources = ['chaincode/src', 'client/src'].flatMap((folder) => read(join(root, folder)));
  /** Where a code stands quoted, other than in the lists themselves and in comparisons. */
  const quoted = new Set(
    sources
      .filter(({ path }) => !/(chaincode\/src\/error-codes|client\/src\/errors)\.ts$/.test(path))
      .flatMap(({ text }) => [...text.matchAll(/(?<!=== )'([A-Z][A-Z0-9_]+)'/g)].map((match) => match[1])),
  );
  it('are all raised somewhere', () => {
    const dead = [...CODES, ...CLIENT_CODES].filter((code) => !quoted.has(code));
    assert.deepEqual(dead, []);
  });

  it('give every fact their sentence names', () => {
    const calls = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/(?:refusal|new ClientError)\(\s*'([A-Z0-9_]+)',\s*\{([^{}]*)\}/g)].map((match) => ({
        path,
        code: match[1] as string,
        facts: match[2] as string,
      })),
    );
    assert.ok(calls.length > 60, String(calls.length));
    const says: Readonly<Record<string, string>> = {
      ...CLIENT_ERROR_CODES,
      ...Object.fromEntries(CODES.map((code) => [code, ERROR_CODES[code].says])),
    };
    for (const { path, code, facts } of calls) {
      if (facts.includes('...')) continue;
      for (const name of placeholders(says[code] ?? ''))
        assert.match(facts, new RegExp(`(^|[\\s,])${name}\\b`), `${path}: ${code} lacks "${name}"`);
    }
  });
});

function findRoot(folder: string): string {
  return readdirSync(folder).includes('package-lock.json') ? folder : findRoot(join(folder, '..'));
}

function read(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}
