/**
 * T000-3, break B0.3: the "digital signature" is a hash of public values. Reports can be forged, changed and re-dated.
 * Attacker: anyone.
 */
import assert from 'node:assert/strict';
import { leaderAccepts, makeRegionReport } from '../../papers/fog-aggregation/aggregation.js';
import { decrypt, encrypt, setUpToy } from '../../papers/fog-aggregation/paillier.js';
import { fogAccepts, macOf, makeReport, reportOf } from '../../papers/fog-aggregation/report.js';
import { bytesToBigint, bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeReport,
  encodeReport,
  encodeReportHeader,
} from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { submitRegionTotals } from '@gridveil/client/ledger/calls.js';
import { sealReport } from '@gridveil/client/crypto/fog-aggregation.js';
import { openToyGrid, SLOT, type ToyGrid } from '../../helpers/toy-grid.js';
import { fogNode, headerOf, outcome, reportWith } from './product.js';

const TIME = '2024-01-01T00:15Z';
const NEXT = '2024-01-01T00:30Z';

describe('T000-3 forged, changed and re-dated reports', () => {
  describe('printed form', () => {
    const { parameters, privateKey } = setUpToy();
    const { N, N2 } = parameters;
    const honest = makeReport(parameters, 'victim', 239n, TIME);
    const open = (C: bigint) => decrypt(parameters, privateKey, C);

    it('succeeds on the printed form: a report in the name of a victim', () => {
      const forged = reportOf(parameters, encrypt(parameters, 9999n), TIME, 'victim');
      assert.equal(fogAccepts(parameters, forged), true);
    });

    it('succeeds on the printed form: 5 Wh more on a report that nobody can read', () => {
      const changed = reportOf(parameters, (honest.ciphertext * (1n + 5n * N)) % N2, honest.time, honest.id);
      assert.equal(fogAccepts(parameters, changed), true);
      assert.equal(open(changed.ciphertext), 244n);
    });

    it('succeeds on the printed form: the same ciphertext under the next interval', () => {
      assert.equal(fogAccepts(parameters, reportOf(parameters, honest.ciphertext, NEXT, honest.id)), true);
    });

    it('succeeds on the printed form: a region total in the name of a fog node', () => {
      const region = makeRegionReport(parameters, 'fog-1', TIME, [honest]);
      const ciphertext = encrypt(parameters, 1n);
      const forged = { ...region, ciphertext, mac: macOf(parameters, ciphertext, TIME, 'fog-1') };
      assert.equal(leaderAccepts(parameters, forged), true);
    });
  });

  describe('product', () => {
    let toy: ToyGrid;
    before(async () => (toy = await openToyGrid()));
    after(() => toy.close());

    it('fails on the product: a report made without the key of the meter', () => {
      const forged = sealReport(headerOf(toy), toy.encrypt(9999n), new Uint8Array(32));
      assert.equal(outcome(fogNode(toy).receive(forged)), 'REPORT_BAD_TAG');
    });

    it('fails on the product: 5 Wh more on a report that nobody can read', () => {
      const { n, nSquared, ciphertextBytes } = toy.grid.publicKey;
      const honest = decodeReport(reportWith(toy, toy.encrypt(239n)), ciphertextBytes);
      const more = (bytesToBigint(honest.ciphertext) * (1n + 5n * n)) % nSquared;
      const changed = encodeReport(honest.headerBytes, bigintToBytes(more, ciphertextBytes), honest.tag);
      assert.equal(outcome(fogNode(toy).receive(changed)), 'REPORT_BAD_TAG');
    });

    it('fails on the product: the same report under another slot, region or meter', () => {
      const { ciphertextBytes } = toy.grid.publicKey;
      const { ciphertext, tag } = decodeReport(reportWith(toy, toy.encrypt(239n)), ciphertextBytes);
      for (const [changes, code] of [
        [{ slot: SLOT + 1 }, 'REPORT_BAD_TAG'],
        [{ meterId: 'north-2' }, 'REPORT_BAD_TAG'],
        [{ region: 'east' }, 'REPORT_WRONG_REGION'],
        [{ epoch: 2 }, 'REPORT_WRONG_EPOCH'],
        [{ grid: 'other' }, 'REPORT_WRONG_GRID'],
      ] as const) {
        const moved = encodeReport(encodeReportHeader(headerOf(toy, changes)), ciphertext, tag);
        assert.equal(outcome(fogNode(toy).receive(moved)), code);
      }
    });

    it('fails on the product: a region total in the name of a fog node', async () => {
      const [, otherLedger] = toy.fogLedgers;
      assert.ok(otherLedger);
      const total = {
        region: 'north',
        slot: SLOT,
        ciphertext: toy.encrypt(1n),
        count: 3,
        merkleRoot: new Uint8Array(32),
      };
      await assert.rejects(submitRegionTotals(otherLedger, 'toy', 'fog-1', [total]), {
        code: 'NOT_YOUR_FOG_NODE',
      });
      await assert.rejects(submitRegionTotals(otherLedger, 'toy', 'fog-2', [total]), {
        code: 'NOT_YOUR_REGION',
      });
      await assert.rejects(submitRegionTotals(toy.owner, 'toy', 'fog-1', [total]), { code: 'ROLE_REQUIRED' });
    });
  });
});
