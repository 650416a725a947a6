/** Bad input, as a table: for every field of every transaction all that it must not be. */
import assert from 'node:assert/strict';
import type { ContractBench, Person, TransactionName } from './contract-bench.js';
import { MAX_ARGUMENT_BYTES } from '@gridveil/chaincode/domain/decode.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { canonicalJson } from '@gridveil/chaincode/ledger/canonical-json.js';
import * as bad from './bad-values.js';

/** In bytes, not in characters. */
const HUGE = 'é'.repeat(MAX_ARGUMENT_BYTES / 2 + 1);

/** @param Subject - what calls are about, such as a grid */
export interface Call<Subject> {
  readonly person: Person;
  readonly valid: (subject: Subject, slot: number) => object;
  /** Bad values of each field; a dotted path leads into lists. */
  readonly fields: Readonly<Record<string, readonly bad.BadValue[]>>;
  readonly optional?: readonly string[];
}

/** A plain JSON copy in which the field at `path` is replaced, or taken out. */
function mutated(
  valid: object,
  path: string,
  change: (holder: Record<string, unknown>, name: string) => void,
) {
  const copy = JSON.parse(canonicalJson(valid as never)) as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() as string;
  const holder = names.reduce((inner, name) => inner[name] as Record<string, unknown>, copy);
  assert.ok(last in holder, `${path} is not a field`);
  change(holder, last);
  return copy;
}

/** Tests of all rows. None of them gets as far as the state of the subject. */
export function describeBadInput<Subject>(
  calls: Readonly<Record<TransactionName, Call<Subject>>>,
  open: () => { readonly bench: ContractBench; readonly subject: Subject },
): void {
  for (const [name, { person, valid, fields, optional = [] }] of Object.entries(calls)) {
    const transaction = name as TransactionName;

    describe(transaction, () => {
      const refuses = (code: ErrorCode, argument: string, facts?: Record<string, string>): Promise<void> =>
        open().bench.refuses(code, person, transaction, argument, facts);
      const validNow = (): object => {
        const { bench, subject } = open();
        return valid(subject, bench.slot);
      };

      it('refuses what is not one JSON object', async () => {
        const text = canonicalJson(validNow() as never);
        const texts = [
          '',
          ' ',
          'null',
          'true',
          '1',
          '"{}"',
          '[]',
          `[${text}]`,
          '{',
          `${text}x`,
          `${text}${text}`,
        ];
        texts.push('\u0000', '\ufeff{}', `${text.slice(0, -1)},}`, "{'grid':'g'}", '['.repeat(100_000));
        for (const argument of texts) await refuses('MALFORMED_JSON', argument);
      });

      it('refuses a huge argument before it is parsed', async () => {
        await refuses('TOO_LARGE', HUGE);
      });

      it('refuses unknown and missing fields', async () => {
        const text = canonicalJson(validNow() as never);
        for (const field of ['extra', 'Grid', '__proto__', 'constructor', 'toString', '', 'grid '])
          await refuses('UNKNOWN_FIELD', `{${JSON.stringify(field)}:1,${text.slice(1)}`);
        for (const path of Object.keys(fields)) {
          if (optional.includes(path) || /\.[0-9]+$/.test(path)) continue;
          const argument = mutated(validNow(), path, (holder, last) => delete holder[last]);
          await refuses('MISSING_FIELD', JSON.stringify(argument), {
            field: path.split('.').at(-1) as string,
          });
        }
      });

      for (const [path, values] of Object.entries(fields)) {
        it(`refuses ${values.length} bad values of ${path}`, async () => {
          for (const [value, code] of values) {
            const argument = mutated(validNow(), path, (holder, last) => (holder[last] = value));
            await refuses(code, bad.jsonWithRaw(argument));
          }
        });
      }
    });
  }
}
