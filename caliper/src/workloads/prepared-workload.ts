/**
 * A Caliper workload whose calls are all made before the round starts: encryption is neither in the latency nor on the
 * worker's event loop while it measures. Runs in a Caliper worker.
 */
import { WorkloadModuleBase, type Connector } from '@hyperledger/caliper-core';
import type { CallShare } from '../inputs/call-share.js';
import type { BenchmarkTarget } from '../inputs/target.js';
import {
  prepareCalls,
  requireAccepted,
  roundCalls,
  type BenchmarkCall,
  type CallKind,
} from '../inputs/transactions.js';

/** One kind of call with its share; a round with several kinds takes them in turn. */
export interface WorkloadPart extends CallShare {
  readonly kind: CallKind;
}

export interface WorkloadArguments {
  readonly target: BenchmarkTarget;
  readonly parts: readonly WorkloadPart[];
}

class PreparedWorkload extends WorkloadModuleBase {
  #requests: unknown[] = [];

  override async initializeWorkloadModule(
    workerIndex: number,
    totalWorkers: number,
    roundIndex: number,
    roundArguments: WorkloadArguments,
    connector: Connector,
    context: unknown,
  ): Promise<void> {
    await super.initializeWorkloadModule(
      workerIndex,
      totalWorkers,
      roundIndex,
      roundArguments,
      connector,
      context,
    );
    const { target, parts } = roundArguments;
    for (const part of parts) await prepareCalls(part);
    const byPart = parts.map((part) => {
      // As Caliper shares out a round's transactions.
      const each = Math.floor(part.transactions / totalWorkers);
      return roundCalls(part.kind, target, part, workerIndex * each, (workerIndex + 1) * each);
    });
    const calls = inTurn(byPart);
    this.#requests = calls.map((call) => requestOf(target.chaincode, call)).reverse();
  }

  override async submitTransaction(): Promise<void> {
    const request = this.#requests.pop();
    if (request === undefined) throw new Error('the round asks for more transactions than were prepared');
    const status = (await this.sutAdapter.sendRequests(request)) as { GetResult(): Uint8Array | string };
    // A blind put answers with the beginning of what it was given, which has no receipt.
    requireAccepted(Buffer.from(status.GetResult()).toString());
  }

  override cleanupWorkloadModule(): Promise<void> {
    this.#requests = [];
    return Promise.resolve();
  }
}

/** a1 b1 a2 b2 … */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

/** What the peer gateway connector takes. */
function requestOf(chaincode: string, call: BenchmarkCall): unknown {
  return {
    contractId: chaincode,
    contractFunction: `${call.contract}:${call.name}`,
    contractArguments: [call.argument],
    readOnly: call.readOnly,
    ...(call.transient === undefined ? {} : { transientMap: call.transient }),
    invokerMspId: call.submitter.mspId,
    invokerIdentity: call.submitter.user,
  };
}

export function createWorkloadModule(): WorkloadModuleBase {
  return new PreparedWorkload();
}
