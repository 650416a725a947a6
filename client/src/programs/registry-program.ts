/**
 * `gridveil registry`: administration of a grid, from one file: roles, the grid, its fog nodes and meters go on the ledger, and what a meter has to know
 * of the grid into a file. It ends when all of it is there; running it again changes nothing, or adds what is new.
 */
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { LOWEST_MIN_GROUP } from '@gridveil/chaincode/domain/grid.js';
import { MAX_METERS_PER_REGISTRATION } from '@gridveil/chaincode/domain/meter.js';
import type { Role } from '@gridveil/chaincode/domain/roles.js';
import { proveModulus } from '../crypto/modulus-proof.js';
import { readKeyFile } from '../crypto/paillier-key-file.js';
import { createGrid, grantRole, listGrids, registerFogNode, registerMeters } from '../ledger/calls.js';
import type { LedgerDirectory } from '../ledger/directory.js';
import type { Ledger } from '../ledger/port.js';
import { createLog, type Log } from '../operations/log.js';
import { readGrid } from '../parties/grid-view.js';
import { meterRegistration } from '../parties/meter.js';
import { common, identifier, path, readConfiguration } from './configuration.js';
import { readFogIdentity, readMeterSecrets } from './secret-files.js';
import { whenThere } from './until-stopped.js';

const ADMIN = 'Admin';

const configuration = z.strictObject({
  logLevel: common.logLevel,
  ledger: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('served'), address: path }),
    z.strictObject({ kind: z.literal('fabric'), connection: path }),
  ]),
  /** Who owns the grid: MDMS, registrar and auditor. */
  owner: z.strictObject({ mspId: z.string(), user: z.string() }),
  grid: z.strictObject({
    grid: identifier,
    radixBits: z.int(),
    minGroup: z.int().min(LOWEST_MIN_GROUP),
    maxReadingWh: z.int(),
    maxMeters: z.int(),
    slotSeconds: z.int(),
    maxSlotAgeSeconds: z.int(),
    leaseSeconds: z.int(),
    regions: z.array(identifier).min(1),
  }),
  /** The MDMS's Paillier key, needed once: its public part and proof go on the ledger. */
  key: path,
  fogNodes: z.array(path).min(1),
  meters: z.array(path),
  /** Where the grid's public parameters are written for meters. */
  gridFile: path,
});

type RegistryConfiguration = z.infer<typeof configuration>;

/** @throws ClientError CONFIG_INVALID and of the files it names; GridveilError when the ledger refuses. */
export async function runRegistry(file: string): Promise<void> {
  const settings = await readConfiguration(file, configuration);
  const log = createLog('registry', settings.logLevel);
  // Ctrl-C ends it at once: all it does may be done again.
  const { signal } = new AbortController();
  const directory = await whenThere(signal, 'the ledger', log, () => openDirectory(settings.ledger));
  if (!directory) return;
  try {
    await register(settings, directory, log);
  } finally {
    await directory.close();
  }
}

async function openDirectory(ledger: RegistryConfiguration['ledger']): Promise<LedgerDirectory> {
  if (ledger.kind === 'fabric') {
    const { openFabricDirectory } = await import('../ledger/fabric/fabric-directory.js');
    return openFabricDirectory(ledger.connection);
  }
  const { readAddressFile, servedDirectory } = await import('../ledger/served/served-directory.js');
  return servedDirectory(await readAddressFile(ledger.address));
}

async function register(
  settings: RegistryConfiguration,
  directory: LedgerDirectory,
  log: Log,
): Promise<void> {
  const { grid } = settings.grid;
  const owner = await directory.connect(settings.owner.mspId, settings.owner.user);
  for (const role of ['mdms', 'registrar', 'auditor'] as const) await grant(directory, owner, role);
  await createOnce(owner, settings);
  log.info('grid is on the ledger', { grid });

  for (const file of settings.fogNodes) {
    const { fogNode, regions, mspId, user, agreementKey } = await readFogIdentity(file);
    const { identity } = await directory.connect(mspId, user);
    await grant(directory, { identity }, 'fog');
    await registerFogNode(owner, { grid, fogNode, ...identity, regions, agreementKey });
    log.info('fog node is on the ledger', { fogNode });
  }
  for (const file of settings.meters) await registerFleet(owner, grid, file, log);

  const { channel, record } = await readGrid(owner, grid);
  await writeFile(settings.gridFile, `${JSON.stringify({ channel, record }, undefined, 2)}\n`);
  log.info('done', { grid });
}

async function grant(
  directory: LedgerDirectory,
  { identity }: Pick<Ledger, 'identity'>,
  role: Role,
): Promise<void> {
  await grantRole(await directory.connect(identity.mspId, ADMIN), identity.subject, role);
}

/** A proof of the modulus is not the same twice, so that a grid that exists is left as it is. */
async function createOnce(owner: Ledger, { grid, key }: RegistryConfiguration): Promise<void> {
  const known = (await listGrids(owner)).some((each) => each.grid === grid.grid);
  if (known) return;
  const privateKey = await readKeyFile(key);
  const { n, hN } = privateKey.publicKey;
  await createGrid(owner, { ...grid, n, hN, modulusProof: proveModulus(privateKey) });
}

async function registerFleet(owner: Ledger, grid: string, file: string, log: Log): Promise<void> {
  const { meters } = await readMeterSecrets(file);
  const all = meters.map(({ keys, ...facts }) => meterRegistration(grid, facts, keys));
  for (let i = 0; i < all.length; i += MAX_METERS_PER_REGISTRATION)
    await registerMeters(owner, grid, all.slice(i, i + MAX_METERS_PER_REGISTRATION));
  log.info('meters are on the ledger', { meters: all.length });
}
