/**
 * Under which identities the demo's fog nodes run: they alternate between the organisations, so that no single one runs
 * all regions, and stay off the owner's identity, which is the MDMS, as long as there is any other.
 */
import type { LedgerDirectory } from '../../ledger/directory.js';

export interface PartyIdentity {
  readonly mspId: string;
  readonly user: string;
}

/** Runs the MDMS and the registrar, and reads as auditor. */
export const OWNER: PartyIdentity = { mspId: 'Org1MSP', user: 'User1' };
export const ADMIN = 'Admin';
const FOG_ORGANISATIONS = ['Org2MSP', 'Org1MSP'];
/** Where a ledger enrols anyone, as many as the native network has. */
const ANY_USERS = [2, 3, 4, 5, 6, 7, 8].map((number) => `User${number}`);

/** One identity for each of `count` fog nodes; they share when the ledger has fewer. */
export function fogIdentities(directory: Pick<LedgerDirectory, 'users'>, count: number): PartyIdentity[] {
  const organisations = FOG_ORGANISATIONS.map((mspId) => ({
    mspId,
    users: fogUsers(mspId, directory.users(mspId) ?? ANY_USERS),
  })).filter(({ users }) => users.length > 0);
  return Array.from({ length: count }, (_, j) => {
    const organisation = organisations[j % organisations.length];
    const { users } = organisation ?? { users: [] };
    const user = users[Math.floor(j / organisations.length) % users.length];
    return organisation === undefined || user === undefined ? OWNER : { mspId: organisation.mspId, user };
  });
}

function fogUsers(mspId: string, users: readonly string[]): string[] {
  const clients = users.filter((user) => user !== ADMIN);
  const others = clients.filter((user) => user !== OWNER.user);
  return others.length > 0 || mspId === OWNER.mspId ? others : clients;
}
