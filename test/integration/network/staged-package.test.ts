/** The staged folder alone, copied elsewhere and installed from its own lock file, as a peer or a Dockerfile would. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { Client, credentials } from '@grpc/grpc-js';
import { stage } from '@gridveil/network/chaincode/stage.js';
import { isPortFree, pickPortBase } from '@gridveil/network/processes/ports.js';
import { peer } from '@hyperledger/fabric-protos';
import { toBase64url, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';
import { temporaryFolder } from '../../unit/network/command.js';

const run = promisify(execFile);

/** Prints the names of all transactions of the package in the current folder. */
const LIST = `
const ChaincodeFromContract = require('fabric-shim/lib/contract-spi/chaincodefromcontract');
const { JSONSerializer } = require('fabric-contract-api');
const serializers = { transaction: 'jsonSerializer', serializers: { jsonSerializer: JSONSerializer } };
const chaincode = new ChaincodeFromContract([...require(process.cwd()).contracts], serializers, {}, 'x', '1');
const contracts = Object.values(chaincode.metadata.contracts);
console.log(JSON.stringify(contracts.flatMap(({ name, transactions }) => transactions.map((one) => name + ':' + one.name))));
`;

/** Prints what the staged BLS contract answers to its argument. */
const CHECK = `
const [BlsContract] = require('./bls.js').contracts;
console.log(new BlsContract().Check(process.argv[1]));
`;

interface BlsAnswer {
  readonly status: { readonly backend: string; readonly problem?: string };
  readonly invalid: readonly number[];
}

describe('network: the staged folder alone', function () {
  this.timeout(180_000);
  const work = temporaryFolder();
  const alone = join(work, 'alone');

  before(async () => {
    const { folder } = await stage({ out: join(work, 'staged') });
    // What the Dockerfile copies, and its RUN line.
    for (const name of ['package.json', 'npm-shrinkwrap.json', 'index.js', 'server.js']) {
      cpSync(join(folder, name), join(alone, name));
    }
    const ci = ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
    await run('npm', ci, { cwd: alone });
  });
  after(() => rmSync(work, { recursive: true }));

  /** What a program in `cwd` prints, with nothing of this process's environment. */
  const printed = async (cwd: string, program: string, ...args: string[]): Promise<unknown> => {
    const env = { PATH: process.env['PATH'], CORE_CHAINCODE_LOGGING_LEVEL: 'ERROR' };
    const { stdout } = await run(process.execPath, ['-e', program, ...args], { cwd, env });
    return JSON.parse(stdout);
  };
  const list = async (cwd: string): Promise<string[]> => (await printed(cwd, LIST)) as string[];

  it('lists the same transactions as the chaincode it was made of', async () => {
    const source = join(createRequire(__filename).resolve('@gridveil/chaincode/package.json'), '..');
    const transactions = await list(alone);
    assert.deepEqual(transactions, await list(source));
    assert.ok(transactions.some((name) => name.startsWith('registry:')));
  });

  it('has installed exactly what the repository tests with', () => {
    const installed = (name: string): string =>
      (
        JSON.parse(readFileSync(join(alone, 'node_modules', name, 'package.json'), 'utf8')) as {
          version: string;
        }
      ).version;
    assert.equal(installed('fabric-shim'), '2.5.8');
    assert.equal(installed('class-transformer'), '0.4.0');
    assert.equal(installed('@chainsafe/blst'), '2.2.0');
  });

  /** Runs the server while `task` lasts. @returns all that it wrote to stdout. */
  const whileServing = async (
    environment: NodeJS.ProcessEnv,
    task: (address: string) => Promise<void>,
  ): Promise<string> => {
    const port = await pickPortBase('raft');
    const address = `127.0.0.1:${port}`;
    const env = {
      PATH: process.env['PATH'],
      CHAINCODE_SERVER_ADDRESS: address,
      CHAINCODE_ID: 'gridveil_1.0:abc',
      ...environment,
    };
    const server = spawn(process.execPath, ['server.js'], {
      cwd: alone,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((resolve) => server.on('close', resolve));
    let written = '';
    try {
      await new Promise<void>((resolve, reject) => {
        server.stdout.on('data', (text: Buffer) => {
          written += text.toString();
          if (written.includes('READY')) resolve();
        });
        server.stderr.on('data', (text: Buffer) => reject(new Error(text.toString())));
      });
      await task(address);
    } finally {
      server.kill('SIGTERM');
    }
    assert.equal(await ended, 0);
    assert.equal(await isPortFree(port), true);
    return written;
  };

  it('serves a peer without TLS, as in a container network, and ends when asked', async () => {
    await whileServing({}, async (address) => {
      assert.equal(await registeredName(address), 'gridveil_1.0:abc');
    });
  });

  for (const [level, wanted] of [
    ['ERROR', ['error']],
    ['INFO', ['info', 'error']],
    ['DEBUG', ['debug', 'info', 'error']],
  ] as const)
    it(`logs ${wanted.join(', ')} and nothing else at level ${level}`, async () => {
      const written = await whileServing({ CORE_CHAINCODE_LOGGING_LEVEL: level }, badTransaction);
      // `<time> <level> [c-api:<name>] <message>`, the level in colour.
      const log = stripVTControlCharacters(written);
      const levels = Array.from(log.matchAll(/ (debug|info|warn|error) +\[c-api:/g), ([, name]) => name);
      assert.deepEqual([...new Set(levels)].sort(), [...wanted].sort());
      assert.match(log, /Incorrect payload format/);
    });

  it('checks BLS signatures with blst, and with noble when blst is taken away', async () => {
    const probe = await stage({ entry: join(__dirname, 'bls-contract.js'), out: join(work, 'bls') });
    assert.ok(!readFileSync(join(probe.folder, 'index.js'), 'utf8').includes('blst.linux-'));
    cpSync(join(probe.folder, 'index.js'), join(alone, 'bls.js'));
    const messages = ['a', 'b', 'c'];
    const signed = messages.map((message, i) => {
      const key = generateBlsKey();
      const signature = toBase64url(key.sign(utf8(i === 1 ? 'forged' : message)));
      return { key: toBase64url(key.publicKey), message, signature };
    });
    const check = async (): Promise<BlsAnswer> =>
      (await printed(alone, CHECK, JSON.stringify(signed))) as BlsAnswer;
    assert.deepEqual(await check(), { status: { backend: 'blst' }, invalid: [1] });

    rmSync(join(alone, 'node_modules', '@chainsafe'), { recursive: true });
    const { status, invalid } = await check();
    assert.equal(status.backend, 'noble');
    assert.match(status.problem ?? '', /did not load/);
    assert.deepEqual(invalid, [1]);
    assert.ok((await list(alone)).some((name) => name.startsWith('registry:')));
  });

  for (const missing of ['CHAINCODE_ID', 'CHAINCODE_SERVER_ADDRESS']) {
    it(`does not serve without ${missing}`, async () => {
      const env: NodeJS.ProcessEnv = {
        PATH: process.env['PATH'],
        CHAINCODE_ID: 'x:1',
        CHAINCODE_SERVER_ADDRESS: '127.0.0.1:1',
      };
      delete env[missing];
      await assert.rejects(run(process.execPath, ['server.js'], { cwd: alone, env }), (error: unknown) => {
        assert.deepEqual(
          error instanceof Error && 'stderr' in error && error.stderr,
          `${missing} is not set\n`,
        );
        return true;
      });
    });
  }
});

/** Calls the server as a peer does. @returns the chaincode id it registers with */
function registeredName(address: string): Promise<string> {
  return asPeer(address, async (next) => {
    const message = await next();
    assert.equal(message.getType(), peer.ChaincodeMessage.Type.REGISTER);
    return peer.ChaincodeID.deserializeBinary(message.getPayload_asU8()).getName();
  });
}

/** Takes the registration, then sends a transaction that is none. The server reports it and goes on. */
function badTransaction(address: string): Promise<void> {
  const { REGISTERED, READY, TRANSACTION, ERROR } = peer.ChaincodeMessage.Type;
  return asPeer(address, async (next, send) => {
    await next();
    send(REGISTERED);
    send(READY);
    send(TRANSACTION, Buffer.from([0xff]));
    assert.equal((await next()).getType(), ERROR);
  });
}

type Next = () => Promise<peer.ChaincodeMessage>;
type Send = (
  type: peer.ChaincodeMessage.TypeMap[keyof peer.ChaincodeMessage.TypeMap],
  payload?: Uint8Array,
) => void;

/** The peer's end of the stream between a peer and the server. */
async function asPeer<T>(address: string, talk: (next: Next, send: Send) => Promise<T>): Promise<T> {
  const client = new Client(address, credentials.createInsecure());
  try {
    const stream = client.makeBidiStreamRequest(
      '/protos.Chaincode/Connect',
      (message: peer.ChaincodeMessage) => Buffer.from(message.serializeBinary()),
      (bytes) => peer.ChaincodeMessage.deserializeBinary(bytes),
    );
    const next: Next = () =>
      new Promise((resolve, reject) => {
        stream.once('data', resolve).once('error', reject);
      });
    const send: Send = (type, payload = new Uint8Array()) => {
      const message = new peer.ChaincodeMessage();
      message.setType(type);
      message.setTxid('tx');
      message.setChannelId('channel');
      message.setPayload(payload);
      stream.write(message);
    };
    const result = await talk(next, send);
    stream.on('error', () => undefined).cancel();
    return result;
  } finally {
    client.close();
  }
}
