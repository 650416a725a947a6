/** Where things are kept: always outside the repository, except the staged chaincode in its git-ignored build folder. */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const FABRIC_VERSION = 'v3.1.1';

/** The folder of this workspace: `dist` is one level below it. */
export const NETWORK_FOLDER = dirname(__dirname);
export const REPOSITORY = dirname(NETWORK_FOLDER);
export const STAGED_FOLDER = join(REPOSITORY, 'build', 'chaincode');

/**
 * Folder of one network: `--dir`, GRIDVEIL_NETWORK_DIR, else `network` in GRIDVEIL_HOME or the user's state folder.
 * The client looks for the connection description in the same places (client/src/cli/state-folder.ts).
 */
export function networkFolder(dir?: string): string {
  const chosen = dir ?? setting('GRIDVEIL_NETWORK_DIR');
  if (chosen !== undefined) return resolve(chosen);
  const home =
    setting('GRIDVEIL_HOME') ??
    join(setting('XDG_STATE_HOME') ?? join(homedir(), '.local', 'state'), 'gridveil');
  return resolve(home, 'network');
}

/** Build cache of the pinned Fabric version: `bin/` and `config/`, as in a Fabric release archive. */
export function fabricCache(): string {
  const cache =
    setting('GRIDVEIL_CACHE') ?? join(setting('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'gridveil');
  return resolve(cache, `fabric-${FABRIC_VERSION}`);
}

/** An environment variable that is set to something. */
export function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** What is where inside the folder of one network. */
export interface NetworkPaths {
  readonly dir: string;
  readonly lock: string;
  readonly organisations: string;
  readonly config: string;
  readonly genesisBlock: string;
  readonly ledgers: string;
  readonly logs: string;
  /** The package that the peers install: only the address and the TLS identity of the chaincode server. */
  readonly package: string;
  /** Freshly staged code, not yet deployed. */
  readonly staged: string;
  /** The code that is deployed: a copy of the staged folder. */
  readonly chaincode: string;
  readonly connection: string;
}

export function pathsOf(dir: string): NetworkPaths {
  return {
    dir,
    lock: join(dir, 'lock'),
    organisations: join(dir, 'organizations'),
    config: join(dir, 'config'),
    genesisBlock: join(dir, 'config', 'mychannel.block'),
    ledgers: join(dir, 'ledgers'),
    logs: join(dir, 'logs'),
    package: join(dir, 'package', 'gridveil_1.0.tgz'),
    staged: join(dir, 'staged'),
    chaincode: join(dir, 'chaincode'),
    connection: join(dir, 'connection.json'),
  };
}
