import assert from 'node:assert/strict';
import { lstatSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NetworkError } from '@gridveil/network/errors.js';
import { copyStaged, stage, stagedAt, type Staged } from '@gridveil/network/chaincode/stage.js';
import { temporaryFolder } from './command.js';

const FILES = ['.dockerignore', 'Dockerfile', 'index.js', 'npm-shrinkwrap.json', 'package.json', 'server.js'];

describe('network: staged chaincode', function () {
  this.timeout(20_000);
  const work = temporaryFolder();
  let staged: Staged;
  before(async () => {
    staged = await stage({ out: join(work, 'first') });
  });
  after(() => rmSync(work, { recursive: true }));

  const text = (name: string): string => readFileSync(join(staged.folder, name), 'utf8');
  const json = (name: string): Record<string, Record<string, unknown>> =>
    JSON.parse(text(name)) as Record<string, Record<string, unknown>>;

  it('refuses to stage what is not built', async () => {
    await assert.rejects(
      stage({ entry: join(work, 'absent.js'), out: join(work, 'x') }),
      (error) => error instanceof NetworkError && error.code === 'NOT_BUILT',
    );
    assert.deepEqual(readdirSync(work), ['first']);
  });

  it('does not take a folder without a server for a staged one', () => {
    copyStaged(staged.folder, join(work, 'broken'));
    rmSync(join(work, 'broken', 'server.js'));
    assert.throws(
      () => stagedAt(join(work, 'broken')),
      (error) => error instanceof NetworkError && error.code === 'NOT_STAGED',
    );
  });

  it('holds plain files only, and just these', () => {
    assert.deepEqual(readdirSync(staged.folder).sort(), FILES);
    assert.ok(FILES.every((name) => lstatSync(join(staged.folder, name)).isFile()));
  });

  it('is the same, byte for byte, in another folder', async () => {
    const again = await stage({ out: join(work, 'elsewhere', 'second') });
    for (const name of FILES) assert.equal(readFileSync(join(again.folder, name), 'utf8'), text(name), name);
    assert.equal(again.codeSha256, staged.codeSha256);
  });

  it('has another digest when a byte of code differs', () => {
    copyStaged(staged.folder, join(work, 'changed'));
    writeFileSync(join(work, 'changed', 'index.js'), `${text('index.js')} `);
    assert.notEqual(stagedAt(join(work, 'changed')).codeSha256, staged.codeSha256);
  });

  it('bundles no client, launcher or Fabric code', () => {
    const sources = [...text('index.js').matchAll(/^\/\/ (\S+\.js)$/gm)].map((match) => match[1] ?? '');
    assert.ok(sources.includes('chaincode/dist/index.js'));
    const allowed = /^(chaincode\/dist|node_modules\/@noble)\//;
    assert.deepEqual(
      sources.filter((source) => !allowed.test(source)),
      [],
    );
  });

  it('names exact versions, the override and the commands a peer calls', () => {
    const manifest = json('package.json');
    assert.deepEqual(manifest['dependencies'], { 'fabric-contract-api': '2.5.8', 'fabric-shim': '2.5.8' });
    assert.deepEqual(manifest['optionalDependencies'], { '@chainsafe/blst': '2.2.0' });
    assert.deepEqual(manifest['overrides'], { 'class-transformer': '0.4.0' });
    assert.equal(manifest['scripts']?.['start'], 'fabric-chaincode-node start');
    assert.equal(json('npm-shrinkwrap.json')['packages']?.['node_modules/fabric-shim'] === undefined, false);
  });

  it('locks class-transformer where objects can be returned, without registry hosts', () => {
    const packages = json('npm-shrinkwrap.json')['packages'] as Record<string, { version: string }>;
    assert.equal(packages['node_modules/class-transformer']?.version, '0.4.0');
    assert.doesNotMatch(text('npm-shrinkwrap.json'), /"resolved"/);
  });
});

describe('network: Dockerfile of the staged chaincode', () => {
  const work = temporaryFolder();
  let lines: string[];
  let folder: string;
  before(async () => {
    ({ folder } = await stage({ out: join(work, 'staged') }));
    lines = readFileSync(join(folder, 'Dockerfile'), 'utf8').split('\n');
  });
  after(() => rmSync(work, { recursive: true }));
  const of = (instruction: string): string[] =>
    lines
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));

  it('copies only files that are staged and not ignored', () => {
    const ignored = readFileSync(join(folder, '.dockerignore'), 'utf8').split('\n');
    const sources = of('COPY').flatMap((copy) => copy.split(' ').slice(0, -1));
    assert.deepEqual(sources.sort(), ['index.js', 'npm-shrinkwrap.json', 'package.json', 'server.js']);
    assert.ok(sources.every((name) => readdirSync(folder).includes(name) && !ignored.includes(name)));
  });

  it('takes the port argument of deployCCAAS and does not run as root', () => {
    assert.deepEqual(of('ARG'), ['CC_SERVER_PORT=9999']);
    assert.deepEqual(of('USER'), ['node']);
    assert.deepEqual(of('CMD'), ['["node", "server.js"]']);
  });

  it('uses known instructions only', () => {
    const known = /^(#.*|FROM|ARG|ENV|WORKDIR|COPY|RUN|USER|EXPOSE|CMD|)( |$)/;
    assert.deepEqual(
      lines.filter((line) => !known.test(line)),
      [],
    );
  });
});
