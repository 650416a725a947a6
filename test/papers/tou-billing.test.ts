/** Paper 001: its equations (1) to (19), Algorithm 1 and cost formulas on small examples, literal and resolved. */
import assert from 'node:assert/strict';
import { PrivateKey, PublicKey } from 'paillier-bigint';
import { inverse } from './fog-aggregation/paillier.js';
import {
  anAccepts,
  anSigns,
  areaTotal,
  espAccepts,
  espOpens,
  monthlyCharge,
  recomputedCharge,
  slotCharge,
  verifyCharges,
} from './tou-billing/billing.js';
import { batchVerify, randomKeyPair, sign, verify } from './tou-billing/bls.js';
import {
  AN_COST,
  AN_COST_OF_ALL_CHARGES,
  ESP_COST,
  NODES_NEEDED,
  OPERATION_MS,
  PROPERTIES,
  seriesOverMeters,
  SM_COST,
  type CostFormula,
} from './tou-billing/costs.js';
import {
  decrypt,
  encrypt,
  literalDecryptArea,
  randomUnit,
  setUp,
  setUpToy,
  shift,
} from './tou-billing/paillier.js';
import { literalPackets, makePacket, meter, signedBytes, signedOf } from './tou-billing/report.js';
import { literalPrice, price } from './tou-billing/tariff.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';

const PRICES = { high: 420n, normal: 150n, low: 90n };
/** readings[i][γ - 1] of one day for three homes. */
const READINGS = [0, 1, 2].map((i) => Array.from({ length: 24 }, (_, h) => BigInt((37 * h + 101 * i) % 900)));

describe('paper 001 as printed', function () {
  this.timeout(30_000);

  const { publicKey, privateKey, p } = setUpToy();
  const { N, N2, g } = publicKey;
  const open = (C: bigint) => decrypt(publicKey, privateKey, C);

  describe('section 3.2, Paillier', () => {
    it('gives the known answers of python-paillier', () => {
      const known = setUp(293n, 433n);
      assert.equal(known.publicKey.N, 126_869n);
      assert.equal(encrypt(known.publicKey, 10_100n, 74_384n), 935_906_717n);
      assert.equal(decrypt(known.publicKey, known.privateKey, 935_906_717n), 10_100n);
    });

    it('agrees with paillier-bigint for any generator', () => {
      const theirs = new PublicKey(N, g);
      const { lambda, mu } = privateKey;
      assert.equal(new PrivateKey(lambda, mu, theirs).decrypt(encrypt(publicKey, 4711n)), 4711n);
      assert.equal(open(theirs.encrypt(4711n)), 4711n);
    });

    it('(1), (2), (3): sums, multiples and shifts, with the brackets where they belong', () => {
      const [a, b] = [239n, 517n];
      assert.equal(open((encrypt(publicKey, a) * encrypt(publicKey, b)) % N2), a + b);
      assert.equal(open(slotCharge(publicKey, encrypt(publicKey, a), b)), a * b);
      assert.equal(open(shift(publicKey, encrypt(publicKey, a), b)), a + b);
    });

    it('decrypts whatever it is given, factors of N included', () => {
      assert.equal(open(0n), open(N));
      assert.doesNotThrow(() => open(p));
    });
  });

  describe('section 3.3, BLS', () => {
    it('accepts a signature, and not for another message or key', () => {
      const [own, other] = [randomKeyPair(), randomKeyPair()];
      const message = utf8('m');
      const sigma = sign(own, message);
      assert.ok(verify({ pk: own.pk, message, sigma }));
      assert.ok(!verify({ pk: own.pk, message: utf8('n'), sigma }));
      assert.ok(!verify({ pk: other.pk, message, sigma }));
    });
  });

  describe('section 4, malicious AN', () => {
    it('(4) to (7): b Wh move between two customers in the peak and back at night, and only the bills change', () => {
      const b = 200n;
      const peak = { alpha: encrypt(publicKey, 500n), beta: encrypt(publicKey, 300n) };
      const night = { alpha: encrypt(publicKey, 100n), beta: encrypt(publicKey, 400n) };
      assert.equal(open(shift(publicKey, peak.alpha, -b)), 300n);
      assert.equal(open(shift(publicKey, peak.beta, b)), 500n);
      assert.equal(open(shift(publicKey, night.alpha, b)), 300n);
      assert.equal(open(shift(publicKey, night.beta, -b)), 200n);
      const bill = (first: bigint, second: bigint) =>
        open((slotCharge(publicKey, first, PRICES.high) * slotCharge(publicKey, second, PRICES.low)) % N2);
      const cheaper = bill(shift(publicKey, peak.alpha, -b), shift(publicKey, night.alpha, b));
      assert.equal(cheaper - bill(peak.alpha, night.alpha), -b * (PRICES.high - PRICES.low));
    });

    it('(7) as printed takes a away and says it was b', () => {
      const C = encrypt(publicKey, 400n);
      assert.notEqual(open(shift(publicKey, C, -7n)), 400n - 200n);
    });
  });

  describe('section 6.3 and 6.4, reports, Eq. (8) to (14)', () => {
    const meters = [meter('han-1'), meter('han-2'), meter('han-3')];
    const pkOf = (id: string) => meters.find((one) => one.id === id)?.keys.pk ?? meters[0]?.keys.pk;
    const packets = meters.map((one, i) => makePacket(publicKey, one, BigInt(100 * i + 39), 'T1'));
    const registered = (id: string) => {
      const pk = pkOf(id);
      assert.ok(pk);
      return pk;
    };

    it('(9), (10): the AN accepts a batch, and not one with a changed packet', () => {
      assert.ok(anAccepts(publicKey, packets, registered));
      const [first, ...rest] = packets;
      assert.ok(first);
      const changed = { ...first, C: shift(publicKey, first.C, 1n) };
      assert.ok(!anAccepts(publicKey, [changed, ...rest], registered));
      assert.ok(batchVerify([signedOf(publicKey, registered(first.id), first)]));
    });

    it('raw ‖ gives two packets one message', () => {
      assert.deepEqual(
        signedBytes(publicKey, 5n, '12', '3', 'raw'),
        signedBytes(publicKey, 5n, '1', '23', 'raw'),
      );
      assert.notDeepEqual(signedBytes(publicKey, 5n, '12', '3'), signedBytes(publicKey, 5n, '1', '23'));
    });

    it('(8) as printed keeps r_i: differences between slots of a meter lie open', () => {
      const [sender] = meters;
      assert.ok(sender);
      const [a, b] = literalPackets(publicKey, sender, [239n, 47n]);
      assert.ok(a && b);
      assert.equal((a.C * inverse(b.C, N2)) % N2, shift(publicKey, 1n, 192n));
    });

    it('(11), (15): the area total opens to the sum', () => {
      const total = areaTotal(
        publicKey,
        packets.map(({ C }) => C),
      );
      assert.equal(espOpens(publicKey, privateKey, total), 39n + 139n + 239n);
    });

    it('(15) as printed raises to γ instead of λ and opens nothing', () => {
      const C = encrypt(publicKey, 39n);
      assert.notEqual(literalDecryptArea(publicKey, privateKey, C, 7n), 39n);
    });

    it('(12), (13), (16), (17): charges open to charges', () => {
      const readings = READINGS[1] ?? [];
      const slots = readings.map((d, i) => ({ C: encrypt(publicKey, d), price: price(PRICES, i + 1) }));
      const charges = slots.map(({ C, price: p }) => slotCharge(publicKey, C, p));
      charges.forEach((charge, i) =>
        assert.equal(espOpens(publicKey, privateKey, charge), (readings[i] ?? 0n) * price(PRICES, i + 1)),
      );
      const expected = readings.reduce((sum, d, i) => sum + d * price(PRICES, i + 1), 0n);
      const month = monthlyCharge(publicKey, charges);
      assert.equal(espOpens(publicKey, privateKey, month), expected);
      // (18), (19)
      assert.equal(recomputedCharge(publicKey, slots), month);
    });

    it('(14): the signature of the AN fits, also over a charge that it made up', () => {
      const an = randomKeyPair();
      const record = {
        ...{ C: encrypt(publicKey, 5n), Cgamma: encrypt(publicKey, 5n) },
        ...{ slotCharge: encrypt(publicKey, 5n), monthlyCharge: encrypt(publicKey, 12_345n) },
        ...{ time: 'T1', id: 'ag-1' },
      };
      const sigma = anSigns(publicKey, an, record);
      assert.ok(espAccepts(publicKey, an.pk, record, sigma));
      assert.ok(!espAccepts(publicKey, an.pk, { ...record, time: 'T2' }, sigma));
    });
  });

  describe('section 6.4, Algorithm 1', () => {
    it('as printed prices only the last day, and the night as the peak', () => {
      for (const omega of [28, 29, 30, 31]) {
        const z = 24 * omega;
        const prices = Array.from({ length: z }, (_, i) => literalPrice(PRICES, i + 1, omega));
        assert.equal(prices.filter((one) => one === undefined).length, z - 24);
        assert.ok(!prices.includes(PRICES.low));
        assert.equal(prices.filter((one) => one === PRICES.high).length, 16);
      }
    });

    it('resolved gives every hour its band, 8 high, 8 normal, 8 low', () => {
      const day = Array.from({ length: 24 }, (_, i) => price(PRICES, i + 1));
      const bands = day
        .map((one) => (one === PRICES.high ? 'h' : one === PRICES.normal ? 'n' : 'l'))
        .join('');
      assert.equal(bands, 'llllllhhhhnnnnnnnnhhhhll');
      for (const omega of [1, 28, 31])
        assert.deepEqual(
          day,
          day.map((_, i) => price(PRICES, 24 * (omega - 1) + i + 1)),
        );
    });

    it('both agree on the last day wherever the literal one is not at night', () => {
      const omega = 30;
      for (let h = 7; h < 23; h++) {
        const gamma = 24 * (omega - 1) + h;
        assert.equal(literalPrice(PRICES, gamma, omega), price(PRICES, gamma));
      }
    });
  });

  describe('section 6.6, verification', () => {
    const charges = READINGS.map((readings) =>
      recomputedCharge(
        publicKey,
        readings.map((d, i) => ({ C: encrypt(publicKey, d), price: price(PRICES, i + 1) })),
      ),
    );

    it('(19) holds for honest charges and fails when one is changed', () => {
      assert.ok(verifyCharges(publicKey, charges, charges));
      const [first, ...rest] = charges;
      assert.ok(!verifyCharges(publicKey, charges, [shift(publicKey, first ?? 1n, 1n), ...rest]));
    });

    it('(19) does not tell whose charge is wrong when only the sum is right', () => {
      const [first, second, ...rest] = charges;
      const shifted = [shift(publicKey, first ?? 1n, -77n), shift(publicKey, second ?? 1n, 77n), ...rest];
      assert.ok(verifyCharges(publicKey, charges, shifted));
    });
  });

  describe('section 8, costs', () => {
    const at = (costs: Readonly<Record<string, CostFormula>>, m: number, n: number) =>
      Object.fromEntries(
        Object.entries(costs).map(([name, { cost }]) => [
          name,
          Math.round(100 * cost(OPERATION_MS, m, n)) / 100,
        ]),
      );

    it('Table 2 claims what the attacks of this folder refute for this scheme', () => {
      assert.equal(PROPERTIES['Resist malicious AN attack'].Our, 'yes');
    });

    it('Table 4 and figure 3: a report', () => {
      assert.deepEqual(at(SM_COST, 1, 1), {
        '[12]': 6.21,
        '[16]': 12.18,
        '[20]': 6.21,
        '[21]': 5.33,
        Our: 6.21,
      });
    });

    it('Table 4 and figure 4: a slot of 100 meters and 10 aggregators', () => {
      assert.deepEqual(at(AN_COST, 10, 100), {
        '[12]': 692.73,
        '[16]': 1376.85,
        '[20]': 6927.3,
        '[21]': 18.9,
        Our: 702.18,
      });
      assert.deepEqual(at(ESP_COST, 10, 100), {
        '[12]': 23.52,
        '[16]': 16.67,
        '[20]': 85.17,
        '[21]': 9.82,
        Our: 104.81,
      });
    });

    it('one exponentiation pays for the charges of all meters only in print', () => {
      const difference =
        AN_COST_OF_ALL_CHARGES.cost(OPERATION_MS, 1, 100) - AN_COST.Our.cost(OPERATION_MS, 1, 100);
      assert.ok(Math.abs(difference - 99 * OPERATION_MS.Te) < 1e-9);
    });

    it('series of a figure follow the formula', () => {
      const series = seriesOverMeters(AN_COST, OPERATION_MS, 1, [1, 2]);
      assert.deepEqual(
        series.map(({ name }) => name),
        ['[12]', '[16]', '[20]', '[21]', 'Our'],
      );
      assert.deepEqual(series[1]?.points, [
        [1, 3 * OPERATION_MS.Tp],
        [2, 5 * OPERATION_MS.Tp],
      ]);
    });

    it('an encryption is printed cheaper than one exponentiation', () => {
      assert.ok(OPERATION_MS.TEp < OPERATION_MS.Te);
    });

    it('Raft survives fewer kinds of faults with fewer nodes', () => {
      assert.deepEqual([NODES_NEEDED.Raft(1), NODES_NEEDED.PBFT(1)], [3, 4]);
    });
  });

  it('works for the modulus of any fresh key', () => {
    const other = setUpToy();
    const r = randomUnit(other.publicKey.N);
    assert.equal(decrypt(other.publicKey, other.privateKey, encrypt(other.publicKey, 7n, r)), 7n);
  });
});
