/**
 * The lock file of the staged package: the part of the repository's lock file that the package's own dependencies reach.
 * So a peer installs exactly the versions that were tested here. Registry addresses are left out.
 */
import { NetworkError } from '../errors.js';

/** One entry of `packages` in a lock file (version 3). */
export interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly [other: string]: unknown;
}
export type LockPackages = Readonly<Record<string, LockEntry>>;

export interface StagedManifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
}

/**
 * @param workspace - folder of the package inside the repository, whose own node_modules come first: `chaincode`
 * @throws NetworkError LOCK_MISMATCH when a package is missing or two versions would share one place
 */
export function shrinkwrap(
  lock: LockPackages,
  workspace: string,
  manifest: StagedManifest,
): { readonly packages: LockPackages } & Record<string, unknown> {
  const placed = new Map<string, string>();
  const visit = (name: string, from: string, optional: boolean): void => {
    const source = resolveIn(lock, name, from);
    if (source === undefined) {
      if (optional) return;
      throw new NetworkError('LOCK_MISMATCH', { name, reason: `${from} needs it, the lock file lacks it` });
    }
    const target = source.startsWith(`${workspace}/`) ? source.slice(workspace.length + 1) : source;
    const known = placed.get(target);
    if (known === source) return;
    if (known !== undefined)
      throw new NetworkError('LOCK_MISMATCH', { name, reason: `${known} and ${source}` });
    placed.set(target, source);
    const entry = lock[source] ?? {};
    Object.keys(entry.dependencies ?? {}).forEach((needed) => visit(needed, source, false));
    Object.keys(entry.optionalDependencies ?? {}).forEach((needed) => visit(needed, source, true));
  };
  Object.keys(manifest.dependencies).forEach((name) => visit(name, workspace, false));
  Object.keys(manifest.optionalDependencies).forEach((name) => visit(name, workspace, true));

  const entries = [...placed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([target, source]): [string, LockEntry] => [target, portable(lock[source] ?? {})]);
  const { name, version, license, dependencies, optionalDependencies, engines } = manifest;
  return {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name, version, license, dependencies, optionalDependencies, engines },
      ...Object.fromEntries(entries),
    },
  };
}

/** Where Node.js would find `name` from the folder `from`: its own node_modules first, then those above it. */
function resolveIn(lock: LockPackages, name: string, from: string): string | undefined {
  for (let folder = from; ; folder = parentOf(folder)) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = lock[candidate];
    if (entry !== undefined && entry.link !== true) return candidate;
    if (folder === '') return undefined;
  }
}

/** `a/node_modules/b` lies in `a`; `a` and `node_modules/b` lie in the root. */
function parentOf(folder: string): string {
  const at = folder.lastIndexOf('/node_modules/');
  return at < 0 ? '' : folder.slice(0, at);
}

const ABOUT_THE_REPOSITORY = new Set(['resolved', 'dev', 'devOptional', 'peer', 'extraneous']);

function portable(entry: LockEntry): LockEntry {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !ABOUT_THE_REPOSITORY.has(key)));
}
