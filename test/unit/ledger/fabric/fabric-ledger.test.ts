import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { refusal, StateConflictError } from '@gridveil/chaincode/errors.js';
import { CommitHorizon } from '@gridveil/client/ledger/fabric/commit-horizon.js';
import { FabricLedger, type FabricLedgerOptions } from '@gridveil/client/ledger/fabric/fabric-ledger.js';
import { MemoryOutbox } from '@gridveil/client/ledger/fabric/outbox.js';
import type { RetryPolicy } from '@gridveil/client/ledger/fabric/retry-policy.js';
import { LedgerError, type LedgerErrorCode } from '@gridveil/client/ledger/ledger-error.js';
import type { EventCheckpoint, LedgerEvent } from '@gridveil/client/ledger/port.js';
import { FakeGateway, type Failure } from './fake-gateway.js';
import { createTestCertificates, type TestCertificates } from './test-certificates.js';

const TRANSACTION = { contract: 'aggregation', name: 'SubmitTotal', argument: '{"slot":7}' };

const QUICK: RetryPolicy = {
  readinessMs: 400,
  disagreementMs: 150,
  deliveryMs: 600,
  conflictRetries: 5,
  firstPauseMs: 5,
  longestPauseMs: 20,
};
const REFUSAL = refusal('TOTAL_EXISTS', { slot: 7 });
const CONTRACT_REFUSES: Failure = {
  code: status.ABORTED,
  message: 'failed to endorse transaction, see attached details for more info',
  details: [`chaincode response 500, ${REFUSAL.message}`, `chaincode response 500, ${REFUSAL.message}`],
};
const SOME_PEERS_REFUSE: Failure = {
  ...CONTRACT_REFUSES,
  message: 'failed to collect enough transaction endorsements, see attached details for more info',
};
const NO_COMBINATION: Failure = {
  code: status.FAILED_PRECONDITION,
  message: 'no combination of peers can be derived which satisfy the endorsement policy',
};
const CHAINCODE_DOWN: Failure = {
  code: status.ABORTED,
  message: 'failed to endorse transaction, see attached details for more info',
  details: [
    'error in simulation: failed to execute transaction 1: error sending: chaincode stream terminated',
    'error in simulation: failed to execute transaction 1: could not launch chaincode gridveil_1:00',
  ],
};
const NO_ORDERER: Failure = {
  code: status.UNAVAILABLE,
  message: 'no orderers could successfully process transaction',
};
const REFUSED_BY_ORDERER: Failure = {
  code: status.ABORTED,
  message: 'received unsuccessful response: status=BAD_REQUEST',
};
const DROPPED: Failure = { code: status.UNAVAILABLE, message: 'Connection dropped' };
const MVCC_READ_CONFLICT = 11;
const PHANTOM_READ_CONFLICT = 12;

describe('ledger/fabric/fabric-ledger', () => {
  let certificates: TestCertificates;
  let gateway: FakeGateway;
  let opened: FabricLedger[];

  before(async () => {
    certificates = await createTestCertificates();
  });
  after(() => certificates.remove());
  beforeEach(async () => {
    opened = [];
    gateway = new FakeGateway();
    await gateway.start(certificates);
  });
  afterEach(async () => {
    await Promise.all(opened.map((ledger) => ledger.close()));
    gateway.kill();
  });

  async function connect(
    options: Partial<FabricLedgerOptions> = {},
    addresses: readonly string[] = [gateway.address],
  ): Promise<FabricLedger> {
    const ledger = await FabricLedger.connect({
      connection: {
        channel: 'gridchannel',
        chaincode: 'gridveil',
        organisations: {
          Org1MSP: {
            peers: addresses.map((address) => ({
              name: address,
              address,
              tlsRootCertPath: certificates.caCertPath,
            })),
            users: { User1: { certPath: certificates.clientCertPath, keyPath: certificates.clientKeyPath } },
          },
        },
      },
      mspId: 'Org1MSP',
      user: 'User1',
      retry: QUICK,
      ...options,
    });
    opened.push(ledger);
    return ledger;
  }

  function failsWith(code: LedgerErrorCode): (error: unknown) => boolean {
    return (error) => {
      assert.ok(error instanceof LedgerError, String(error));
      assert.equal(error.code, code);
      return true;
    };
  }

  function isRefusal(error: unknown): boolean {
    assert.ok(error instanceof StateConflictError, String(error));
    assert.equal(error.code, 'TOTAL_EXISTS');
    assert.deepEqual(error.facts, { slot: 7 });
    return true;
  }

  describe('submit, before ordering', () => {
    it('throws the refusal of the contract in its class and does not try again', async () => {
      gateway.script.endorse.push({ fail: CONTRACT_REFUSES });
      const ledger = await connect();
      await assert.rejects(ledger.submit(TRANSACTION), isRefusal);
      assert.equal(gateway.seen.endorse.length, 1);
      assert.equal(gateway.seen.submit.length, 0);
    });

    it('rejects, at once, a contract error without a code', async () => {
      const details = ["chaincode response 500, You've asked to invoke a function that does not exist: Nope"];
      gateway.script.endorse.push({ fail: { ...CONTRACT_REFUSES, details } });
      const ledger = await connect();
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('REJECTED'));
      assert.equal(gateway.seen.endorse.length, 1);
    });

    it('rejects, at once, an identity the peer does not accept', async () => {
      const details = [
        'error validating proposal: access denied: channel [gridchannel] creator org [Org1MSP]',
      ];
      gateway.script.endorse.push({ fail: { ...CONTRACT_REFUSES, details } });
      const ledger = await connect();
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('REJECTED'));
      assert.equal(gateway.seen.endorse.length, 1);
    });

    it('rejects peers that keep computing different results', async () => {
      const fail = { ...SOME_PEERS_REFUSE, details: ['ProposalResponsePayloads do not match'] };
      gateway.script.endorse.push(...Array.from({ length: 100 }, () => ({ fail })));
      const ledger = await connect();
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('REJECTED'));
      assert.ok(gateway.seen.endorse.length > 1);
    });

    it('gives up with UNAVAILABLE when the network does not become ready', async () => {
      gateway.script.endorse.push(...Array.from({ length: 200 }, () => ({ fail: NO_COMBINATION })));
      const ledger = await connect();
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('UNAVAILABLE'));
      assert.ok(gateway.seen.endorse.length > 2);
      assert.equal(gateway.seen.submit.length, 0);
    });

    it('gives up with UNAVAILABLE when no peer listens', async () => {
      gateway.kill();
      const ledger = await connect();
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('UNAVAILABLE'));
    });

    it('waits for peers and chaincode that are not ready, with a new proposal each time', async () => {
      gateway.script.endorse.push({ fail: NO_COMBINATION }, { fail: CHAINCODE_DOWN }, { fail: DROPPED });
      const ledger = await connect();
      await ledger.submit(TRANSACTION);
      assert.equal(new Set(gateway.seen.endorse).size, 4);
      assert.equal(gateway.seen.submit.length, 1);
    });

    it('asks again when a peer does not answer an endorsement in time', async () => {
      gateway.script.endorse.push({ hang: true });
      const ledger = await connect({ deadlines: { endorseMs: 50 } });
      await ledger.submit(TRANSACTION);
      assert.equal(gateway.seen.endorse.length, 2);
    });

    it('asks again when only some peers refuse, because one may be a block behind', async () => {
      gateway.script.endorse.push({ fail: SOME_PEERS_REFUSE });
      const ledger = await connect();
      await ledger.submit(TRANSACTION);
      assert.equal(gateway.seen.endorse.length, 2);
    });

    it('throws the refusal when some peers keep refusing', async () => {
      gateway.script.endorse.push(...Array.from({ length: 100 }, () => ({ fail: SOME_PEERS_REFUSE })));
      const ledger = await connect();
      await assert.rejects(ledger.submit(TRANSACTION), isRefusal);
      assert.ok(gateway.seen.endorse.length > 1);
    });

    it('sends nothing when the outbox cannot keep the signed bytes', async () => {
      const outbox = new MemoryOutbox();
      outbox.put = () => Promise.reject(new Error('disk full'));
      const ledger = await connect({ outbox });
      await assert.rejects(ledger.submit(TRANSACTION), /disk full/);
      assert.equal(gateway.seen.submit.length, 0);
    });
  });

  describe('submit, from ordering on', () => {
    it('returns the receipt of a committed transaction and clears the outbox', async () => {
      const outbox = new MemoryOutbox();
      const ledger = await connect({ outbox });
      const receipt = await ledger.submit(TRANSACTION);
      assert.deepEqual(receipt, {
        transactionId: gateway.seen.endorse[0],
        blockNumber: 1,
        result: '{"ok":true}',
      });
      assert.deepEqual(outbox.entries(), []);
    });

    it('keeps exactly the submitted bytes in the outbox before it submits them', async () => {
      const kept: Uint8Array[] = [];
      const outbox = new MemoryOutbox();
      outbox.put = (_, bytes) => {
        assert.equal(gateway.seen.submit.length, 0);
        kept.push(bytes);
        return Promise.resolve();
      };
      const ledger = await connect({ outbox });
      await ledger.submit(TRANSACTION);
      assert.equal(kept.length, 1);
      const envelope = Buffer.from(gateway.seen.submit[0] ?? []);
      assert.ok(envelope.length > 0 && Buffer.from(kept[0] ?? []).includes(envelope));
    });

    it('rejects what the ordering service refuses for good', async () => {
      const outbox = new MemoryOutbox();
      const message = 'received unsuccessful response from orderer: status=BAD_REQUEST, info=';
      gateway.script.submit.push({ fail: { code: status.ABORTED, message } });
      const ledger = await connect({ outbox });
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('REJECTED'));
      assert.equal(gateway.seen.submit.length, 1);
      assert.deepEqual(outbox.entries(), []);
    });

    it('rejects a transaction the peers find invalid', async () => {
      gateway.script.commitStatus.push({ validationCode: 10 });
      const ledger = await connect();
      await assert.rejects(ledger.submit(TRANSACTION), (error) => {
        assert.match(String(error), /ENDORSEMENT_POLICY_FAILURE/);
        return failsWith('REJECTED')(error);
      });
      assert.equal(gateway.seen.endorse.length, 1);
    });

    it('submits the same bytes again when no orderer took them', async () => {
      gateway.script.submit.push({ fail: NO_ORDERER }, { fail: NO_ORDERER });
      const ledger = await connect();
      await ledger.submit(TRANSACTION);
      assert.equal(gateway.seen.endorse.length, 1);
      assert.equal(gateway.seen.submit.length, 3);
      assert.equal(new Set(gateway.seen.submit.map((bytes) => Buffer.from(bytes).toString('hex'))).size, 1);
    });

    it('learns the outcome when the transaction was taken but the answer was lost', async () => {
      gateway.script.submit.push({ fail: DROPPED, accept: true });
      const ledger = await connect({ retry: { ...QUICK, firstPauseMs: 200 } });
      const receipt = await ledger.submit(TRANSACTION);
      assert.equal(receipt.transactionId, gateway.seen.endorse[0]);
      assert.equal(gateway.seen.endorse.length, 1);
      assert.equal(gateway.seen.submit.length, 1);
    });

    it('does not trust a final refusal of a second submit: the first may have been taken', async () => {
      const refused = { code: status.ABORTED, message: 'received unsuccessful response: status=BAD_REQUEST' };
      gateway.script.submit.push({ hang: true }, { fail: refused }, {});
      const ledger = await connect({ deadlines: { submitMs: 50 } });
      await ledger.submit(TRANSACTION);
      assert.equal(gateway.seen.submit.length, 3);
    });

    it('submits the same bytes again when an accepted transaction does not appear', async () => {
      gateway.script.commitStatus.push({ hang: true });
      const ledger = await connect({ deadlines: { commitStatusMs: 50 } });
      await ledger.submit(TRANSACTION);
      assert.equal(gateway.seen.endorse.length, 1);
      assert.equal(gateway.seen.submit.length, 2);
      assert.deepEqual(gateway.seen.submit[0], gateway.seen.submit[1]);
      assert.equal(gateway.seen.commitStatus.length, 2);
    });

    it('asks again when it sees a later copy of its own transaction', async () => {
      gateway.script.commitStatus.push({ validationCode: 9 });
      const ledger = await connect();
      await ledger.submit(TRANSACTION);
      assert.equal(gateway.seen.endorse.length, 1);
    });

    it('ends with OUTCOME_UNKNOWN and keeps the bytes when nobody reports the outcome', async () => {
      const outbox = new MemoryOutbox();
      gateway.script.submit.push(...Array.from({ length: 200 }, () => ({ fail: NO_ORDERER })));
      const ledger = await connect({ outbox });
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('OUTCOME_UNKNOWN'));
      assert.equal(gateway.seen.endorse.length, 1);
      assert.ok(gateway.seen.submit.length > 2);
      assert.deepEqual(
        outbox.entries().map(([transactionId]) => transactionId),
        gateway.seen.endorse,
      );
    });

    it('submits what an earlier process has left in the outbox, the very same bytes', async () => {
      const outbox = new MemoryOutbox();
      gateway.script.submit.push(...Array.from({ length: 200 }, () => ({ fail: NO_ORDERER })));
      const first = await connect({ outbox });
      await assert.rejects(first.submit(TRANSACTION), failsWith('OUTCOME_UNKNOWN'));
      gateway.script.submit.length = 0;
      const before = gateway.seen.submit.length;
      const second = await connect({ outbox });
      assert.equal(await second.resume(), 1);
      assert.equal(gateway.seen.endorse.length, 1);
      assert.equal(gateway.seen.submit.length, before + 1);
      assert.deepEqual(gateway.seen.submit.at(-1), gateway.seen.submit[0]);
      assert.deepEqual(outbox.entries(), []);
      assert.equal(await second.resume(), 0);
    });

    it('submits the very same bytes when the same is asked for again after an unknown outcome', async () => {
      const outbox = new MemoryOutbox();
      gateway.script.submit.push(...Array.from({ length: 200 }, () => ({ fail: NO_ORDERER })));
      const ledger = await connect({ outbox });
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('OUTCOME_UNKNOWN'));
      gateway.script.submit.length = 0;
      const receipt = await ledger.submit(TRANSACTION);
      assert.equal(receipt.transactionId, gateway.seen.endorse[0]);
      assert.equal(gateway.seen.endorse.length, 1, 'no new proposal');
      assert.deepEqual(gateway.seen.submit.at(-1), gateway.seen.submit[0]);
      assert.deepEqual(outbox.entries(), []);
      await ledger.submit(TRANSACTION);
      assert.equal(gateway.seen.endorse.length, 2, 'asked for again after its receipt it is a new one');
    });

    it('settles what an earlier process has left before it proposes anything', async () => {
      const outbox = new MemoryOutbox();
      gateway.script.submit.push(...Array.from({ length: 200 }, () => ({ fail: NO_ORDERER })));
      await assert.rejects((await connect({ outbox })).submit(TRANSACTION), failsWith('OUTCOME_UNKNOWN'));
      const second = await connect({ outbox });
      await assert.rejects(second.submit(TRANSACTION), failsWith('OUTCOME_UNKNOWN'));
      assert.equal(gateway.seen.endorse.length, 1);
      gateway.script.submit.length = 0;
      await second.submit(TRANSACTION);
      assert.equal(gateway.seen.endorse.length, 2);
      assert.deepEqual(outbox.entries(), []);
    });

    it('takes a refusal of bytes that may have been ordered before for final only when no peer has them', async () => {
      const outbox = new MemoryOutbox();
      gateway.script.submit.push(...Array.from({ length: 200 }, () => ({ fail: NO_ORDERER })));
      await assert.rejects((await connect({ outbox })).submit(TRANSACTION), failsWith('OUTCOME_UNKNOWN'));
      gateway.script.submit.length = 0;
      gateway.script.submit.push({ fail: REFUSED_BY_ORDERER, accept: true });
      assert.equal(await (await connect({ outbox })).resume(), 1);
      assert.deepEqual(outbox.entries(), []);
    });

    for (const validationCode of [MVCC_READ_CONFLICT, PHANTOM_READ_CONFLICT]) {
      it(`makes a new proposal after validation code ${validationCode}`, async () => {
        gateway.script.commitStatus.push({ validationCode }, { validationCode });
        const ledger = await connect();
        const receipt = await ledger.submit(TRANSACTION);
        assert.equal(new Set(gateway.seen.endorse).size, 3);
        assert.equal(gateway.seen.submit.length, 3);
        assert.equal(receipt.transactionId, gateway.seen.endorse[2]);
      });
    }

    it('ends with CONTENTION after five new proposals', async () => {
      gateway.script.commitStatus.push(
        ...Array.from({ length: 20 }, () => ({ validationCode: MVCC_READ_CONFLICT })),
      );
      const outbox = new MemoryOutbox();
      const ledger = await connect({ outbox });
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('CONTENTION'));
      assert.equal(gateway.seen.endorse.length, 6);
      assert.deepEqual(outbox.entries(), []);
    });
  });

  describe('evaluate', () => {
    it('throws the refusal of the contract and does not try again', async () => {
      const fail = {
        ...CONTRACT_REFUSES,
        code: status.UNKNOWN,
        message: 'evaluate call to endorser returned error',
      };
      gateway.script.evaluate.push({ fail });
      const ledger = await connect();
      await assert.rejects(ledger.evaluate(TRANSACTION), isRefusal);
      assert.equal(gateway.seen.evaluate.length, 1);
    });

    it('returns what the contract returned', async () => {
      gateway.result = '{"name":"Zürich"}';
      const ledger = await connect();
      assert.equal(await ledger.evaluate(TRANSACTION), '{"name":"Zürich"}');
    });

    it('waits when the gateway has too many requests', async () => {
      const message = 'too many requests for /gateway.Gateway, exceeding concurrency limit (500)';
      gateway.script.evaluate.push({ fail: { code: status.UNKNOWN, message } });
      const ledger = await connect();
      await ledger.evaluate(TRANSACTION);
      assert.equal(gateway.seen.evaluate.length, 2);
    });
  });

  describe('several peers', () => {
    let second: FakeGateway;

    beforeEach(async () => {
      second = new FakeGateway();
      await second.start(certificates);
    });
    afterEach(() => {
      second.kill();
    });

    it('stays with one peer as long as it answers', async () => {
      const ledger = await connect({}, [gateway.address, second.address]);
      for (let call = 0; call < 5; call++) await ledger.evaluate(TRANSACTION);
      assert.deepEqual([gateway.seen.evaluate.length, second.seen.evaluate.length], [5, 0]);
    });

    it('goes on with the next peer when one dies', async () => {
      const ledger = await connect({}, [gateway.address, second.address]);
      second.commit(await ledger.submit(TRANSACTION));
      gateway.kill();
      await ledger.submit(TRANSACTION);
      assert.equal(await ledger.evaluate(TRANSACTION), second.result);
      assert.deepEqual([gateway.seen.submit.length, second.seen.submit.length], [1, 1]);
    });

    it('submits the same bytes through the next peer when one hangs', async () => {
      gateway.script.submit.push({ hang: true });
      const ledger = await connect({ deadlines: { submitMs: 50 } }, [gateway.address, second.address]);
      await ledger.submit(TRANSACTION);
      assert.equal(second.seen.endorse.length, 0);
      assert.deepEqual(second.seen.submit, gateway.seen.submit);
    });

    for (const call of ['evaluate', 'submit'] as const) {
      it(`asks a peer that is behind another session's commit only once it has caught up (${call})`, async () => {
        const horizon = new CommitHorizon();
        const quick = { horizon, deadlines: { commitStatusMs: 50 }, retry: { ...QUICK, readinessMs: 5_000 } };
        const ours = await connect(quick);
        const theirs = await connect(quick, [second.address]);
        const receipt = await ours.submit(TRANSACTION);
        const seen = second.seen[call === 'submit' ? 'endorse' : 'evaluate'];

        const answers = Promise.all([theirs[call](TRANSACTION), theirs[call](TRANSACTION)]);
        while (second.seen.commitStatus.length < 3) await sleep(5);
        assert.deepEqual(seen, []);
        second.commit(receipt);
        await answers;
        assert.equal(seen.length, 2);
      });
    }

    it('asks no peer twice how far it is', async () => {
      const horizon = new CommitHorizon();
      const ours = await connect({ horizon });
      const theirs = await connect({ horizon }, [second.address]);
      second.commit(await ours.submit(TRANSACTION));
      for (let call = 0; call < 3; call++) {
        await Promise.all([ours.evaluate(TRANSACTION), theirs.evaluate(TRANSACTION)]);
      }
      assert.deepEqual([gateway.seen.commitStatus.length, second.seen.commitStatus.length], [1, 1]);
    });

    it('gives up with UNAVAILABLE when its only peer stays behind', async () => {
      const horizon = new CommitHorizon();
      const ours = await connect({ horizon });
      const theirs = await connect({ horizon, deadlines: { commitStatusMs: 50 } }, [second.address]);
      await ours.submit(TRANSACTION);
      await assert.rejects(theirs.evaluate(TRANSACTION), failsWith('UNAVAILABLE'));
      assert.equal(second.seen.evaluate.length, 0);
    });
  });

  describe('in flight', () => {
    it('never has more calls under way than allowed, and loses none', async () => {
      gateway.script.evaluate.push(...Array.from({ length: 12 }, () => ({ delayMs: 10 })));
      const ledger = await connect({ maxInFlight: 3 });
      const results = await Promise.all(Array.from({ length: 12 }, () => ledger.evaluate(TRANSACTION)));
      assert.equal(results.length, 12);
      assert.equal(gateway.mostAtOnce, 3);
    });
  });

  describe('events', () => {
    const HISTORY = [
      { blockNumber: 3, transactionId: 'a', event: 'TotalSubmitted' },
      { blockNumber: 3, transactionId: 'silent' },
      { blockNumber: 3, transactionId: 'foreign', event: 'Other', chaincode: 'other' },
      { blockNumber: 3, transactionId: 'b', event: 'TotalSubmitted' },
      { blockNumber: 4, transactionId: 'c', event: 'TotalOpened' },
    ];

    beforeEach(() => {
      gateway.ledger.push(...HISTORY);
    });

    async function take(
      ledger: FabricLedger,
      count: number,
      after?: EventCheckpoint,
    ): Promise<LedgerEvent[]> {
      const events: LedgerEvent[] = [];
      for await (const event of ledger.events(after === undefined ? {} : { after })) {
        events.push(event);
        if (events.length === count) break;
      }
      return events;
    }

    async function idsAfter(after: EventCheckpoint | undefined, count: number): Promise<string> {
      const events = await take(await connect(), count, after);
      return events.map(({ transactionId }) => transactionId).join('');
    }

    it('rejects a client that the peer does not accept', async () => {
      const fail = { code: status.PERMISSION_DENIED, message: 'access denied' };
      gateway.script.events.push({ events: 0, fail });
      await assert.rejects(take(await connect(), 1), failsWith('REJECTED'));
    });

    it('rejects a checkpoint of another ledger', async () => {
      await assert.rejects(idsAfter({ blockNumber: 3, transactionId: 'c' }, 1), failsWith('REJECTED'));
    });

    it('gives the events of this chaincode from block 0', async () => {
      const events = await take(await connect(), 3);
      assert.deepEqual(gateway.seen.events, [0]);
      assert.deepEqual(events[2], {
        name: 'TotalOpened',
        transactionId: 'c',
        blockNumber: 4,
        payload: '{"tx":"c"}',
      });
      assert.equal(events.map(({ transactionId }) => transactionId).join(''), 'abc');
    });

    it('goes on after a checkpoint', async () => {
      assert.equal(await idsAfter({ blockNumber: 3, transactionId: 'a' }, 2), 'bc');
      assert.equal(await idsAfter({ blockNumber: 3, transactionId: 'b' }, 1), 'c');
      assert.equal(await idsAfter({ blockNumber: 3 }, 1), 'c');
    });

    it('goes on after a transaction without an event', async () => {
      assert.equal(await idsAfter({ blockNumber: 3, transactionId: 'silent' }, 2), 'bc');
    });

    it('has no gap and no repeat over broken streams', async () => {
      gateway.script.events.push(
        { events: 1, fail: DROPPED },
        { events: 0, fail: 'end' },
        { events: 2, fail: { code: status.INTERNAL, message: 'reset' } },
      );
      assert.equal(await idsAfter(undefined, 3), 'abc');
      assert.deepEqual(gateway.seen.events, [0, 3, 3, 3]);
    });

    it('ends when its signal aborts', async () => {
      const abort = new AbortController();
      const ledger = await connect();
      const seen: string[] = [];
      for await (const { transactionId } of ledger.events({ signal: abort.signal })) {
        seen.push(transactionId);
        if (seen.length === 3) setTimeout(() => abort.abort(), 20);
      }
      assert.deepEqual(seen, ['a', 'b', 'c']);
    });

    it('gives nothing to a signal that has aborted already', async () => {
      const ledger = await connect();
      for await (const event of ledger.events({ signal: AbortSignal.abort() }))
        assert.fail(event.transactionId);
    });

    it('ends when the ledger closes', async () => {
      const ledger = await connect();
      let closing: Promise<void> | undefined;
      for await (const event of ledger.events())
        closing ??= event.transactionId === 'c' ? ledger.close() : undefined;
      await closing;
      assert.ok(closing);
    });
  });

  describe('close', () => {
    it('refuses calls afterwards, and those that waited for their turn', async () => {
      gateway.script.evaluate.push({ delayMs: 50 });
      const ledger = await connect({ maxInFlight: 1 });
      const running = ledger.evaluate(TRANSACTION);
      const waiting = assert.rejects(ledger.evaluate(TRANSACTION), failsWith('CLOSED'));
      await ledger.close();
      await waiting;
      assert.equal(await running, gateway.result);
      await assert.rejects(ledger.submit(TRANSACTION), failsWith('CLOSED'));
      await ledger.close();
    });

    it('ends a pause before ordering with CLOSED', async () => {
      gateway.script.endorse.push({ fail: NO_COMBINATION });
      const ledger = await connect({
        retry: { ...QUICK, readinessMs: 60_000, firstPauseMs: 30_000, longestPauseMs: 30_000 },
      });
      const submission = assert.rejects(ledger.submit(TRANSACTION), failsWith('CLOSED'));
      while (gateway.seen.endorse.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await ledger.close();
      await submission;
    });

    it('ends a delivery with OUTCOME_UNKNOWN and keeps its bytes', async () => {
      const outbox = new MemoryOutbox();
      gateway.script.submit.push(...Array.from({ length: 50 }, () => ({ fail: NO_ORDERER })));
      const ledger = await connect({ outbox, retry: { ...QUICK, deliveryMs: 60_000 } });
      const submission = assert.rejects(ledger.submit(TRANSACTION), failsWith('OUTCOME_UNKNOWN'));
      while (gateway.seen.submit.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await ledger.close();
      await submission;
      assert.equal(outbox.entries().length, 1);
    });
  });

  it('speaks for the identity of the certificate', async () => {
    const ledger = await connect();
    assert.deepEqual(ledger.identity, { mspId: 'Org1MSP', subject: certificates.clientSubject });
    assert.deepEqual([ledger.kind, ledger.channel], ['fabric', 'gridchannel']);
  });
});
