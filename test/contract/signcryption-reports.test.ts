import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import { altered } from '../helpers/toy-signcryption.js';
import { METERS, RECEIVERS, SigncryptionBench, SLOT_SECONDS } from '../helpers/signcryption-bench.js';
import { concatBytes, fromBase64url, lp, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeSigncryptedReport,
  encodeSigncryptionHeader,
  reportDigest,
} from '@gridveil/chaincode/crypto/signcryption.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { decodeReportBlock, MAX_BLOCK_BYTES } from '@gridveil/chaincode/domain/report-block.js';

describe('contract reports', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let signcryption: SigncryptionBench;

  before(async () => {
    bench = await ContractBench.open();
    signcryption = await SigncryptionBench.open(bench);
  });
  after(() => bench.close());
  beforeEach(() => signcryption.pass(SLOT_SECONDS));

  const refuses = async (
    code: ErrorCode,
    reports: readonly Uint8Array[],
    { slot = signcryption.slot, facts = {} }: { slot?: number; facts?: Record<string, string | number> } = {},
  ) => {
    const { argument } = signcryption.blockOf(reports, slot);
    const transient = { reports: lp(...reports) };
    await bench.refuses(code, 'accounting1', 'reports:SubmitReports', argument, facts, transient);
  };

  describe('terms and keys', () => {
    it('are fixed for good: the same again writes nothing, others are refused', async () => {
      await bench.writesNothing('kgc1', 'reports:OpenSigncryption', signcryption.terms());
      const other = { ...signcryption.terms(), storage: 'digest' };
      await bench.refuses('SIGNCRYPTION_EXISTS', 'kgc1', 'reports:OpenSigncryption', other);
    });

    it('want a regulator of another organisation, and a key that is a point', async () => {
      const fresh = await SigncryptionBench.unopened(bench);
      const own = { ...fresh.terms(), regulator: 'Org1MSP' };
      await bench.refuses('BAD_FIELD', 'kgc1', 'reports:OpenSigncryption', own, { field: 'regulator' });
      const noPoint = { ...fresh.terms(), authorityKey: new Uint8Array(32) };
      await bench.refuses('BAD_FIELD', 'kgc1', 'reports:OpenSigncryption', noPoint, {
        field: 'authorityKey',
      });
    });

    it('count only when both secrets are proven, for this id, purpose and epoch', async () => {
      const fresh = await SigncryptionBench.unopened(bench);
      await bench.call('kgc1', 'reports:OpenSigncryption', fresh.terms());
      const key = fresh.registration('sender', 'm1', 'meter');
      const other = fresh.registration('sender', 'm2', 'meter');
      const register = (changes: object) =>
        bench.refuses('BAD_SIGNCRYPTION_POSSESSION', 'kgc1', 'reports:RegisterKeys', {
          grid: fresh.grid,
          keys: [{ ...key, ...changes }],
        });
      await register({ own: other.own });
      await register({ partial: other.partial });
      await register({ id: 'm3' });
      await register({ purpose: 'receiver' });
      const call = { grid: fresh.grid, keys: [{ ...key, epoch: 2 }] };
      await bench.refuses('SIGNCRYPTION_KEY_EXISTS', 'kgc1', 'reports:RegisterKeys', call);
    });

    it('are registered once, replaced only under the next epoch and by the same party', async () => {
      const again = await signcryption.registrations();
      await bench.writesNothing('kgc1', 'reports:RegisterKeys', again);
      const repeated = { ...again, keys: [again.keys[0], again.keys[0]] } as typeof again;
      await bench.refuses('BAD_FIELD', 'kgc1', 'reports:RegisterKeys', repeated, { field: 'keys' });
      const fresh = await SigncryptionBench.open(bench);
      const before = await bench.call<{ publicKey: string }>('auditor1', 'reports:GetKey', {
        ...{ grid: fresh.grid, purpose: 'sender', id: 'm1' },
      });
      const next = await fresh.makeKey({ purpose: 'sender', id: 'm1' }, 2);
      const party = { ...fresh.registration('sender', 'm1', 'operator') };
      const foreign = { grid: fresh.grid, keys: [party] };
      await bench.refuses('SIGNCRYPTION_KEY_EXISTS', 'kgc1', 'reports:RegisterKeys', foreign);
      const keys = [fresh.registration('sender', 'm1', 'meter')];
      await bench.call('kgc1', 'reports:RegisterKeys', { grid: fresh.grid, keys });
      const of = async (epoch?: number) =>
        (
          await bench.call<{ publicKey: string }>('auditor1', 'reports:GetKey', {
            ...{ grid: fresh.grid, purpose: 'sender', id: 'm1' },
            ...(epoch === undefined ? {} : { epoch }),
          })
        ).publicKey;
      assert.equal(await of(), toBase64url(next.publicKey.bytes));
      assert.equal(await of(1), before.publicKey);
    });
  });

  describe('a block', () => {
    it('stands on the ledger as it was sent; the same again writes nothing', async () => {
      const reports = await Promise.all(METERS.map((meterId) => signcryption.report(meterId)));
      const receipt = await signcryption.submit(reports);
      assert.deepEqual([receipt.status, bench.lastEvent], ['accepted', 'ReportsSubmitted']);
      const { argument, encoded } = signcryption.block(reports);
      const again = await bench.writesNothing<{ status: string }>(
        'accounting1',
        'reports:SubmitReports',
        argument,
        { reports: encoded },
      );
      assert.equal(again.status, 'duplicate');
      const stored = await bench.call<{ reports: string }>('supplier2', 'reports:GetReports', argument);
      const decoded = decodeReportBlock(fromBase64url(stored.reports, 'reports'));
      assert.deepEqual(
        decoded.map(({ bytes }) => bytes),
        reports,
      );
    });

    it('takes a meter that another node left out, and no meter twice', async () => {
      const [first, second] = await Promise.all(['m1', 'm2'].map((meterId) => signcryption.report(meterId)));
      await signcryption.submit([first as Uint8Array]);
      await signcryption.submit([second as Uint8Array]);
      const other = await signcryption.report('m2');
      await refuses('REPORT_EXISTS', [other], { facts: { meterId: 'm2' } });
      const { blocks } = await bench.call<{ blocks: { reports: { meterId: string }[] }[] }>(
        'operator1',
        'reports:GetReportBlocks',
        { grid: signcryption.grid, slot: signcryption.slot },
      );
      const meters = blocks.flatMap(({ reports }) => reports.map(({ meterId }) => meterId));
      assert.deepEqual(meters.sort(), ['m1', 'm2']);
    });

    it('keeps digests alone where the terms say so', async () => {
      const other = await SigncryptionBench.open(bench, { storage: 'digest' });
      const report = await other.report('m1');
      await other.submit([report]);
      const { argument } = other.block([report]);
      await bench.refuses('CONTENT_OFF_LEDGER', 'supplier2', 'reports:GetReports', argument);
      const { blocks } = await bench.call<{ blocks: { reports: { digest: string }[] }[] }>(
        'supplier2',
        'reports:GetReportBlocks',
        { grid: other.grid, slot: other.slot },
      );
      assert.equal(blocks[0]?.reports[0]?.digest, toBase64url(reportDigest(report)));
      const needle = Buffer.from(report.subarray(report.length - 40));
      const transactions = [...bench.ledger.blocks()].flatMap((block) => block.transactions);
      for (const { proposal, result, writeSet } of transactions)
        for (const bytes of [proposal, result, writeSet])
          assert.equal(Buffer.from(bytes).indexOf(needle), -1);
    });
  });

  describe('refuses, and writes nothing', () => {
    it('a report that was changed anywhere, moved to another slot, or replayed', async () => {
      const report = await signcryption.report('m1');
      const decoded = decodeSigncryptedReport(report);
      const [first, ...others] = decoded.parts as [Uint8Array, ...Uint8Array[]];
      const flipped = Uint8Array.from(first);
      flipped[0] = (flipped[0] ?? 0) ^ 1;
      const bad = { facts: { meterId: 'm1' } };
      await refuses('REPORT_BAD_SIGNATURE', [altered(decoded, { parts: [flipped, ...others] })], bad);
      const moved = [
        concatBytes(first, (others[0] as Uint8Array).subarray(0, 1)),
        (others[0] as Uint8Array).subarray(1),
      ];
      const boundaries = altered(decoded, { parts: [...moved, ...others.slice(1)] });
      await refuses('REPORT_BAD_SIGNATURE', [boundaries], bad);
      const swapped = altered(decoded, { parts: [others[0] as Uint8Array, first, ...others.slice(1)] });
      await refuses('REPORT_BAD_SIGNATURE', [swapped], bad);
      const slot = signcryption.slot - 1;
      await refuses('REPORT_WRONG_SLOT', [report], { slot, facts: { meterId: 'm1' } });
      const later = encodeSigncryptionHeader({ ...decoded.header, slot });
      await refuses('REPORT_BAD_SIGNATURE', [altered(decoded, { headerBytes: later })], { slot, ...bad });
      await signcryption.submit([report]);
      await refuses('REPORT_EXISTS', [report, await signcryption.report('m2')], bad);
    });

    it('points and scalars that are not canonical', async () => {
      const decoded = decodeSigncryptedReport(await signcryption.report('m1'));
      const ones = new Uint8Array(32).fill(255);
      const zeros = new Uint8Array(32);
      for (const changes of [
        ...[ones, zeros].flatMap((bytes) => [{ keyMaterial: bytes }, { commitment: bytes }]),
        { answer: ones },
      ])
        await refuses('BAD_FIELD', [altered(decoded, changes)]);
    });

    it('receivers that are unknown, repeated, out of order, of an old epoch or revoked', async () => {
      const fresh = await SigncryptionBench.open(bench);
      const submit = async (code: ErrorCode, report: Uint8Array) => {
        const { argument } = fresh.blockOf([report]);
        await bench.refuses(
          code,
          'accounting1',
          'reports:SubmitReports',
          argument,
          {},
          { reports: lp(report) },
        );
      };
      const known = await fresh.report('m1');
      const decoded = decodeSigncryptedReport(known);
      const { receivers } = decoded.header;
      await fresh.makeKey({ purpose: 'receiver', id: 'nobody' }, 1);
      await submit('RECEIVER_UNKNOWN', await fresh.report('m1', fresh.slot, ['nobody', ...RECEIVERS]));
      const names = (list: typeof receivers) =>
        concatBytes(
          ...list.flatMap(({ index, epoch }) => [Buffer.from(index, 'hex'), Uint8Array.of(0, 0, 0, epoch)]),
        );
      const withReceivers = (list: typeof receivers): Uint8Array => {
        const fields = encodeSigncryptionHeader(decoded.header);
        const headerBytes = concatBytes(
          fields.subarray(0, fields.length - names(receivers).length),
          names(list),
        );
        return altered(decoded, { headerBytes });
      };
      const [a, b, c] = receivers as [(typeof receivers)[0], (typeof receivers)[0], (typeof receivers)[0]];
      await submit('RECEIVER_REPEATED', withReceivers([a, a, c]));
      await submit('RECEIVERS_UNORDERED', withReceivers([b, a, c]));
      await fresh.makeKey({ purpose: 'receiver', id: 'supplier' }, 2);
      const keys = [fresh.registration('receiver', 'supplier', 'supplier')];
      await bench.call('kgc1', 'reports:RegisterKeys', { grid: fresh.grid, keys });
      await submit('RECEIVER_WRONG_EPOCH', known);
      const current = await fresh.report('m1');
      const revocation = { grid: fresh.grid, purpose: 'receiver', id: 'supplier' };
      await bench.call('kgc1', 'reports:RevokeKey', revocation);
      await bench.writesNothing('kgc1', 'reports:RevokeKey', revocation);
      await submit('RECEIVER_REVOKED', current);
      await submit('RECEIVER_COUNT', altered(decoded, { parts: decoded.parts.slice(1) }));
    });

    it('meters that are unknown, no meters, of an old epoch or revoked', async () => {
      const fresh = await SigncryptionBench.open(bench);
      const submit = async (code: ErrorCode, report: Uint8Array) => {
        const { argument } = fresh.blockOf([report]);
        await bench.refuses(
          code,
          'accounting1',
          'reports:SubmitReports',
          argument,
          {},
          { reports: lp(report) },
        );
      };
      await fresh.makeKey({ purpose: 'sender', id: 'm9' }, 1);
      await submit('METER_UNKNOWN', await fresh.report('m9'));
      await submit('METER_UNKNOWN', await fresh.report('grid-operator'));
      const old = await fresh.report('m1');
      await fresh.makeKey({ purpose: 'sender', id: 'm1' }, 2);
      const keys = [fresh.registration('sender', 'm1', 'meter')];
      await bench.call('kgc1', 'reports:RegisterKeys', { grid: fresh.grid, keys });
      await submit('REPORT_WRONG_EPOCH', old);
      const report = await fresh.report('m2');
      await bench.call('kgc1', 'reports:RevokeKey', { grid: fresh.grid, purpose: 'sender', id: 'm2' });
      await submit('METER_REVOKED', report);
    });

    it('reports of another grid or channel', async () => {
      const fresh = await SigncryptionBench.open(bench);
      await refuses('REPORT_WRONG_GRID', [await fresh.report('m1', signcryption.slot)]);
    });

    it('slots that have not ended, or are too old', async () => {
      const future = signcryption.slot + 2;
      await refuses('SLOT_IN_FUTURE', [await signcryption.report('m1', future)], { slot: future });
      const old = signcryption.slot - 8 * 96;
      await refuses('SLOT_TOO_OLD', [await signcryption.report('m1', old)], { slot: old });
    });

    it('lists that are not what their root names, out of order, empty, cut, or too long', async () => {
      const [m1, m2] = await Promise.all(['m1', 'm2'].map((meterId) => signcryption.report(meterId)));
      const { argument, encoded } = signcryption.block([m1 as Uint8Array]);
      const submit = (code: ErrorCode, transient: Record<string, Uint8Array>) =>
        bench.refuses(code, 'accounting1', 'reports:SubmitReports', argument, {}, transient);
      await submit('BLOCK_MISMATCH', { reports: lp(m2 as Uint8Array) });
      await submit('BAD_FIELD', { reports: lp(m2 as Uint8Array, m1 as Uint8Array) });
      await submit('BAD_FIELD', { reports: lp(m1 as Uint8Array, m1 as Uint8Array) });
      await submit('TRUNCATED', { reports: new Uint8Array() });
      await submit('TRUNCATED', { reports: encoded.subarray(0, encoded.length - 1) });
      await submit('TOO_LARGE', { reports: new Uint8Array(MAX_BLOCK_BYTES + 1) });
      await submit('MISSING_FIELD', {});
      await submit('UNKNOWN_FIELD', { reports: encoded, more: new Uint8Array(1) });
    });

    it('names the bad report among good ones', async () => {
      const good = await Promise.all(['m1', 'm3'].map((meterId) => signcryption.report(meterId)));
      const decoded = decodeSigncryptedReport(await signcryption.report('m2'));
      const answer = Uint8Array.from(decoded.answer);
      answer[0] = (answer[0] ?? 0) ^ 1;
      const reports = [good[0], altered(decoded, { answer }), good[1]] as Uint8Array[];
      await refuses('REPORT_BAD_SIGNATURE', reports, { facts: { meterId: 'm2' } });
    });

    it('what is asked for and is not there', async () => {
      const at = { grid: signcryption.grid };
      const zeros = toBase64url(new Uint8Array(32));
      await bench.refuses('SIGNCRYPTION_UNKNOWN', 'auditor1', 'reports:GetSigncryption', { grid: 'none' });
      await bench.refuses('SIGNCRYPTION_KEY_UNKNOWN', 'auditor1', 'reports:GetKey', {
        ...{ ...at, purpose: 'sender', id: 'none' },
      });
      await bench.refuses('SIGNCRYPTION_KEY_UNKNOWN', 'kgc1', 'reports:RevokeKey', {
        ...{ ...at, purpose: 'sender', id: 'none' },
      });
      await bench.refuses('REPORT_BLOCK_UNKNOWN', 'auditor1', 'reports:GetReports', {
        ...at,
        slot: 1,
        root: zeros,
      });
      await bench.refuses('CONTENT_OFF_LEDGER', 'auditor1', 'reports:GetSealed', { ...at, digest: zeros });
    });
  });
});
