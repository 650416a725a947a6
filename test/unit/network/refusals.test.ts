/** What the command says and leaves behind when something is in its way. Fabric's programs are stand-ins here. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import type { NetworkErrorCode } from '@gridveil/network/errors.js';
import { FOLDER_VARIABLE, pickPortBase } from '@gridveil/network/processes/ports.js';
import { startTimeOf } from '@gridveil/network/processes/process-identity.js';
import { tryLock } from '@gridveil/network/processes/file-lock.js';
import { newState, writeState, type NetworkState } from '@gridveil/network/state-file.js';
import { networkCommand, temporaryFolder, type Ended } from './command.js';
import { fakeRelease } from './fake-tools.js';

describe('network: refusals of the command', function () {
  this.timeout(20_000);
  let work: string;
  let dir: string;
  let env: NodeJS.ProcessEnv;
  const children: ChildProcess[] = [];
  const servers: Server[] = [];

  beforeEach(() => {
    work = temporaryFolder();
    dir = join(work, 'state');
    env = {
      FABRIC_BIN: fakeRelease(join(work, 'release'), 'v3.1.1'),
      GRIDVEIL_NETWORK_DIR: dir,
      GRIDVEIL_PORT_BASE: undefined,
    };
  });
  afterEach(() => {
    children.splice(0).forEach((child) => child.kill('SIGKILL'));
    servers.splice(0).forEach((server) => server.close());
    rmSync(work, { recursive: true });
  });

  const command = (...args: string[]): Promise<Ended> => networkCommand(args, env);
  const refuses = async (code: NetworkErrorCode, exitCode: number, ...args: string[]): Promise<string> => {
    const ended = await command(...args);
    assert.match(ended.stderr, new RegExp(`^${code}: [^\\n]*\\n$`));
    assert.equal(ended.exitCode, exitCode);
    return ended.stderr;
  };
  const sleeper = (folder: string | undefined = dir): ChildProcess => {
    const args = ['-e', 'setInterval(() => undefined, 1000)'];
    const started = spawn(process.execPath, args, { env: { ...process.env, [FOLDER_VARIABLE]: folder } });
    children.push(started);
    return started;
  };
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      servers.push(createServer().listen(port, '127.0.0.1', resolve));
    });
  const network = (change: Partial<NetworkState> = {}): void => {
    mkdirSync(dir, { recursive: true });
    const state = newState({ consensus: 'raft', portBase: 20_000, blockTimeoutMs: 500 });
    writeState(dir, { ...state, phase: 'deployed', ...change });
  };

  for (const args of [['sideways'], ['up', '--fast'], ['logs', 'a', 'b'], []]) {
    it(`refuses "${args.join(' ')}" and shows how to use it`, async () => {
      const ended = await command(...args);
      assert.equal(ended.exitCode, 2);
      assert.match(ended.stderr, /error:|Usage:/);
      assert.doesNotMatch(ended.stderr, /\n {4}at /);
    });
  }

  for (const args of [
    ['--port-base', 'high'],
    ['--port-base', '80'],
    ['--port-base', '65000'],
    ['--block-timeout', '1'],
    ['--block-timeout', '-5'],
  ]) {
    it(`refuses up ${args.join(' ')}`, async () => {
      const said = await refuses('BAD_OPTION', 2, 'up', ...args);
      assert.ok(said.includes(args[0] ?? '') && said.includes(`"${args[1]}"`));
    });
  }

  it('names the FABRIC_BIN that cannot be used', async () => {
    env['FABRIC_BIN'] = join(work, 'nothing');
    assert.match(await refuses('BAD_FABRIC_BIN', 2, 'up'), /nothing.*Unset it/);
  });

  for (const name of ['up', 'down', 'reset', 'status', 'logs', 'deploy', 'connection']) {
    it(`${name} does not touch a folder that is not a network`, async () => {
      mkdirSync(dir);
      writeFileSync(join(dir, 'thesis.tex'), 'years of work');
      await refuses('FOLDER_NOT_OURS', 2, name);
      assert.deepEqual(readdirSync(dir), ['thesis.tex']);
    });
  }

  for (const name of ['status', 'logs', 'deploy', 'connection']) {
    it(`${name} says that there is no network`, async () => {
      assert.match(await refuses('NO_NETWORK', 2, name), /up/);
      assert.equal(existsSync(dir), false);
    });
  }

  for (const name of ['down', 'reset']) {
    it(`${name} without a network is no mistake`, async () => {
      const ended = await command(name);
      assert.deepEqual([ended.exitCode, ended.stderr], [0, '']);
      assert.match(ended.stdout, /there is no network/);
    });
  }

  it('says which file is damaged', async () => {
    network();
    writeFileSync(join(dir, 'state.json'), '{"schema": "gridveil/net');
    assert.match(await refuses('STATE_DAMAGED', 1, 'status'), /state\.json/);
  });

  it('waits for nobody who works on the same folder', async () => {
    network();
    assert.ok('release' in tryLock(join(dir, 'lock')));
    for (const name of ['up', 'down', 'reset', 'deploy']) {
      assert.match(await refuses('FOLDER_BUSY', 2, name), new RegExp(`pid ${process.pid}`));
    }
  });

  for (const [args, setting] of [
    [['--bft'], /consensus raft, not bft/],
    [['--port-base', '30000'], /port base 20000, not 30000/],
    [['--block-timeout', '200'], /block timeout \(ms\) 500, not 200/],
    [['--any-time'], /any time/],
  ] as const) {
    it(`refuses ${args.join(' ')} for a network made otherwise`, async () => {
      network();
      assert.match(await refuses('OTHER_SETTINGS', 2, 'up', ...args), setting);
    });
  }

  it('does not deploy to a network that does not run', async () => {
    network();
    await refuses('NOT_RUNNING', 2, 'deploy');
  });

  it('knows no process of that name', async () => {
    network();
    await refuses('UNKNOWN_PROCESS', 2, 'logs', 'peer9');
  });

  it('does not deploy a folder that is not staged', async () => {
    await refuses('NOT_STAGED', 2, 'up', '--port-base', 'auto', '--chaincode', work);
  });

  describe('when a port is taken', () => {
    let base: string;
    beforeEach(async () => {
      base = String(await pickPortBase('raft'));
    });
    const holder = async (folder: string): Promise<ChildProcess> => {
      const script = `require('net').createServer().listen(${base}, '127.0.0.1', () => console.log('listens'))`;
      const started = spawn(process.execPath, ['-e', script], { env: { [FOLDER_VARIABLE]: folder } });
      children.push(started);
      await new Promise((resolve) => started.stdout.once('data', resolve));
      return started;
    };

    it('names the port, the node and the process', async () => {
      await listen(Number(base));
      const said = await refuses('PORT_IN_USE', 2, 'up', '--port-base', base);
      assert.ok(said.includes(`Port ${base} of orderer1`) && said.includes(`pid ${process.pid}`));
    });

    it('tells a left-over of this network from a stranger', async () => {
      const { pid } = await holder(dir);
      const said = await refuses('STALE_PROCESS', 2, 'up', '--port-base', base);
      assert.ok(said.includes(`"kill ${pid}"`));
    });

    it('names the other network it belongs to', async () => {
      await holder('/somewhere/else');
      const said = await refuses('OTHER_NETWORK', 2, 'up', '--port-base', base);
      assert.ok(said.includes('down --dir /somewhere/else'));
    });
  });

  it('cleans up a start that was never finished, and says so', async () => {
    const left = sleeper();
    const pid = left.pid ?? 0;
    const record = { pid, startTime: startTimeOf(pid) ?? '', startedAt: '' };
    network({ phase: 'created', processes: { orderer1: record } });
    mkdirSync(join(dir, 'ledgers'));
    const gone = new Promise((resolve) => left.once('exit', resolve));
    const ended = await command('up', '--port-base', 'auto');
    await gone;
    assert.match(ended.stdout, /never finished: cleaned up/);
    // The stand-in of cryptogen fails.
    assert.match(ended.stderr, /^COMMAND_FAILED: making keys and certificates failed: [^\n]*\n$/);
    assert.equal(ended.exitCode, 1);
    assert.equal(existsSync(join(dir, 'ledgers')), false);
  });

  for (const [name, phase] of [
    ['up', 'created'],
    ['up', 'joined'],
    ['down', 'joined'],
  ] as const) {
    it(`${name} ends what a launcher killed before it wrote it down has left (${phase})`, async () => {
      const left = sleeper();
      const gone = new Promise((resolve) => left.once('exit', resolve));
      network({ phase });
      await command(name);
      await gone;
    });
  }

  for (const name of ['down', 'reset']) {
    it(`${name} leaves a process alone that has got the number of one of ours`, async () => {
      const stranger = sleeper('/somewhere/else');
      network({ processes: { orderer1: { pid: stranger.pid ?? 0, startTime: '1', startedAt: '' } } });
      const ended = await command(name);
      assert.equal(ended.exitCode, 0);
      assert.match(ended.stdout, /nothing was running/);
      assert.equal(stranger.exitCode ?? stranger.signalCode, null);
      assert.equal(startTimeOf(stranger.pid ?? 0) === undefined, false);
    });
  }

  it('says what to do when it is not built', async () => {
    const bin = join(work, 'network', 'bin');
    mkdirSync(bin, { recursive: true });
    const program = join(dirname(require.resolve('@gridveil/network/package.json')), 'bin', 'network.js');
    copyFileSync(program, join(bin, 'network.js'));
    const started = spawn(process.execPath, [join(bin, 'network.js'), 'up']);
    let said = '';
    started.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const exitCode = await new Promise((resolve) => started.on('close', resolve));
    assert.equal(exitCode, 2);
    assert.match(said, /npm ci && npm run build/);
  });
});
