/**
 * Contract `equipment`: states of equipment and its fault reports (paper 002 section V.C, Fig. 4).
 *
 * The operator registers devices with the organisation of their supplier; both file what happens to them. The fault report (device, place, type) is sealed to those entitled, its digest stands
 * here with number, event, state and time: what statistics are made of.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { toBase64url } from '../crypto/bytes.js';
import { decodeArgument, identifier, object, optional, pageSize, text } from '../domain/decode.js';
import {
  equipmentEvent,
  equipmentRegistration,
  type StoredEquipment,
  type StoredEquipmentEvent,
} from '../domain/equipment-record.js';
import { afterEquipmentEvent, firstEquipment } from '../domain/regulation-equipment.js';
import { refusal } from '../errors.js';
import { requireRole } from '../ledger/access.js';
import { numberKey, transactionSeconds } from '../ledger/billing-records.js';
import { callerOf } from '../ledger/caller.js';
import { canonicalJson } from '../ledger/canonical-json.js';
import { emit, EVENTS } from '../ledger/events.js';
import { transientSealed } from '../ledger/regulation-records.js';
import {
  keepSealed,
  requireSigncryption,
  requireSigncryptionOwner,
  requireSigncryptionRole,
  SIGNCRYPTION_READERS,
} from '../ledger/signcryption-records.js';
import { pageState, readState, writeState } from '../ledger/state.js';

const page = { pageSize, bookmark: optional(text(1024)) };
const gridPage = object({ grid: identifier, ...page });
const devicePage = object({ grid: identifier, deviceId: identifier, ...page });

@Info({ title: 'equipment', description: 'States and fault reports of equipment' })
export class EquipmentContract extends Contract {
  constructor() {
    super('equipment');
  }

  /** Needs: operator of the owner. `{grid, deviceId, supplier}`: a device with the organisation that looks after it. */
  @Transaction()
  @Returns('string')
  async RegisterEquipment(ctx: Context, argument: string): Promise<string> {
    const { grid, deviceId, supplier } = decodeArgument(argument, equipmentRegistration);
    await requireSigncryptionOwner(ctx, grid, 'operator');
    const existing = await readState<StoredEquipment>(ctx.stub, 'equipment', [grid, deviceId]);
    if (existing) {
      if (existing.supplier !== supplier) throw refusal('EQUIPMENT_EXISTS', { deviceId });
      return canonicalJson({ status: 'duplicate', deviceId });
    }
    const record = { deviceId, supplier, ...firstEquipment(transactionSeconds(ctx)) };
    await writeState(ctx.stub, 'equipment', [grid, deviceId], record);
    emit(ctx, EVENTS.equipmentRegistered, { grid, deviceId, supplier });
    return canonicalJson({ status: 'accepted', deviceId });
  }

  /** Needs: operator of the owner, or supplier of the device's organisation. `{grid, deviceId, event, number}`; transient: `sealed`, the fault report. Each event counts once, in order. */
  @Transaction()
  @Returns('string')
  async FileEquipmentEvent(ctx: Context, argument: string): Promise<string> {
    const { grid, deviceId, event, number } = decodeArgument(argument, equipmentEvent);
    const found = await requireSigncryption(ctx, grid);
    const { owner } = found.terms;
    const { mspId } = await requireRole(ctx, callerOf(ctx).mspId === owner ? 'operator' : 'supplier');
    const device = await readState<StoredEquipment>(ctx.stub, 'equipment', [grid, deviceId]);
    if (!device) throw refusal('EQUIPMENT_UNKNOWN', { deviceId });
    if (mspId !== device.supplier && mspId !== owner) throw refusal('NOT_YOUR_EQUIPMENT', { deviceId });
    const sealed = await transientSealed(ctx, found, ['operator', 'supplier']);
    const digest = toBase64url(sealed.digest);
    const key = [grid, deviceId, numberKey(number)];
    const earlier = await readState<StoredEquipmentEvent>(ctx.stub, 'equipment-event', key);
    if (earlier?.event === event && earlier.digest === digest)
      return canonicalJson({ status: 'duplicate', deviceId, number, txId: earlier.txId });
    const atSeconds = transactionSeconds(ctx);
    const after = afterEquipmentEvent(deviceId, device, event, number, atSeconds);
    const txId = ctx.stub.getTxID();
    await keepSealed(ctx, found.terms, sealed.digest, sealed.bytes);
    await writeState(ctx.stub, 'equipment', [grid, deviceId], { ...device, ...after });
    const { state } = after;
    const record = { deviceId, number, event, state, atSeconds, digest, filedBy: mspId, txId };
    await writeState(ctx.stub, 'equipment-event', key, record);
    emit(ctx, EVENTS.equipmentChanged, { grid, deviceId, number, event, state, digest });
    return canonicalJson({ status: 'accepted', deviceId, number, txId });
  }

  /** Needs: any role of signcryption. `{grid, pageSize, bookmark?}`: devices with their present states. */
  @Transaction(false)
  @Returns('string')
  async ListEquipment(ctx: Context, argument: string): Promise<string> {
    const { grid, ...request } = decodeArgument(argument, gridPage);
    await requireSigncryptionRole(ctx, grid, ...SIGNCRYPTION_READERS);
    return JSON.stringify(await pageState<StoredEquipment>(ctx.stub, 'equipment', [grid], request));
  }

  /** Needs: any role of signcryption. `{grid, deviceId, pageSize, bookmark?}`: what happened to a device, in order. */
  @Transaction(false)
  @Returns('string')
  async ListEquipmentEvents(ctx: Context, argument: string): Promise<string> {
    const { grid, deviceId, ...request } = decodeArgument(argument, devicePage);
    await requireSigncryptionRole(ctx, grid, ...SIGNCRYPTION_READERS);
    return JSON.stringify(
      await pageState<StoredEquipmentEvent>(ctx.stub, 'equipment-event', [grid, deviceId], request),
    );
  }
}
