/** Who may run which transaction, as a table: every person tries every transaction. */
import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { EVERYBODY, type ContractBench, type Person, type TransactionName } from './contract-bench.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import type { JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';

export interface Access {
  readonly allowed: readonly Person[];
  /** Refusals that are not ROLE_REQUIRED. */
  readonly refused?: Partial<Record<Person, ErrorCode>>;
  readonly otherwise?: ErrorCode;
}

/** An argument with what is sent beside it. */
export class WithTransient {
  constructor(
    readonly argument: JsonValue,
    readonly transient: Readonly<Record<string, Uint8Array>>,
  ) {}
}

type Argument = JsonValue | WithTransient;

/** @param Subject - what the transaction is about: a grid, made as far along as its table needs it */
export interface Row<Subject> {
  readonly access: Access;
  /** Brings the subject to where the transaction is due; gives its argument. */
  readonly argument: (
    subject: Subject,
    bench: ContractBench,
  ) => Promise<Argument | ((person: Person) => Argument)>;
}

export const ADMINS: Access = { allowed: ['admin1', 'admin2'], otherwise: 'ADMIN_REQUIRED' };
export const OWNER_REGISTRAR: Access = { allowed: ['registrar1'], refused: { registrar2: 'NOT_GRID_OWNER' } };
export const OWNER_MDMS: Access = { allowed: ['mdms1'], refused: { mdms2: 'NOT_GRID_OWNER' } };
export const FOG_A: Access = {
  allowed: ['fogA'],
  refused: { fogB: 'NOT_YOUR_FOG_NODE', fogC: 'NOT_YOUR_FOG_NODE' },
};
export const FOG_B: Access = {
  allowed: ['fogB'],
  refused: { fogA: 'NOT_YOUR_FOG_NODE', fogC: 'NOT_YOUR_FOG_NODE' },
};
export const ANYBODY: Access = { allowed: EVERYBODY };
export const withRole = (...roles: readonly string[]): Access => ({
  allowed: EVERYBODY.filter((person) => roles.some((role) => person.startsWith(role))),
});

/** One test for each row, with a subject of its own: all others are refused first, then everyone allowed gets through. */
export function describeAccess<Subject>(
  table: Readonly<Record<TransactionName, Row<Subject>>>,
  open: () => ContractBench,
  prepare: (bench: ContractBench) => Promise<Subject>,
): void {
  for (const [name, { access, argument }] of Object.entries(table)) {
    const transaction = name as TransactionName;
    const { allowed, refused = {}, otherwise = 'ROLE_REQUIRED' } = access;

    it(`${transaction}: ${allowed.length === EVERYBODY.length ? 'everybody' : allowed.join(', ')}`, async () => {
      const bench = open();
      const made = await argument(await prepare(bench), bench);
      const argumentOf = typeof made === 'function' ? made : () => made;
      const callOf = (person: Person): WithTransient => {
        const given = argumentOf(person);
        return given instanceof WithTransient ? given : new WithTransient(given, {});
      };
      for (const person of EVERYBODY.filter((each) => !allowed.includes(each))) {
        const call = callOf(person);
        const code = refused[person] ?? otherwise;
        await bench.refuses(code, person, transaction, call.argument, {}, call.transient);
      }
      for (const person of allowed) {
        const call = callOf(person);
        const result = await bench.call<object>(person, transaction, call.argument, call.transient);
        if ('status' in result) assert.equal(result.status, 'accepted');
      }
    });
  }
}

/** Every transaction of these contract classes, as `contract:Transaction`. */
export function transactionsOf(
  contracts: Readonly<Record<string, { readonly prototype: object }>>,
): string[] {
  return Object.entries(contracts).flatMap(([name, { prototype }]) =>
    Object.getOwnPropertyNames(prototype)
      .filter((member) => /^[A-Z]/.test(member))
      .map((member) => `${name}:${member}`),
  );
}
