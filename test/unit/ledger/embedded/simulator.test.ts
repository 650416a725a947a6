import assert from 'node:assert/strict';
import { Context, Contract, Returns, Transaction } from 'fabric-contract-api';
import type { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { ConformanceContract } from '../../../integration/ledger/conformance-contract.js';
import { connectUser, entry, openLedger, simulate } from './harness.js';

/** Calls what the embedded ledger does not offer, and scans without end. */
class EdgeContract extends Contract {
  constructor() {
    super('edge');
  }

  @Transaction(false)
  @Returns('string')
  async Call(context: Context, name: string): Promise<string> {
    const { stub } = context;
    const calls: Record<string, () => Promise<unknown>> = {
      getPrivateData: () => stub.getPrivateData('c', 'k'),
      putPrivateData: () => stub.putPrivateData('c', 'k', Buffer.from('v')),
      getPrivateDataHash: () => stub.getPrivateDataHash('c', 'k'),
      purgePrivateData: () => stub.purgePrivateData('c', 'k'),
      getPrivateDataByRange: () => stub.getPrivateDataByRange('c', 'a', 'b'),
      setStateValidationParameter: () => stub.setStateValidationParameter('k', Buffer.from('v')),
      getStateValidationParameter: () => stub.getStateValidationParameter('k'),
      getQueryResult: () => stub.getQueryResult('{}'),
      getHistoryForKey: () => stub.getHistoryForKey('k'),
      invokeChaincode: () => stub.invokeChaincode('other', [], ''),
      loneSurrogate: () => stub.putState('\ud800', Buffer.from('v')),
    };
    await calls[name]?.();
    return 'went through';
  }

  /** Looks at the first key of a range only. */
  @Transaction()
  @Returns('string')
  async First(context: Context, start: string): Promise<string> {
    const iterator = await context.stub.getStateByRange(start, `${start}~`);
    const first = await iterator.next();
    await iterator.close();
    await context.stub.putState('first', Buffer.from('x'));
    return first.done ? '' : first.value.key;
  }
}

describe('the transaction simulator', () => {
  let ledger: EmbeddedLedger;
  before(async () => {
    ledger = await openLedger({ contracts: [ConformanceContract, EdgeContract] });
  });

  const put = async (key: string, value = 'v') =>
    (await connectUser(ledger)).submit({
      contract: 'conformance',
      name: 'PutWithoutEvent',
      argument: entry(key, value),
    });
  const version = async (key: string) => ({ blockNumber: (await put(key)).blockNumber, transactionIndex: 0 });

  it('refuses what it does not have, and points to Fabric', async () => {
    const session = await connectUser(ledger);
    for (const name of [
      'getPrivateData',
      'putPrivateData',
      'getPrivateDataHash',
      'purgePrivateData',
      'getPrivateDataByRange',
      'setStateValidationParameter',
      'getStateValidationParameter',
      'getQueryResult',
      'getHistoryForKey',
      'invokeChaincode',
    ])
      await assert.rejects(session.evaluate({ contract: 'edge', name: 'Call', argument: name }), {
        code: 'REJECTED',
        message: /^The embedded ledger has no [\w -]+: use Fabric\.$/,
      });
  });

  it('refuses keys that are not well-formed text', async () => {
    const session = await connectUser(ledger);
    await assert.rejects(session.evaluate({ contract: 'edge', name: 'Call', argument: 'loneSurrogate' }), {
      code: 'REJECTED',
      message: /well-formed/,
    });
  });

  it('records versions of keys read, undefined for missing ones, and only the last write', async () => {
    const there = await version('there');
    const simulation = await simulate(ledger, 'PutThenRead', entry('there', 'new'));
    assert.deepEqual(simulation.readSet, { keys: [{ key: 'there', version: there }], ranges: [] });
    assert.deepEqual(simulation.writes, [{ key: 'there', value: new Uint8Array(Buffer.from('new')) }]);
    const missing = await simulate(ledger, 'Increment', 'missing');
    assert.deepEqual(missing.readSet.keys, [{ key: 'missing', version: undefined }]);
  });

  it('takes an empty value for a deletion', async () => {
    const simulation = await simulate(ledger, 'PutWithoutEvent', entry('there', ''));
    assert.deepEqual(simulation.writes, [{ key: 'there', value: undefined }]);
  });

  it('records a scanned range up to its end with the versions in it', async () => {
    const [a, b] = [await version('scan-a'), await version('scan-b')];
    const { readSet } = await simulate(ledger, 'Range', JSON.stringify({ start: 'scan-', end: 'scan-~' }));
    assert.deepEqual(readSet, {
      keys: [],
      ranges: [
        {
          startKey: 'scan-',
          endKey: 'scan-~',
          exhausted: true,
          reads: [
            { key: 'scan-a', version: a },
            { key: 'scan-b', version: b },
          ],
        },
      ],
    });
  });

  it('reads ranges of more than one batch completely', async () => {
    const session = await connectUser(ledger);
    const keys = Array.from({ length: 201 }, (_, i) => `many-${String(i).padStart(3, '0')}`);
    await Promise.all(keys.map((key) => put(key)));
    for (const count of [100, 101, 200, 201]) {
      const argument = JSON.stringify({ start: 'many-', end: `many-${String(count).padStart(3, '0')}` });
      const found = await session.evaluate({ contract: 'conformance', name: 'Range', argument });
      assert.deepEqual(
        (JSON.parse(found) as [string][]).map(([key]) => key),
        keys.slice(0, count),
      );
    }
  });

  it('records a range that was left early up to the one entry more that a peer fetches', async () => {
    // Needs the 201 keys of the case before.
    const creator = await ledger.membership.enrol('Org1MSP', 'User1');
    const proposal = ledger.propose(creator, ['edge:First', 'many-']);
    const { readSet, result } = await ledger.simulate(proposal.bytes);
    assert.equal(Buffer.from(result).toString(), 'many-000');
    const [range] = readSet.ranges;
    assert.deepEqual([range?.reads.length, range?.endKey, range?.exhausted], [101, 'many-100', false]);
  });

  it('keeps the event and the canonical bytes of the writes', async () => {
    const argument = entry('e', 'v');
    const { event, writeSet } = await simulate(ledger, 'Put', argument);
    assert.deepEqual(event, { name: 'Put', payload: new Uint8Array(Buffer.from(argument)) });
    assert.equal(Buffer.from(writeSet).toString('hex'), '0000000165' + '0000000176');
  });
});
