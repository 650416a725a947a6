/**
 * Runs a proposal against a view of the committed state, as an endorsing peer does, without changing anything.
 *
 * Embedded ledger. The contract runs under fabric-shim's own dispatcher; with `checkDeterminism` it runs twice on the
 * same view, and a transaction whose result, event or writes differ is refused, as two Fabric peers would refuse it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { equalBytes, lp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { LedgerError } from '../ledger-error.js';
import type { ContractEvent } from './block.js';
import { type Chaincode, createStub, type ShimStub } from './fabric-shim-runtime.js';
import type { Proposal } from './proposal.js';
import { encodeWriteSet, type KeyWrite, type ReadSet } from './rw-set.js';
import { TransactionSimulator } from './simulator.js';
import type { StateView } from './store.js';

/** From this status on the contract has refused (Fabric's ERRORTHRESHOLD). */
const REFUSED_STATUS = 400;

export interface Simulation {
  readonly proposal: Proposal;
  /** 200, or at least 400 when the contract refused: then `message` says why and nothing can be ordered. */
  readonly status: number;
  readonly message: string;
  /** What the contract returned. */
  readonly result: Uint8Array;
  /** The event of the last `setEvent`. */
  readonly event: ContractEvent | undefined;
  readonly readSet: ReadSet;
  /** In key order. */
  readonly writes: readonly KeyWrite[];
  /** `encodeWriteSet(writes)`: equal bytes, equal effect. */
  readonly writeSet: Uint8Array;
}

export function isRefused(simulation: Simulation): boolean {
  return simulation.status >= REFUSED_STATUS;
}

export async function simulate(
  chaincode: Chaincode,
  view: StateView,
  proposal: Proposal,
): Promise<Simulation> {
  const simulator = new TransactionSimulator(view);
  const stub = createStub(simulator, {
    channel: proposal.channel,
    transactionId: proposal.transactionId,
    args: proposal.args,
    proposalBytes: proposal.bytes,
  });
  const response = await chaincode.Invoke(stub);
  const { readSet, writes } = await simulator.finish();
  return {
    proposal,
    status: response.status,
    message: response.message ?? '',
    result: Uint8Array.from(response.payload ?? []),
    event: eventOf(stub),
    readSet,
    writes,
    writeSet: encodeWriteSet(writes),
  };
}

/** @throws LedgerError REJECTED when a second run of the same proposal does not give the same bytes. */
export async function simulateTwice(
  chaincode: Chaincode,
  view: StateView,
  proposal: Proposal,
): Promise<Simulation> {
  const first = await simulate(chaincode, view, proposal);
  if (isRefused(first)) return first;
  // A contract that reads the clock must see another millisecond.
  await pause(2);
  const second = await simulate(chaincode, view, proposal);
  const difference = firstDifference(first, second);
  if (difference === undefined) return first;
  throw new LedgerError(
    'REJECTED',
    `The transaction is not deterministic: two runs gave different ${difference}. Use only its arguments, the state and the transaction timestamp.`,
    { transactionId: proposal.transactionId },
  );
}

function firstDifference(a: Simulation, b: Simulation): string | undefined {
  if (a.status !== b.status) return 'outcomes';
  if (!equalBytes(a.result, b.result)) return 'results';
  if (!equalBytes(a.writeSet, b.writeSet)) return 'writes';
  if (!equalBytes(eventBytes(a), eventBytes(b))) return 'events';
  return undefined;
}

function eventBytes({ event }: Simulation): Uint8Array {
  return event === undefined ? utf8('') : lp(event.name, event.payload);
}

function eventOf({ chaincodeEvent }: ShimStub): ContractEvent | undefined {
  if (chaincodeEvent === undefined) return undefined;
  return {
    name: chaincodeEvent.getEventName(),
    payload: Uint8Array.from(chaincodeEvent.getPayload_asU8()),
  };
}
