import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import { connect } from '@hyperledger/fabric-gateway';
import { gateway } from '@hyperledger/fabric-protos';
import { createAuthority, issueCertificate } from '@gridveil/client/ledger/embedded/certificate-authority.js';
import { committedBytes, createProposal, decodeProposal } from '@gridveil/client/ledger/embedded/proposal.js';
import { connectUser, openLedger } from './harness.js';

const facts = {
  channel: 'channel',
  chaincodeName: 'chaincode',
  creator: { mspId: 'Org1MSP', certificatePem: 'certificate' },
  nonce: new Uint8Array(24).fill(5),
  time: new Date('2026-03-01T10:20:30.456Z'),
  args: ['contract:Name', 'ä'],
  transient: { packets: Uint8Array.of(1, 0, 255) },
};

describe('a proposal', () => {
  it('rejects bytes that are no proposal', () => {
    for (const bytes of [new Uint8Array(), new Uint8Array([1, 2, 3]), new Uint8Array(100).fill(255)])
      assert.throws(() => decodeProposal(bytes), { name: 'LedgerError', code: 'REJECTED' });
  });

  it('rejects a transaction id that is not the hash of nonce and creator', () => {
    const proposal = createProposal(facts);
    const text = Buffer.from(proposal.bytes).toString('latin1');
    const digit = proposal.transactionId.startsWith('0') ? '1' : '0';
    const forged = text.replace(proposal.transactionId, digit + proposal.transactionId.slice(1));
    assert.throws(() => decodeProposal(Buffer.from(forged, 'latin1')), { code: 'REJECTED' });
  });

  it('comes back from its bytes', () => {
    const proposal = createProposal(facts);
    const decoded = decodeProposal(proposal.bytes);
    assert.equal(decoded.channel, 'channel');
    assert.equal(decoded.transactionId, proposal.transactionId);
    assert.deepEqual(
      decoded.args.map((arg) => Buffer.from(arg).toString()),
      facts.args,
    );
  });

  it('is committed without its transient data, and as it is when there is none', async () => {
    const secret = Buffer.from('seen by endorsers only');
    const ledger = await openLedger();
    const session = await connectUser(ledger);
    await session.submit({
      ...{ contract: 'conformance', name: 'PutTransient', argument: 'k' },
      transient: { elsewhere: secret },
    });
    const committed = ledger.block(ledger.height - 1).transactions.at(-1);
    assert.ok(committed);
    assert.equal(Buffer.from(committed.proposal).includes(secret), false);
    const { transactionId, args } = decodeProposal(committed.proposal);
    assert.equal(transactionId, committed.transactionId);
    assert.equal(Buffer.from(args[1] ?? []).toString(), 'k');
    const proposal = createProposal({ ...facts, transient: {} });
    assert.equal(committedBytes(proposal), proposal.bytes);
  });

  it('may come from a real Fabric client, whose identity the contract then sees', async () => {
    const now = new Date();
    const authority = await createAuthority('elsewhere.example.com', now);
    const { certificatePem } = await issueCertificate(
      authority,
      'Visitor@elsewhere.example.com',
      'client',
      now,
    );
    const client = new Client('localhost:1', credentials.createInsecure());
    const identity = { mspId: 'ElsewhereMSP', credentials: Buffer.from(certificatePem) };
    const fabric = connect({ client, identity, signer: () => Promise.resolve(new Uint8Array()) });
    const built = fabric
      .getNetwork('gridveil')
      .getContract('gridveil', 'conformance')
      .newProposal('WhoAmI', { arguments: ['x'] });
    const sent = gateway.ProposedTransaction.deserializeBinary(built.getBytes());
    const bytes = sent.getProposal()?.getProposalBytes_asU8() ?? new Uint8Array();
    fabric.close();
    client.close();

    const ledger = await openLedger();
    const { proposal, result, status } = await ledger.simulate(bytes);
    assert.equal(status, 200);
    assert.equal(proposal.transactionId, built.getTransactionId());
    const seen = JSON.parse(Buffer.from(result).toString()) as Record<string, string>;
    assert.deepEqual([seen['mspId'], seen['channel']], ['ElsewhereMSP', 'gridveil']);
    assert.match(String(seen['subject']), /,OU=client,CN=Visitor@elsewhere\.example\.com$/);
  });

  it('takes SHA-256(nonce, serialised creator) as transaction id', () => {
    // SerializedIdentity {mspid = 1, id_bytes = 2}, written out by hand.
    const creator = Buffer.concat([
      Buffer.from([0x0a, 7]),
      Buffer.from('Org1MSP'),
      Buffer.from([0x12, 11]),
      Buffer.from('certificate'),
    ]);
    const expected = createHash('sha256').update(facts.nonce).update(creator).digest('hex');
    assert.equal(createProposal(facts).transactionId, expected);
  });

  it('gives the contract the time of the proposal, to the millisecond', async () => {
    for (const time of ['2026-03-01T10:20:30.456Z', '2026-03-01T10:20:30.000Z', '2055-01-01T00:00:00.001Z']) {
      const ledger = await openLedger({ now: () => new Date(time), checkDeterminism: false });
      const session = await connectUser(ledger);
      const seen = await session.evaluate({ contract: 'conformance', name: 'WhoAmI', argument: '' });
      assert.equal((JSON.parse(seen) as { time: string }).time, time);
      await ledger.close();
    }
  });
});
