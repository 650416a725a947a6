/**
 * Finds Fabric's programs: FABRIC_BIN, then PATH, then the build cache, else one build of the pinned Go module.
 * All of these are laid out as in a Fabric release archive: `config/` with core.yaml and orderer.yaml beside `bin/`.
 */
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { baseEnvironment } from '../layout/base-environment.js';
import { NetworkError } from '../errors.js';
import { fabricCache, FABRIC_VERSION, setting } from '../folders.js';
import { buildFabric } from './go-build.js';
import type { Reporter } from '../reporter.js';
import { runCommand } from '../processes/run-command.js';

export const PROGRAMS = ['configtxgen', 'configtxlator', 'cryptogen', 'orderer', 'osnadmin', 'peer'] as const;
const CONFIG_FILES = ['core.yaml', 'orderer.yaml'];
const LOWEST_VERSION = [3, 1] as const;

export interface FabricTools {
  readonly bin: string;
  /** Folder for FABRIC_CFG_PATH. */
  readonly config: string;
  readonly version: string;
  readonly origin: 'FABRIC_BIN' | 'PATH' | 'build cache';
}

export interface ToolSearch {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Cost: one `peer version` when found; about two minutes and 1.6 GB of Go caches for a build on two cores.
 * @throws NetworkError BAD_FABRIC_BIN, GO_MISSING, GO_TOO_OLD, BUILD_FAILED
 */
export async function findFabricTools(search: ToolSearch): Promise<FabricTools> {
  const chosen = setting('FABRIC_BIN');
  if (chosen !== undefined) return await fromFabricBin(resolve(chosen));
  return (await fromPath(search.reporter)) ?? (await fromCache(search));
}

async function fromFabricBin(bin: string): Promise<FabricTools> {
  const found = await inspect(bin);
  if ('reason' in found) throw new NetworkError('BAD_FABRIC_BIN', { dir: bin, reason: found.reason });
  return { ...found, origin: 'FABRIC_BIN' };
}

async function fromPath(reporter: Reporter): Promise<FabricTools | undefined> {
  const folder = (process.env['PATH'] ?? '')
    .split(delimiter)
    .find((entry) => entry !== '' && isExecutable(join(entry, 'peer')));
  if (folder === undefined) return undefined;
  const bin = dirname(realpathSync(join(folder, 'peer')));
  const found = await inspect(bin);
  if (!('reason' in found)) return { ...found, origin: 'PATH' };
  reporter.step(`Fabric on PATH (${bin}) is not used: ${found.reason}`);
  return undefined;
}

async function fromCache(search: ToolSearch): Promise<FabricTools> {
  const cache = fabricCache();
  const ready = (): boolean => missingIn(join(cache, 'bin'), join(cache, 'config')) === undefined;
  if (!ready()) await buildFabric({ ...search, cache, programs: PROGRAMS, configFiles: CONFIG_FILES, ready });
  return {
    bin: join(cache, 'bin'),
    config: join(cache, 'config'),
    version: FABRIC_VERSION,
    origin: 'build cache',
  };
}

type Inspected = Pick<FabricTools, 'bin' | 'config' | 'version'> | { readonly reason: string };

async function inspect(bin: string): Promise<Inspected> {
  const config = resolve(bin, '..', 'config');
  const missing = missingIn(bin, config);
  if (missing !== undefined) return { reason: `${missing} is missing` };
  const file = join(bin, 'peer');
  const asked = await runCommand({ step: 'peer version', file, args: ['version'], env: baseEnvironment() });
  const version = /Version:\s*v?(\S+)/.exec(asked.stdout)?.[1];
  if (version === undefined) return { reason: '"peer version" gives no version' };
  return isNewEnough(version)
    ? { bin, config, version: `v${version}` }
    : {
        reason: `it is Fabric ${version}, and before 3.1 a peer insists on a Docker engine`,
      };
}

function missingIn(bin: string, config: string): string | undefined {
  const program = PROGRAMS.find((name) => !isExecutable(join(bin, name)));
  if (program !== undefined) return join(bin, program);
  return CONFIG_FILES.map((name) => join(config, name)).find((file) => !existsSync(file));
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LOWEST_VERSION[0] || (major === LOWEST_VERSION[0] && minor >= LOWEST_VERSION[1]);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
