import assert from 'node:assert/strict';
import { findBadReportsOfSlots } from '@gridveil/client/crypto/report-check.js';
import type { BillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import { METERS, SLOT, toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';

describe('reports of several slots', () => {
  let toy: ToyBilling;
  before(async () => (toy = await toyBilling()));

  const bad = (reports: readonly BillingReport[], scope = toy.scope) =>
    findBadReportsOfSlots(toy.prover.statement, scope, reports, (id) => toy.keyOf(id)).map(
      ({ index, refusal }) => [index, refusal.code, refusal.facts['meterId']],
    );
  const reports = () =>
    [0, 1, 2].flatMap((i) => METERS.map((meterId) => toy.report(meterId, 7 * i, { slot: SLOT + i })));

  it('are all genuine', () => {
    assert.deepEqual(bad(reports()), []);
    assert.deepEqual(bad([]), []);
  });

  it('are named by place when they are not: moved, unproven, malformed, of a wrong proof', () => {
    const all = reports();
    const [a, b, c] = [all[0], all[4], all[8]];
    assert.ok(a && b && c);
    // Signed by its meter, but for another slot.
    all[0] = { ...a, signature: b.signature };
    all[4] = toy.reportOver('m2', b.ciphertext, c.proof, { slot: SLOT + 1 });
    all[8] = toy.reportOver('m3', c.ciphertext, new Uint8Array(c.proof.length), { slot: SLOT + 2 });
    const [first, second, third, ...others] = bad(all);
    assert.deepEqual(first, [0, 'REPORT_BAD_SIGNATURE', 'm1']);
    assert.deepEqual(second, [4, 'REPORT_BAD_PROOF', 'm2']);
    assert.equal(third?.[0], 8);
    assert.deepEqual(others, []);
  });

  it('must be of the scope', () => {
    assert.throws(() => bad(reports(), { ...toy.scope, grid: 'other' }), RangeError);
  });
});
