/**
 * A Fabric gateway peer on loopback that speaks the real protocol over TLS and fails when told to.
 *
 * Each of its calls follows a script: the next step is taken for the next call, and when none is left the call succeeds.
 * It records what arrived, so that a test can see which bytes were sent how often.
 */
import { createPublicKey, verify } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Metadata,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerErrorResponse,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type status,
} from '@grpc/grpc-js';
import { common, gateway, google, orderer, peer } from '@hyperledger/fabric-protos';
import { blockOf, CHAINCODE, envelopeOf, proposalOf } from './fabric-messages.js';
import type { TestCertificates } from './test-certificates.js';

export interface Failure {
  readonly code: status;
  readonly message: string;
  /** What each endorsing peer said. */
  readonly details?: readonly string[];
}

/** How one call goes; `{}` is success. */
export interface Step {
  readonly fail?: Failure;
  /** Takes the transaction in although the submit fails or hangs. */
  readonly accept?: boolean;
  /** Never answers. */
  readonly hang?: boolean;
  readonly delayMs?: number;
  /** What the commit status reports instead of 0. */
  readonly validationCode?: number;
}

/** A transaction on the fake's own ledger, for its event and block streams. */
export interface FakeTransaction {
  readonly blockNumber: number;
  readonly transactionId: string;
  /** Without it, the transaction has no event. */
  readonly event?: string;
  readonly chaincode?: string;
}

/** How one event stream goes: it breaks after so many events. */
export interface StreamStep {
  readonly events: number;
  readonly fail: Failure | 'end';
}

export class FakeGateway {
  readonly script = {
    endorse: [] as Step[],
    evaluate: [] as Step[],
    submit: [] as Step[],
    commitStatus: [] as Step[],
    events: [] as StreamStep[],
  };
  /** Transaction ids of the proposals, envelopes, ids asked for, first blocks of streams, in order of arrival. */
  readonly seen = {
    endorse: [] as string[],
    evaluate: [] as string[],
    submit: [] as Uint8Array[],
    commitStatus: [] as string[],
    events: [] as number[],
  };
  readonly ledger: FakeTransaction[] = [];
  result = '{"ok":true}';
  mostAtOnce = 0;

  readonly #server = new Server();
  readonly #accepted = new Map<string, number>();
  #running = 0;
  #port = 0;

  get address(): string {
    return `localhost:${this.#port}`;
  }

  async start(certificates: TestCertificates): Promise<void> {
    const clientKey = createPublicKey(certificates.clientCertPem);
    this.#server.addService(anyCopy(gateway.GatewayService), {
      endorse: this.#unary('endorse', (request: gateway.EndorseRequest) => this.#endorse(request)),
      evaluate: this.#unary('evaluate', (request: gateway.EvaluateRequest) => this.#evaluate(request)),
      submit: this.#unary('submit', (request: gateway.SubmitRequest, step) => {
        const envelope = request.getPreparedTransaction() ?? new common.Envelope();
        this.seen.submit.push(envelope.serializeBinary());
        if (!verify('sha256', envelope.getPayload_asU8(), clientKey, envelope.getSignature_asU8()))
          throw new Error('The envelope is not signed by the client.');
        if (step.accept ?? (step.fail === undefined && step.hang !== true)) {
          this.#accepted.set(request.getTransactionId(), this.#accepted.size + 1);
        }
        return new gateway.SubmitResponse();
      }),
      commitStatus: this.#unary('commitStatus', (request: gateway.SignedCommitStatusRequest, step) =>
        this.#commitStatus(request, step),
      ),
      chaincodeEvents: (
        call: ServerWritableStream<gateway.SignedChaincodeEventsRequest, gateway.ChaincodeEventsResponse>,
      ) => {
        this.#streamEvents(call);
      },
    });
    this.#server.addService(anyCopy(peer.DeliverService), {
      deliver: (call: ServerDuplexStream<common.Envelope, peer.DeliverResponse>) => {
        call.on('data', (request: common.Envelope) => this.#deliverBlocks(call, request));
      },
    });
    const credentials = ServerCredentials.createSsl(null, [
      {
        cert_chain: Buffer.from(certificates.serverCertPem),
        private_key: Buffer.from(certificates.serverKeyPem),
      },
    ]);
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('localhost:0', credentials, (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  /** Has the transaction, as if another peer's block had just come in. */
  commit({ transactionId, blockNumber }: { transactionId: string; blockNumber: number }): void {
    this.#accepted.set(transactionId, blockNumber);
  }

  /** Drops every connection and stops listening. */
  kill(): void {
    this.#server.forceShutdown();
  }

  /** @param work - records the call and makes its answer; undefined when it has none. */
  #unary<Q, A>(name: keyof FakeGateway['script'], work: (request: Q, step: Step) => A | undefined) {
    const script = this.script[name] as Step[];
    return (call: ServerUnaryCall<Q, A>, callback: sendUnaryData<A>): void => {
      const step = script.shift() ?? {};
      void this.#respond(step, () => work(call.request, step), callback);
    };
  }

  async #respond<A>(step: Step, work: () => A | undefined, callback: sendUnaryData<A>): Promise<void> {
    this.#running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    const answer = work();
    if (step.delayMs !== undefined) await sleep(step.delayMs);
    this.#running--;
    if (step.fail !== undefined) callback(serviceError(step.fail));
    else if (answer !== undefined && step.hang !== true) callback(null, answer);
  }

  #endorse(request: gateway.EndorseRequest): gateway.EndorseResponse {
    this.seen.endorse.push(request.getTransactionId());
    const proposal = request.getProposedTransaction()?.getProposalBytes_asU8() ?? new Uint8Array();
    const response = new gateway.EndorseResponse();
    response.setPreparedTransaction(envelopeOf(proposal, { result: this.result }));
    return response;
  }

  #evaluate(request: gateway.EvaluateRequest): gateway.EvaluateResponse {
    this.seen.evaluate.push(request.getTransactionId());
    const result = new peer.Response();
    result.setStatus(200);
    result.setPayload(Buffer.from(this.result));
    const response = new gateway.EvaluateResponse();
    response.setResult(result);
    return response;
  }

  /** Without an answer, as at a peer, as long as the transaction has not been submitted. */
  #commitStatus(
    signed: gateway.SignedCommitStatusRequest,
    step: Step,
  ): gateway.CommitStatusResponse | undefined {
    const request = gateway.CommitStatusRequest.deserializeBinary(signed.getRequest_asU8());
    this.seen.commitStatus.push(request.getTransactionId());
    const blockNumber = this.#accepted.get(request.getTransactionId());
    if (blockNumber === undefined) return undefined;
    const response = new gateway.CommitStatusResponse();
    response.setResult((step.validationCode ?? 0) as Parameters<typeof response.setResult>[0]);
    response.setBlockNumber(blockNumber);
    return response;
  }

  #streamEvents(
    call: ServerWritableStream<gateway.SignedChaincodeEventsRequest, gateway.ChaincodeEventsResponse>,
  ): void {
    const request = gateway.ChaincodeEventsRequest.deserializeBinary(call.request.getRequest_asU8());
    const start = request.getStartPosition()?.getSpecified()?.getNumber() ?? -1;
    this.seen.events.push(start);
    const step = this.script.events.shift();
    const due = this.ledger.filter(
      ({ blockNumber, event, chaincode = CHAINCODE }) =>
        blockNumber >= start && event !== undefined && chaincode === request.getChaincodeId(),
    );
    for (const { blockNumber, transactionId, event = '' } of due.slice(0, step?.events)) {
      const message = new peer.ChaincodeEvent();
      message.setChaincodeId(CHAINCODE);
      message.setTxId(transactionId);
      message.setEventName(event);
      message.setPayload(Buffer.from(`{"tx":"${transactionId}"}`));
      const response = new gateway.ChaincodeEventsResponse();
      response.setBlockNumber(blockNumber);
      response.setEventsList([message]);
      call.write(response);
    }
    if (step?.fail === 'end') call.end();
    else if (step !== undefined) call.emit('error', serviceError(step.fail));
  }

  #deliverBlocks(
    call: ServerDuplexStream<common.Envelope, peer.DeliverResponse>,
    request: common.Envelope,
  ): void {
    const payload = common.Payload.deserializeBinary(request.getPayload_asU8());
    const seek = orderer.SeekInfo.deserializeBinary(payload.getData_asU8());
    const first = seek.getStart()?.getSpecified()?.getNumber() ?? 0;
    const last = Math.max(0, ...this.ledger.map(({ blockNumber }) => blockNumber));
    for (let number = first; number <= last; number++) {
      const inBlock = this.ledger.filter(({ blockNumber }) => blockNumber === number);
      const envelopes = inBlock.map(({ transactionId, chaincode = CHAINCODE }) =>
        envelopeOf(proposalOf({ transactionId, chaincode })),
      );
      const response = new peer.DeliverResponse();
      response.setBlock(blockOf(number, envelopes));
      call.write(response);
    }
  }
}

/**
 * The generated serializers insist on classes of their own copy of fabric-protos, but the workspace holds several
 * and they overwrite each other's in the global `proto`. Bytes are bytes.
 */
function anyCopy(service: ServiceDefinition): ServiceDefinition {
  const responseSerialize = (message: { serializeBinary(): Uint8Array }): Buffer =>
    Buffer.from(message.serializeBinary());
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [name, { ...method, responseSerialize }]),
  );
}

/** As Fabric sends it: the peers' texts travel in a `google.rpc.Status` in the trailer. */
function serviceError({ code, message, details = [] }: Failure): ServerErrorResponse {
  const rpcStatus = new google.rpc.Status();
  rpcStatus.setCode(code);
  rpcStatus.setMessage(message);
  rpcStatus.setDetailsList(
    details.map((text, index) => {
      const detail = new gateway.ErrorDetail();
      detail.setAddress(`peer${index}.org1.example.com:7051`);
      detail.setMspId('Org1MSP');
      detail.setMessage(text);
      return anyOf(detail.serializeBinary());
    }),
  );
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(rpcStatus.serializeBinary()));
  return Object.assign(new Error(message), { code, details: message, metadata });
}

/** google-protobuf has no types. */
function anyOf(value: Uint8Array): object {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { Any } = require('google-protobuf/google/protobuf/any_pb.js') as {
    Any: new () => { setTypeUrl(url: string): void; setValue(value: Uint8Array): void };
  };
  const any = new Any();
  any.setTypeUrl('type.googleapis.com/gateway.ErrorDetail');
  any.setValue(value);
  return any;
}
