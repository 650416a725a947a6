import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { addCiphertexts } from '@gridveil/chaincode/crypto/paillier.js';
import { packDigits } from '@gridveil/chaincode/crypto/radix.js';
import { decodeArgument } from '@gridveil/chaincode/domain/decode.js';
import { fogNodeRegistration } from '@gridveil/chaincode/domain/fog-node.js';
import { gridParameters } from '@gridveil/chaincode/domain/grid.js';
import { leadershipCall, voteCall } from '@gridveil/chaincode/domain/leadership.js';
import { meterRegistrations } from '@gridveil/chaincode/domain/meter.js';
import { regionTotalSubmission } from '@gridveil/chaincode/domain/region-total.js';
import {
  checkSlotOpening,
  openingSubmission,
  radixCheck,
  slotRegions,
  slotTotal,
  totalSubmission,
} from '@gridveil/chaincode/domain/slot-total.js';
import { tariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { GridveilError, parseWireError, refusal } from '@gridveil/chaincode/errors.js';
import { canonicalJson } from '@gridveil/chaincode/ledger/canonical-json.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { openToy, RADIX, REGIONS, regionTotalOf, toyKey, toyParameters } from '../../helpers/bench-values.js';
import { fuzz } from '../../helpers/fuzz.js';

const DECODERS = {
  gridParameters,
  fogNodeRegistration,
  meterRegistrations,
  leadershipCall,
  voteCall,
  regionTotalSubmission,
  totalSubmission,
  openingSubmission,
  tariffTable,
};

describe('domain properties', function () {
  this.timeout(60_000);
  let key: PaillierPrivateKey;
  before(async () => {
    key = await toyKey();
  });

  /** What is committed when the regions' plaintexts are these, and what its owner can open. */
  function slotOf(sums: readonly bigint[], counts: readonly number[]) {
    const slot = 5;
    const grid = toyParameters(key, 'g');
    const { publicKey } = key;
    const records = REGIONS.map((region, j) => {
      const total = regionTotalOf(key, region, slot, { sum: sums[j] ?? 0n, count: counts[j] ?? 0 });
      const { ciphertext, merkleRoot, count } = total;
      return { region, count, ciphertext: toBase64url(ciphertext), merkleRoot: toBase64url(merkleRoot) };
    });
    const regions = slotRegions(publicKey, slot, records);
    const total = slotTotal(publicKey, grid, regions);
    const { m, rho } = openToy(key, total);
    const claim = (digits: readonly number[], value = m) => {
      const check = radixCheck(publicKey, grid, 'c', regions, digits);
      const opening = { slot, m: value, rho, checkRho: openToy(key, check.ciphertext).rho };
      return checkSlotOpening(publicKey, grid, 'c', regions, total, opening);
    };
    return { m, claim, regions };
  }

  const countArb = fc.integer({ min: 3, max: 60 });

  it('an honest slot opens to the sums of its regions', () => {
    const regionArb = countArb.chain((count) =>
      fc.record({ count: fc.constant(count), sum: fc.integer({ min: 0, max: count * 10_000 }) }),
    );
    fc.assert(
      fc.property(fc.tuple(regionArb, regionArb, regionArb), (regions) => {
        const sums = regions.map(({ sum }) => sum);
        const { m, claim } = slotOf(
          sums.map(BigInt),
          regions.map(({ count }) => count),
        );
        assert.equal(m, packDigits(sums.map(BigInt), 20));
        assert.deepEqual(claim(sums), sums);
      }),
      fuzz(40),
    );
  });

  it('no slot in which a region left its digit is ever opened', () => {
    const spill = fc.oneof(
      fc.bigInt({ min: RADIX, max: RADIX ** 4n }),
      fc.bigInt({ min: 1n, max: RADIX ** 4n }).map((below) => -below),
    );
    fc.assert(
      fc.property(fc.nat({ max: 2 }), spill, fc.tuple(countArb, countArb, countArb), (bent, sum, counts) => {
        const sums = [100n, 200n, 300n];
        sums[bent] = sum;
        const { m, claim } = slotOf(sums, counts);
        const digits = [0n, 20n, 40n].map((shift) => Number(BigInt.asUintN(20, m >> shift)));
        assert.throws(
          () => claim(digits),
          (error) =>
            error instanceof GridveilError && ['DIGIT_OVERFLOW', 'DIGIT_CHECK_FAILED'].includes(error.code),
        );
      }),
      fuzz(80),
    );
  });

  it('the total of a slot depends on every region and its place', () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat({ max: 30_000 }), fc.nat({ max: 30_000 })), ([a, b]) => {
        fc.pre(a !== b);
        const grid = toyParameters(key, 'g');
        const { regions } = slotOf([BigInt(a), BigInt(b), 0n], [3, 3, 3]);
        const [north, south, west] = regions.ciphertexts as [bigint, bigint, bigint];
        const of = (...ciphertexts: bigint[]) =>
          openToy(key, slotTotal(key.publicKey, grid, { ...regions, ciphertexts })).m;
        assert.notEqual(of(north, south, west), of(south, north, west));
        const doubled = addCiphertexts(key.publicKey, [north, north]);
        assert.equal(of(doubled, south, west) - of(north, south, west), BigInt(a));
      }),
      fuzz(40),
    );
  });

  for (const [what, decoder] of Object.entries(DECODERS))
    it(`${what}: no argument crashes its decoder`, () => {
      const anyText = fc.oneof(
        fc.string(),
        fc.json(),
        fc.object({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
      );
      fc.assert(
        fc.property(anyText, (argument) => {
          try {
            decodeArgument<unknown>(argument, decoder);
            assert.fail(`${argument} was taken for ${what}`);
          } catch (error) {
            assert.ok(error instanceof GridveilError, String(error));
          }
        }),
        fuzz(200),
      );
    });

  it('canonical JSON is stable, and the same for every order of keys', () => {
    const valueArb = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, field]) => [name, turned(field)]),
      );
    };
    fc.assert(
      fc.property(valueArb, (value) => {
        const text = canonicalJson(value as never);
        assert.equal(canonicalJson(JSON.parse(text) as never), text);
        assert.equal(canonicalJson(turned(value) as never), text);
      }),
      fuzz(300),
    );
  });

  it('facts of any text and number survive the wire', () => {
    const factArb = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 70 }),
      fc.maxSafeInteger(),
      fc.stringMatching(/^[{}[\]"\\:, A-Z_]*$/),
    );
    const wrapArb = fc.constantFrom('', 'chaincode response 500, ', '10 ABORTED: {"a":[1]} ');
    fc.assert(
      fc.property(factArb, factArb, wrapArb, fc.string(), (fogNode, region, before, after) => {
        const error = refusal('NOT_YOUR_REGION', { fogNode, region });
        const parsed = parseWireError(`${before}${error.message}${after}`);
        assert.equal(parsed?.code, error.code);
        assert.deepEqual(parsed.facts, error.facts);
      }),
      fuzz(500),
    );
  });
});
