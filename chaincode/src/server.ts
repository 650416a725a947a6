/**
 * Chaincode as a service: the program that peers of an organisation call. It runs from the staged folder alone and
 * serves the contracts of the package it lies in.
 *
 * Beyond fabric-shim's own server it ends cleanly: on SIGTERM it finishes the transactions in flight, begins no new one
 * and exits with 0; and it has no 4 MB limit on messages.
 *
 * Environment: CHAINCODE_ID, CHAINCODE_SERVER_ADDRESS; for mutual TLS, all three of CHAINCODE_TLS_KEY_FILE,
 * CHAINCODE_TLS_CERT_FILE and CHAINCODE_TLS_CLIENT_CA_FILE. Without TLS anyone who reaches the port can act as a peer.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Contract } from 'fabric-contract-api';
import type { ChaincodeInterface, ChaincodeServerOpts, Shim } from 'fabric-shim';

const DRAIN_DEADLINE_MS = 10_000;
const DRAIN_POLL_MS = 20;
/** Time for the last answers to leave the process. */
const FLUSH_MS = 50;
/** Levels at which fabric-shim writes for every transaction. */
const CHATTY_LEVELS = ['info', 'debug'] as const;

interface FromContracts {
  new (
    contracts: (typeof Contract)[],
    serializers: object,
    metadata: object,
    title: string,
    version: string,
  ): ChaincodeInterface;
}
interface PackageDescription {
  readonly name: string;
  readonly version: string;
  readonly main: string;
}

// What is served is decided by the folder, not by the bundler: everything is loaded at run time.
const load = createRequire(__filename);

let inFlight = 0;
let draining = false;

void main();

async function main(): Promise<void> {
  try {
    dropUnwantedLogs();
    const options = serverOptions(process.env);
    await (load('fabric-shim') as typeof Shim).server(counted(servedChaincode()), options).start();
    process.once('SIGTERM', drain);
    process.once('SIGINT', drain);
    process.stdout.write(`READY ${options.ccid} on ${options.address}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}

function servedChaincode(): ChaincodeInterface {
  const description = load('./package.json') as PackageDescription;
  const { contracts } = load(join(__dirname, description.main)) as { contracts: (typeof Contract)[] };
  const { JSONSerializer } = load('fabric-contract-api') as { JSONSerializer: unknown };
  const Chaincode = load('fabric-shim/lib/contract-spi/chaincodefromcontract') as FromContracts;
  const serializers = { transaction: 'jsonSerializer', serializers: { jsonSerializer: JSONSerializer } };
  return new Chaincode([...contracts], serializers, {}, description.name, description.version);
}

type Log = (...message: readonly unknown[]) => unknown;

interface LevelLogger extends Record<(typeof CHATTY_LEVELS)[number], Log> {
  isLevelEnabled(level: string): boolean;
}

/**
 * fabric-shim logs every message of every transaction, and its logger formats a message before it asks whether anyone
 * wants it: a sixth of all CPU time of this process. Before anything else of fabric-shim is loaded, its loggers are made
 * to ask first.
 */
function dropUnwantedLogs(): void {
  const logging = load('fabric-shim/lib/logger') as { getLogger: (name?: string) => LevelLogger };
  const { getLogger } = logging;
  const changed = new WeakSet<LevelLogger>();
  logging.getLogger = (name) => {
    const logger = getLogger(name);
    if (!changed.has(logger)) {
      changed.add(logger);
      for (const level of CHATTY_LEVELS) {
        const log = logger[level].bind(logger);
        logger[level] = (...message) => (logger.isLevelEnabled(level) ? log(...message) : logger);
      }
    }
    return logger;
  };
}

function counted(chaincode: ChaincodeInterface): ChaincodeInterface {
  return {
    Init: (stub) => chaincode.Init(stub),
    Invoke: async (stub) => {
      // No answer at all: when the process ends the peer sees a broken stream, which clients know to try again.
      if (draining) return await new Promise<never>(() => undefined);
      inFlight++;
      try {
        return await chaincode.Invoke(stub);
      } finally {
        inFlight--;
      }
    },
  };
}

function serverOptions(env: NodeJS.ProcessEnv): ChaincodeServerOpts {
  const options = {
    ccid: required(env, 'CHAINCODE_ID'),
    address: required(env, 'CHAINCODE_SERVER_ADDRESS'),
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  };
  // fabric-shim's types demand tlsProps; its code, and a server behind a container network, do not.
  return { ...options, ...tlsOptions(env) } as ChaincodeServerOpts;
}

function tlsOptions(env: NodeJS.ProcessEnv): Pick<ChaincodeServerOpts, 'tlsProps'> | object {
  const names = [
    'CHAINCODE_TLS_KEY_FILE',
    'CHAINCODE_TLS_CERT_FILE',
    'CHAINCODE_TLS_CLIENT_CA_FILE',
  ] as const;
  if (names.every((name) => env[name] === undefined)) return {};
  const [key, cert, clientCACerts] = names.map((name) => readFileSync(required(env, name)));
  return { tlsProps: { key, cert, clientCACerts } };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

function drain(): void {
  draining = true;
  const end = setTimeout(() => process.exit(1), DRAIN_DEADLINE_MS);
  const poll = setInterval(() => {
    if (inFlight > 0) return;
    clearInterval(poll);
    clearTimeout(end);
    setTimeout(() => process.exit(0), FLUSH_MS);
  }, DRAIN_POLL_MS);
}
