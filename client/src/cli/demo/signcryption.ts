/**
 * The signcryption demo (paper 002): meters report to three receivers, the operator regulates some of them, equipment fails and is repaired, on any ledger.
 *
 * It alone knows the true measurements, compares them with what receivers opened, and counts what each party could read.
 */
import { decodeSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import type { PaymentEvent } from '@gridveil/chaincode/domain/regulation-payment.js';
import type { BlockReport } from '@gridveil/chaincode/domain/report-block.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import type { ContentStore } from '../../content/content-store.js';
import type { LedgerDirectory } from '../../ledger/directory.js';
import { getRegulation, listActions, listEquipment, recordPayment } from '../../ledger/regulation-calls.js';
import { getReportBlocks, getReports } from '../../ledger/signcryption-calls.js';
import {
  DIMENSIONS,
  encodeMeasurements,
  type DimensionName,
  type Measurements,
} from '../../metering/dimensions.js';
import { slotStartSeconds } from '../../metering/slot.js';
import { serveActions } from '../../parties/action-relay.js';
import type { OpenedReport } from '../../parties/report-reader.js';
import { energyRatioSuspects } from '../../signcryption/energy-ratio.js';
import {
  castSigncryption,
  RECEIVER_IDS,
  type ReceiverId,
  type SigncryptionCast,
  type SigncryptionPeople,
} from '../../signcryption/signcryption-cast.js';
import type { StoryClock } from '../../signcryption/story-clock.js';
import type { DemoProgress } from './fog-aggregation.js';
import { ADMIN, OWNER } from './fog-identities.js';
import type { DemoOptions } from './options.js';
import type { DemoResult, DemoSlot, DemoStep, PartyReadings } from './result.js';
import type { SigncryptionReadings } from './signcryption-readings.js';
import { chooseRoles, setPolicies, type Roles } from './signcryption-roles.js';
import { signcryptionViews } from './signcryption-views.js';
import { StageClock } from './stage-clock.js';

const OTHER_ORGANISATION = 'Org2MSP';
const DEVICE = 'transformer-1';
const PLACE = 'station 4';
/** Far more than readings of a file can be old. */
const MAX_SLOT_AGE_SECONDS = 9_999_999_999;
/** What a tampered register still counts. */
const COUNTED_SHARE = 0.6;

export interface SigncryptionOutcome {
  readonly result: DemoResult;
  readonly roles: Roles;
}

export async function runSigncryption(
  directory: LedgerDirectory,
  clock: StoryClock,
  readings: SigncryptionReadings,
  options: DemoOptions,
  progress: DemoProgress,
  store?: ContentStore,
): Promise<SigncryptionOutcome> {
  const stages = new StageClock();
  const { table } = readings;
  const roles = chooseRoles(readings);
  progress.stage('Roles, terms, keys with both proofs go on the ledger');
  const grid = `signcryption-${Date.now().toString(36)}-${process.pid.toString(36)}`;
  const content = store === undefined ? {} : { store };
  const cast = await stages.time('registration', () =>
    castSigncryption(directory, {
      ...{ grid, clock, ...content, meterIds: table.meterIds, deviceId: DEVICE },
      slotSeconds: table.slotSeconds,
      maxSlotAgeSeconds: MAX_SLOT_AGE_SECONDS,
      storage: store === undefined ? 'ledger' : 'digest',
      people: peopleOf(directory),
      // What a meter does then is not on any ledger.
      carryOut: () => undefined,
    }),
  );
  progress.stage('The operator sets a policy for each meter');
  await stages.time('policies', () => setPolicies(cast, readings, roles, clock));
  const demo = new SigncryptionDemo(cast, readings, roles, clock, progress, stages);
  await demo.reportAll();
  progress.stage('Arrears, up to a trip and back');
  await stages.time('payment', () => demo.runArrears());
  await stages.time('attempts', () => demo.tryToRead());
  return { result: await demo.result(directory, options), roles };
}

class SigncryptionDemo {
  readonly #slots: DemoSlot[] = [];
  readonly #steps: DemoStep[] = [];
  /** How many values of each dimension a receiver read. */
  readonly #read = new Map<ReceiverId, Map<DimensionName, number>>();
  /** How many values were found in what every peer and the accounting node has. */
  readonly #onLedger = new Map<DimensionName, number>();
  readonly #ofControlCentre: OpenedReport[] = [];
  #reports = 0;
  #wrong = 0;
  #tries = 0;
  #opened = 0;

  constructor(
    private readonly cast: SigncryptionCast,
    private readonly readings: SigncryptionReadings,
    private readonly roles: Roles,
    private readonly clock: StoryClock,
    private readonly progress: DemoProgress,
    private readonly stages: StageClock,
  ) {}

  async reportAll(): Promise<void> {
    const { slots } = this.readings.table;
    this.progress.stage(`${this.cast.meters.size} meters report ${slots.length} slots to three receivers`);
    for (const [i, slot] of slots.entries()) {
      await this.#runSlot(slot);
      await this.#runEquipment(i);
      this.progress.advance(this.#reports, this.readings.table.readingCount);
    }
    await this.stages.time('theft', () => this.#findTheft());
  }

  /** From when on the register of the tampered meter counts too little. */
  get #tamperedFrom(): number {
    const { slots } = this.readings.table;
    return slots[Math.floor(slots.length / 2)] ?? 0;
  }

  /** What a meter reports: what it measured, unless its register was tampered with. */
  #reported(meterId: string, slot: number): Measurements | undefined {
    const measured = this.readings.measure(meterId, slot);
    if (measured === undefined || meterId !== this.roles.tampered || slot < this.#tamperedFrom)
      return measured;
    const { energyWh = 0, powerW = 0 } = measured;
    const counted = (value: number): number => Math.floor(value * COUNTED_SHARE);
    return { ...measured, energyWh: counted(energyWh), powerW: counted(powerW) };
  }

  async #runSlot(slot: number): Promise<void> {
    const { cast, stages, clock } = this;
    const { slotSeconds } = this.readings.table;
    clock.reach(slotStartSeconds(slot + 1, slotSeconds));
    const reported = new Map<string, Measurements>();
    const reports = await stages.time('signcryption', () =>
      [...cast.meters].flatMap(([meterId, { reporting }]) => {
        const measurements = this.#reported(meterId, slot);
        if (measurements === undefined) return [];
        reported.set(meterId, measurements);
        return [reporting.report(slot, measurements)];
      }),
    );
    const answers = await stages.time('verification', () => cast.node.receive(reports));
    const refused = answers.filter(({ status }) => status === 'refused').length;
    if (refused > 0) throw new RangeError(`"reports" expected honest ones, ${refused} were refused`);
    await stages.time('blocks', () => cast.node.submitSlot(slot));
    this.#reports += reports.length;
    await stages.time('search', () => this.#searchSlot(slot, reported));
    for (const id of RECEIVER_IDS) {
      const opened = await stages.time('opening', () => this.#readSlot(id, slot, reported));
      if (id === 'control-centre') this.#ofControlCentre.push(...opened);
      if (id === 'grid-operator') {
        this.#slots.push(slotResult(slot, reported, opened));
        await stages.time('regulation', () => this.#regulate(slot, opened));
      }
    }
  }

  async #readSlot(
    id: ReceiverId,
    slot: number,
    reported: ReadonlyMap<string, Measurements>,
  ): Promise<readonly OpenedReport[]> {
    const { opened, unread } = await this.cast.readers[id].readSlot(slot);
    if (unread[0]) throw unread[0].refusal;
    const counts = this.#read.get(id) ?? new Map<DimensionName, number>();
    this.#read.set(id, counts);
    for (const { meterId, measurements } of opened)
      for (const [name, value] of Object.entries(measurements) as [DimensionName, number][]) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        if (reported.get(meterId)?.[name] !== value) this.#wrong++;
      }
    return opened;
  }

  /** Looks for each value that was measured in the reports of a slot, as accounting node and peers have them. */
  async #searchSlot(slot: number, reported: ReadonlyMap<string, Measurements>): Promise<void> {
    const { accounting } = this.cast.ledgers;
    const { grid } = this.cast;
    const sent = [...this.cast.meters].flatMap(([meterId, { reporting }]) => {
      const measurements = reported.get(meterId);
      return measurements === undefined ? [] : [reporting.report(slot, measurements)];
    });
    const stored: BlockReport[] = [];
    if (this.cast.view.terms.storage === 'ledger')
      for (const block of await getReportBlocks(accounting, grid, slot))
        stored.push(...(await getReports(accounting, grid, block)));
    // Headers are in clear: ids, slot and epochs, among which small numbers look like small values.
    const seen = Buffer.concat(
      [...stored.map(({ report }) => report), ...sent.map(decodeSigncryptedReport)].flatMap(
        ({ keyMaterial, commitment, answer, parts }) => [keyMaterial, commitment, answer, ...parts],
      ),
    );
    for (const measurements of reported.values())
      for (const [name, value] of Object.entries(measurements) as [DimensionName, number][])
        if (seen.includes(Buffer.from(encodeMeasurements({ [name]: value }))))
          this.#onLedger.set(name, (this.#onLedger.get(name) ?? 0) + 1);
  }

  async #regulate(slot: number, opened: readonly OpenedReport[]): Promise<void> {
    const { cast } = this;
    for (const { meterId, measurements } of opened) {
      const event = await cast.operator.evaluate(meterId, measurements);
      if (event === undefined) continue;
      const told = await this.#serve(meterId);
      this.#note('overload', slot, meterId, CONSUMPTION_WORDS[event], told);
    }
  }

  /** Brings a meter its actions. @returns the codes it acknowledged */
  async #serve(meterId: string): Promise<string> {
    const { cast } = this;
    const meter = cast.meters.get(meterId);
    if (meter === undefined) throw new RangeError(`"meterId" expected a meter of the grid`);
    const handled = await serveActions(cast.ledgers.accounting, cast.grid, meter.regulated);
    return handled
      .map(({ action, refusal }) => (refusal === undefined ? action.code : `${action.code} ${refusal.code}`))
      .join(', ');
  }

  /** A fault with its repair, at fixed parts of the run. */
  async #runEquipment(slotIndex: number): Promise<void> {
    const { slots } = this.readings.table;
    const events = (['warn', 'fail', 'begin-repair', 'restore'] as const).filter(
      (_, i) => Math.floor(((i + 1) * slots.length) / 6) === slotIndex,
    );
    for (const event of events) {
      const fault = { deviceId: DEVICE, event, place: PLACE, type: 'oil temperature' };
      await this.stages.time('equipment', () => this.cast.supplier.file(fault));
      this.#note('equipment', slots[slotIndex] ?? 0, DEVICE, EQUIPMENT_WORDS[event], '');
    }
  }

  /** The control centre looks, the operator asks the suspect to send its data again. */
  async #findTheft(): Promise<void> {
    const { cast, readings } = this;
    const { slotSeconds, slots } = readings.table;
    const last = slots.at(-1) ?? 0;
    for (const { meterId, missingPercent } of energyRatioSuspects(
      this.#ofControlCentre,
      this.#tamperedFrom,
      slotSeconds,
    )) {
      await cast.operator.conclude(meterId, 'tamper');
      const told = await this.#serve(meterId);
      this.#note(
        'theft',
        last,
        meterId,
        `${missingPercent} % less energy than voltage and current tell`,
        told,
      );
    }
  }

  async runArrears(): Promise<void> {
    const { cast, clock } = this;
    const { inArrears: meterId } = this.roles;
    const { arrears, trip } = clock.noticeSeconds;
    const days = (seconds: number): string =>
      seconds < 86_400 ? `${seconds} s later` : `${seconds / 86_400} days later`;
    const pay = async (event: Exclude<PaymentEvent, 'appeal'>, words: string): Promise<void> => {
      await cast.operator.payment(meterId, event);
      this.#note('arrears', undefined, meterId, words, await this.#serve(meterId));
    };
    await pay('run-low', 'prepayment is low');
    await pay('fall-behind', 'in arrears');
    await clock.pass(arrears);
    await pay('fall-far-behind', `${days(arrears)}: in serious arrears`);
    await pay('request-trip', 'the operator requests a trip');
    const early = await this.#refusalOf(() => cast.operator.payment(meterId, 'trip'));
    this.#note('arrears', undefined, meterId, 'the operator trips alone', `refused: ${early}`);
    await recordPayment(cast.ledgers.regulator, cast.grid, meterId, 'approve-trip');
    await cast.operator.tell(meterId, 'payment');
    this.#note('arrears', undefined, meterId, 'the regulator approves', await this.#serve(meterId));
    const hasty = await this.#refusalOf(() => cast.operator.payment(meterId, 'trip'));
    this.#note('arrears', undefined, meterId, 'the operator trips at once', `refused: ${hasty}`);
    await clock.pass(trip);
    await pay('trip', `${days(trip)}: tripped`);
    await pay('pay', 'paid');
    await pay('reconnect', 'connected again');
  }

  async #refusalOf(work: () => Promise<unknown>): Promise<string> {
    try {
      await work();
      return 'NOTHING';
    } catch (error) {
      if (error instanceof GridveilError) return error.code;
      throw error;
    }
  }

  /** Every receiver tries what was sealed to meters: it finds the bytes, as everyone does, and opens none. */
  async tryToRead(): Promise<void> {
    const { cast, roles } = this;
    const meterIds = Object.values(roles);
    for (const meterId of meterIds) {
      const { operatorPolicy } = await getRegulation(cast.ledgers.owner, cast.grid, meterId);
      const actions = await listActions(cast.ledgers.owner, cast.grid, meterId);
      const digests = [
        ...actions.map(({ digest }) => digest),
        ...(operatorPolicy ? [operatorPolicy.digest] : []),
      ];
      for (const reader of Object.values(cast.sealedReaders))
        for (const digest of digests) {
          this.#tries++;
          if ((await this.#refusalOf(() => reader.open(digest, 'operator'))) === 'NOTHING') this.#opened++;
        }
    }
  }

  #note(
    story: DemoStep['story'],
    slot: number | undefined,
    subject: string,
    what: string,
    told: string,
  ): void {
    this.#steps.push({ story, ...(slot === undefined ? {} : { slot }), subject, what, told });
  }

  #partyReadings(): PartyReadings[] {
    const names = Object.keys(DIMENSIONS) as DimensionName[];
    const row = (party: string, counts: ReadonlyMap<DimensionName, number> | undefined): PartyReadings => ({
      party,
      values: Object.fromEntries(names.map((name) => [name, counts?.get(name) ?? 0])),
    });
    return [...RECEIVER_IDS.map((id) => row(id, this.#read.get(id))), row('everybody', this.#onLedger)];
  }

  async result(directory: LedgerDirectory, options: DemoOptions): Promise<DemoResult> {
    const { cast, readings, roles, clock } = this;
    const { table, source } = readings;
    const [device] = await listEquipment(cast.ledgers.supplier, cast.grid);
    const states = await Promise.all(
      Object.values(roles).map(async (meterId) => {
        const { consumption, payment } = await getRegulation(cast.ledgers.owner, cast.grid, meterId);
        return {
          meter: meterId,
          consumption: consumption?.state ?? 'normal',
          payment: payment?.state ?? 'settled',
        };
      }),
    );
    return {
      schema: 'gridveil/demo/v1',
      scheme: 'signcryption',
      ledger: directory.kind,
      parameters: {
        ...{ grid: cast.grid, source, ledger: directory.description, seed: options.seed },
        ...{ meters: cast.meters.size, slots: table.slots.length, slotSeconds: table.slotSeconds },
        ...{ readings: this.#reports, receivers: RECEIVER_IDS.length, storage: cast.view.terms.storage },
        ...{ arrearsNoticeSeconds: clock.noticeSeconds.arrears, tripNoticeSeconds: clock.noticeSeconds.trip },
      },
      slots: this.#slots,
      allEqual:
        this.#wrong === 0 &&
        this.#opened === 0 &&
        this.#onLedger.size === 0 &&
        this.#slots.every(({ equal }) => equal),
      timings: this.stages.timings(),
      whoSawWhat: signcryptionViews(cast.meters.size, table.slots.length, this.#reports),
      partyReadings: this.#partyReadings(),
      sealedAttempts: { tried: this.#tries, opened: this.#opened },
      story: this.#steps,
      finalStates: { meters: states, device: device?.state ?? '' },
    };
  }
}

const CONSUMPTION_WORDS = {
  exceed: 'over its limit',
  settle: 'below its saving limit again',
  tamper: 'reports that it was opened',
  accept: 'sent its data again',
} as const;

const EQUIPMENT_WORDS = {
  warn: 'alarm: oil too hot',
  fail: 'outage',
  'begin-repair': 'under repair',
  restore: 'back in service',
} as const;

/** Energy of all meters, as they reported it and as the operator opened it. */
function slotResult(
  slot: number,
  reported: ReadonlyMap<string, Measurements>,
  opened: readonly OpenedReport[],
): DemoSlot {
  const trueWh = [...reported.values()].reduce((sum, { energyWh = 0 }) => sum + energyWh, 0);
  const openedWh = opened.reduce((sum, { measurements: { energyWh = 0 } }) => sum + energyWh, 0);
  const equal = trueWh === openedWh && opened.length === reported.size;
  const all = { trueWh, openedWh, equal };
  return { slot, regions: [{ region: 'all', meters: opened.length, ...all }], ...all };
}

/** Owner of one organisation; regulator, supplier, accounting node and customer of the other, each its own identity where there are enough. */
function peopleOf(directory: LedgerDirectory): SigncryptionPeople {
  const users = (directory.users(OTHER_ORGANISATION) ?? ['User1', 'User2', 'User3', 'User4']).filter(
    (user) => user !== ADMIN,
  );
  const at = (i: number): { mspId: string; user: string } => ({
    mspId: OTHER_ORGANISATION,
    user: users[i % users.length] ?? ADMIN,
  });
  return {
    admin: ADMIN,
    owner: OWNER,
    accounting: at(0),
    regulator: at(1),
    supplier: at(2),
    customer: at(3),
  };
}
