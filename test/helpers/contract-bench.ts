/**
 * The contracts on an embedded ledger in a temporary folder, with the determinism check on, toy key sizes, a clock that
 * the test sets, and a session for every kind of person. Grids are made as far along as a test needs them.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// First, since it sets the log level that the contracts' decorators print under when they load.
import { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { contracts } from '@gridveil/chaincode';
import { AggregationContract } from '@gridveil/chaincode/contracts/aggregation.js';
import { BillingRecordsContract } from '@gridveil/chaincode/contracts/billing-records.js';
import { BillingContract } from '@gridveil/chaincode/contracts/billing.js';
import { ChargesContract } from '@gridveil/chaincode/contracts/charges.js';
import { EquipmentContract } from '@gridveil/chaincode/contracts/equipment.js';
import { LeadershipContract } from '@gridveil/chaincode/contracts/leadership.js';
import { RegistryContract } from '@gridveil/chaincode/contracts/registry.js';
import { RegulationContract } from '@gridveil/chaincode/contracts/regulation.js';
import { ReportsContract } from '@gridveil/chaincode/contracts/reports.js';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import { TARIFF_LIMITS } from '@gridveil/chaincode/domain/tariff.js';
import type { Role } from '@gridveil/chaincode/domain/roles.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { canonicalJson, type JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { BenchGrid } from './contract-grid.js';
import { SLOT_SECONDS, toyKey, toyParameters } from './bench-values.js';

/** Accepts toy moduli. */
class ToyRegistryContract extends RegistryContract {
  protected override readonly modulusBits = [256, 512];
}

/** Tariffs of two hours and more, as long as each price has an hour. */
export const TOY_TARIFF_LIMITS = {
  ...TARIFF_LIMITS,
  minPeriodSeconds: 7200,
  minBandSlots: 4,
  minBandSeconds: 3600,
  minAlternatives: 1,
};

export class ToyBillingContract extends BillingContract {
  protected override readonly tariffLimits = TOY_TARIFF_LIMITS;
}

export const TOY_CONTRACTS = [
  ToyRegistryContract,
  LeadershipContract,
  AggregationContract,
  ToyBillingContract,
  ChargesContract,
  BillingRecordsContract,
  ReportsContract,
  RegulationContract,
  EquipmentContract,
];

interface Post {
  readonly mspId: 'Org1MSP' | 'Org2MSP';
  readonly role?: Role;
  readonly isAdmin?: true;
}

/** Org1 owns the grids; its fog node serves the first region, those of Org2 the others. Org2 has their regulator. */
export const PEOPLE = {
  admin1: { mspId: 'Org1MSP', isAdmin: true },
  registrar1: { mspId: 'Org1MSP', role: 'registrar' },
  mdms1: { mspId: 'Org1MSP', role: 'mdms' },
  auditor1: { mspId: 'Org1MSP', role: 'auditor' },
  fogA: { mspId: 'Org1MSP', role: 'fog' },
  esp1: { mspId: 'Org1MSP', role: 'esp' },
  customer1: { mspId: 'Org1MSP', role: 'customer' },
  stranger1: { mspId: 'Org1MSP' },
  admin2: { mspId: 'Org2MSP', isAdmin: true },
  registrar2: { mspId: 'Org2MSP', role: 'registrar' },
  mdms2: { mspId: 'Org2MSP', role: 'mdms' },
  auditor2: { mspId: 'Org2MSP', role: 'auditor' },
  fogB: { mspId: 'Org2MSP', role: 'fog' },
  fogC: { mspId: 'Org2MSP', role: 'fog' },
  esp2: { mspId: 'Org2MSP', role: 'esp' },
  stranger2: { mspId: 'Org2MSP' },
  kgc1: { mspId: 'Org1MSP', role: 'kgc' },
  operator1: { mspId: 'Org1MSP', role: 'operator' },
  accounting1: { mspId: 'Org1MSP', role: 'accounting' },
  kgc2: { mspId: 'Org2MSP', role: 'kgc' },
  operator2: { mspId: 'Org2MSP', role: 'operator' },
  regulator2: { mspId: 'Org2MSP', role: 'regulator' },
  supplier2: { mspId: 'Org2MSP', role: 'supplier' },
} as const satisfies Record<string, Post>;

export type Person = keyof typeof PEOPLE;
export const EVERYBODY = Object.keys(PEOPLE) as Person[];

/** `contract:Transaction` */
export type ContractName =
  | 'registry'
  | 'leadership'
  | 'aggregation'
  | 'billing'
  | 'charges'
  | 'billing-records'
  | 'reports'
  | 'regulation'
  | 'equipment';
export type TransactionName = `${ContractName}:${string}`;

export const isQuery = (transaction: TransactionName): boolean => /:(Get|List)/.test(transaction);

/** 2025-06-01, so that nothing depends on when the test runs. */
const START_SECONDS = 1_748_736_000;

export interface BenchOptions {
  /** 2025-06-01 without it. */
  readonly startSeconds?: number;
  /** The contracts as they are deployed, which take no toy key; the determinism check is left out. */
  readonly product?: { readonly key: PaillierPrivateKey };
}

export class ContractBench {
  #grids = 0;

  private constructor(
    /** The clock of transaction timestamps; tests only ever advance it. */
    readonly clock: { nowSeconds: number },
    readonly ledger: EmbeddedLedger,
    readonly key: PaillierPrivateKey,
    readonly sessions: Readonly<Record<Person, Ledger>>,
    readonly folder: string,
  ) {}

  /** @param watch - is given the ledger before its first transaction. */
  static async open(
    watch?: (ledger: EmbeddedLedger) => void,
    options: BenchOptions = {},
  ): Promise<ContractBench> {
    const folder = await mkdtemp(join(tmpdir(), 'gridveil-contracts-'));
    const clock = { nowSeconds: options.startSeconds ?? START_SECONDS };
    const ledger = await EmbeddedLedger.open({
      folder,
      contracts: options.product ? contracts : TOY_CONTRACTS,
      checkDeterminism: options.product === undefined,
      now: () => new Date(clock.nowSeconds * 1000),
    });
    watch?.(ledger);
    const sessions = {} as Record<Person, Ledger>;
    for (const person of EVERYBODY) {
      const { mspId, isAdmin }: Post = PEOPLE[person];
      const { membership } = ledger;
      sessions[person] = ledger.connect(
        await (isAdmin ? membership.admin(mspId) : membership.enrol(mspId, person)),
      );
    }
    const key = options.product?.key ?? (await toyKey());
    const bench = new ContractBench(clock, ledger, key, sessions, folder);
    await bench.#grantRoles();
    return bench;
  }

  async #grantRoles(): Promise<void> {
    for (const person of EVERYBODY) {
      const { mspId, role }: Post = PEOPLE[person];
      const admin = mspId === 'Org1MSP' ? 'admin1' : 'admin2';
      const { subject } = this.sessions[person].identity;
      if (role) await this.call(admin, 'registry:GrantRole', { subject, role });
    }
  }

  async close(): Promise<void> {
    await this.ledger.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The last slot that has ended. */
  get slot(): number {
    return Math.floor(this.clock.nowSeconds / SLOT_SECONDS) - 1;
  }

  /** @param argument - JSON text as it is, or a value to be written canonically. */
  async call<T = { status: string }>(
    person: Person,
    transaction: TransactionName,
    argument: JsonValue,
    transient: Readonly<Record<string, Uint8Array>> = {},
  ): Promise<T> {
    const [contract, name] = transaction.split(':') as [string, string];
    const text = typeof argument === 'string' ? argument : canonicalJson(argument);
    const session = this.sessions[person];
    const call = { contract, name, argument: text, transient };
    const result = isQuery(transaction) ? await session.evaluate(call) : (await session.submit(call)).result;
    return JSON.parse(result) as T;
  }

  /** The contract refuses with exactly this code, and no block is written. */
  async refuses(
    code: ErrorCode,
    person: Person,
    transaction: TransactionName,
    argument: JsonValue,
    facts: GridveilError['facts'] = {},
    transient: Readonly<Record<string, Uint8Array>> = {},
  ): Promise<void> {
    const { height } = this.ledger;
    const shown = typeof argument === 'string' ? argument : canonicalJson(argument);
    const what = `${transaction} by ${person} with ${shown.slice(0, 200)}`;
    await assert.rejects(this.call(person, transaction, argument, transient), (error) => {
      assert.ok(error instanceof GridveilError, `${what}: ${String(error)}`);
      assert.equal(error.code, code, `${what}: ${error.message}`);
      assert.deepEqual({ ...error.facts, ...facts }, error.facts, what);
      return true;
    });
    assert.equal(this.ledger.height, height, `${what} wrote a block`);
  }

  /** The transaction is accepted again, but neither writes nor reports anything. @returns its result. */
  async writesNothing<T = { status: string }>(
    person: Person,
    transaction: TransactionName,
    argument: JsonValue,
    transient: Readonly<Record<string, Uint8Array>> = {},
  ): Promise<T> {
    const result = await this.call<T>(person, transaction, argument, transient);
    const { writeSet, event } = this.#lastTransaction();
    assert.equal(writeSet.length, 0, `${transaction} wrote something`);
    assert.equal(event, undefined, `${transaction} reported something`);
    return result;
  }

  /** Name of the event of the last transaction. */
  get lastEvent(): string | undefined {
    return this.#lastTransaction().event?.name;
  }

  #lastTransaction() {
    const transaction = this.ledger.block(this.ledger.height - 1).transactions.at(-1);
    assert.ok(transaction);
    return transaction;
  }

  /** Creates a grid without fog nodes and meters. */
  async emptyGrid(overrides: Partial<GridParameters> = {}): Promise<BenchGrid> {
    const parameters = { ...this.parameters(), ...overrides };
    await this.call('mdms1', 'registry:CreateGrid', parameters);
    return new BenchGrid(this, parameters);
  }

  /** Creates a grid with its three fog nodes. */
  async grid(overrides: Partial<GridParameters> = {}): Promise<BenchGrid> {
    const grid = await this.emptyGrid(overrides);
    await grid.registerFogNodes();
    return grid;
  }

  /** Parameters of a grid that does not exist yet. */
  parameters(): GridParameters {
    return toyParameters(this.key, `grid-${++this.#grids}`);
  }
}
