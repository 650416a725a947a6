/** Signcryption on a ContractBench: a grid with its terms, registered keys of meters and receivers, and the honest steps of its parties as raw transactions. */
import { randomBytes } from 'node:crypto';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeSigncryptedReport,
  reportDigest,
  type SigncryptionHeader,
} from '@gridveil/chaincode/crypto/signcryption.js';
import {
  acknowledgementMessage,
  appealMessage,
  devicePolicyMessage,
} from '@gridveil/chaincode/crypto/signcryption-statement.js';
import type { KeyPurpose } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import type { ActionCode, ActionMachine } from '@gridveil/chaincode/domain/regulation-action.js';
import {
  blockReport,
  byMeterId,
  encodeReportBlock,
  reportBlockRoot,
} from '@gridveil/chaincode/domain/report-block.js';
import type { SigncryptionParty, Storage } from '@gridveil/chaincode/domain/signcryption-parties.js';
import { ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import { KeyGenerationCentre } from '@gridveil/client/crypto/signcryption-authority.js';
import type { SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';
import { signStatement } from '@gridveil/client/crypto/signcryption-statement.js';
import { encodeMeasurements, type Measurements } from '@gridveil/client/metering/dimensions.js';
import { encodeActionText, encodeSealedJson } from '@gridveil/client/parties/sealed-texts.js';
import { signcryptionKeyRegistration } from '@gridveil/client/parties/signcryption-registration.js';
import type { ContractBench, Person } from './contract-bench.js';
import { makeKey } from './toy-signcryption.js';

export const METERS = ['m1', 'm2', 'm3'] as const;
export const RECEIVERS = ['control-centre', 'grid-operator', 'supplier'] as const;
export const SLOT_SECONDS = 900;
export const NOTICES = { arrearsNoticeSeconds: 86_400, tripNoticeSeconds: 3 * 86_400 } as const;

interface Identity {
  readonly purpose: KeyPurpose;
  readonly id: string;
  readonly party: SigncryptionParty;
}

const IDENTITIES: readonly Identity[] = [
  ...METERS.flatMap((id) => [
    { purpose: 'sender', id, party: 'meter' } as const,
    { purpose: 'receiver', id, party: 'meter' } as const,
  ]),
  { purpose: 'receiver', id: 'control-centre', party: 'control-centre' },
  { purpose: 'receiver', id: 'grid-operator', party: 'operator' },
  { purpose: 'sender', id: 'grid-operator', party: 'operator' },
  { purpose: 'receiver', id: 'supplier', party: 'supplier' },
  { purpose: 'sender', id: 'supplier', party: 'supplier' },
  { purpose: 'sender', id: 'phone', party: 'customer' },
];

export interface SigncryptionOptions {
  readonly storage?: Storage;
}

let grids = 0;
/** Keys of one authority and grid id count nowhere else, so each grid makes its own. */
export class SigncryptionBench {
  readonly keys = new Map<string, SigncryptionKey>();

  private constructor(
    readonly bench: ContractBench,
    readonly grid: string,
    readonly kgc: KeyGenerationCentre,
    readonly storage: Storage,
  ) {}

  /** Terms and keys on the ledger, a policy for m1. */
  static async open(bench: ContractBench, options: SigncryptionOptions = {}): Promise<SigncryptionBench> {
    const signcryption = await SigncryptionBench.unopened(bench, options);
    await bench.call('kgc1', 'reports:OpenSigncryption', signcryption.terms());
    await bench.call('kgc1', 'reports:RegisterKeys', await signcryption.registrations());
    return signcryption;
  }

  /** With keys made, and nothing on the ledger. */
  static async unopened(bench: ContractBench, { storage = 'ledger' }: SigncryptionOptions = {}) {
    const grid = `signcryption-${++grids}`;
    const kgc = await KeyGenerationCentre.generate({ channel: bench.ledger.channel, grid });
    const signcryption = new SigncryptionBench(bench, grid, kgc, storage);
    for (const identity of IDENTITIES) await signcryption.makeKey(identity, 1);
    return signcryption;
  }

  async makeKey({ purpose, id }: Omit<Identity, 'party'>, epoch: number): Promise<SigncryptionKey> {
    const key = await makeKey(this.kgc, { purpose, id, epoch });
    this.keys.set(`${purpose}/${id}`, key);
    return key;
  }

  key(purpose: KeyPurpose, id: string): SigncryptionKey {
    const key = this.keys.get(`${purpose}/${id}`);
    if (!key) throw new Error(`no ${purpose} ${id}`);
    return key;
  }

  get scope() {
    return { channel: this.bench.ledger.channel, grid: this.grid };
  }

  /** The last slot that has ended. */
  get slot(): number {
    return Math.floor(this.bench.clock.nowSeconds / SLOT_SECONDS) - 1;
  }

  terms() {
    return {
      grid: this.grid,
      authorityKey: this.kgc.authority.publicKey,
      slotSeconds: SLOT_SECONDS,
      maxSlotAgeSeconds: 7 * 86_400,
      storage: this.storage,
      regulator: 'Org2MSP',
      minNoticeSeconds: 3600,
    };
  }

  registration(purpose: KeyPurpose, id: string, party: SigncryptionParty) {
    return signcryptionKeyRegistration(this.key(purpose, id), party);
  }

  async registrations(identities = IDENTITIES) {
    return Promise.resolve({
      grid: this.grid,
      keys: identities.map(({ purpose, id, party }) => this.registration(purpose, id, party)),
    });
  }

  /** A report for all receivers, each the same measurements. */
  async report(
    meterId: string,
    slot = this.slot,
    receivers: readonly string[] = RECEIVERS,
    measurements: Measurements = { energyWh: 250, powerW: 1000 },
  ): Promise<Uint8Array> {
    const sealer = await ReportSealer.create(this.key('sender', meterId));
    return sealer.seal(
      { ...this.scope, slot },
      receivers.map((id) => ({
        receiver: this.key('receiver', id).publicKey,
        plaintext: encodeMeasurements(measurements),
      })),
    );
  }

  /** A block of these reports, whatever they are: as an honest node writes it, or as they come. */
  block(reports: readonly Uint8Array[], slot = this.slot) {
    const made = reports.map(blockReport).sort(byMeterId);
    return {
      ...this.blockOf(
        made.map(({ bytes }) => bytes),
        slot,
      ),
      encoded: encodeReportBlock(made),
    };
  }

  /** What names a block, of bytes in any order. */
  blockOf(reports: readonly Uint8Array[], slot = this.slot) {
    const root = reportBlockRoot(this.scope, slot, reports.map(reportDigest));
    return { argument: { grid: this.grid, slot, root: toBase64url(root) } };
  }

  async submit(reports: readonly Uint8Array[], slot = this.slot, person: Person = 'accounting1') {
    const { argument, encoded } = this.block(reports, slot);
    return this.bench.call<{ status: string; txId: string; root: string }>(
      person,
      'reports:SubmitReports',
      argument,
      { reports: encoded },
    );
  }

  async seal(sender: string, receivers: readonly string[], plaintext: Uint8Array): Promise<Uint8Array> {
    const sealer = await ReportSealer.create(this.key('sender', sender));
    return sealer.seal(
      { ...this.scope, slot: this.slot },
      receivers.map((id) => ({ receiver: this.key('receiver', id).publicKey, plaintext })),
    );
  }

  async operatorPolicy(meterId = 'm1', version = 1, limits = { maxPowerW: 5000, savingPowerW: 2000 }) {
    return {
      argument: { grid: this.grid, meterId, version, ...NOTICES },
      transient: { sealed: await this.seal('grid-operator', [meterId], encodeSealedJson(limits)) },
    };
  }

  async setPolicy(meterId = 'm1', version = 1): Promise<void> {
    const { argument, transient } = await this.operatorPolicy(meterId, version);
    await this.bench.call('operator1', 'regulation:SetOperatorPolicy', argument, transient);
  }

  async devicePolicy(meterId = 'm1', version = 1, signer = meterId, device = 'car') {
    const policy = { devices: [{ device, powerW: 3000, maxPriceMicroPerWh: 200 }] };
    const sealed = await this.seal('phone', [meterId], encodeSealedJson(policy));
    const message = devicePolicyMessage(this.scope, meterId, version, reportDigest(sealed));
    const signature = toBase64url(signStatement(this.key('sender', signer), message));
    return { argument: { grid: this.grid, meterId, version, signature }, transient: { sealed } };
  }

  async action(
    machine: ActionMachine,
    code: ActionCode,
    options: { meterId?: string; nonce?: string; lifetimeSeconds?: number; to?: string } = {},
  ) {
    const { meterId = 'm1', nonce = randomBytes(8).toString('hex'), lifetimeSeconds = 86_400 } = options;
    const { to = meterId } = options;
    const expiresAtSeconds = this.bench.clock.nowSeconds + lifetimeSeconds;
    const text = encodeActionText({ meterId, nonce, code, expiresAtSeconds, message: '' });
    const sealed = await this.seal('grid-operator', [to], text);
    return {
      argument: { grid: this.grid, meterId, machine, nonce, code, expiresAtSeconds },
      transient: { sealed },
      nonce,
      digest: reportDigest(sealed),
    };
  }

  async issue(
    machine: ActionMachine,
    code: ActionCode,
    options: Parameters<SigncryptionBench['action']>[2] = {},
  ) {
    const action = await this.action(machine, code, options);
    await this.bench.call('operator1', 'regulation:IssueAction', action.argument, action.transient);
    return action;
  }

  acknowledgement(nonce: string, digest: Uint8Array, meterId = 'm1', signer = meterId) {
    const message = acknowledgementMessage(this.scope, meterId, nonce, digest);
    const signature = toBase64url(signStatement(this.key('sender', signer), message));
    return { grid: this.grid, meterId, nonce, signature };
  }

  appeal(noticeEndsAtSeconds: number, meterId = 'm1', signer = meterId) {
    const message = appealMessage(this.scope, meterId, noticeEndsAtSeconds);
    const signature = toBase64url(signStatement(this.key('sender', signer), message));
    return { grid: this.grid, meterId, signature };
  }

  async pay(person: Person, event: string, meterId = 'm1'): Promise<string> {
    const call = { grid: this.grid, meterId, event };
    return (await this.bench.call<{ state: string }>(person, 'regulation:RecordPayment', call)).state;
  }

  /** Up to a requested trip. @returns when its notice ends */
  async requestTrip(meterId = 'm1'): Promise<number> {
    await this.pay('operator1', 'fall-behind', meterId);
    this.pass(NOTICES.arrearsNoticeSeconds);
    await this.pay('operator1', 'fall-far-behind', meterId);
    await this.pay('operator1', 'request-trip', meterId);
    return this.bench.clock.nowSeconds + NOTICES.tripNoticeSeconds;
  }

  pass(seconds: number): void {
    this.bench.clock.nowSeconds += seconds;
  }

  async equipmentEvent(
    event: string,
    number: number,
    deviceId = 'transformer-1',
    sender = 'supplier',
    place = 'station 4',
  ) {
    const report = { device: deviceId, place, type: 'oil temperature', number, atSeconds: 1 };
    return {
      argument: { grid: this.grid, deviceId, event, number },
      transient: { sealed: await this.seal(sender, ['supplier', 'grid-operator'], encodeSealedJson(report)) },
    };
  }

  async registerEquipment(deviceId = 'transformer-1'): Promise<void> {
    const call = { grid: this.grid, deviceId, supplier: 'Org2MSP' };
    await this.bench.call('operator1', 'equipment:RegisterEquipment', call);
  }
}

/** The header of an encoded report. */
export function headerOf(encoded: Uint8Array): SigncryptionHeader {
  return decodeSigncryptedReport(encoded).header;
}
