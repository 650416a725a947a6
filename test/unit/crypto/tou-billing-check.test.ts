import assert from 'node:assert/strict';
import { packetOf, type BillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import {
  findBadProofs,
  findBadReports,
  findBadSignatures,
} from '@gridveil/chaincode/crypto/tou-billing-check.js';
import type { BadReport } from '@gridveil/chaincode/crypto/bad-report.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import { METERS, SLOT, toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';

describe('tou-billing checks of reports and packets', () => {
  let toy: ToyBilling;
  let reports: BillingReport[];
  before(async () => {
    toy = await toyBilling();
    reports = METERS.map((meterId, i) => toy.report(meterId, 100 * i));
  });
  const codes = (bad: readonly BadReport[]) => bad.map(({ index, refusal: { code } }) => [index, code]);
  const check = (list: readonly BillingReport[]) =>
    codes(findBadReports(toy.prover.statement, toy.scope, SLOT, list, (id) => toy.keyOf(id)));

  it('accept what honest meters sent', () => {
    assert.deepEqual(check(reports), []);
    assert.deepEqual(check([]), []);
    const packets = reports.map(packetOf);
    assert.deepEqual(
      findBadSignatures(toy.scope, SLOT, packets, (id) => toy.keyOf(id)),
      [],
    );
    const proofs = reports.map(({ proof }) => proof);
    assert.deepEqual(findBadProofs(toy.prover.statement, toy.scope, SLOT, packets, proofs), []);
  });

  it('name each bad report with its reason', () => {
    const [first, second, third] = reports as [BillingReport, BillingReport, BillingReport];
    const otherSignature = { ...first, signature: second.signature };
    const otherCiphertext = { ...second, ciphertext: third.ciphertext };
    assert.deepEqual(check([otherSignature, otherCiphertext, third]), [
      [0, 'REPORT_BAD_SIGNATURE'],
      [1, 'REPORT_BAD_SIGNATURE'],
    ]);
    const foreignProof = toy.reportOver('m2', second.ciphertext, third.proof);
    const noPoint = { ...third, signature: new Uint8Array(96) };
    assert.deepEqual(check([first, foreignProof, noPoint]), [
      [1, 'REPORT_BAD_PROOF'],
      [2, 'BAD_BLS_POINT'],
    ]);
    const malformed = toy.reportOver('m2', second.ciphertext, new Uint8Array(second.proof.length).fill(0xff));
    assert.deepEqual(check([first, malformed, third]), [[1, 'BAD_FIELD']]);
  });

  it('name signed reports of meters without a key', () => {
    const bad = findBadSignatures(toy.scope, SLOT, reports.map(packetOf), (meterId) => {
      if (meterId === 'm2') throw refusal('METER_UNKNOWN', { meterId });
      return toy.keyOf(meterId);
    });
    assert.deepEqual(codes(bad), [[1, 'METER_UNKNOWN']]);
  });

  it('name packets whose proof is missing or not the signed one', () => {
    const packets = reports.map(packetOf);
    const proofs = reports.map(({ proof }) => proof);
    const bad = (list: readonly Uint8Array[]) =>
      codes(findBadProofs(toy.prover.statement, toy.scope, SLOT, packets, list));
    assert.deepEqual(bad(proofs.slice(0, 2)), [[2, 'REPORT_BAD_PROOF']]);
    // A second proof of the same ciphertext cannot be had; another meter's will do.
    assert.deepEqual(bad([...proofs].reverse()), [
      [0, 'REPORT_BAD_PROOF'],
      [2, 'REPORT_BAD_PROOF'],
    ]);
  });

  it('refuse to look at reports of another slot or grid', () => {
    for (const changes of [{ slot: SLOT + 1 }, { grid: 'other' }, { channel: 'other' }])
      assert.throws(() => check([toy.report('m1', 5, changes)]), RangeError);
  });
});
