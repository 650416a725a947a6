/**
 * Transaction proposals in Fabric's own protobuf form, so that fabric-shim's stub, client identity and binding
 * work on them unchanged, and so that a proposal taken from a real Fabric block can be run here.
 *
 * Embedded ledger. Source: Fabric protos `peer.Proposal`, `common.Header`; transaction id = SHA-256(nonce ‖ creator).
 * The proposal is not signed: client and ledger are one process, and the session has already checked the certificate.
 */
import { createHash } from 'node:crypto';
import { common, msp, peer } from '@hyperledger/fabric-protos';
import { concatBytes, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { LedgerError } from '../ledger-error.js';

export interface Proposal {
  /** Serialised `peer.Proposal`. */
  readonly bytes: Uint8Array;
  readonly channel: string;
  /** Lowercase hex, 64 characters. */
  readonly transactionId: string;
  /** `contract:transaction`, then its arguments, as bytes. */
  readonly args: readonly Uint8Array[];
}

export interface ProposalFacts {
  readonly channel: string;
  readonly chaincodeName: string;
  readonly creator: { readonly mspId: string; readonly certificatePem: string };
  /** Fresh random bytes, 24 as in Fabric's clients. */
  readonly nonce: Uint8Array;
  readonly time: Date;
  readonly args: readonly string[];
  readonly transient: Readonly<Record<string, Uint8Array>>;
}

export function createProposal(facts: ProposalFacts): Proposal {
  const creator = new msp.SerializedIdentity();
  creator.setMspid(facts.creator.mspId);
  creator.setIdBytes(utf8(facts.creator.certificatePem));
  const creatorBytes = creator.serializeBinary();
  const transactionId = transactionIdOf(facts.nonce, creatorBytes);
  const args = facts.args.map(utf8);

  const header = new common.Header();
  header.setChannelHeader(channelHeader(facts, transactionId));
  header.setSignatureHeader(signatureHeader(facts.nonce, creatorBytes).serializeBinary());
  const proposal = new peer.Proposal();
  proposal.setHeader(header.serializeBinary());
  proposal.setPayload(proposalPayload(facts, args).serializeBinary());
  return { bytes: proposal.serializeBinary(), channel: facts.channel, transactionId, args };
}

/**
 * Reads a serialised `peer.Proposal`, ours or Fabric's.
 * @throws LedgerError REJECTED when it is not one, or when its transaction id is not the hash of nonce and creator.
 */
export function decodeProposal(bytes: Uint8Array): Proposal {
  const parts = parseProposal(bytes);
  const { channel, signature, input } = parts;
  const transactionId = channel.getTxId();
  if (transactionIdOf(signature.getNonce_asU8(), signature.getCreator_asU8()) !== transactionId) {
    throw new LedgerError('REJECTED', 'The transaction id is not the hash of nonce and creator.', {
      transactionId,
    });
  }
  return { bytes, channel: channel.getChannelId(), transactionId, args: input.getArgsList_asU8() };
}

interface ProposalParts {
  readonly channel: common.ChannelHeader;
  readonly signature: common.SignatureHeader;
  readonly input: peer.ChaincodeInput;
}

function parseProposal(bytes: Uint8Array): ProposalParts {
  try {
    const proposal = peer.Proposal.deserializeBinary(bytes);
    const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
    const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
    const invocation = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8());
    return {
      channel: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()),
      signature: common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()),
      input: invocation.getChaincodeSpec()?.getInput() ?? new peer.ChaincodeInput(),
    };
  } catch (cause) {
    throw new LedgerError('REJECTED', 'These bytes are not a transaction proposal.', {}, { cause });
  }
}

function transactionIdOf(nonce: Uint8Array, creator: Uint8Array): string {
  return createHash('sha256').update(nonce).update(creator).digest('hex');
}

function channelHeader(facts: ProposalFacts, transactionId: string): Uint8Array {
  const chaincodeId = new peer.ChaincodeID();
  chaincodeId.setName(facts.chaincodeName);
  const extension = new peer.ChaincodeHeaderExtension();
  extension.setChaincodeId(chaincodeId);
  const header = new common.ChannelHeader();
  header.setType(common.HeaderType.ENDORSER_TRANSACTION);
  header.setChannelId(facts.channel);
  header.setTxId(transactionId);
  header.setExtension$(extension.serializeBinary());
  // The timestamp is appended by hand: its class is not part of fabric-protos.
  return concatBytes(header.serializeBinary(), timestampField(facts.time));
}

/** Field 3 of the channel header: a `google.protobuf.Timestamp` with seconds (field 1) and nanoseconds (field 2). */
function timestampField(time: Date): Uint8Array {
  const milliseconds = time.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  const nanos = (milliseconds - seconds * 1000) * 1_000_000;
  const body = [0x08, ...varint(seconds), 0x10, ...varint(nanos)];
  return new Uint8Array([0x1a, body.length, ...body]);
}

function varint(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low + 128, ...varint(Math.floor(value / 128))];
}

function signatureHeader(nonce: Uint8Array, creator: Uint8Array): common.SignatureHeader {
  const header = new common.SignatureHeader();
  header.setNonce(nonce);
  header.setCreator(creator);
  return header;
}

/** A google-protobuf map, which has no types of its own here. */
interface TransientMap {
  set(name: string, bytes: Uint8Array): unknown;
  getLength(): number;
}

/** The proposal as a block keeps it: without transient data, as Fabric's clients leave it out of the transaction they send to the orderers. */
export function committedBytes({ bytes }: Proposal): Uint8Array {
  const proposal = peer.Proposal.deserializeBinary(bytes);
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  if ((payload.getTransientmapMap() as TransientMap).getLength() === 0) return bytes;
  payload.clearTransientmapMap();
  proposal.setPayload(payload.serializeBinary());
  return proposal.serializeBinary();
}

function proposalPayload(
  { chaincodeName, transient }: ProposalFacts,
  args: readonly Uint8Array[],
): peer.ChaincodeProposalPayload {
  const chaincodeId = new peer.ChaincodeID();
  chaincodeId.setName(chaincodeName);
  const input = new peer.ChaincodeInput();
  input.setArgsList([...args]);
  const spec = new peer.ChaincodeSpec();
  spec.setType(peer.ChaincodeSpec.Type.NODE);
  spec.setChaincodeId(chaincodeId);
  spec.setInput(input);
  const invocation = new peer.ChaincodeInvocationSpec();
  invocation.setChaincodeSpec(spec);
  const payload = new peer.ChaincodeProposalPayload();
  payload.setInput(invocation.serializeBinary());
  const transientMap = payload.getTransientmapMap() as TransientMap;
  for (const [name, bytes] of Object.entries(transient)) transientMap.set(name, bytes);
  return payload;
}
