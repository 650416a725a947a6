/**
 * Contract `registry`: roles, grids, fog nodes and meters.
 *
 * Every transaction takes one JSON string and returns one. Submitting the same facts again returns the old receipt and
 * writes nothing; other facts under the same id are refused.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { decodeArgument, identifier, object, oneOf, optional, pageSize, text } from '../domain/decode.js';
import {
  fogNodeRecord,
  fogNodeRegistration,
  regionAssignment,
  type RegionRecord,
  type StoredFogNode,
} from '../domain/fog-node.js';
import {
  checkGridParameters,
  gridParameters,
  submissionLimits,
  type GridProofRecord,
  type GridRecord,
} from '../domain/grid.js';
import {
  checkPossession,
  meterRegistrations,
  type MeterRecord,
  type MeterRegistration,
} from '../domain/meter.js';
import type { BillingMeterRecord } from '../domain/billing-parties.js';
import { ROLES } from '../domain/roles.js';
import { PAILLIER_MODULUS_BITS } from '../crypto/paillier.js';
import { toBase64url } from '../crypto/bytes.js';
import { refusal } from '../errors.js';
import { requireAdmin, requireGrid, requireGridRole, requireRole } from '../ledger/access.js';
import { canonicalJson, type JsonValue } from '../ledger/canonical-json.js';
import { emit, EVENTS } from '../ledger/events.js';
import { deleteState, pageState, readState, writeState } from '../ledger/state.js';

const roleCall = object({ subject: text(512), role: oneOf(ROLES) });
const gridCall = object({ grid: identifier });
const meterCall = object({ grid: identifier, meterId: identifier });
const fogNodeCall = object({ grid: identifier, fogNode: identifier });
const pageCall = object({ pageSize, bookmark: optional(text(1024)) });
const gridPageCall = object({ grid: identifier, pageSize, bookmark: optional(text(1024)) });

@Info({ title: 'registry', description: 'Roles, grids, fog nodes and meters' })
export class RegistryContract extends Contract {
  /** Key sizes this deployment accepts; tests run a subclass with toy sizes. */
  protected readonly modulusBits: readonly number[] = PAILLIER_MODULUS_BITS;

  constructor() {
    super('registry');
  }

  /** Needs: admin of the holder's organisation. `{subject, role}` */
  @Transaction()
  @Returns('string')
  async GrantRole(ctx: Context, argument: string): Promise<string> {
    const { subject, role } = decodeArgument(argument, roleCall);
    const { mspId } = requireAdmin(ctx);
    const key = [mspId, subject, role];
    if (await readState(ctx.stub, 'role', key)) return receipt('duplicate', { mspId, subject, role });
    await writeState(ctx.stub, 'role', key, { mspId, subject, role });
    emit(ctx, EVENTS.roleGranted, { mspId, subject, role });
    return receipt('accepted', { mspId, subject, role });
  }

  /** Needs: admin of the holder's organisation. `{subject, role}` */
  @Transaction()
  @Returns('string')
  async RevokeRole(ctx: Context, argument: string): Promise<string> {
    const { subject, role } = decodeArgument(argument, roleCall);
    const { mspId } = requireAdmin(ctx);
    const key = [mspId, subject, role];
    if (!(await readState(ctx.stub, 'role', key))) return receipt('duplicate', { mspId, subject, role });
    await deleteState(ctx.stub, 'role', key);
    emit(ctx, EVENTS.roleRevoked, { mspId, subject, role });
    return receipt('accepted', { mspId, subject, role });
  }

  /** Needs: mdms. The parameters of domain/grid.ts; the submitter's organisation owns the grid. */
  @Transaction()
  @Returns('string')
  async CreateGrid(ctx: Context, argument: string): Promise<string> {
    const parameters = decodeArgument(argument, gridParameters);
    const caller = await requireRole(ctx, 'mdms');
    checkGridParameters(parameters, this.modulusBits);
    const { modulusProof, ...fields } = parameters;
    const { grid } = fields;
    const [record, proof]: JsonValue[] = [{ ...fields, owner: caller.mspId }, { modulusProof }];
    const existing = await readState<JsonValue>(ctx.stub, 'grid', [grid]);
    if (existing !== undefined) {
      const known = (await readState<JsonValue>(ctx.stub, 'grid-proof', [grid])) ?? null;
      return duplicateOr([existing, known], [record, proof], { grid }, () =>
        refusal('GRID_EXISTS', { grid }),
      );
    }
    await writeState(ctx.stub, 'grid', [grid], record);
    await writeState(ctx.stub, 'grid-proof', [grid], proof);
    emit(ctx, EVENTS.gridCreated, { grid, owner: caller.mspId });
    return receipt('accepted', { grid });
  }

  /** Needs: registrar of the grid's owner. `{grid, fogNode, mspId, subject, regions, agreementKey}` */
  @Transaction()
  @Returns('string')
  async RegisterFogNode(ctx: Context, argument: string): Promise<string> {
    const registration = decodeArgument(argument, fogNodeRegistration);
    const { grid, fogNode, regions } = registration;
    const gridRecord = await requireGridRole(ctx, grid, 'registrar');
    const existing = await readState<StoredFogNode>(ctx.stub, 'fog-node', [grid, fogNode]);
    if (existing !== undefined) {
      return duplicateOr({ ...fogNodeRecord(existing) }, registration, { grid, fogNode }, () =>
        refusal('FOG_NODE_EXISTS', { fogNode }),
      );
    }
    if (new Set(regions).size !== regions.length) {
      throw refusal('BAD_FIELD', { field: 'regions', expected: 'a list without repeated ids' });
    }
    for (const region of regions) {
      if (!gridRecord.regions.includes(region)) throw refusal('REGION_UNKNOWN', { region });
      const served = await readState<RegionRecord>(ctx.stub, 'region', [grid, region]);
      if (served) throw refusal('FOG_NODE_EXISTS', { fogNode: served.fogNode, region });
      await writeState(ctx.stub, 'region', [grid, region], { fogNode });
    }
    const agreementKey = toBase64url(registration.agreementKey);
    await writeFogNode(ctx, { ...registration, agreementKey, limits: submissionLimits(gridRecord) });
    emit(ctx, EVENTS.fogNodeRegistered, { grid, fogNode, regions });
    return receipt('accepted', { grid, fogNode });
  }

  /** Needs: registrar of the grid's owner. `{grid, region, fogNode}`: hands a region to another registered fog node. */
  @Transaction()
  @Returns('string')
  async AssignRegion(ctx: Context, argument: string): Promise<string> {
    const { grid, region, fogNode } = decodeArgument(argument, regionAssignment);
    const gridRecord = await requireGridRole(ctx, grid, 'registrar');
    if (!gridRecord.regions.includes(region)) throw refusal('REGION_UNKNOWN', { region });
    const next = await readState<StoredFogNode>(ctx.stub, 'fog-node', [grid, fogNode]);
    if (!next) throw refusal('FOG_NODE_UNKNOWN', { fogNode });
    const served = await readState<RegionRecord>(ctx.stub, 'region', [grid, region]);
    if (served?.fogNode === fogNode) return receipt('duplicate', { grid, region, fogNode });
    if (served) {
      const previous = await readState<StoredFogNode>(ctx.stub, 'fog-node', [grid, served.fogNode]);
      if (previous) {
        const others = previous.regions.filter((each) => each !== region);
        await writeFogNode(ctx, { ...previous, regions: others });
      }
    }
    await writeState(ctx.stub, 'region', [grid, region], { fogNode });
    await writeFogNode(ctx, { ...next, regions: [...next.regions, region] });
    emit(ctx, EVENTS.regionAssigned, { grid, region, fogNode });
    return receipt('accepted', { grid, region, fogNode });
  }

  /** Needs: registrar of the grid's owner. `{grid, meters: [{meterId, region, epoch, agreementKey, signingKey, possession}]}` */
  @Transaction()
  @Returns('string')
  async RegisterMeters(ctx: Context, argument: string): Promise<string> {
    const { grid, meters } = decodeArgument(argument, meterRegistrations);
    const gridRecord = await requireGridRole(ctx, grid, 'registrar');
    if (new Set(meters.map((meter) => meter.meterId)).size !== meters.length) {
      throw refusal('BAD_FIELD', { field: 'meters', expected: 'a list without repeated meter ids' });
    }
    const registered: string[] = [];
    for (const meter of meters) {
      if (!gridRecord.regions.includes(meter.region))
        throw refusal('REGION_UNKNOWN', { region: meter.region });
      if (await this.registerMeter(ctx, grid, meter)) registered.push(meter.meterId);
    }
    if (registered.length === 0) return receipt('duplicate', { grid, registered: 0 });
    emit(ctx, EVENTS.metersRegistered, { grid, meterIds: registered });
    return receipt('accepted', { grid, registered: registered.length });
  }

  /** @returns whether anything was written. */
  private async registerMeter(ctx: Context, grid: string, meter: MeterRegistration): Promise<boolean> {
    const { meterId, region, epoch } = meter;
    const existing = await readState<MeterRecord>(ctx.stub, 'meter', [grid, meterId]);
    const record = {
      meterId,
      region,
      epoch,
      agreementKey: toBase64url(meter.agreementKey),
      signingKey: toBase64url(meter.signingKey),
      revoked: false,
    };
    if (existing && canonicalJson(record) === canonicalJson({ ...existing })) return false;
    // New keys replace old ones only under the next epoch; a meter never moves to another region under the same keys.
    if (existing && !succeeds(record, existing)) throw refusal('METER_EXISTS', { meterId });
    checkPossession(grid, meter);
    await writeState(ctx.stub, 'meter', [grid, meterId], record);
    return true;
  }

  /** Needs: registrar of the grid's owner. `{grid, meterId}` */
  @Transaction()
  @Returns('string')
  async RevokeMeter(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId } = decodeArgument(argument, meterCall);
    await requireGridRole(ctx, grid, 'registrar');
    const meter = await readState<MeterRecord>(ctx.stub, 'meter', [grid, meterId]);
    if (!meter) throw refusal('METER_UNKNOWN', { meterId });
    if (meter.revoked) return receipt('duplicate', { grid, meterId });
    await writeState(ctx.stub, 'meter', [grid, meterId], { ...meter, revoked: true });
    const billed = await readState<BillingMeterRecord>(ctx.stub, 'billing-meter', [grid, meterId]);
    if (billed) await writeState(ctx.stub, 'billing-meter', [grid, meterId], { ...billed, revoked: true });
    emit(ctx, EVENTS.meterRevoked, { grid, meterId });
    return receipt('accepted', { grid, meterId });
  }

  /** Any member of the channel. `{grid}` */
  @Transaction(false)
  @Returns('string')
  async GetGrid(ctx: Context, argument: string): Promise<string> {
    const { grid } = decodeArgument(argument, gridCall);
    const record = await requireGrid(ctx, grid);
    return canonicalJson({
      ...record,
      ...(await readState<GridProofRecord>(ctx.stub, 'grid-proof', [grid])),
    });
  }

  /** Any member of the channel. `{pageSize, bookmark?}` */
  @Transaction(false)
  @Returns('string')
  async ListGrids(ctx: Context, argument: string): Promise<string> {
    const { pageSize, bookmark } = decodeArgument(argument, pageCall);
    const page = await pageState<GridRecord>(ctx.stub, 'grid', [], { pageSize, bookmark });
    return canonicalJson({
      items: page.items.map(({ grid, owner }) => ({ grid, owner })),
      bookmark: page.bookmark,
    });
  }

  /** Any member of the channel. `{grid, fogNode}` */
  @Transaction(false)
  @Returns('string')
  async GetFogNode(ctx: Context, argument: string): Promise<string> {
    const { grid, fogNode } = decodeArgument(argument, fogNodeCall);
    await requireGrid(ctx, grid);
    const record = await readState<StoredFogNode>(ctx.stub, 'fog-node', [grid, fogNode]);
    if (!record) throw refusal('FOG_NODE_UNKNOWN', { fogNode });
    return canonicalJson({ ...fogNodeRecord(record) });
  }

  /** Any member of the channel. `{grid, pageSize, bookmark?}` */
  @Transaction(false)
  @Returns('string')
  async ListFogNodes(ctx: Context, argument: string): Promise<string> {
    const { grid, ...request } = decodeArgument(argument, gridPageCall);
    await requireGrid(ctx, grid);
    const page = await pageState<StoredFogNode>(ctx.stub, 'fog-node', [grid], request);
    return canonicalJson({
      items: page.items.map((item) => ({ ...fogNodeRecord(item) })),
      bookmark: page.bookmark,
    });
  }

  /** Needs: fog, registrar or auditor. `{grid, meterId}` */
  @Transaction(false)
  @Returns('string')
  async GetMeter(ctx: Context, argument: string): Promise<string> {
    const { grid, meterId } = decodeArgument(argument, meterCall);
    await requireRole(ctx, 'fog', 'registrar', 'auditor');
    await requireGrid(ctx, grid);
    const meter = await readState<MeterRecord>(ctx.stub, 'meter', [grid, meterId]);
    if (!meter) throw refusal('METER_UNKNOWN', { meterId });
    return canonicalJson({ ...meter });
  }

  /** Needs: fog, registrar or auditor. `{grid, pageSize, bookmark?}` */
  @Transaction(false)
  @Returns('string')
  async ListMeters(ctx: Context, argument: string): Promise<string> {
    const { grid, ...request } = decodeArgument(argument, gridPageCall);
    await requireRole(ctx, 'fog', 'registrar', 'auditor');
    await requireGrid(ctx, grid);
    const page = await pageState<MeterRecord>(ctx.stub, 'meter', [grid], request);
    return canonicalJson({ items: page.items.map((item) => ({ ...item })), bookmark: page.bookmark });
  }
}

function writeFogNode(ctx: Context, fog: StoredFogNode): Promise<void> {
  return writeState(ctx.stub, 'fog-node', [fog.grid, fog.fogNode], { ...fog, limits: { ...fog.limits } });
}

function receipt(status: 'accepted' | 'duplicate', facts: Record<string, JsonValue>): string {
  return canonicalJson({ status, ...facts });
}

/** The next epoch, with both keys new. */
function succeeds(next: MeterRecord, existing: MeterRecord): boolean {
  return (
    next.epoch === existing.epoch + 1 &&
    next.agreementKey !== existing.agreementKey &&
    next.signingKey !== existing.signingKey
  );
}

/** The same facts again: the old receipt. Other facts: refused. */
function duplicateOr(
  existing: JsonValue,
  wanted: JsonValue,
  facts: Record<string, JsonValue>,
  conflict: () => Error,
): string {
  if (canonicalJson(existing) !== canonicalJson(wanted)) throw conflict();
  return receipt('duplicate', facts);
}
