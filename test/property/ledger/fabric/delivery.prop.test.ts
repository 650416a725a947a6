/**
 * Random failures between a Fabric session and its gateway: requests and answers that are lost, calls that hang, processes that end. What must hold: while the
 * outcome of a transaction is not known, nothing is sent but its own signed bytes, and they were written down before they were sent.
 */
import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { FabricLedger } from '@gridveil/client/ledger/fabric/fabric-ledger.js';
import { MemoryOutbox } from '@gridveil/client/ledger/fabric/outbox.js';
import { LedgerError } from '@gridveil/client/ledger/ledger-error.js';
import { fuzz } from '../../../helpers/fuzz.js';
import { FakeGateway, type Step } from '../../../unit/ledger/fabric/fake-gateway.js';
import {
  createTestCertificates,
  type TestCertificates,
} from '../../../unit/ledger/fabric/test-certificates.js';

const TRANSACTION = { contract: 'aggregation', name: 'SubmitRegionTotals', argument: '{"slot":7}' };
const LOST = { code: status.UNAVAILABLE, message: 'Connection dropped' };
const MVCC_READ_CONFLICT = 11;

const submitStep: fc.Arbitrary<Step> = fc.constantFrom<Step[]>(
  {},
  { fail: LOST },
  { fail: LOST, accept: true },
  { hang: true },
  { hang: true, accept: true },
);
const statusStep: fc.Arbitrary<Step> = fc.constantFrom<Step[]>(
  {},
  { fail: LOST },
  { hang: true },
  { validationCode: MVCC_READ_CONFLICT },
);
const scripts = fc.record({
  submit: fc.array(submitStep, { minLength: 1, maxLength: 8 }),
  commitStatus: fc.array(statusStep, { maxLength: 8 }),
  /** Whether the process ends after an unknown outcome. */
  ends: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
});

/** Keeps what was ever put, and refuses to forget that something is open. */
class WatchedOutbox extends MemoryOutbox {
  readonly kept: Buffer[] = [];

  override put(transactionId: string, signedTransaction: Uint8Array): Promise<void> {
    assert.deepEqual(
      this.entries().map(([id]) => id),
      [],
      'something new was sent while an outcome was not known',
    );
    this.kept.push(Buffer.from(signedTransaction));
    return super.put(transactionId, signedTransaction);
  }
}

describe('delivery on Fabric', function () {
  this.timeout(120_000);
  let certificates: TestCertificates;
  before(async () => {
    certificates = await createTestCertificates();
  });
  after(() => certificates.remove());

  async function connect(gateway: FakeGateway, outbox: MemoryOutbox): Promise<FabricLedger> {
    const { address } = gateway;
    const peer = { name: address, address, tlsRootCertPath: certificates.caCertPath };
    const user = { certPath: certificates.clientCertPath, keyPath: certificates.clientKeyPath };
    return FabricLedger.connect({
      connection: {
        channel: 'gridchannel',
        chaincode: 'gridveil',
        organisations: { Org1MSP: { peers: [peer], users: { User1: user } } },
      },
      mspId: 'Org1MSP',
      user: 'User1',
      outbox,
      deadlines: { submitMs: 40, commitStatusMs: 40 },
      retry: { deliveryMs: 30, firstPauseMs: 2, longestPauseMs: 8 },
    });
  }

  it('sends the same bytes until their outcome is known, whatever is lost and whoever restarts', async () => {
    const seen = { unknown: 0, restarts: 0, proposals: 0 };
    await fc.assert(
      fc.asyncProperty(scripts, async ({ submit, commitStatus, ends }) => {
        const gateway = new FakeGateway();
        await gateway.start(certificates);
        gateway.script.submit.push(...submit);
        gateway.script.commitStatus.push(...commitStatus);
        const outbox = new WatchedOutbox();
        let ledger = await connect(gateway, outbox);
        try {
          for (let attempt = 0; ; attempt++) {
            const committed = await ledger.submit(TRANSACTION).then(
              () => true,
              (error: unknown) => {
                if (error instanceof LedgerError && error.code === 'OUTCOME_UNKNOWN') return false;
                throw error;
              },
            );
            if (committed) break;
            seen.unknown += 1;
            assert.equal(outbox.entries().length, 1, 'its bytes are kept');
            if (ends[attempt % ends.length]) {
              seen.restarts += 1;
              await ledger.close();
              ledger = await connect(gateway, outbox);
            }
          }
          seen.proposals += gateway.seen.endorse.length;
          assert.deepEqual(outbox.entries(), []);
          for (const bytes of gateway.seen.submit)
            assert.ok(
              outbox.kept.some((kept) => kept.includes(Buffer.from(bytes))),
              'sent without being kept',
            );
        } finally {
          await ledger.close();
          gateway.kill();
        }
      }),
      fuzz(30),
    );
    assert.ok(seen.unknown > 0 && seen.restarts > 0 && seen.proposals > 0, JSON.stringify(seen));
  });
});
