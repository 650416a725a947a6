/**
 * Fabric's own chaincode runtime (fabric-shim), loaded without a peer: the dispatcher that routes a call to a contract,
 * the stub that the contract sees and the iterator it reads ranges with. These modules are internal to fabric-shim
 * (pinned exactly) and have no types of their own; the interfaces below name the parts that are used.
 *
 * Loading fabric-shim has effects on the whole process, which are undone here: it logs every refused transaction to
 * standard output, and it catches uncaught exceptions and unhandled rejections and lets the process go on.
 */
import { createRequire } from 'node:module';

/** A contract class as Fabric loads it: `class X extends Contract`. */
export type ContractClass = new () => object;

export interface ChaincodeResponse {
  /** 200, or at least 400 when the contract refused. */
  readonly status: number;
  readonly message?: string;
  readonly payload?: Uint8Array;
}

export interface ShimStub {
  /** What the last `setEvent` call left. */
  readonly chaincodeEvent?: { getEventName(): string; getPayload_asU8(): Uint8Array };
}

export interface ShimIterator {
  next(): Promise<{ done: boolean }>;
  close(): Promise<unknown>;
}

/** The part of the protobuf QueryResponse that the iterator reads. */
export interface QueryResponse {
  getResultsList(): { getResultbytes(): Uint8Array }[];
  getHasMore(): boolean;
  getId(): string;
}

interface ChaincodeInput {
  getArgsList_asU8(): readonly Uint8Array[];
}

interface SignedProposal {
  getSignature(): Uint8Array;
  getProposalBytes(): Uint8Array;
}

interface Chaincode {
  Invoke(stub: ShimStub): Promise<ChaincodeResponse>;
}

type ChaincodeConstructor = new (
  contracts: ContractClass[],
  serializers: object,
  metadata: object,
  title: string,
  version: string,
) => Chaincode;

type StubConstructor = new (
  handler: object,
  channel: string,
  transactionId: string,
  input: ChaincodeInput,
  proposal: SignedProposal,
) => ShimStub;

type IteratorConstructor = new (
  handler: object,
  channel: string,
  transactionId: string,
  response: QueryResponse,
) => ShimIterator;

const load = createRequire(__filename);

const LOG_LEVEL_VARIABLE = 'CORE_CHAINCODE_LOGGING_LEVEL';
const logLevel = process.env[LOG_LEVEL_VARIABLE];
// CRITICAL is above everything Fabric logs here; whoever wants its log sets the variable.
process.env[LOG_LEVEL_VARIABLE] ??= 'CRITICAL';

const { JSONSerializer } = load('fabric-contract-api') as { JSONSerializer: object };
const Chaincode = load('fabric-shim/lib/contract-spi/chaincodefromcontract.js') as ChaincodeConstructor;
const Stub = load('fabric-shim/lib/stub.js') as StubConstructor;
const { StateQueryIterator } = load('fabric-shim/lib/iterators.js') as {
  StateQueryIterator: IteratorConstructor;
};

if (logLevel === undefined) silenceLoggers();
removeListenersNamed('uncaughtException', 'bound _uncaughtException');
removeListenersNamed('unhandledRejection', 'loggerUnhandledRejectionFn');

/** Contracts loaded before this module have made loggers already. */
function silenceLoggers(): void {
  const logger = load('fabric-contract-api/lib/logger.js') as { setLevel(level: string): void };
  logger.setLevel('CRITICAL');
  // setLevel leaves its own name of the level there, which it would read back as INFO.
  process.env[LOG_LEVEL_VARIABLE] = 'CRITICAL';
}

function removeListenersNamed(event: string, name: string): void {
  for (const listener of process.rawListeners(event)) {
    if (listener.name === name) process.removeListener(event, listener as () => void);
  }
}

/** The chaincode made of these contracts, exactly as a peer would run it. */
export function createChaincode(contracts: readonly ContractClass[]): Chaincode {
  const serializers = {
    transaction: 'jsonSerializer',
    serializers: { jsonSerializer: JSONSerializer },
  };
  // The dispatcher adds its own system contract to the list it is given.
  return new Chaincode([...contracts], serializers, {}, 'embedded', '1');
}

/** A stub whose ledger calls go to `handler`. */
export function createStub(
  handler: object,
  call: {
    readonly channel: string;
    readonly transactionId: string;
    readonly args: readonly Uint8Array[];
    readonly proposalBytes: Uint8Array;
  },
): ShimStub {
  return new Stub(
    handler,
    call.channel,
    call.transactionId,
    { getArgsList_asU8: () => call.args },
    { getSignature: () => new Uint8Array(), getProposalBytes: () => call.proposalBytes },
  );
}

/** The iterator a contract gets from a range query; it asks `handler` for further batches. */
export function createStateIterator(handler: object, response: QueryResponse): ShimIterator {
  return new StateQueryIterator(handler, '', '', response);
}

export type { Chaincode };
