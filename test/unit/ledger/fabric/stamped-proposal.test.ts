import assert from 'node:assert/strict';
import { common, gateway, peer } from '@hyperledger/fabric-protos';
import { stampedProposal } from '@gridveil/client/ledger/fabric/stamped-proposal.js';
import { createProposal } from '@gridveil/client/ledger/embedded/proposal.js';

interface TimestampMessage {
  getSeconds(): number;
  getNanos(): number;
}

function partsOf(bytes: Uint8Array) {
  const proposed = gateway.ProposedTransaction.deserializeBinary(bytes);
  const proposal = peer.Proposal.deserializeBinary(
    proposed.getProposal()?.getProposalBytes_asU8() ?? new Uint8Array(),
  );
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const stamp = channel.getTimestamp() as unknown as TimestampMessage;
  return {
    transactionId: channel.getTxId(),
    channel: channel.getChannelId(),
    extension: Buffer.from(channel.getExtension_asU8()).toString('hex'),
    signature: Buffer.from(header.getSignatureHeader_asU8()).toString('hex'),
    payload: Buffer.from(proposal.getPayload_asU8()).toString('hex'),
    time: [stamp.getSeconds(), stamp.getNanos()],
    named: proposed.getTransactionId(),
  };
}

describe('a stamped proposal', () => {
  it('has another time and is otherwise the same', () => {
    const { bytes, transactionId } = createProposal({
      channel: 'mychannel',
      chaincodeName: 'gridveil',
      creator: { mspId: 'Org1MSP', certificatePem: 'pem' },
      nonce: new Uint8Array(24),
      time: new Date('2026-01-01T00:00:00Z'),
      args: ['billing:OpenBilling', '{}'],
      transient: { packets: Uint8Array.of(1, 2, 3) },
    });
    const signed = new peer.SignedProposal();
    signed.setProposalBytes(bytes);
    const proposed = new gateway.ProposedTransaction();
    proposed.setTransactionId(transactionId);
    proposed.setProposal(signed);
    const before = proposed.serializeBinary();
    const after = stampedProposal(before, new Date('2016-08-01T07:00:00.250Z'));
    const expected = { ...partsOf(before), time: [Date.UTC(2016, 7, 1, 7) / 1000, 250_000_000] };
    assert.deepEqual(partsOf(after), expected);
    assert.equal(expected.transactionId, transactionId);
  });
});
