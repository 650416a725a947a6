import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NetworkError, type NetworkErrorCode } from '@gridveil/network/errors.js';
import { findFabricTools, type FabricTools } from '@gridveil/network/fabric/fabric-tools.js';
import { SILENT } from '@gridveil/network/reporter.js';
import { temporaryFolder } from './command.js';
import { buildingGo, fakeRelease, pathWithGo, writeScript } from './fake-tools.js';

const VARIABLES = ['PATH', 'FABRIC_BIN', 'GRIDVEIL_CACHE'] as const;
const TOO_OLD_GO = `case "$1" in
  version) echo "go version go1.22.5 linux/amd64" ;;
  *) echo "go: go.mod requires go >= 1.24.2 (running go 1.22.5; GOTOOLCHAIN=local)" >&2; exit 1 ;;
esac`;

describe('network: finding Fabric', () => {
  let work: string;
  const saved = VARIABLES.map((name) => [name, process.env[name]] as const);

  beforeEach(() => {
    work = temporaryFolder();
    process.env['GRIDVEIL_CACHE'] = join(work, 'cache');
    process.env['PATH'] = '/usr/bin:/bin';
    delete process.env['FABRIC_BIN'];
  });
  afterEach(() => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(work, { recursive: true });
  });

  const find = (): Promise<FabricTools> => findFabricTools({ reporter: SILENT });
  const refuses = (code: NetworkErrorCode, text: RegExp) =>
    assert.rejects(find, (error: unknown) => {
      assert.ok(error instanceof NetworkError);
      assert.equal(error.code, code);
      assert.match(error.message, text);
      return true;
    });

  it('refuses a FABRIC_BIN that lacks a program', async () => {
    process.env['FABRIC_BIN'] = join(work, 'nowhere');
    await refuses('BAD_FABRIC_BIN', /configtxgen is missing/);
  });

  it('refuses a FABRIC_BIN without the configuration of its release', async () => {
    const bin = fakeRelease(join(work, 'release'), 'v3.1.1');
    rmSync(join(work, 'release', 'config'), { recursive: true });
    process.env['FABRIC_BIN'] = bin;
    await refuses('BAD_FABRIC_BIN', /core\.yaml is missing/);
  });

  it('refuses Fabric 2.5 as FABRIC_BIN and says why', async () => {
    process.env['FABRIC_BIN'] = fakeRelease(join(work, 'release'), 'v2.5.12');
    await refuses('BAD_FABRIC_BIN', /Fabric 2\.5\.12.*Docker/);
  });

  it('refuses a peer that tells no version', async () => {
    const bin = fakeRelease(join(work, 'release'), 'v3.1.1');
    writeScript(join(bin, 'peer'), 'exit 0');
    process.env['FABRIC_BIN'] = bin;
    await refuses('BAD_FABRIC_BIN', /no version/);
  });

  it('says what to install when there is neither Fabric nor Go', async () => {
    process.env['PATH'] = join(work, 'empty');
    await refuses('GO_MISSING', /Go 1\.24\.2.*install-fabric\.sh.*FABRIC_BIN/);
  });

  it('refuses a Go that cannot read the tool block', async () => {
    process.env['PATH'] = pathWithGo(join(work, 'go'), 'echo "go version go1.19.8 linux/amd64"');
    await refuses('GO_TOO_OLD', /Go 1\.19\.8 is too old/);
  });

  it('translates the complaint of a Go that may not fetch a newer one', async () => {
    process.env['PATH'] = pathWithGo(join(work, 'go'), TOO_OLD_GO);
    await refuses('GO_TOO_OLD', /Go 1\.22\.5 is too old/);
  });

  it('gives the last line and the log of a build that failed, and leaves nothing half done', async () => {
    const body =
      'case "$1" in version) echo "go version go1.25.0 x";; *) echo "disk full" >&2; exit 1;; esac';
    process.env['PATH'] = pathWithGo(join(work, 'go'), body);
    await refuses('BUILD_FAILED', /disk full.*build\.log/);
    assert.deepEqual(readdirSync(join(work, 'cache', 'fabric-v3.1.1')), []);
    assert.match(readFileSync(join(work, 'cache', 'v3.1.1-build.log'), 'utf8'), /disk full/);
  });

  it('takes FABRIC_BIN before PATH before the cache', async () => {
    const chosen = fakeRelease(join(work, 'chosen'), 'v3.1.4');
    const onPath = fakeRelease(join(work, 'path'), '3.2.0');
    process.env['PATH'] = `${onPath}:/usr/bin:/bin`;
    assert.deepEqual(await find(), {
      bin: onPath,
      config: join(work, 'path', 'config'),
      version: 'v3.2.0',
      origin: 'PATH',
    });
    process.env['FABRIC_BIN'] = chosen;
    assert.deepEqual(await find(), {
      bin: chosen,
      config: join(work, 'chosen', 'config'),
      version: 'v3.1.4',
      origin: 'FABRIC_BIN',
    });
  });

  it('passes over Fabric 2.5 on PATH and builds, once for two at the same time', async () => {
    const old = fakeRelease(join(work, 'old'), 'v2.5.0');
    const go = join(work, 'go');
    process.env['PATH'] = `${old}:${pathWithGo(go, buildingGo(go))}`;
    const [first, second] = await Promise.all([find(), find()]);
    assert.equal(first.origin, 'build cache');
    assert.deepEqual(second, first);
    assert.ok(existsSync(join(first.bin, 'osnadmin')) && existsSync(join(first.config, 'orderer.yaml')));
    assert.equal(readFileSync(join(go, 'builds'), 'utf8'), 'x\n');
    assert.deepEqual(readdirSync(join(work, 'cache', 'fabric-v3.1.1')).sort(), ['bin', 'config']);
  });

  it('takes over the lock of a build that was killed', async () => {
    const go = join(work, 'go');
    process.env['PATH'] = pathWithGo(go, buildingGo(go));
    const cache = join(work, 'cache', 'fabric-v3.1.1');
    mkdirSync(cache, { recursive: true });
    writeScript(join(cache, 'lock'), '{"pid":1,"startTime":"long ago"}');
    assert.equal((await find()).origin, 'build cache');
  });
});
