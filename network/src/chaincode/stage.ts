/**
 * Makes the folder that is deployed: the compiled contracts and the server, each as one bundled file, with a manifest, an
 * exact lock file and a Dockerfile. `peer lifecycle chaincode package` takes it as it is, and so does the native server.
 *
 * What is bundled is tsc's output, never the TypeScript: a bundler drops the type metadata the contracts are made of.
 * fabric-* stays outside, because `fabric-chaincode-node` loads its own copy and both must be the same. Native code stays outside, too: it is an
 * optional dependency of the staged package, loaded at run time where npm found a binary for the platform.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildFailure } from 'esbuild';
import { NetworkError } from '../errors.js';
import { NETWORK_FOLDER, REPOSITORY, STAGED_FOLDER } from '../folders.js';
import { shrinkwrap, type LockPackages, type StagedManifest } from './shrinkwrap.js';

const WORKSPACE = 'chaincode';
const RUNTIME_DEPENDENCIES = ['fabric-contract-api', 'fabric-shim'];

export interface StageOptions {
  /** Compiled file that exports `contracts`; Gridveil's own by default. */
  readonly entry?: string;
  /** Folder to make or replace; `build/chaincode` by default. */
  readonly out?: string;
}

export interface Staged {
  readonly folder: string;
  /** Digest over names and contents of all files. */
  readonly codeSha256: string;
}

export function productEntry(): string {
  return join(REPOSITORY, WORKSPACE, 'dist', 'index.js');
}

/** The folder appears as a whole or not at all. @throws NetworkError NOT_BUILT, LOCK_MISMATCH */
export async function stage(options: StageOptions = {}): Promise<Staged> {
  const out = options.out ?? STAGED_FOLDER;
  mkdirSync(dirname(out), { recursive: true });
  const folder = mkdtempSync(`${out}-`);
  chmodSync(folder, 0o755);
  try {
    await bundle(options.entry ?? productEntry(), join(folder, 'index.js'));
    await bundle(join(REPOSITORY, WORKSPACE, 'dist', 'server.js'), join(folder, 'server.js'));
    writeManifests(folder);
    for (const name of ['Dockerfile', '.dockerignore']) {
      copyFileSync(join(NETWORK_FOLDER, 'staged', name), join(folder, name));
    }
    rmSync(out, { recursive: true, force: true });
    renameSync(folder, out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return stagedAt(out);
}

/** @throws NetworkError NOT_STAGED when the folder does not hold what `stage` makes. */
export function stagedAt(folder: string): Staged {
  const needed = ['index.js', 'server.js', 'package.json', 'npm-shrinkwrap.json'];
  const missing = needed.find((name) => !existsSync(join(folder, name)));
  if (missing !== undefined)
    throw new NetworkError('NOT_STAGED', { dir: folder, reason: `${missing} is missing` });
  const digest = createHash('sha256');
  for (const name of stagedFiles(folder)) {
    const content = readFileSync(join(folder, name));
    digest.update(`${name}\0${content.length}\0`).update(content);
  }
  return { folder, codeSha256: digest.digest('hex') };
}

/** Copies a staged folder, without node_modules. */
export function copyStaged(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  stagedFiles(from).forEach((name) => copyFileSync(join(from, name), join(to, name)));
}

function stagedFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

async function bundle(entry: string, outfile: string): Promise<void> {
  if (!existsSync(entry)) throw new NetworkError('NOT_BUILT', { file: entry });
  const { build } = await import('esbuild');
  await build({
    entryPoints: [entry],
    outfile,
    // Names in the output are relative to this folder, so they do not depend on where the repository lies.
    absWorkingDir: REPOSITORY,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    keepNames: true,
    external: [...RUNTIME_DEPENDENCIES, 'fabric-shim/*'],
    logLevel: 'silent',
  }).catch((cause: unknown) => {
    const reason = (cause as Partial<BuildFailure>).errors?.[0]?.text ?? (cause as Error).message;
    throw new NetworkError('NOT_BUNDLED', { reason }, { cause });
  });
}

interface Manifest extends StagedManifest {
  readonly description: string;
}

function writeManifests(folder: string): void {
  const own = readJson<Manifest>(join(REPOSITORY, WORKSPACE, 'package.json'));
  const { overrides } = readJson<{ overrides: Record<string, string> }>(join(REPOSITORY, 'package.json'));
  const { packages } = readJson<{ packages: LockPackages }>(join(REPOSITORY, 'package-lock.json'));
  const manifest: StagedManifest = {
    name: 'gridveil-chaincode',
    version: own.version,
    license: own.license,
    dependencies: Object.fromEntries(
      Object.entries(own.dependencies).filter(([name]) => RUNTIME_DEPENDENCIES.includes(name)),
    ),
    optionalDependencies: own.optionalDependencies,
    engines: own.engines,
  };
  const locked = shrinkwrap(packages, WORKSPACE, manifest);
  writeJson(join(folder, 'package.json'), {
    ...manifest,
    description: own.description,
    private: true,
    main: 'index.js',
    // `start` is what a peer's Node.js image calls; `serve` is chaincode as a service.
    scripts: { start: 'fabric-chaincode-node start', serve: 'node server.js' },
    // Of the repository's, those of packages that the chaincode has.
    overrides: Object.fromEntries(
      Object.entries(overrides).filter(([name]) => `node_modules/${name}` in locked.packages),
    ),
  });
  writeJson(join(folder, 'npm-shrinkwrap.json'), locked);
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
