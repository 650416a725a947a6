import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concatBytes, lp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeReport } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { parseEvidence } from '@gridveil/client/evidence/document.js';
import { ClientError } from '@gridveil/client/errors.js';
import {
  decodeAnswers,
  decodeBillingAnswers,
  decodeReportBatch,
  encodeReportBatch,
} from '@gridveil/client/parties/fog-messages.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { openToy } from '../../helpers/bench-values.js';
import { FogBench, NORTH } from '../../helpers/fog-bench.js';
import { fuzz } from '../../helpers/fuzz.js';

/** One edit of some bytes: overwrite, cut, insert or repeat. */
type Edit = (bytes: Uint8Array) => Uint8Array;

const piece = fc.uint8Array({ minLength: 1, maxLength: 8 });
const at = fc.nat();
const editArb: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(
    ([i, mask]): Edit =>
      (bytes) =>
        bytes.map((byte, k) => (k === i % bytes.length ? byte ^ mask : byte)),
  ),
  fc.tuple(at, piece).map(([i, added]): Edit => (bytes) => {
    const k = i % (bytes.length + 1);
    return concatBytes(bytes.subarray(0, k), added, bytes.subarray(k));
  }),
  fc.tuple(at, at).map(([i, j]): Edit => (bytes) => {
    const [from, to] = [i % bytes.length, j % bytes.length].sort((a, b) => a - b) as [number, number];
    return concatBytes(bytes.subarray(0, from), bytes.subarray(to + 1));
  }),
  fc.tuple(at, at).map(([i, j]): Edit => (bytes) => {
    const [from, to] = [i % bytes.length, j % bytes.length].sort((a, b) => a - b) as [number, number];
    return concatBytes(bytes.subarray(0, to), bytes.subarray(from));
  }),
);
const apply = (edits: readonly Edit[], bytes: Uint8Array) =>
  edits.reduce((edited, edit) => (edited.length === 0 ? edited : edit(edited)), bytes);

describe('fog node properties (TX-4)', function () {
  this.timeout(60_000);
  let bench: FogBench;
  let report: Uint8Array;

  before(async () => {
    bench = await FogBench.open();
    report = bench.report('n1', 5n);
  });

  it('accepts no report that was changed anywhere', () => {
    fc.assert(
      fc.property(fc.array(editArb, { minLength: 1, maxLength: 4 }), (edits) => {
        const changed = apply(edits, report);
        fc.pre(Buffer.compare(changed, report) !== 0);
        const answer = bench.fogNode.receive(changed);
        assert.equal(answer.status, 'refused');
      }),
      fuzz(3000),
    );
    assert.deepEqual(
      bench.fogNode.closeSlot(bench.slot).map(({ count }) => count),
      [0, 0],
    );
    assert.deepEqual(bench.fogNode.equivocations, []);
  });

  it('answers any bytes, and any fields in the frame of a report', async () => {
    const framed = fc
      .array(fc.uint8Array({ maxLength: 80 }), { minLength: 3, maxLength: 5 })
      .map((fields) => lp(utf8('gridveil/fog-aggregation/report/v1'), ...fields));
    const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), framed);
    await fc.assert(
      fc.asyncProperty(fc.array(anyBytes, { maxLength: 4 }), anyBytes, async (reports, body) => {
        for (const each of reports) assert.equal(bench.fogNode.receive(each).status, 'refused');
        const answers = decodeAnswers(await bench.fogNode.handle(encodeReportBatch(reports)));
        assert.equal(answers.length, reports.length);
        assert.ok(
          decodeAnswers(await bench.fogNode.handle(body)).every(({ status }) => status === 'refused'),
        );
      }),
      fuzz(500),
    );
  });

  it('counts each meter once, whatever is repeated in whatever order', async () => {
    const fresh = await FogBench.open();
    let { slot } = fresh;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...NORTH), { maxLength: 12 }), (senders) => {
        slot--;
        const sent = new Map<string, Uint8Array>();
        for (const meterId of senders) {
          const bytes = sent.get(meterId) ?? fresh.report(meterId, 7n, { slot });
          const expected = sent.has(meterId) ? 'duplicate' : 'accepted';
          sent.set(meterId, bytes);
          assert.deepEqual(fresh.fogNode.receive(bytes), { status: expected });
        }
        const [north] = fresh.fogNode.closeSlot(slot);
        const counted = sent.size < 3 ? 0 : sent.size;
        assert.equal(north?.count, counted);
        assert.equal(openToy(fresh.key, bytesToBigint(north.ciphertext)).m, 7n * BigInt(counted));
      }),
      fuzz(40),
    );
  });
});

describe('decoders of messages', () => {
  const decoders: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
    report: (bytes) => decodeReport(bytes, 64),
    'report batch': decodeReportBatch,
    answers: decodeAnswers,
    'billing answers': decodeBillingAnswers,
    evidence: (bytes) => parseEvidence(Buffer.from(bytes).toString()),
  };
  const jsonBytes = fc.json({ maxDepth: 4 }).map(utf8);
  for (const [what, decode] of Object.entries(decoders))
    it(`${what}: no bytes crash it`, () => {
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), jsonBytes), (bytes) => {
          try {
            decode(bytes);
          } catch (error) {
            assert.ok(error instanceof GridveilError || error instanceof ClientError, String(error));
          }
        }),
        fuzz(500),
      );
    });
});
