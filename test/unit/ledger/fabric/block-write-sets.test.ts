import assert from 'node:assert/strict';
import { common } from '@hyperledger/fabric-protos';
import { decodeBlock, transactionIds } from '@gridveil/client/ledger/fabric/block-write-sets.js';
import { blockOf, envelopeOf, proposalOf } from './fabric-messages.js';

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

describe('ledger/fabric/block-write-sets', () => {
  it('rejects a block with a transaction that has no validation code', () => {
    const block = blockOf(5, [envelopeOf(proposalOf({ transactionId: 'a' }))], []);
    assert.throws(() => decodeBlock(block, 'gridveil'), /"block" expected a validation code/);
  });

  it('rejects a block without data', () => {
    assert.throws(() => decodeBlock(new common.Block(), 'gridveil'), RangeError);
  });

  it('gives what a transaction did, with its writes in order of the UTF-8 bytes of their keys', () => {
    const args = ['aggregation:SubmitTotal', '{"slot":7}'];
    const proposal = proposalOf({ transactionId: 'a', args });
    const envelope = envelopeOf(proposal, {
      result: '{"status":"accepted"}',
      event: { name: 'TotalSubmitted', payload: '{"slot":7}' },
      writes: {
        _lifecycle: [['foreign', 'x']],
        gridveil: [
          ['\u{1F600}', 'emoji'],
          ['\uFFFD', 'replacement'],
          ['\u0000total\u0000g\u0000', '{}'],
          ['gone', undefined],
          ['empty', ''],
        ],
      },
    });
    const { blockNumber, transactions } = decodeBlock(blockOf(5, [envelope]), 'gridveil');
    const [transaction] = transactions;
    assert.ok(transaction);
    assert.equal(blockNumber, 5);
    assert.equal(transactions.length, 1);
    assert.equal(transaction.transactionId, 'a');
    assert.equal(transaction.mspId, 'Org1MSP');
    assert.match(text(transaction.creator) ?? '', /Org1MSP.*certificate/s);
    assert.deepEqual(transaction.timestamp, { seconds: 1_700_000_000, nanos: 5_000_000 });
    assert.deepEqual(transaction.arguments.map(text), args);
    assert.deepEqual(Buffer.from(transaction.proposal), Buffer.from(proposal));
    assert.equal(text(transaction.result), '{"status":"accepted"}');
    assert.equal(transaction.event?.name, 'TotalSubmitted');
    assert.equal(text(transaction.event?.payload), '{"slot":7}');
    assert.deepEqual(
      transaction.writes.map(({ key, value }) => [key, text(value)]),
      [
        ['\u0000total\u0000g\u0000', '{}'],
        ['empty', undefined],
        ['gone', undefined],
        ['\uFFFD', 'replacement'],
        ['\u{1F600}', 'emoji'],
      ],
    );
  });

  it('leaves out configuration and other chaincodes, and keeps the validation code of the rest', () => {
    const block = blockOf(
      6,
      [
        envelopeOf(proposalOf({ transactionId: '', type: common.HeaderType.CONFIG })),
        envelopeOf(proposalOf({ transactionId: 'other', chaincode: '_lifecycle' })),
        envelopeOf(proposalOf({ transactionId: 'lost' })),
        envelopeOf(proposalOf({ transactionId: 'won' })),
      ],
      [0, 0, 11, 0],
    );
    assert.deepEqual(
      decodeBlock(block, 'gridveil').transactions.map(({ transactionId, validationCode, event }) => [
        transactionId,
        validationCode,
        event,
      ]),
      [
        ['lost', 11, undefined],
        ['won', 0, undefined],
      ],
    );
    assert.deepEqual(transactionIds(block), ['', 'other', 'lost', 'won']);
  });
});
