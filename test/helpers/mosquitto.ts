/** A real broker for tests: mosquitto as a process of its own on loopback, which can be killed and started again on the same port with its sessions. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from 'mocha';

const PATHS = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
const START_MS = 10_000;

/** A test without a broker is reported as pending, with the reason in its title; in CI that is a failure. */
export async function startMosquitto(context: Context): Promise<Mosquitto> {
  const found = spawnSync('mosquitto', ['-h'], { env: { ...process.env, PATH: PATHS } });
  if (found.error === undefined) return Mosquitto.start();
  const reason = 'no mosquitto: install the Debian package of that name';
  if (process.env['CI'] === 'true') throw new Error(reason);
  if (context.test !== undefined) context.test.title += ` (${reason})`;
  return context.skip();
}

export class Mosquitto {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), 'gridveil-broker-'));
    const broker = new Mosquitto(await freePort(), folder);
    const lines = [
      `listener ${broker.port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${folder}/`,
      // Written with every change, so that a kill loses little.
      'autosave_interval 1',
      'autosave_on_changes true',
      'max_queued_messages 10000',
      'user root',
    ];
    await writeFile(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn('mosquitto', ['-c', join(this.folder, 'mosquitto.conf')], {
      env: { ...process.env, PATH: PATHS },
      stdio: 'ignore',
    });
    this.#process = child;
    for (const end = Date.now() + START_MS; ;) {
      if (await answers(this.port)) return;
      if (child.exitCode !== null || Date.now() > end) throw new Error('mosquitto does not start');
      await pause(20);
    }
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
