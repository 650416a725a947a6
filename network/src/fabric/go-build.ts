/**
 * Builds Fabric's programs once from the pinned Go module (network/fabric/go.mod) into the build cache.
 * The build goes to a temporary folder that is renamed at the end, so an interrupted one leaves nothing half done;
 * a lock lets a second build wait for the first.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { NetworkError } from '../errors.js';
import { tryLock, type FileLock } from '../processes/file-lock.js';
import { FABRIC_VERSION, NETWORK_FOLDER } from '../folders.js';
import { pause } from '../processes/pause.js';
import type { Reporter } from '../reporter.js';
import { lastLine, runCommand, type CommandResult } from '../processes/run-command.js';

const MODULE = 'github.com/hyperledger/fabric';
/** Older ones do not even read the `tool` block of go.mod; from here on Go itself says when it is too old. */
const FIRST_GO_WITH_TOOLCHAINS = [1, 21] as const;

export interface FabricBuild {
  readonly cache: string;
  readonly programs: readonly string[];
  readonly configFiles: readonly string[];
  /** Is the cache complete? Asked again when the lock has been won. */
  readonly ready: () => boolean;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

export async function buildFabric(build: FabricBuild): Promise<void> {
  const lock = await lockOf(build);
  try {
    if (build.ready()) return;
    await requireGo(build);
    if (!build.programs.every((name) => existsSync(join(build.cache, 'bin', name)))) await compile(build);
    await copyConfiguration(build);
  } finally {
    lock.release();
  }
}

async function lockOf(build: FabricBuild): Promise<FileLock> {
  for (;;) {
    const lock = tryLock(join(build.cache, 'lock'));
    if ('release' in lock) return lock;
    build.reporter.progress(`waiting for another build of Fabric (pid ${lock.pid})`);
    await pause(500, build.signal);
  }
}

async function requireGo(build: FabricBuild): Promise<void> {
  const asked = await go(build, ['version']).catch((error: unknown) => {
    if (error instanceof NetworkError && error.code === 'COMMAND_FAILED')
      throw new NetworkError('GO_MISSING');
    throw error;
  });
  const [, major, minor, rest] = /go(\d+)\.(\d+)(\S*)/.exec(asked.stdout) ?? [];
  if (major === undefined || minor === undefined) throw new NetworkError('GO_MISSING');
  const old = Number(major) === FIRST_GO_WITH_TOOLCHAINS[0] && Number(minor) < FIRST_GO_WITH_TOOLCHAINS[1];
  if (old) throw new NetworkError('GO_TOO_OLD', { version: `${major}.${minor}${rest ?? ''}` });
}

async function compile(build: FabricBuild): Promise<void> {
  build.reporter.step(
    `building Fabric ${FABRIC_VERSION} with Go, once: about two minutes, 1.6 GB of Go caches`,
  );
  const folder = mkdtempSync(join(build.cache, 'build-'));
  try {
    let modules = 0;
    let packages = 0;
    const onLine = (line: string): void => {
      if (line.startsWith('go: downloading ')) modules++;
      else if (/^[\w./-]+$/.test(line)) packages++;
      build.reporter.progress(`building Fabric: ${modules} modules fetched, ${packages} packages compiled`);
    };
    const version = `-X ${MODULE}/common/metadata.Version=${FABRIC_VERSION}`;
    const args = [
      'build',
      '-v',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      `-s -w ${version}`,
      '-o',
      folder,
      'tool',
    ];
    const built = await go(build, args, onLine);
    requireSuccess(build, built);
    rmSync(join(build.cache, 'bin'), { recursive: true, force: true });
    renameSync(folder, join(build.cache, 'bin'));
    chmodSync(join(build.cache, 'bin'), 0o755);
    build.reporter.step(`Fabric ${FABRIC_VERSION} built`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Keeps Fabric's sample configuration beside the programs, so that later runs need no Go at all. */
async function copyConfiguration(build: FabricBuild): Promise<void> {
  const listed = await go(build, ['mod', 'download', '-json', MODULE]);
  requireSuccess(build, listed);
  const { Dir } = JSON.parse(listed.stdout) as { Dir: string };
  const folder = mkdtempSync(join(build.cache, 'config-'));
  for (const name of build.configFiles) {
    copyFileSync(join(Dir, 'sampleconfig', name), join(folder, name));
    chmodSync(join(folder, name), 0o644);
  }
  chmodSync(folder, 0o755);
  rmSync(join(build.cache, 'config'), { recursive: true, force: true });
  renameSync(folder, join(build.cache, 'config'));
}

function go(
  build: FabricBuild,
  args: readonly string[],
  onLine?: (line: string) => void,
): Promise<CommandResult> {
  return runCommand({
    step: 'running Go',
    file: 'go',
    args,
    cwd: join(NETWORK_FOLDER, 'fabric'),
    // The caller's proxy and cache settings stay; flags and workspaces of other projects must not leak in.
    env: { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' },
    signal: build.signal,
    ...(onLine === undefined ? {} : { onLine }),
  });
}

function requireSuccess(build: FabricBuild, result: CommandResult): void {
  if (result.exitCode === 0) return;
  const version = /requires go >= \S+ \(running go (\S+?)[;)]/.exec(result.stderr)?.[1];
  if (version !== undefined) throw new NetworkError('GO_TOO_OLD', { version });
  const log = join(dirname(build.cache), `${FABRIC_VERSION}-build.log`);
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, result.stderr);
  throw new NetworkError('BUILD_FAILED', { reason: lastLine({ ...result, stdout: '' }), log });
}
