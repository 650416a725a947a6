/** A proposal with another time in it: the gateway library always writes the present one. For replays of recorded time. */
import { common, gateway, peer } from '@hyperledger/fabric-protos';

/** google-protobuf comes without types; this is the part of its Timestamp in use. */
interface ProtobufTimestamp {
  setSeconds(seconds: number): void;
  setNanos(nanoseconds: number): void;
}

/**
 * @param bytes - an unsigned proposal as the gateway library writes it
 * @returns the same, stamped with `time`; the transaction id is of nonce and creator and stays
 */
export function stampedProposal(bytes: Uint8Array, time: Date): Uint8Array {
  const proposed = gateway.ProposedTransaction.deserializeBinary(bytes);
  const signed = proposed.getProposal() ?? new peer.SignedProposal();
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const stamp = channelHeader.getTimestamp() as unknown as ProtobufTimestamp;
  stamp.setSeconds(Math.floor(time.getTime() / 1000));
  stamp.setNanos((time.getTime() % 1000) * 1_000_000);
  header.setChannelHeader(channelHeader.serializeBinary());
  proposal.setHeader(header.serializeBinary());
  signed.setProposalBytes(proposal.serializeBinary());
  proposed.setProposal(signed);
  return proposed.serializeBinary();
}
