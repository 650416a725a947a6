/** Roles for identities that are there: each is granted by the admin of its own organisation. */
import type { Role } from '@gridveil/chaincode/domain/roles.js';
import { grantRole } from './calls.js';
import type { LedgerDirectory } from './directory.js';
import type { LedgerIdentity } from './port.js';

export interface RoleGrant {
  readonly identity: LedgerIdentity;
  readonly role: Role;
}

/** @param admin - name of the administrator in every organisation */
export async function grantRoles(
  directory: LedgerDirectory,
  admin: string,
  grants: readonly RoleGrant[],
): Promise<void> {
  const once = new Map(grants.map((grant) => [JSON.stringify(grant), grant]));
  await Promise.all(
    [...once.values()].map(async ({ identity: { mspId, subject }, role }) =>
      grantRole(await directory.connect(mspId, admin), subject, role),
    ),
  );
}
