/**
 * Sets the stage of signcryption on any ledger, all parties in one process: roles, terms, keys with their proofs, meters with their receivers, a policy for each meter.
 *
 * For demos. Each secret is made by its party: the control centre gets requests and gives partial keys, and never has anybody's own secret.
 */
import type { KeyPurpose } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import type { Role } from '@gridveil/chaincode/domain/roles.js';
import type { SigncryptionParty, Storage } from '@gridveil/chaincode/domain/signcryption-parties.js';
import type { ContentStore } from '../content/content-store.js';
import { KeyGenerationCentre } from '../crypto/signcryption-authority.js';
import type { SigncryptionKey } from '../crypto/signcryption-keys.js';
import type { LedgerDirectory } from '../ledger/directory.js';
import type { Ledger } from '../ledger/port.js';
import { registerEquipment } from '../ledger/regulation-calls.js';
import { grantRoles, type RoleGrant } from '../ledger/role-grants.js';
import type { DimensionName } from '../metering/dimensions.js';
import { AccountingNode } from '../parties/accounting-node.js';
import { ControlCentre } from '../parties/control-centre.js';
import { Customer } from '../parties/customer.js';
import { EquipmentSupplier } from '../parties/equipment-supplier.js';
import { GridOperator } from '../parties/grid-operator.js';
import { RegulatedMeter } from '../parties/regulated-meter.js';
import { ReportReader } from '../parties/report-reader.js';
import { SealedReader } from '../parties/sealed-reader.js';
import { SealedSender } from '../parties/sealed-sender.js';
import type { ActionText } from '../parties/sealed-texts.js';
import { SigncryptionMeter } from '../parties/signcryption-meter.js';
import { requestSigncryptionKey, signcryptionKeyRegistration } from '../parties/signcryption-registration.js';
import { SigncryptionView } from '../parties/signcryption-view.js';
import type { StoryClock } from './story-clock.js';

/** What each receiver needs, and gets. */
export const RECEIVER_DIMENSIONS = {
  'control-centre': [
    ...(['energyWh', 'voltageL1MilliV', 'voltageL2MilliV', 'voltageL3MilliV'] as const),
    ...(['currentL1MilliA', 'currentL2MilliA', 'currentL3MilliA', 'qualityFlags'] as const),
  ],
  'grid-operator': ['energyWh', 'powerW', 'reactivePowerVar', 'qualityFlags'],
  supplier: [
    ...(['voltageL1MilliV', 'voltageL2MilliV', 'voltageL3MilliV'] as const),
    ...(['frequencyMilliHz', 'temperatureCentiC', 'qualityFlags'] as const),
  ],
} as const satisfies Record<string, readonly DimensionName[]>;
export type ReceiverId = keyof typeof RECEIVER_DIMENSIONS;
export const RECEIVER_IDS = Object.keys(RECEIVER_DIMENSIONS) as ReceiverId[];
const RECEIVER_PARTIES: Readonly<Record<ReceiverId, SigncryptionParty>> = {
  'control-centre': 'control-centre',
  'grid-operator': 'operator',
  supplier: 'supplier',
};

export interface PersonOnLedger {
  readonly mspId: string;
  readonly user: string;
}

/** Who speaks to the ledger under which identity. */
export interface SigncryptionPeople {
  /** The administrator's name in every organisation. */
  readonly admin: string;
  /** Control centre and grid operator. */
  readonly owner: PersonOnLedger;
  /** Of another organisation than the owner. */
  readonly regulator: PersonOnLedger;
  readonly supplier: PersonOnLedger;
  readonly accounting: PersonOnLedger;
  /** Of all phones. */
  readonly customer: PersonOnLedger;
}

export interface SigncryptionPlan {
  readonly grid: string;
  readonly slotSeconds: number;
  readonly maxSlotAgeSeconds: number;
  readonly storage: Storage;
  /** For reports and messages whose hashes alone are on the ledger. */
  readonly store?: ContentStore;
  readonly people: SigncryptionPeople;
  readonly meterIds: readonly string[];
  /** Meters whose customers have a phone. */
  readonly phonesOf?: readonly string[];
  /** Device that the supplier looks after. */
  readonly deviceId: string;
  readonly clock: StoryClock;
  /** A meter carries out what it was told. */
  readonly carryOut: (meterId: string, action: ActionText) => void;
}

/** A meter with both of its sides. */
export interface CastMeter {
  readonly reporting: SigncryptionMeter;
  readonly regulated: RegulatedMeter;
}

export interface SigncryptionCast {
  readonly grid: string;
  readonly centre: ControlCentre;
  readonly view: SigncryptionView;
  readonly meters: ReadonlyMap<string, CastMeter>;
  readonly node: AccountingNode;
  readonly readers: Readonly<Record<ReceiverId, ReportReader>>;
  /** What each receiver opens that is sealed to single ones. */
  readonly sealedReaders: Readonly<Record<ReceiverId, SealedReader>>;
  readonly operator: GridOperator;
  readonly supplier: EquipmentSupplier;
  /** The key of a party: in one process someone has to hold them all. @throws RangeError for an id without one */
  readonly keyOf: (purpose: KeyPurpose, id: string) => SigncryptionKey;
  readonly ledgers: Readonly<Record<'owner' | 'regulator' | 'supplier' | 'accounting' | 'customer', Ledger>>;
  /** By meter id. */
  readonly customers: ReadonlyMap<string, Customer>;
}

export async function castSigncryption(
  directory: LedgerDirectory,
  plan: SigncryptionPlan,
): Promise<SigncryptionCast> {
  const { grid, people, clock, storage, store } = plan;
  const connect = ({ mspId, user }: PersonOnLedger): Promise<Ledger> => directory.connect(mspId, user);
  const [owner, regulator, supplier, accounting, customer] = await Promise.all([
    connect(people.owner),
    connect(people.regulator),
    connect(people.supplier),
    connect(people.accounting),
    connect(people.customer),
  ]);
  const ledgers = { owner, regulator, supplier, accounting, customer };
  await grantRoles(directory, people.admin, grantsOf(ledgers));
  const kgc = await KeyGenerationCentre.generate({ channel: owner.channel, grid });
  const centre = new ControlCentre(owner, kgc);
  const { slotSeconds, maxSlotAgeSeconds } = plan;
  const minNoticeSeconds = Math.min(clock.noticeSeconds.arrears, clock.noticeSeconds.trip);
  const conditions = { slotSeconds, maxSlotAgeSeconds, storage, minNoticeSeconds };
  await centre.open({ ...conditions, regulator: regulator.identity.mspId });
  const keys = await makeKeys(centre, plan);
  await centre.register([...keys.values()].map(({ key, party }) => signcryptionKeyRegistration(key, party)));
  await registerEquipment(owner, { grid, deviceId: plan.deviceId, supplier: supplier.identity.mspId });
  const view = await SigncryptionView.read(owner, grid);
  const keyOf = (purpose: KeyPurpose, id: string): SigncryptionKey => {
    const made = keys.get(`${purpose}/${id}`);
    if (made === undefined) throw new RangeError(`"id" expected a party with a key, got ${id}`);
    return made.key;
  };
  const content = store === undefined ? {} : { store };
  const nowSeconds = (): number => clock.nowSeconds;
  const senderOf = (id: string): Promise<SealedSender> =>
    SealedSender.create(keyOf('sender', id), view.authority, slotSeconds);
  const readerLedger = { 'control-centre': owner, 'grid-operator': owner, supplier };
  const readingAs = (id: ReceiverId): { ledger: Ledger; view: SigncryptionView; key: SigncryptionKey } => ({
    ...{ ledger: readerLedger[id], view, key: keyOf('receiver', id) },
  });
  const meters = await castMeters(plan, view, accounting, keyOf);
  const customers = new Map<string, Customer>();
  for (const meterId of plan.phonesOf ?? []) {
    const meter = meters.get(meterId)?.regulated;
    if (meter === undefined) throw new RangeError('"phonesOf" expected meters of the plan');
    const sender = await senderOf(phoneOf(meterId));
    customers.set(meterId, new Customer({ ledger: customer, view, sender, meter, nowSeconds, ...content }));
  }
  return {
    ...{ meters, customers },
    ...{ grid, centre, view, ledgers, keyOf },
    node: new AccountingNode({ ledger: accounting, view, nowSeconds, ...content }),
    readers: forReceivers((id) => new ReportReader({ ...readingAs(id), ...content })),
    sealedReaders: forReceivers((id) => new SealedReader({ ...readingAs(id), ...content })),
    operator: new GridOperator({
      ...{ ledger: owner, view, nowSeconds, ...content },
      sender: await senderOf('grid-operator'),
    }),
    supplier: new EquipmentSupplier({
      ...{ ledger: supplier, view, nowSeconds, ...content },
      sender: await senderOf('supplier'),
      entitled: ['supplier', 'grid-operator'],
    }),
  };
}

function forReceivers<T>(make: (id: ReceiverId) => T): Readonly<Record<ReceiverId, T>> {
  return {
    'control-centre': make('control-centre'),
    'grid-operator': make('grid-operator'),
    supplier: make('supplier'),
  };
}

function grantsOf({
  owner,
  regulator,
  supplier,
  accounting,
  customer,
}: SigncryptionCast['ledgers']): RoleGrant[] {
  const ownerRoles: Role[] = ['kgc', 'operator'];
  return [
    ...ownerRoles.map((role) => ({ identity: owner.identity, role })),
    { identity: regulator.identity, role: 'regulator' },
    { identity: supplier.identity, role: 'supplier' },
    { identity: accounting.identity, role: 'accounting' },
    { identity: customer.identity, role: 'customer' },
  ];
}

function phoneOf(meterId: string): string {
  return `phone-${meterId}`;
}

interface MadeKey {
  readonly key: SigncryptionKey;
  readonly party: SigncryptionParty;
}

/** By `purpose/id`. */
async function makeKeys(
  centre: ControlCentre,
  { meterIds, phonesOf = [] }: SigncryptionPlan,
): Promise<Map<string, MadeKey>> {
  const identities: { purpose: KeyPurpose; id: string; party: SigncryptionParty }[] = [
    ...RECEIVER_IDS.map((id) => ({ purpose: 'receiver' as const, id, party: RECEIVER_PARTIES[id] })),
    { purpose: 'sender', id: 'grid-operator', party: 'operator' },
    { purpose: 'sender', id: 'supplier', party: 'supplier' },
    ...phonesOf.map((id) => ({ purpose: 'sender' as const, id: phoneOf(id), party: 'customer' as const })),
    ...meterIds.flatMap((id) =>
      (['sender', 'receiver'] as const).map((purpose) => ({ purpose, id, party: 'meter' as const })),
    ),
  ];
  const made = new Map<string, MadeKey>();
  for (const { purpose, id, party } of identities) {
    const identity = { purpose, id, epoch: 1 };
    const key = await requestSigncryptionKey(centre.authority, identity, (request) => centre.issue(request));
    made.set(`${purpose}/${id}`, { key, party });
  }
  return made;
}

async function castMeters(
  { meterIds, store, carryOut, clock }: SigncryptionPlan,
  view: SigncryptionView,
  served: Ledger,
  keyOf: (purpose: KeyPurpose, id: string) => SigncryptionKey,
): Promise<Map<string, CastMeter>> {
  const subscriptions = RECEIVER_IDS.map((id) => ({
    receiver: view.receiver(id),
    dimensions: RECEIVER_DIMENSIONS[id],
  }));
  const meters = new Map<string, CastMeter>();
  for (const meterId of meterIds) {
    const key = keyOf('sender', meterId);
    const options = { ledger: served, view, key: keyOf('receiver', meterId) };
    meters.set(meterId, {
      reporting: await SigncryptionMeter.create(key, view.authority, subscriptions),
      regulated: new RegulatedMeter({
        ...{ scope: view.authority, key, carriedOut: new Set(), customer: phoneOf(meterId) },
        reader: new SealedReader(store === undefined ? options : { ...options, store }),
        carryOut: (action) => carryOut(meterId, action),
        nowSeconds: () => clock.nowSeconds,
      }),
    });
  }
  return meters;
}
