/** What the contracts `regulation` and `equipment` read again and again: who decides, in which state a meter is, what is sealed to whom. */
import type { Context } from 'fabric-contract-api';
import type { ActionMachine } from '../domain/regulation-action.js';
import {
  CONSUMPTION_ACTIONS,
  firstConsumption,
  type ConsumptionRecord,
} from '../domain/regulation-consumption.js';
import {
  firstPayment,
  PAYMENT_ACTIONS,
  type PaymentRecord,
  type RegulationActor,
  type RegulationRole,
} from '../domain/regulation-payment.js';
import type { ActionCode } from '../domain/regulation-action.js';
import type { OperatorPolicyRecord } from '../domain/regulation-policy.js';
import {
  checkSealedBy,
  decodeSealed,
  MAX_SEALED_BYTES,
  type SealedMessage,
} from '../domain/sealed-message.js';
import type { SigncryptionParty } from '../domain/signcryption-parties.js';
import { refusal } from '../errors.js';
import { requireRole } from './access.js';
import { transactionSeconds } from './billing-records.js';
import { callerOf } from './caller.js';
import { readRegisteredKeys, requireSigncryption, type SigncryptionGrid } from './signcryption-records.js';
import { readState } from './state.js';
import { expectTransientFields, transientBytes } from './transient.js';

const REGULATION_ROLES: readonly RegulationRole[] = ['operator', 'regulator', 'customer'];

/** A grid with the one who decides about it. */
export interface DecidedGrid extends SigncryptionGrid {
  readonly actor: RegulationActor;
}

/**
 * Whoever decides: in the role that the decision needs if it has it, else in the role it has, so that the rules say whose decision it is.
 * An operator is of the grid's owner, a regulator of the organisation that the terms name.
 * @throws AuthorisationError ROLE_REQUIRED, NOT_GRID_OWNER, NOT_GRID_REGULATOR. @throws NotFoundError SIGNCRYPTION_UNKNOWN
 */
export async function requireDecider(
  ctx: Context,
  grid: string,
  needed: RegulationRole,
): Promise<DecidedGrid> {
  const { mspId, subject } = callerOf(ctx);
  const held: RegulationRole[] = [];
  for (const role of REGULATION_ROLES)
    if (await readState(ctx.stub, 'role', [mspId, subject, role])) held.push(role);
  const role = held.includes(needed) ? needed : held[0];
  if (role === undefined) throw refusal('ROLE_REQUIRED', { role: needed, mspId });
  const found = await requireSigncryption(ctx, grid);
  const { owner, regulator } = found.terms;
  if (role === 'operator' && mspId !== owner) throw refusal('NOT_GRID_OWNER', { grid, owner });
  if (role === 'regulator' && mspId !== regulator) throw refusal('NOT_GRID_REGULATOR', { grid, regulator });
  const actor = { role, identity: `${mspId}/${subject}`, nowSeconds: transactionSeconds(ctx) };
  return { ...found, actor };
}

/** A customer of any organisation: what it submits is signed by the meter. */
export async function requireCustomer(ctx: Context, grid: string): Promise<SigncryptionGrid> {
  await requireRole(ctx, 'customer');
  return requireSigncryption(ctx, grid);
}

/** @throws NotFoundError POLICY_UNKNOWN */
export async function requirePolicy(
  ctx: Context,
  grid: string,
  meterId: string,
): Promise<OperatorPolicyRecord> {
  const policy = await readState<OperatorPolicyRecord>(ctx.stub, 'operator-policy', [grid, meterId]);
  if (!policy) throw refusal('POLICY_UNKNOWN', { meterId });
  return policy;
}

export async function readConsumption(
  ctx: Context,
  grid: string,
  meterId: string,
): Promise<ConsumptionRecord> {
  const record = await readState<ConsumptionRecord>(ctx.stub, 'consumption', [grid, meterId]);
  return record ?? firstConsumption(transactionSeconds(ctx));
}

export async function readPayment(ctx: Context, grid: string, meterId: string): Promise<PaymentRecord> {
  const record = await readState<PaymentRecord>(ctx.stub, 'payment', [grid, meterId]);
  return record ?? firstPayment(transactionSeconds(ctx));
}

/** The code that the present state of a meter calls for. */
export async function dueAction(
  ctx: Context,
  grid: string,
  meterId: string,
  machine: ActionMachine,
): Promise<ActionCode> {
  return machine === 'consumption'
    ? CONSUMPTION_ACTIONS[(await readConsumption(ctx, grid, meterId)).state]
    : PAYMENT_ACTIONS[(await readPayment(ctx, grid, meterId)).state];
}

/**
 * The sealed message of a proposal, signed by a registered key of one of the parties; the caller checks for whom it is.
 * @throws DecodeError MISSING_FIELD, UNKNOWN_FIELD, TOO_LARGE and of a malformed message. @throws GridveilError of `checkSealedBy`
 */
export async function transientSealed(
  ctx: Context,
  { authority }: SigncryptionGrid,
  parties: readonly SigncryptionParty[],
): Promise<SealedMessage> {
  expectTransientFields(ctx, 'sealed');
  const sealed = decodeSealed(transientBytes(ctx, 'sealed', MAX_SEALED_BYTES));
  const { meterId: sender, receivers } = sealed.report.header;
  const indices = receivers.map(({ index }) => index);
  const keys = await readRegisteredKeys(ctx, authority.grid, [sender], indices);
  checkSealedBy(authority, sealed, keys, parties);
  return sealed;
}
