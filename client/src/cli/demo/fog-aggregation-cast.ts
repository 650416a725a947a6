/**
 * Sets the stage of the fog-aggregation demo on any ledger: roles, grid, fog nodes, meters, an elected leader.
 *
 * Org1 runs the MDMS and the registrar; fog-identities.ts says who the fog nodes are.
 * The MDMS's private key, the fog nodes' and the meters' secrets are handed to nobody else.
 */
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import { MAX_METERS_PER_REGISTRATION } from '@gridveil/chaincode/domain/meter.js';
import type { Role } from '@gridveil/chaincode/domain/roles.js';
import { generateAgreementKey } from '../../crypto/curve25519.js';
import type { PaillierPrivateKey } from '../../crypto/paillier-key.js';
import type { PaillierWorkers } from '../../crypto/paillier-workers.js';
import { createGrid, listFogNodes, registerFogNode, registerMeters } from '../../ledger/calls.js';
import type { LedgerDirectory } from '../../ledger/directory.js';
import type { Ledger } from '../../ledger/port.js';
import { grantRoles, type RoleGrant } from '../../ledger/role-grants.js';
import { FogNode } from '../../parties/fog-node.js';
import { readGrid, type GridView } from '../../parties/grid-view.js';
import { LeaderCandidate } from '../../parties/leader.js';
import { Mdms } from '../../parties/mdms.js';
import { generateMeterKeys, Meter, meterRegistration, type MeterKeys } from '../../parties/meter.js';
import { InProcessTransport } from '../../transport/in-process.js';
import { ADMIN, fogIdentities, OWNER } from './fog-identities.js';

export interface Cast {
  readonly grid: GridView;
  readonly transport: InProcessTransport;
  readonly meters: readonly Meter[];
  /** Fog node of each region, in radix order. */
  readonly fogNodes: readonly FogNode[];
  readonly leader: LeaderCandidate;
  readonly mdms: Mdms;
  /** Reads the ledger for the comparison at the end. */
  readonly auditor: Ledger;
}

export interface CastPlan {
  readonly parameters: GridParameters;
  readonly privateKey: PaillierPrivateKey;
  /** Meter ids of each region, in radix order. */
  readonly meterIds: readonly (readonly string[])[];
  readonly nowSeconds: () => number;
}

export async function castParties(
  directory: LedgerDirectory,
  workers: PaillierWorkers,
  plan: CastPlan,
): Promise<Omit<Cast, 'leader'> & { candidates: LeaderCandidate[] }> {
  const { parameters, privateKey } = plan;
  const owner = await directory.connect(OWNER.mspId, OWNER.user);
  const fogLedgers = await Promise.all(
    fogIdentities(directory, parameters.regions.length).map(({ mspId, user }) =>
      directory.connect(mspId, user),
    ),
  );
  await grantRoles(directory, ADMIN, grantsOf(owner, fogLedgers));
  await createGrid(owner, parameters);

  const agreements = parameters.regions.map(() => generateAgreementKey());
  const meterKeys = new Map(plan.meterIds.flat().map((meterId) => [meterId, generateMeterKeys()]));
  await Promise.all([
    ...fogLedgers.map((ledger, j) =>
      registerFogNode(owner, {
        grid: parameters.grid,
        fogNode: `fog-${j + 1}`,
        ...ledger.identity,
        regions: [parameters.regions[j] as string],
        agreementKey: (agreements[j] as (typeof agreements)[0]).publicKey,
      }),
    ),
    ...registrations(owner, plan, meterKeys),
  ]);

  const grid = await readGrid(owner, parameters.grid);
  const transport = new InProcessTransport();
  const fogNodes = await Promise.all(
    fogLedgers.map(async (ledger, j) => {
      const fogNode = new FogNode({
        fogNode: `fog-${j + 1}`,
        regions: [parameters.regions[j] as string],
        agreement: agreements[j] as (typeof agreements)[0],
        ledger,
        grid,
        nowSeconds: plan.nowSeconds,
      });
      await fogNode.syncMeters();
      transport.listen(fogNode.fogNode, (body) => fogNode.handle(body));
      return fogNode;
    }),
  );
  return {
    grid,
    transport,
    fogNodes,
    meters: await connectMeters(owner, grid, workers, plan, meterKeys),
    candidates: fogLedgers.map((ledger, j) => new LeaderCandidate(`fog-${j + 1}`, ledger, grid)),
    mdms: new Mdms(owner, grid, (ciphertexts) => workers.openBatch(privateKey, ciphertexts)),
    auditor: owner,
  };
}

function grantsOf(owner: Ledger, fogLedgers: readonly Ledger[]): RoleGrant[] {
  const ownerRoles: Role[] = ['mdms', 'registrar', 'auditor'];
  return [
    ...ownerRoles.map((role) => ({ identity: owner.identity, role })),
    ...fogLedgers.map(({ identity }) => ({ identity, role: 'fog' as const })),
  ];
}

function registrations(
  owner: Ledger,
  plan: CastPlan,
  keys: ReadonlyMap<string, MeterKeys>,
): Promise<unknown>[] {
  const { grid, regions } = plan.parameters;
  const all = plan.meterIds.flatMap((ids, j) =>
    ids.map((meterId) =>
      meterRegistration(
        grid,
        { meterId, region: regions[j] as string, epoch: 1 },
        keys.get(meterId) as MeterKeys,
      ),
    ),
  );
  const batches: Promise<unknown>[] = [];
  for (let i = 0; i < all.length; i += MAX_METERS_PER_REGISTRATION) {
    batches.push(registerMeters(owner, grid, all.slice(i, i + MAX_METERS_PER_REGISTRATION)));
  }
  return batches;
}

/** Meters take the key of their fog node from the ledger, not from the fog node. */
async function connectMeters(
  owner: Ledger,
  grid: GridView,
  workers: PaillierWorkers,
  plan: CastPlan,
  keys: ReadonlyMap<string, MeterKeys>,
): Promise<Meter[]> {
  const registered = await listFogNodes(owner, plan.parameters.grid);
  const encrypt = (energyWh: number): Promise<Uint8Array> =>
    workers.encryptOne(grid.publicKey, BigInt(energyWh));
  return plan.meterIds.flatMap((ids, j) => {
    const region = plan.parameters.regions[j] as string;
    const fogNode = registered.find((record) => record.regions.includes(region));
    const fogAgreementKey = Buffer.from(fogNode?.agreementKey ?? '', 'base64url');
    return ids.map(
      (meterId) =>
        new Meter({
          meterId,
          region,
          epoch: 1,
          keys: keys.get(meterId) as MeterKeys,
          grid,
          fogAgreementKey,
          encrypt,
        }),
    );
  });
}
