/** Builds the Fabric messages a peer would: prepared transactions from proposals, and blocks. */
import { common, ledger, msp, peer } from '@hyperledger/fabric-protos';

export interface Effects {
  readonly chaincode?: string;
  readonly result?: string;
  readonly event?: { readonly name: string; readonly payload: string };
  /** Per namespace: key and value, or undefined for a delete. */
  readonly writes?: Readonly<Record<string, readonly (readonly [key: string, value: string | undefined])[]>>;
}

export interface ProposalFacts {
  readonly transactionId: string;
  readonly chaincode?: string;
  readonly args?: readonly string[];
  readonly type?: common.HeaderTypeMap[keyof common.HeaderTypeMap];
}

export const CHAINCODE = 'gridveil';

/** The proposal bytes a client would send. */
export function proposalOf({
  transactionId,
  chaincode = CHAINCODE,
  args = [],
  type = common.HeaderType.ENDORSER_TRANSACTION,
}: ProposalFacts): Uint8Array {
  const channelHeader = new common.ChannelHeader();
  channelHeader.setType(type);
  channelHeader.setTxId(transactionId);
  channelHeader.setChannelId('gridchannel');
  channelHeader.setTimestamp(timestamp(1_700_000_000, 5_000_000));

  const identity = new msp.SerializedIdentity();
  identity.setMspid('Org1MSP');
  identity.setIdBytes(Buffer.from('certificate'));
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setCreator(identity.serializeBinary());

  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  header.setSignatureHeader(signatureHeader.serializeBinary());

  const id = new peer.ChaincodeID();
  id.setName(chaincode);
  const input = new peer.ChaincodeInput();
  input.setArgsList(args.map((arg) => Buffer.from(arg)));
  const spec = new peer.ChaincodeSpec();
  spec.setChaincodeId(id);
  spec.setInput(input);
  const invocation = new peer.ChaincodeInvocationSpec();
  invocation.setChaincodeSpec(spec);
  const payload = new peer.ChaincodeProposalPayload();
  payload.setInput(invocation.serializeBinary());

  const proposal = new peer.Proposal();
  proposal.setHeader(header.serializeBinary());
  proposal.setPayload(payload.serializeBinary());
  return proposal.serializeBinary();
}

/** The transaction a gateway prepares from an endorsed proposal, not signed yet. */
export function envelopeOf(proposalBytes: Uint8Array, effects: Effects = {}): common.Envelope {
  const proposal = peer.Proposal.deserializeBinary(proposalBytes);
  const response = new peer.ProposalResponsePayload();
  response.setExtension$(chaincodeAction(effects).serializeBinary());
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(response.serializeBinary());
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setChaincodeProposalPayload(proposal.getPayload_asU8());
  actionPayload.setAction(endorsed);
  const action = new peer.TransactionAction();
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([action]);

  const payload = new common.Payload();
  payload.setHeader(common.Header.deserializeBinary(proposal.getHeader_asU8()));
  payload.setData(transaction.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  return envelope;
}

function chaincodeAction({
  result = '',
  event,
  writes = {},
  chaincode = CHAINCODE,
}: Effects): peer.ChaincodeAction {
  const response = new peer.Response();
  response.setStatus(200);
  response.setPayload(Buffer.from(result));
  const action = new peer.ChaincodeAction();
  action.setResponse(response);
  if (event !== undefined) {
    const message = new peer.ChaincodeEvent();
    message.setChaincodeId(chaincode);
    message.setEventName(event.name);
    message.setPayload(Buffer.from(event.payload));
    action.setEvents(message.serializeBinary());
  }
  const sets = new ledger.rwset.TxReadWriteSet();
  sets.setNsRwsetList(Object.entries(writes).map(([namespace, entries]) => namespaceSet(namespace, entries)));
  action.setResults(sets.serializeBinary());
  return action;
}

function namespaceSet(
  namespace: string,
  entries: readonly (readonly [key: string, value: string | undefined])[],
): ledger.rwset.NsReadWriteSet {
  const set = new ledger.rwset.kvrwset.KVRWSet();
  set.setWritesList(
    entries.map(([key, value]) => {
      const write = new ledger.rwset.kvrwset.KVWrite();
      write.setKey(key);
      write.setIsDelete(value === undefined);
      if (value !== undefined) write.setValue(Buffer.from(value));
      return write;
    }),
  );
  const named = new ledger.rwset.NsReadWriteSet();
  named.setNamespace(namespace);
  named.setRwset(set.serializeBinary());
  return named;
}

/** @param validationCodes - one per envelope. */
export function blockOf(
  number: number,
  envelopes: readonly common.Envelope[],
  validationCodes: readonly number[] = envelopes.map(() => 0),
): common.Block {
  const header = new common.BlockHeader();
  header.setNumber(number);
  const data = new common.BlockData();
  data.setDataList(envelopes.map((envelope) => envelope.serializeBinary()));
  const metadata = new common.BlockMetadata();
  metadata.setMetadataList([new Uint8Array(), new Uint8Array(), Uint8Array.from(validationCodes)]);
  const block = new common.Block();
  block.setHeader(header);
  block.setData(data);
  block.setMetadata(metadata);
  return block;
}

/** google-protobuf has no types. */
function timestamp(seconds: number, nanos: number): object {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { Timestamp } = require('google-protobuf/google/protobuf/timestamp_pb.js') as {
    Timestamp: new () => { setSeconds(value: number): void; setNanos(value: number): void };
  };
  const message = new Timestamp();
  message.setSeconds(seconds);
  message.setNanos(nanos);
  return message;
}
