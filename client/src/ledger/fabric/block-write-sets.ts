/**
 * What the transactions of a Fabric block did to one chaincode's state: who sent which arguments when, and the exact
 * writes the peers agreed on. For audits, and for comparing the adapters byte for byte.
 *
 * Layout: fabric-protos common/common.proto, peer/transaction.proto, ledger/rwset/kvrwset/kv_rwset.proto. A block is
 * taken as a peer delivered it; its signatures and hashes are not checked here.
 */
import { common, ledger, msp, peer } from '@hyperledger/fabric-protos';

export interface StateWrite {
  readonly key: string;
  /** Undefined: the key is deleted; Fabric takes an empty value for a deletion, too. */
  readonly value: Uint8Array | undefined;
}

export interface BlockTransaction {
  readonly transactionId: string;
  /** Of the whole transaction in its block: proposal, results, certificates, signatures. */
  readonly sizeBytes: number;
  /** As the client stated it; what contracts see as the transaction's time. */
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
  readonly mspId: string;
  /** The serialized identity (msp.SerializedIdentity), as contracts get it. */
  readonly creator: Uint8Array;
  /** The serialized proposal (peer.Proposal) without transient data, for running the transaction again. */
  readonly proposal: Uint8Array;
  /** `contract:Transaction`, then its arguments, as bytes. */
  readonly arguments: readonly Uint8Array[];
  /** 0 is valid, 11 and 12 are conflicts (peer.TxValidationCode). Writes of any other than 0 were not applied. */
  readonly validationCode: number;
  /** In ascending order of the keys' UTF-8 bytes. */
  readonly writes: readonly StateWrite[];
  readonly event: { readonly name: string; readonly payload: Uint8Array } | undefined;
  /** What the contract returned. */
  readonly result: Uint8Array;
}

export interface BlockWriteSets {
  readonly blockNumber: number;
  readonly transactions: readonly BlockTransaction[];
}

/**
 * Decodes the transactions of `chaincode`, valid or not; configuration and other chaincodes are left out.
 * @throws RangeError when the block lacks a part that every committed block has.
 */
export function decodeBlock(block: common.Block, chaincode: string): BlockWriteSets {
  const flags = required(block.getMetadata(), 'metadata').getMetadataList_asU8()[
    common.BlockMetadataIndex.TRANSACTIONS_FILTER
  ];
  const envelopes = required(block.getData(), 'data').getDataList_asU8();
  const transactions = envelopes.flatMap((envelope, index) => {
    const validationCode = required(flags?.[index], 'validation code');
    const transaction = decodeEnvelope(envelope, chaincode, validationCode);
    return transaction === undefined ? [] : [transaction];
  });
  return { blockNumber: required(block.getHeader(), 'header').getNumber(), transactions };
}

/** The ids of all transactions of a block, in its order; empty for configuration. */
export function transactionIds(block: common.Block): string[] {
  return required(block.getData(), 'data')
    .getDataList_asU8()
    .map((envelope) => decodeHeaders(envelope).channelHeader.getTxId());
}

function decodeHeaders(bytes: Uint8Array): {
  payload: common.Payload;
  header: common.Header;
  channelHeader: common.ChannelHeader;
} {
  const envelope = common.Envelope.deserializeBinary(bytes);
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = required(payload.getHeader(), 'payload header');
  return {
    payload,
    header,
    channelHeader: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()),
  };
}

function decodeEnvelope(
  bytes: Uint8Array,
  chaincode: string,
  validationCode: number,
): BlockTransaction | undefined {
  const { payload, header, channelHeader } = decodeHeaders(bytes);
  if (channelHeader.getType() !== common.HeaderType.ENDORSER_TRANSACTION) return undefined;

  const transaction = peer.Transaction.deserializeBinary(payload.getData_asU8());
  const action = required(transaction.getActionsList()[0], 'transaction action');
  const actionPayload = peer.ChaincodeActionPayload.deserializeBinary(action.getPayload_asU8());
  const invocation = decodeInvocation(actionPayload);
  if (invocation.getChaincodeId()?.getName() !== chaincode) return undefined;

  const signatureHeader = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
  const creator = signatureHeader.getCreator_asU8();
  return {
    transactionId: channelHeader.getTxId(),
    sizeBytes: bytes.length,
    timestamp: decodeTimestamp(channelHeader),
    mspId: msp.SerializedIdentity.deserializeBinary(creator).getMspid(),
    creator,
    proposal: proposalBytes(header, actionPayload),
    arguments: required(invocation.getInput(), 'chaincode input').getArgsList_asU8(),
    validationCode,
    ...decodeEffects(actionPayload, chaincode),
  };
}

function proposalBytes(header: common.Header, payload: peer.ChaincodeActionPayload): Uint8Array {
  const proposal = new peer.Proposal();
  proposal.setHeader(header.serializeBinary());
  proposal.setPayload(payload.getChaincodeProposalPayload_asU8());
  return proposal.serializeBinary();
}

function decodeInvocation(payload: peer.ChaincodeActionPayload): peer.ChaincodeSpec {
  const proposal = peer.ChaincodeProposalPayload.deserializeBinary(
    payload.getChaincodeProposalPayload_asU8(),
  );
  const invocation = peer.ChaincodeInvocationSpec.deserializeBinary(proposal.getInput_asU8());
  return required(invocation.getChaincodeSpec(), 'chaincode specification');
}

/** google-protobuf comes without types; this is the part of its Timestamp in use. */
interface TimestampMessage {
  getSeconds(): number;
  getNanos(): number;
}

function decodeTimestamp(header: common.ChannelHeader): BlockTransaction['timestamp'] {
  const timestamp = required(header.getTimestamp() as TimestampMessage | undefined, 'timestamp');
  return { seconds: timestamp.getSeconds(), nanos: timestamp.getNanos() };
}

function decodeEffects(
  payload: peer.ChaincodeActionPayload,
  chaincode: string,
): Pick<BlockTransaction, 'writes' | 'event' | 'result'> {
  const endorsed = required(payload.getAction(), 'endorsed action').getProposalResponsePayload_asU8();
  const response = peer.ProposalResponsePayload.deserializeBinary(endorsed);
  const action = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8());
  return {
    writes: decodeWrites(action.getResults_asU8(), chaincode),
    event: decodeEvent(action.getEvents_asU8()),
    result: required(action.getResponse(), 'chaincode response').getPayload_asU8(),
  };
}

function decodeWrites(results: Uint8Array, namespace: string): StateWrite[] {
  return ledger.rwset.TxReadWriteSet.deserializeBinary(results)
    .getNsRwsetList()
    .filter((set) => set.getNamespace() === namespace)
    .flatMap((set) => ledger.rwset.kvrwset.KVRWSet.deserializeBinary(set.getRwset_asU8()).getWritesList())
    .map((write) => {
      const value = write.getValue_asU8();
      return { key: write.getKey(), value: write.getIsDelete() || value.length === 0 ? undefined : value };
    })
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

function decodeEvent(bytes: Uint8Array): BlockTransaction['event'] {
  if (bytes.length === 0) return undefined;
  const event = peer.ChaincodeEvent.deserializeBinary(bytes);
  return { name: event.getEventName(), payload: event.getPayload_asU8() };
}

function required<T>(part: T | undefined, what: string): T {
  if (part === undefined) throw new RangeError(`"block" expected a ${what}`);
  return part;
}
