/** Authorisation: which role, organisation or fog node a transaction needs, looked up for its submitter. */
import type { Context } from 'fabric-contract-api';
import type { StoredFogNode } from '../domain/fog-node.js';
import type { GridRecord } from '../domain/grid.js';
import type { Role } from '../domain/roles.js';
import { refusal } from '../errors.js';
import { callerOf, type Caller } from './caller.js';
import { readState } from './state.js';

/** @throws AuthorisationError ADMIN_REQUIRED */
export function requireAdmin(ctx: Context): Caller {
  const caller = callerOf(ctx);
  if (!caller.isAdmin) throw refusal('ADMIN_REQUIRED', { mspId: caller.mspId });
  return caller;
}

/** Passes a caller that holds at least one of the roles. @throws AuthorisationError ROLE_REQUIRED */
export async function requireRole(ctx: Context, ...roles: readonly Role[]): Promise<Caller> {
  const caller = callerOf(ctx);
  for (const role of roles) {
    if (await readState(ctx.stub, 'role', [caller.mspId, caller.subject, role])) return caller;
  }
  throw refusal('ROLE_REQUIRED', { role: roles.join('" or "'), mspId: caller.mspId });
}

/** @throws NotFoundError GRID_UNKNOWN */
export async function requireGrid(ctx: Context, grid: string): Promise<GridRecord> {
  const record = await readState<GridRecord>(ctx.stub, 'grid', [grid]);
  if (!record) throw refusal('GRID_UNKNOWN', { grid });
  return record;
}

/** The role, and membership of the organisation that owns the grid. @throws AuthorisationError ROLE_REQUIRED, NOT_GRID_OWNER */
export async function requireGridRole(ctx: Context, grid: string, role: Role): Promise<GridRecord> {
  const caller = await requireRole(ctx, role);
  const record = await requireGrid(ctx, grid);
  if (record.owner !== caller.mspId) throw refusal('NOT_GRID_OWNER', { grid, owner: record.owner });
  return record;
}

/**
 * The submitter is the identity the fog node was registered with, and still holds the role. Two reads and not one: a
 * role is its own organisation's record alone, so that no other organisation can delay or block its revocation.
 * @throws AuthorisationError ROLE_REQUIRED, NOT_YOUR_FOG_NODE; NotFoundError GRID_UNKNOWN, FOG_NODE_UNKNOWN
 */
export async function requireFogNode(ctx: Context, grid: string, fogNode: string): Promise<StoredFogNode> {
  const caller = await requireRole(ctx, 'fog');
  const registered = await readState<StoredFogNode>(ctx.stub, 'fog-node', [grid, fogNode]);
  if (!registered) {
    await requireGrid(ctx, grid);
    throw refusal('FOG_NODE_UNKNOWN', { fogNode });
  }
  if (registered.mspId !== caller.mspId || registered.subject !== caller.subject) {
    throw refusal('NOT_YOUR_FOG_NODE', { fogNode });
  }
  return registered;
}
