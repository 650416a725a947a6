/**
 * The grid a benchmark writes to, made through the same transactions as any utility's: a key, roles, 100 regions shared
 * out between one fog node of each organisation. A grid of its own for each run: no key of a run can be there already.
 */
import { randomUUID } from 'node:crypto';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import type { Role } from '@gridveil/chaincode/domain/roles.js';
import { generateAgreementKey } from '@gridveil/client/crypto/curve25519.js';
import { proveModulus } from '@gridveil/client/crypto/modulus-proof.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { createGrid, grantRole, registerFogNode } from '@gridveil/client/ledger/calls.js';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import type { FabricConnection } from '@gridveil/client/ledger/fabric/connection.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import type { BenchmarkFogNode, BenchmarkTarget } from '../inputs/target.js';

const ADMIN = 'Admin';
export const OWNER_USER = 'User1';
/** Runs a fog node where an organisation has it; a small one such as fabric-samples' has User1 only. */
const FOG_USER = 'User2';
const REGIONS_PER_FOG_NODE = 50;
const SLOT_SECONDS = 60;
const LARGEST_GROUP = 1_000;

/** 100 regions of 1,000 meters: 30 bits for each, 3,000 of the 3,072. */
const LIMITS = {
  radixBits: 30,
  minGroup: 5,
  maxReadingWh: 1_000_000,
  maxMeters: LARGEST_GROUP,
  slotSeconds: SLOT_SECONDS,
  // A long run writes many slots back in time.
  maxSlotAgeSeconds: 100_000_000,
  leaseSeconds: 60,
} as const satisfies Partial<GridParameters>;

/** @throws what the ledger refuses */
export async function makeBenchmarkGrid(
  directory: LedgerDirectory,
  connection: FabricConnection,
  privateKey: PaillierPrivateKey,
  seed: string,
): Promise<BenchmarkTarget> {
  const mspIds = Object.keys(connection.organisations).sort();
  const fogNodes = mspIds.map((mspId, index) => fogNodeOf(connection, mspId, index));
  const owner = await directory.connect(mspIds[0] as string, OWNER_USER);
  for (const role of ['mdms', 'registrar', 'auditor'] as const) await grant(directory, owner.identity, role);

  const { n, hN } = privateKey.publicKey;
  const grid = `benchmark-${randomUUID().slice(0, 8)}`;
  const regions = fogNodes.flatMap((fogNode) => fogNode.regions);
  await createGrid(owner, { grid, n, hN, modulusProof: proveModulus(privateKey), regions, ...LIMITS });
  for (const fogNode of fogNodes) {
    const { identity } = await directory.connect(fogNode.mspId, fogNode.user);
    await grant(directory, identity, 'fog');
    const { publicKey } = generateAgreementKey();
    await registerFogNode(owner, {
      grid,
      fogNode: fogNode.fogNode,
      ...identity,
      regions: [...fogNode.regions],
      agreementKey: publicKey,
    });
  }
  return {
    channel: connection.channel,
    chaincode: connection.chaincode,
    grid,
    n: String(n),
    hN: String(hN),
    seed,
    newestSlot: Math.floor(Date.now() / 1000 / SLOT_SECONDS) - 1,
    fogNodes,
  };
}

function fogNodeOf(connection: FabricConnection, mspId: string, index: number): BenchmarkFogNode {
  const users = connection.organisations[mspId]?.users ?? {};
  const fogNode = `fog-${index + 1}`;
  return {
    fogNode,
    mspId,
    user: Object.hasOwn(users, FOG_USER) ? FOG_USER : OWNER_USER,
    regions: Array.from({ length: REGIONS_PER_FOG_NODE }, (_, region) => `${fogNode}-region-${region + 1}`),
  };
}

async function grant(directory: LedgerDirectory, identity: Ledger['identity'], role: Role): Promise<void> {
  await grantRole(await directory.connect(identity.mspId, ADMIN), identity.subject, role);
}
