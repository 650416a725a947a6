/** Paper 000 (LDAS-BC): its equations (1) to (13), algorithms and cost formulas on small examples, literal and resolved. */
import assert from 'node:assert/strict';
import { PrivateKey, PublicKey } from 'paillier-bigint';
import {
  aggregateRegion,
  aggregateRegions,
  blockAccepted,
  leaderAccepts,
  literalAggregateMeter,
  literalAggregateRegions,
  literalLeaderAccepts,
  makeRegionReport,
} from './fog-aggregation/aggregation.js';
import {
  carriedCommunicationBits,
  carriedReportBits,
  COMMUNICATION,
  completedMs,
  COMPUTATION,
  FIELD_BITS,
  PRINTED_OPERATION_MS,
  printedReportBits,
  SIGMA_BITS,
} from './fog-aggregation/costs.js';
import { elect, literalVotesNeeded, proseVotesNeeded } from './fog-aggregation/election.js';
import {
  extractRegions,
  literalExtractRegions,
  literalRegionTotal,
  regionTotal,
  weighedTotal,
} from './fog-aggregation/extraction.js';
import {
  decrypt,
  encrypt,
  gcd,
  inverse,
  literalDecrypt,
  literalMu,
  modPow,
  setUp,
  setUpToy,
} from './fog-aggregation/paillier.js';
import { fogAccepts, makeReport, record } from './fog-aggregation/report.js';

const RADIX = 2n ** 40n;
const TIME = '2024-01-01T00:15Z';
/** readings[j][i]: meter i of region j; one region has a meter less. */
const READINGS = [
  [239n, 0n, 517n],
  [1n, 2n, 3n],
  [99_999n, 12n],
];

describe('paper 000 as printed', function () {
  this.timeout(20_000);

  const { parameters, privateKey } = setUpToy();
  const { N, N2, s } = parameters;
  const ciphertexts = READINGS.map((region) => region.map((d) => encrypt(parameters, d)));
  const regions = ciphertexts.map((region) => aggregateRegion(parameters, region));
  const open = (C: bigint) => decrypt(parameters, privateKey, C);

  describe('section V.A, initialisation', () => {
    it('gives the known answers of python-paillier', () => {
      const known = setUp(293n, 433n, 74_384n);
      assert.equal(known.parameters.N, 126_869n);
      assert.equal(encrypt(known.parameters, 10_100n), 935_906_717n);
      assert.equal(encrypt(setUp(293n, 433n, 1n).parameters, 1n), 126_870n);
      assert.equal(decrypt(known.parameters, known.privateKey, 935_906_717n), 10_100n);
    });

    it('needs L(u) = (u-1)/N: 1/N of the print does not exist modulo N²', () => {
      assert.throws(() => inverse(N, N2), RangeError);
    });

    it('needs μ from g^λ: with the printed g² decryption is off by the factor λ/2', () => {
      const C = encrypt(parameters, 10_100n);
      const literal = { ...privateKey, mu: literalMu(parameters) };
      assert.equal(decrypt(parameters, literal, C), (10_100n * privateKey.lambda * inverse(2n, N)) % N);
      assert.notEqual(decrypt(parameters, literal, C), 10_100n);
    });
  });

  describe('section V.B, reports', () => {
    it('(1) is a record that says who, how much and when', () => {
      assert.notDeepEqual(record('m1', 23n, TIME), record('m12', 3n, TIME));
      assert.deepEqual(record('m1', 23n, TIME, 'raw'), record('m12', 3n, TIME, 'raw'));
    });

    it('(2) has three equal forms once mod N² is added', () => {
      for (const d of [0n, 1n, 517n, 2n ** 64n]) {
        const C = encrypt(parameters, d);
        assert.equal(C, (modPow(N + 1n, d, N2) * s) % N2);
        assert.equal(open(C), d);
      }
    });

    it('(2) without mod N² is larger than any ciphertext', () => {
      assert.ok((1n + 517n * N) * s > N2);
    });

    it('(2) and (12) agree with paillier-bigint', () => {
      const publicKey = new PublicKey(N, N + 1n);
      const oracle = new PrivateKey(privateKey.lambda, privateKey.mu, publicKey);
      assert.equal(oracle.decrypt(encrypt(parameters, 517n)), 517n);
      assert.equal(open(publicKey.encrypt(517n)), 517n);
      assert.equal(
        oracle.decrypt(aggregateRegions(parameters, regions, RADIX)),
        open(aggregateRegions(parameters, regions, RADIX)),
      );
    });

    it('(3) and (4) accept a report and notice an accidental change', () => {
      const report = makeReport(parameters, 'm1', 239n, TIME);
      assert.equal(fogAccepts(parameters, report), true);
      for (const changed of [
        { ciphertext: report.ciphertext + 1n },
        { time: '2024-01-01T00:30Z' },
        { id: 'm2' },
      ])
        assert.equal(fogAccepts(parameters, { ...report, ...changed }), false);
    });
  });

  describe('section V.C, fog chain', () => {
    const regionReport = makeRegionReport(
      parameters,
      'fog-1',
      TIME,
      READINGS[0]?.map((d, i) => makeReport(parameters, `m${i}`, d, TIME)) ?? [],
    );

    it('(5) adds up the meters of a region', () => {
      assert.deepEqual(regions.map(open), [756n, 6n, 100_011n]);
      assert.equal(regionReport.ciphertext, regions[0]);
    });

    it('(5) with the printed indices adds up meters of different regions', () => {
      assert.equal(open(literalAggregateMeter(parameters, ciphertexts, 0)), 239n + 1n + 99_999n);
    });

    it('(6) and (7), with the identity of the sender, accept a region report and notice a change', () => {
      assert.equal(leaderAccepts(parameters, regionReport), true);
      assert.equal(leaderAccepts(parameters, { ...regionReport, ciphertext: 1n }), false);
    });

    it('(7) with the printed identity of the leader refuses every honest fog node but the leader', () => {
      assert.equal(literalLeaderAccepts(parameters, regionReport, 'fog-2'), false);
      assert.equal(literalLeaderAccepts(parameters, regionReport, 'fog-1'), true);
    });

    it('(8) with the radix keeps the regions apart', () => {
      const total = aggregateRegions(parameters, regions, RADIX);
      const direct = regions.reduce(
        (product, C, j) => (product * modPow(C, RADIX ** BigInt(j), N2)) % N2,
        1n,
      );
      assert.equal(total, direct);
      assert.equal(open(total), 756n + 6n * RADIX + 100_011n * RADIX ** 2n);
    });

    it('(8) as printed opens to one sum, from which no region can be had', () => {
      assert.equal(open(literalAggregateRegions(parameters, regions)), 756n + 6n + 100_011n);
    });

    it('a third of the nodes puts a block on the chain: two halves can put two blocks of one slot there', () => {
      const halves = [3, 3];
      assert.ok(halves.every((acknowledgements) => blockAccepted(acknowledgements, 6)));
      assert.equal(blockAccepted(2, 6), false);
    });
  });

  describe('section V.D, reading', () => {
    const D = READINGS.map(regionTotal);

    it('(9) weighs the regions by powers of the radix', () => {
      assert.equal(open(aggregateRegions(parameters, regions, RADIX)), weighedTotal(D, RADIX));
    });

    it('(10) and (11) hold for the randomness of the total, a letter of its own', () => {
      const counts = READINGS.map((region) => BigInt(region.length));
      const exponent = weighedTotal(counts, RADIX);
      const M = weighedTotal(D, RADIX);
      assert.equal(
        aggregateRegions(parameters, regions, RADIX),
        (modPow(N + 1n, M, N2) * modPow(s, exponent, N2)) % N2,
      );
    });

    it('(12) as printed gives the same, through a number of a million bits for a toy key of 17', () => {
      const toy = setUp(293n, 433n, 74_384n);
      assert.equal(literalDecrypt(toy.parameters, toy.privateKey, 935_906_717n), 10_100n);
      assert.ok((935_906_717n ** toy.privateKey.lambda).toString(16).length * 4 > 900_000);
    });

    it('(13) as printed leaves meters out', () => {
      assert.deepEqual(
        READINGS.map((region, j) => literalRegionTotal(region, j + 1)),
        [239n, 3n, 100_011n],
      );
      assert.deepEqual(D, [756n, 6n, 100_011n]);
    });

    it('Algorithm 2 resolved gives the regions back', () => {
      assert.deepEqual(extractRegions(open(aggregateRegions(parameters, regions, RADIX)), RADIX, 3), D);
    });

    it('Algorithm 2 as printed reads a variable that no line has set', () => {
      assert.throws(() => literalExtractRegions(weighedTotal(D, RADIX) * RADIX, RADIX, 3), ReferenceError);
    });
  });

  describe('section IV, Algorithm 1', () => {
    it('never elects anyone when candidates keep their own vote: all stand at once, again and again', () => {
      for (const nodes of [2, 4, 5, 50])
        assert.deepEqual(elect(nodes, 'followersOnly', proseVotesNeeded(nodes), 1000).leaders, []);
    });

    it('elects everyone for the same term when every reply is a vote', () => {
      const { leaders, rounds } = elect(5, 'everybody', literalVotesNeeded(5), 1000);
      assert.deepEqual([leaders, rounds], [[0, 1, 2, 3, 4], 1]);
    });

    it('asks for one or two votes more than the majority of its own prose', () => {
      assert.deepEqual([3, 4, 5, 6, 7].map(literalVotesNeeded), [3, 4, 4, 5, 5]);
      assert.deepEqual([3, 4, 5, 6, 7].map(proseVotesNeeded), [2, 3, 3, 4, 4]);
    });

    it('stands still after one crash of four nodes, where a majority remains', () => {
      const down = new Set([3]);
      assert.deepEqual(elect(4, 'everybody', literalVotesNeeded(4), 1000, down).leaders, []);
      assert.notDeepEqual(elect(4, 'everybody', proseVotesNeeded(4), 1000, down).leaders, []);
    });
  });

  describe('section VI, costs', () => {
    const computation = (m: number, n: number) =>
      Object.fromEntries(COMPUTATION.map(({ scheme, ms }) => [scheme, Math.round(ms(m, n) * 100) / 100]));
    const communication = (fields = FIELD_BITS) =>
      Object.fromEntries(COMMUNICATION.map(({ scheme, bits }) => [scheme, bits(50, 20, fields)]));

    it('Table III with the times of Table II, by hand, at both ends of Fig. 5', () => {
      assert.deepEqual(computation(50, 20), {
        // 50 (40·1.6 + 80·0.06 + 61·1.62) + 100·17.7 + 100·1.6
        'LPDA-EC': 10_311,
        // 50 (20·1.6 + 42·0.06) + 51·17.7 + 51·0.06 + 1.6
        EBDA: 2633.36,
        // 3051·0.06 + 1.6
        'LDAS-BC': 184.66,
      });
      assert.deepEqual(computation(5, 20), { 'LPDA-EC': 1031.1, EBDA: 280.76, 'LDAS-BC': 19.96 });
    });

    it('Table III is far lower for LDAS-BC only because no meter exponentiates: a randomiser per report costs ten times all of it', () => {
      // 3051·0.06 + 49·20·0.06 + 1001·1.6
      assert.equal(completedMs(50, 20, 20, PRINTED_OPERATION_MS).toFixed(2), '1843.46');
    });

    it('Table II takes an exponentiation for 27 multiplications, where 1024 bits of exponent need over a thousand', () => {
      assert.ok(PRINTED_OPERATION_MS.TE1 / PRINTED_OPERATION_MS.TM < 27);
    });

    it('a report of 2368 bits leaves out the ID that it carries', () => {
      assert.equal(printedReportBits(), 2368);
      assert.equal(carriedReportBits(), 2528);
    });

    it('Table IV, by hand: with equal fields EBDA costs what LDAS-BC costs, and LPDA-EC what LDAS-BC costs with its ID', () => {
      assert.deepEqual(communication(), {
        'LPDA-EC': 1049 * 2528,
        EBDA: 1049 * 2368,
        'LDAS-BC': 1049 * 2368,
      });
      assert.equal(carriedCommunicationBits(50, 20), 1049 * 2528);
    });

    it('Table IV hardly depends on the size that the paper leaves open: below 2 % in all', () => {
      const longer = communication({ ...FIELD_BITS, sigma: SIGMA_BITS.curvePoint });
      assert.equal(longer['LPDA-EC'], 1049 * 2528 + 49 * 864);
      assert.equal(longer.EBDA, 1049 * 2368 + 49 * 864);
      assert.ok((49 * 864) / (1049 * 2368) < 0.02);
    });
  });

  it('works for the modulus of any fresh key', () => {
    const other = setUpToy();
    assert.equal(gcd(other.parameters.s, other.parameters.N), 1n);
    assert.equal(decrypt(other.parameters, other.privateKey, encrypt(other.parameters, 7n)), 7n);
  });
});
