/**
 * Sets the stage of a billing period on any ledger, all parties in one process: roles, grid, meters and aggregators with their keys, an elected AN, a published tariff.
 *
 * For demos and for `gridveil bill run`. The ESP's Paillier key, the meters' and the aggregators' BLS keys are handed to nobody else. The ESP enrols the meters before anything of them is on the
 * ledger: its list comes from their installation, not from a peer.
 */
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import type { BlsPublicKey } from '@gridveil/chaincode/crypto/bls-suite.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import {
  MAX_BILLING_METERS_PER_REGISTRATION,
  type BillingMeterRegistration,
  type BillingTerms,
} from '@gridveil/chaincode/domain/billing-parties.js';
import { MAX_METERS_PER_REGISTRATION, type MeterRegistration } from '@gridveil/chaincode/domain/meter.js';
import type { Role } from '@gridveil/chaincode/domain/roles.js';
import type { TariffLimits, TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { generateBlsKey, type BlsKey } from '../crypto/bls-key.js';
import { generateAgreementKey } from '../crypto/curve25519.js';
import type { BillingWorkers } from '../crypto/billing-workers.js';
import {
  openBilling,
  publishTariff,
  registerAggregator,
  registerBillingMeters,
} from '../ledger/billing-calls.js';
import { createGrid, registerFogNode, registerMeters } from '../ledger/calls.js';
import type { LedgerDirectory } from '../ledger/directory.js';
import type { Ledger } from '../ledger/port.js';
import { grantRoles, type RoleGrant } from '../ledger/role-grants.js';
import { AggregationNode } from '../parties/aggregation-node.js';
import { Aggregator } from '../parties/aggregator.js';
import { BillingMeter } from '../parties/billing-meter.js';
import { aggregatorRegistration, billingMeterRegistration } from '../parties/billing-registration.js';
import { readBilling, type BillingView } from '../parties/billing-view.js';
import { electLeader } from '../parties/election.js';
import type { Enrolment } from '../parties/enrolment.js';
import { Esp } from '../parties/esp.js';
import { readGrid } from '../parties/grid-view.js';
import { LeaderCandidate } from '../parties/leader.js';
import type { CiphertextOpener } from '../parties/mdms.js';
import { generateMeterKeys, meterRegistration } from '../parties/meter.js';
import { ReceiptBook } from '../parties/receipt-book.js';
import { makeEspFolder, openEspFolder } from './esp-folder.js';
import type { ReplayClock } from './replay-clock.js';

/** Who speaks to the ledger under which identity. */
export interface BillingPeople {
  /** The administrator's name in every organisation. */
  readonly admin: string;
  /** Creates the grid, registers its meters, and is the ESP. */
  readonly owner: { readonly mspId: string; readonly user: string };
  /** One for each aggregator. */
  readonly aggregators: readonly { readonly mspId: string; readonly user: string }[];
  /** Whoever checks bills. */
  readonly customer: { readonly mspId: string; readonly user: string };
}

export interface BillingPlan {
  /** With one region for each aggregator. */
  readonly parameters: GridParameters;
  readonly proofsCheckedBy: BillingTerms['proofsCheckedBy'];
  readonly minAreaPercent: BillingTerms['minAreaPercent'];
  /** A new one, where the ESP keeps its list of meters and what it has opened. */
  readonly espFolder: string;
  readonly people: BillingPeople;
  readonly meterIds: readonly string[];
  /** Name under which customers share a tariff. */
  readonly plan: string;
  readonly tariff: TariffTable;
  readonly clock: ReplayClock;
  readonly open: CiphertextOpener;
  /** For tests only. */
  readonly tariffLimits?: TariffLimits;
}

/** An aggregator with what it does in office. */
export interface AggregatorOffice {
  readonly aggregator: Aggregator;
  readonly node: AggregationNode;
  readonly candidate: LeaderCandidate;
  readonly key: BlsKey;
  /** Of `key`, as meters know it. */
  readonly publicKey: BlsPublicKey;
}

export interface BillingCast {
  readonly billing: BillingView;
  readonly tariffId: string;
  readonly meters: readonly BillingMeter[];
  readonly meterKeys: ReadonlyMap<string, BlsKey>;
  /** Of all meters. */
  readonly receipts: ReceiptBook;
  /** The aggregator in office. */
  readonly an: AggregatorOffice;
  readonly esp: Esp;
  /** A session that reads what customers may read. */
  readonly customer: Ledger;
  /** The session of the AN, for what no honest AN does. */
  readonly anLedger: Ledger;
  /** Lets go of the ESP's folder. */
  close(): Promise<void>;
}

/** Everything up to the published tariff. The clock stands before the period then. */
export async function castBilling(
  directory: LedgerDirectory,
  workers: BillingWorkers,
  plan: BillingPlan,
): Promise<BillingCast> {
  const { parameters, people, clock } = plan;
  const { grid } = parameters;
  const connect = ({ mspId, user }: BillingPeople['owner']): Promise<Ledger> =>
    directory.connect(mspId, user);
  const owner = await connect(people.owner);
  const customer = await connect(people.customer);
  const ledgers = await Promise.all(people.aggregators.map(connect));
  await grantRoles(directory, people.admin, grantsOf(owner, customer, ledgers));
  await createGrid(owner, parameters);
  const { proofsCheckedBy, minAreaPercent } = plan;
  await openBilling(owner, { grid, proofsCheckedBy, minAreaPercent });
  for (const [j, ledger] of ledgers.entries())
    await registerFogNode(owner, {
      ...{ grid, fogNode: nameOf(j), ...ledger.identity },
      regions: [parameters.regions[j] ?? ''],
      agreementKey: generateAgreementKey().publicKey,
    });
  const billing = await readBilling(owner, grid);
  const { scope } = billing;
  const installed = installMeters(billing, plan);
  await makeEspFolder(plan.espFolder, enrolmentOf(scope, plan, installed));
  await registerAllMeters(owner, grid, installed);
  const { tariffId } = await publishTariff(owner, grid, plan.plan, plan.tariff);
  const meters = installed.map(({ meterId, key }) => {
    const prove = workers.prove.bind(workers);
    const meter = new BillingMeter({ meterId, epoch: 1, key, scope, prove, ...limitsOf(plan) });
    meter.follow(plan.tariff);
    return meter;
  });
  const { an, anLedger } = await electOffice(ledgers, billing, workers, clock);
  // Last: whoever has it must close it.
  const files = await openEspFolder(plan.espFolder, scope);
  const esp = new Esp({ ledger: owner, billing, ...files, open: plan.open, ...limitsOf(plan) });
  const meterKeys = new Map(installed.map(({ meterId, key }) => [meterId, key]));
  const close = (): Promise<void> => files.disclosures.close();
  const receipts = new ReceiptBook(billing);
  return { billing, tariffId, meters, meterKeys, receipts, an, esp, customer, anLedger, close };
}

/** As the utility has it from its installers. */
function enrolmentOf(
  { channel, grid }: BillingView['scope'],
  { parameters: { minGroup }, minAreaPercent }: BillingPlan,
  installed: readonly InstalledMeter[],
): Enrolment {
  const meters = installed.map(({ meterId, registration }): [string, string[]] => [
    meterId,
    [toBase64url(registration.signingKey)],
  ]);
  return { channel, grid, minGroup, minAreaPercent, meters: new Map(meters) };
}

/** Aggregators with their keys, one of them elected. */
async function electOffice(
  ledgers: readonly Ledger[],
  billing: BillingView,
  workers: BillingWorkers,
  clock: ReplayClock,
): Promise<Pick<BillingCast, 'an' | 'anLedger'>> {
  const offices = await Promise.all(
    ledgers.map((ledger, j) => openOffice(ledger, billing, workers, nameOf(j), clock)),
  );
  const leader = await electLeader(offices.map(({ candidate }) => candidate));
  const elected = offices.findIndex(({ candidate }) => candidate === leader);
  const [an, anLedger] = [offices[elected], ledgers[elected]];
  if (an === undefined || anLedger === undefined) throw new RangeError('"people" expected an aggregator');
  return { an, anLedger };
}

function nameOf(place: number): string {
  return `aggregator-${place + 1}`;
}

function limitsOf({ tariffLimits }: BillingPlan): { readonly tariffLimits?: TariffLimits } {
  return tariffLimits === undefined ? {} : { tariffLimits };
}

function grantsOf(owner: Ledger, customer: Ledger, aggregators: readonly Ledger[]): RoleGrant[] {
  const ownerRoles: Role[] = ['mdms', 'registrar', 'auditor', 'esp'];
  return [
    ...ownerRoles.map((role) => ({ identity: owner.identity, role })),
    { identity: customer.identity, role: 'customer' },
    ...aggregators.map(({ identity }) => ({ identity, role: 'fog' as const })),
  ];
}

/** A meter with its keys, ready to be registered. */
interface InstalledMeter {
  readonly meterId: string;
  readonly key: BlsKey;
  readonly registration: MeterRegistration;
  readonly billing: BillingMeterRegistration;
}

/** In the order of the plan. */
function installMeters(
  { scope }: BillingView,
  { meterIds, parameters, plan }: BillingPlan,
): InstalledMeter[] {
  const { grid, regions } = parameters;
  return meterIds.map((meterId, i) => {
    const keys = generateMeterKeys();
    const region = regions[i % regions.length] ?? '';
    const key = generateBlsKey();
    return {
      ...{ meterId, key },
      registration: meterRegistration(grid, { meterId, region, epoch: 1 }, keys),
      billing: billingMeterRegistration(scope, { meterId, plan, epoch: 1 }, key, keys.signing),
    };
  });
}

async function registerAllMeters(
  owner: Ledger,
  grid: string,
  made: readonly InstalledMeter[],
): Promise<void> {
  for (const batch of batches(made, MAX_METERS_PER_REGISTRATION))
    await registerMeters(
      owner,
      grid,
      batch.map(({ registration }) => registration),
    );
  for (const batch of batches(made, MAX_BILLING_METERS_PER_REGISTRATION))
    await registerBillingMeters(
      owner,
      grid,
      batch.map(({ billing }) => billing),
    );
}

function batches<T>(items: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, i) =>
    items.slice(i * length, (i + 1) * length),
  );
}

async function openOffice(
  ledger: Ledger,
  billing: BillingView,
  workers: BillingWorkers,
  name: string,
  clock: ReplayClock,
): Promise<AggregatorOffice> {
  const key = generateBlsKey();
  await registerAggregator(
    ledger,
    aggregatorRegistration(billing.scope, { aggregator: name, epoch: 1 }, key),
  );
  const grid = await readGrid(ledger, billing.scope.grid);
  const candidate = new LeaderCandidate(name, ledger, grid, () => clock.nowMs);
  const nowSeconds = (): number => clock.nowSeconds;
  const common = { aggregator: name, key, ledger, billing, office: candidate, nowSeconds };
  const aggregator = new Aggregator({
    ...common,
    check: (reports) => workers.check(billing.scope, reports),
  });
  await aggregator.sync();
  const publicKey = blsBackend().decodePublicKey(key.publicKey, `The key of aggregator "${name}"`);
  return { aggregator, node: new AggregationNode(common), candidate, key, publicKey };
}
