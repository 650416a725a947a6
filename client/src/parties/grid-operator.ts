/**
 * The grid operator (GO of paper 002, section V.B): compares off chain what meters signcrypted to it with its limits, concludes on the ledger, and seals actions to meters.
 *
 * Holds: its receiving key (as a `ReportReader`), its sending key, its identity on the ledger. Nothing it learns from a report goes to the ledger but the conclusion: no value, no amount.
 * Between a transition and its action it may fail: `tell` says again what the state calls for, and only once as long as the meter has not answered.
 */
import { randomBytes } from 'node:crypto';
import type { ActionCode, ActionMachine } from '@gridveil/chaincode/domain/regulation-action.js';
import {
  CONSUMPTION_ACTIONS,
  type ConsumptionEvent,
  type ConsumptionState,
} from '@gridveil/chaincode/domain/regulation-consumption.js';
import { PAYMENT_ACTIONS, type PaymentEvent } from '@gridveil/chaincode/domain/regulation-payment.js';
import type { ContentStore } from '../content/content-store.js';
import type { Ledger } from '../ledger/port.js';
import {
  concludeConsumption,
  getRegulation,
  issueAction,
  listActions,
  recordPayment,
  setOperatorPolicy,
} from '../ledger/regulation-calls.js';
import type { Measurements } from '../metering/dimensions.js';
import type { SealedSender } from './sealed-sender.js';
import { encodeActionText, encodeSealedJson, type OperatorLimits } from './sealed-texts.js';
import type { SigncryptionView } from './signcryption-view.js';

/** Bit of `qualityFlags`: the meter noticed that it was opened or that its data were changed. */
export const TAMPERED = 1;
const ACTION_LIFETIME_SECONDS = 7 * 86_400;

/** What the operator fixes for a meter. */
export interface MeterTerms {
  readonly limits: OperatorLimits;
  readonly arrearsNoticeSeconds: number;
  readonly tripNoticeSeconds: number;
}

export interface GridOperatorOptions {
  readonly ledger: Ledger;
  readonly view: SigncryptionView;
  readonly sender: SealedSender;
  /** Where sealed messages go whose hashes alone are on the ledger. */
  readonly store?: ContentStore;
  readonly nowSeconds: () => number;
}

export class GridOperator {
  readonly #options: GridOperatorOptions;
  readonly #limits = new Map<string, OperatorLimits>();
  /** As the ledger has them: nobody else concludes about the meters of this operator. */
  readonly #states = new Map<string, ConsumptionState>();

  constructor(options: GridOperatorOptions) {
    this.#options = options;
  }

  /** Sets the next policy of a meter. */
  async setPolicy(meterId: string, { limits, ...notices }: MeterTerms): Promise<void> {
    const { ledger, view } = this.#options;
    const { grid } = view.terms;
    const { operatorPolicy, consumption } = await getRegulation(ledger, grid, meterId);
    const version = (operatorPolicy?.version ?? 0) + 1;
    const sealed = await this.#seal(meterId, encodeSealedJson(limits));
    await setOperatorPolicy(ledger, { grid, meterId, version, ...notices }, sealed);
    this.#limits.set(meterId, limits);
    this.#states.set(meterId, consumption?.state ?? 'normal');
  }

  /** Concludes from one report, if anything follows from it, and tells the meter. @returns what was concluded */
  async evaluate(meterId: string, measurements: Measurements): Promise<ConsumptionEvent | undefined> {
    const event = this.#conclusion(meterId, measurements);
    if (event !== undefined) await this.conclude(meterId, event);
    return event;
  }

  /** Puts a conclusion on the ledger, its own or that of the control centre, and tells the meter. */
  async conclude(meterId: string, event: ConsumptionEvent): Promise<void> {
    const { ledger, view } = this.#options;
    const { state } = await concludeConsumption(ledger, view.terms.grid, meterId, event);
    this.#states.set(meterId, state);
    await this.tell(meterId, 'consumption');
  }

  /** Over the limit of the policy, below the saving limit again, or reported as tampered with. */
  #conclusion(meterId: string, { powerW, qualityFlags = 0 }: Measurements): ConsumptionEvent | undefined {
    const limits = this.#limits.get(meterId);
    const state = this.#states.get(meterId);
    if (limits === undefined || powerW === undefined || state === 're-upload') return undefined;
    if ((qualityFlags & TAMPERED) !== 0) return 'tamper';
    if (state === 'saving') return powerW <= limits.savingPowerW ? 'settle' : undefined;
    return powerW > limits.maxPowerW ? 'exceed' : undefined;
  }

  /** Records what became of the account of a meter, and tells the meter. */
  async payment(meterId: string, event: Exclude<PaymentEvent, 'appeal'>, message = ''): Promise<void> {
    const { ledger, view } = this.#options;
    await recordPayment(ledger, view.terms.grid, meterId, event);
    await this.tell(meterId, 'payment', message);
  }

  /** Seals to the meter what its present state calls for, unless it was told and has not answered. @returns the code, or undefined when it was told already */
  async tell(meterId: string, machine: ActionMachine, message = ''): Promise<ActionCode | undefined> {
    const { ledger, view, nowSeconds } = this.#options;
    const { grid } = view.terms;
    const code = await this.#dueAction(meterId, machine);
    const actions = await listActions(ledger, grid, meterId);
    const now = nowSeconds();
    const waiting = actions.some(
      (action) =>
        action.machine === machine &&
        action.state === 'issued' &&
        action.code === code &&
        action.expiresAtSeconds > now,
    );
    if (waiting) return undefined;
    const nonce = randomBytes(8).toString('hex');
    const expiresAtSeconds = now + ACTION_LIFETIME_SECONDS;
    const text = encodeActionText({ meterId, nonce, code, expiresAtSeconds, message });
    const sealed = await this.#seal(meterId, text);
    await issueAction(ledger, { grid, meterId, machine, nonce, code, expiresAtSeconds }, sealed);
    return code;
  }

  async #dueAction(meterId: string, machine: ActionMachine): Promise<ActionCode> {
    const { ledger, view } = this.#options;
    const { consumption, payment } = await getRegulation(ledger, view.terms.grid, meterId);
    return machine === 'consumption'
      ? CONSUMPTION_ACTIONS[consumption?.state ?? 'normal']
      : PAYMENT_ACTIONS[payment?.state ?? 'settled'];
  }

  async #seal(meterId: string, plaintext: Uint8Array): Promise<Uint8Array> {
    const { view, sender, store, nowSeconds } = this.#options;
    const sealed = sender.seal([view.receiver(meterId)], plaintext, nowSeconds());
    if (view.terms.storage === 'digest') await store?.put(sealed);
    return sealed;
  }
}
