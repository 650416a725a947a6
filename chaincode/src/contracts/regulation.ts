/**
 * Contract `regulation`: feedback to single meters (paper 002 section V, Algorithm 1) without anything of theirs on the ledger.
 *
 * The operator evaluates off chain what was signcrypted to it and concludes here; tables of transitions, notice periods by transaction time and two roles for a trip are the contract's. What a
 * meter is told is sealed to it: a digest and a code stand in clear. Meters have no identity here: they sign what they state with their sending keys, and whoever serves them submits it.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { fromBase64url, toBase64url } from '../crypto/bytes.js';
import {
  acknowledgementMessage,
  appealMessage,
  checkStatement,
  devicePolicyMessage,
  STATEMENT_SIGNATURE_BYTES,
} from '../crypto/signcryption-statement.js';
import {
  bytes,
  decodeArgument,
  identifier,
  object,
  oneOf,
  optional,
  pageSize,
  text,
} from '../domain/decode.js';
import {
  ACTION_MACHINES,
  actionAcknowledgement,
  actionIssue,
  afterActionEvent,
  checkIssue,
  type ActionMachine,
  type StoredAction,
} from '../domain/regulation-action.js';
import { afterConsumptionEvent, CONSUMPTION_EVENTS } from '../domain/regulation-consumption.js';
import {
  afterPaymentEvent,
  PAYMENT_EVENT_ROLES,
  PAYMENT_EVENTS,
  type PaymentEvent,
  type PaymentRecord,
} from '../domain/regulation-payment.js';
import {
  checkNotices,
  devicePolicy,
  isNextVersion,
  operatorPolicy,
  type DevicePolicyRecord,
  type OperatorPolicyRecord,
} from '../domain/regulation-policy.js';
import { checkSealedTo } from '../domain/sealed-message.js';
import { refusal } from '../errors.js';
import { transactionSeconds } from '../ledger/billing-records.js';
import { canonicalJson } from '../ledger/canonical-json.js';
import { emit, EVENTS } from '../ledger/events.js';
import {
  dueAction,
  readConsumption,
  readPayment,
  requireCustomer,
  requireDecider,
  requirePolicy,
  transientSealed,
  type DecidedGrid,
} from '../ledger/regulation-records.js';
import {
  keepSealed,
  requireMeterKey,
  requireSigncryptionOwner,
  requireSigncryptionRole,
  SIGNCRYPTION_READERS,
  type SigncryptionGrid,
} from '../ledger/signcryption-records.js';
import { deleteState, pageState, readState, writeState } from '../ledger/state.js';

const meter = { grid: identifier, meterId: identifier };
const consumptionCall = object({ ...meter, event: oneOf(CONSUMPTION_EVENTS) });
/** An appeal has a transaction of its own: the meter signs it. */
const RECORDED_EVENTS = PAYMENT_EVENTS.filter((event) => event !== 'appeal');
const paymentCall = object({ ...meter, event: oneOf<PaymentEvent>(RECORDED_EVENTS) });
const appealCall = object({ ...meter, signature: bytes(STATEMENT_SIGNATURE_BYTES) });
const meterCall = object(meter);
const actionPage = object({ ...meter, pageSize, bookmark: optional(text(1024)) });

@Info({ title: 'regulation', description: 'Policies, states and actions of meters' })
export class RegulationContract extends Contract {
  constructor() {
    super('regulation');
  }

  /** Needs: operator of the owner. `{grid, meterId, version, arrearsNoticeSeconds, tripNoticeSeconds}`; transient: `sealed`, limits for the meter from an operator's key. */
  @Transaction()
  @Returns('string')
  async SetOperatorPolicy(ctx: Context, argument: string): Promise<string> {
    const { grid, ...policy } = decodeArgument(argument, operatorPolicy);
    const { meterId, version } = policy;
    const found = await requireSigncryptionOwner(ctx, grid, 'operator');
    checkNotices({ grid, ...policy }, found.terms);
    await requireMeterKey(ctx, found.authority, meterId);
    const sealed = await transientSealed(ctx, found, ['operator']);
    checkSealedTo(found.authority, sealed, meterId, 'operator');
    const digest = toBase64url(sealed.digest);
    const key = [grid, meterId];
    const existing = await readState<OperatorPolicyRecord>(ctx.stub, 'operator-policy', key);
    if (!isNextVersion(meterId, { version, digest }, existing))
      return canonicalJson({ status: 'duplicate', meterId, version, txId: existing?.txId });
    await keepSealed(ctx, found.terms, sealed.digest, sealed.bytes);
    const txId = ctx.stub.getTxID();
    await writeState(ctx.stub, 'operator-policy', key, { ...policy, digest, txId });
    emit(ctx, EVENTS.operatorPolicySet, { grid, meterId, version, digest });
    return canonicalJson({ status: 'accepted', meterId, version, txId });
  }

  /** Needs: customer. `{grid, meterId, version, signature}`; transient: `sealed`, the policy for the own devices, from a customer's key to the meter, which signs that it took it. */
  @Transaction()
  @Returns('string')
  async SetDevicePolicy(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId, version, signature } = decodeArgument(argument, devicePolicy);
    const found = await requireCustomer(ctx, grid);
    const sealed = await transientSealed(ctx, found, ['customer']);
    checkSealedTo(found.authority, sealed, meterId, 'customer');
    const signer = await requireMeterKey(ctx, found.authority, meterId);
    checkStatement(devicePolicyMessage(found.authority, meterId, version, sealed.digest), signer, signature);
    const digest = toBase64url(sealed.digest);
    const key = [grid, meterId];
    const existing = await readState<DevicePolicyRecord>(ctx.stub, 'device-policy', key);
    if (!isNextVersion(meterId, { version, digest }, existing))
      return canonicalJson({ status: 'duplicate', meterId, version, txId: existing?.txId });
    await keepSealed(ctx, found.terms, sealed.digest, sealed.bytes);
    const txId = ctx.stub.getTxID();
    await writeState(ctx.stub, 'device-policy', key, { meterId, version, digest, signature, txId });
    emit(ctx, EVENTS.devicePolicySet, { grid, meterId, version, digest });
    return canonicalJson({ status: 'accepted', meterId, version, txId });
  }

  /** Needs: operator of the owner. `{grid, meterId, event}`: what it concludes from the reports of a meter; no value is named. */
  @Transaction()
  @Returns('string')
  async ConcludeConsumption(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId, event } = decodeArgument(argument, consumptionCall);
    await requireSigncryptionOwner(ctx, grid, 'operator');
    await requirePolicy(ctx, grid, meterId);
    const before = await readConsumption(ctx, grid, meterId);
    const after = afterConsumptionEvent(meterId, before, event, transactionSeconds(ctx));
    await writeState(ctx.stub, 'consumption', [grid, meterId], { ...after });
    await withdrawPending(ctx, grid, meterId, 'consumption');
    emit(ctx, EVENTS.consumptionConcluded, { grid, meterId, event, state: after.state });
    return canonicalJson({ status: 'accepted', meterId, state: after.state });
  }

  /** Needs: operator of the owner, or regulator, as the event says. `{grid, meterId, event}`: what became of the account of a meter; no amount is named. */
  @Transaction()
  @Returns('string')
  async RecordPayment(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId, event } = decodeArgument(argument, paymentCall);
    const decided = await requireDecider(ctx, grid, PAYMENT_EVENT_ROLES[event]);
    const after = await changePayment(ctx, decided, meterId, event);
    emit(ctx, EVENTS.paymentChanged, { grid, meterId, event, state: after.state });
    return canonicalJson({ status: 'accepted', meterId, state: after.state });
  }

  /** Needs: customer. `{grid, meterId, signature}`: appeals against the trip that was announced to the meter, which signs it. */
  @Transaction()
  @Returns('string')
  async AppealTrip(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId, signature } = decodeArgument(argument, appealCall);
    const decided = await requireDecider(ctx, grid, 'customer');
    const { authority } = decided;
    const { noticeEndsAtSeconds = 0 } = await readPayment(ctx, grid, meterId);
    const after = await changePayment(ctx, decided, meterId, 'appeal');
    const signer = await requireMeterKey(ctx, authority, meterId);
    checkStatement(appealMessage(authority, meterId, noticeEndsAtSeconds), signer, signature);
    emit(ctx, EVENTS.tripAppealed, { grid, meterId, state: after.state });
    return canonicalJson({ status: 'accepted', meterId, state: after.state });
  }

  /** Needs: operator of the owner. `{grid, meterId, machine, nonce, code, expiresAtSeconds}`; transient: `sealed`, the action, from an operator's key to the meter. */
  @Transaction()
  @Returns('string')
  async IssueAction(ctx: Context, argument: string): Promise<string> {
    const { grid, ...action } = decodeArgument(argument, actionIssue);
    const { meterId, machine, nonce, code } = action;
    const found = await requireSigncryptionOwner(ctx, grid, 'operator');
    const sealed = await transientSealed(ctx, found, ['operator']);
    checkSealedTo(found.authority, sealed, meterId, 'operator');
    const digest = toBase64url(sealed.digest);
    const key = [grid, meterId, nonce];
    const existing = await readState<StoredAction>(ctx.stub, 'action', key);
    if (existing) {
      if (existing.digest !== digest || existing.code !== code)
        throw refusal('ACTION_EXISTS', { meterId, nonce });
      return canonicalJson({ status: 'duplicate', meterId, nonce, txId: existing.txId });
    }
    const issuedAtSeconds = transactionSeconds(ctx);
    checkIssue({ grid, ...action }, await dueAction(ctx, grid, meterId, machine), issuedAtSeconds);
    await withdrawPending(ctx, grid, meterId, machine);
    await keepSealed(ctx, found.terms, sealed.digest, sealed.bytes);
    const txId = ctx.stub.getTxID();
    const record = { ...action, digest, state: 'issued', issuedAtSeconds, txId };
    await writeState(ctx.stub, 'action', key, record);
    await writeState(ctx.stub, 'pending-action', [grid, meterId, machine], { nonce });
    emit(ctx, EVENTS.actionIssued, { grid, meterId, nonce, code, digest });
    return canonicalJson({ status: 'accepted', meterId, nonce, txId });
  }

  /** Needs: accounting, operator or customer: whoever serves the meter. `{grid, meterId, nonce, signature}`: the meter has received the action; counts once. */
  @Transaction()
  @Returns('string')
  async AcknowledgeAction(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId, nonce, signature } = decodeArgument(argument, actionAcknowledgement);
    const { authority } = await requireSigncryptionRole(ctx, grid, 'accounting', 'operator', 'customer');
    const action = await readState<StoredAction>(ctx.stub, 'action', [grid, meterId, nonce]);
    if (!action) throw refusal('ACTION_UNKNOWN', { meterId, nonce });
    const signer = await requireMeterKey(ctx, authority, meterId);
    const digest = fromBase64url(action.digest, 'digest');
    checkStatement(acknowledgementMessage(authority, meterId, nonce, digest), signer, signature);
    const acknowledgedAtSeconds = transactionSeconds(ctx);
    const after = afterActionEvent(action, 'acknowledge', meterId, acknowledgedAtSeconds);
    if (after === action) return canonicalJson({ status: 'duplicate', meterId, nonce, txId: action.txId });
    const record = { ...action, ...after, acknowledgedAtSeconds };
    await writeState(ctx.stub, 'action', [grid, meterId, nonce], record);
    await deleteState(ctx.stub, 'pending-action', [grid, meterId, action.machine]);
    emit(ctx, EVENTS.actionAcknowledged, { grid, meterId, nonce, code: action.code });
    return canonicalJson({ status: 'accepted', meterId, nonce, txId: action.txId });
  }

  /** Needs: any role of signcryption. `{grid, meterId}`: policies and states of a meter, as far as there are any. */
  @Transaction(false)
  @Returns('string')
  async GetRegulation(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId } = decodeArgument(argument, meterCall);
    await requireReader(ctx, grid);
    const key = [grid, meterId];
    const pending = [];
    for (const machine of ACTION_MACHINES) {
      const found = await readState<{ nonce: string }>(ctx.stub, 'pending-action', [...key, machine]);
      if (found) pending.push(found.nonce);
    }
    return JSON.stringify({
      meterId,
      operatorPolicy: await readState(ctx.stub, 'operator-policy', key),
      devicePolicy: await readState(ctx.stub, 'device-policy', key),
      consumption: await readState(ctx.stub, 'consumption', key),
      payment: await readState(ctx.stub, 'payment', key),
      pending,
    });
  }

  /** Needs: any role of signcryption. `{grid, meterId, pageSize, bookmark?}`: all that was ever issued to a meter. */
  @Transaction(false)
  @Returns('string')
  async ListActions(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId, ...request } = decodeArgument(argument, actionPage);
    await requireReader(ctx, grid);
    return JSON.stringify(await pageState<StoredAction>(ctx.stub, 'action', [grid, meterId], request));
  }
}

function requireReader(ctx: Context, grid: string): Promise<SigncryptionGrid> {
  return requireSigncryptionRole(ctx, grid, ...SIGNCRYPTION_READERS);
}

async function changePayment(
  ctx: Context,
  { terms: { grid }, actor }: DecidedGrid,
  meterId: string,
  event: PaymentEvent,
): Promise<PaymentRecord> {
  const policy = await requirePolicy(ctx, grid, meterId);
  const before = await readPayment(ctx, grid, meterId);
  const after = afterPaymentEvent(meterId, before, event, actor, policy);
  await writeState(ctx.stub, 'payment', [grid, meterId], { ...after });
  await withdrawPending(ctx, grid, meterId, 'payment');
  return after;
}

/** What a meter has not carried out when its state changes, or when it is told anew, it never shall. */
async function withdrawPending(
  ctx: Context,
  grid: string,
  meterId: string,
  machine: ActionMachine,
): Promise<void> {
  const key = [grid, meterId, machine];
  const pending = await readState<{ nonce: string }>(ctx.stub, 'pending-action', key);
  if (!pending) return;
  const action = await readState<StoredAction>(ctx.stub, 'action', [grid, meterId, pending.nonce]);
  if (!action) return;
  const withdrawn = afterActionEvent(action, 'withdraw', meterId, transactionSeconds(ctx));
  await writeState(ctx.stub, 'action', [grid, meterId, pending.nonce], { ...action, ...withdrawn });
  await deleteState(ctx.stub, 'pending-action', key);
}
