import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bytesToBigint, equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { findInvalidRangeProofs } from '@gridveil/chaincode/crypto/range-proof.js';
import { decodeRangeProof } from '@gridveil/chaincode/crypto/range-proof-statement.js';
import {
  compareMeterIds,
  decodeBillingReport,
  decodePackets,
  encodeBillingReport,
  encodePackets,
  type BillingPacket,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import {
  chargeOfProducts,
  joinPriceProducts,
  monthlyCharge,
  priceProducts,
  slotCharge,
} from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import { RangeProver } from '@gridveil/client/crypto/range-proof.js';
import { encodeDecoded } from '../../helpers/range-proof.js';
import { fuzz } from '../../helpers/fuzz.js';
import { MAX_READING_WH, toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';

const WIDTH = 64;

/** The value, or undefined when it was refused; anything else is a bug. */
function decoded<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof GridveilError) return undefined;
    throw error;
  }
}

/** One change to an encoding: a byte replaced, a piece cut out, bytes put in. */
const changeArb = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  cut: fc.integer({ min: 0, max: 40 }),
  put: fc.uint8Array({ maxLength: 40 }),
});

function changed(
  bytes: Uint8Array,
  { at, cut, put }: { at: number; cut: number; put: Uint8Array },
): Uint8Array {
  const start = Math.floor(at * bytes.length);
  return Uint8Array.of(...bytes.subarray(0, start), ...put, ...bytes.subarray(start + cut));
}

describe('tou-billing properties', () => {
  let toy: ToyBilling;
  before(async () => (toy = await toyBilling()));

  const slotArb = fc.record({
    energyWh: fc.integer({ min: 0, max: MAX_READING_WH }),
    priceMicroPerWh: fc.oneof(fc.constantFrom(0, 90, 150, 420), fc.integer({ min: 0, max: 10_000_000 })),
  });

  it('a charge on ciphertext opens to the charge in clear, and grouping by price changes no bit of it', () => {
    fc.assert(
      fc.property(fc.array(slotArb, { maxLength: 30 }), fc.nat(), (readings, cut) => {
        const { publicKey, privateKey } = toy;
        const slots = readings.map(({ energyWh, priceMicroPerWh }) => ({
          priceMicroPerWh,
          ciphertext: toy.encrypt(BigInt(energyWh)),
        }));
        const charge = monthlyCharge(publicKey, 'm1', slots);
        const naive = slots.reduce(
          (product, { ciphertext, priceMicroPerWh }) =>
            (product * slotCharge(publicKey, bytesToBigint(ciphertext), priceMicroPerWh)) %
            publicKey.nSquared,
          1n,
        );
        assert.equal(charge, naive);
        const clear = readings.reduce(
          (sum, { energyWh, priceMicroPerWh }) => sum + BigInt(energyWh) * BigInt(priceMicroPerWh),
          0n,
        );
        assert.equal(decrypt(privateKey, charge), clear);
        const middle = cut % (slots.length + 1);
        const [a, b] = [slots.slice(0, middle), slots.slice(middle)].map((part) =>
          priceProducts(publicKey, 'm1', part),
        );
        assert.ok(a && b);
        assert.equal(chargeOfProducts(publicKey, joinPriceProducts(publicKey, a, b)), charge);
      }),
      fuzz(60),
    );
  });

  it('readings up to any maximum are proven, and for no other context', () => {
    const caseArb = fc
      .oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2 ** 40 }))
      .chain((maximum) =>
        fc.record({
          maximum: fc.constant(maximum),
          d: fc.oneof(fc.constantFrom(0, maximum), fc.integer({ min: 0, max: maximum })),
          context: fc.uint8Array({ maxLength: 20 }),
          other: fc.uint8Array({ maxLength: 20 }),
        }),
      );
    fc.assert(
      fc.property(caseArb, ({ maximum, d, context, other }) => {
        const prover = new RangeProver(toy.publicKey, maximum);
        const made = prover.encrypt(d, context);
        const invalid = (as: Uint8Array) =>
          findInvalidRangeProofs(prover.statement, [{ owner: 'm', context: as, ...made }]).length;
        assert.equal(decrypt(toy.privateKey, bytesToBigint(made.ciphertext)), BigInt(d));
        assert.deepEqual([invalid(context), invalid(other)], [0, equalBytes(context, other) ? 0 : 1]);
      }),
      fuzz(25),
    );
  });

  it('a proof with any bit changed does not hold, and decodes in one way only', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 7 }), (place, bit) => {
        const { statement } = toy.prover;
        const context = Uint8Array.of(1);
        const made = toy.prover.encrypt(517, context);
        const proof = made.proof.slice();
        const at = place % proof.length;
        proof[at] = (proof[at] ?? 0) ^ (1 << bit);
        const [invalid] = findInvalidRangeProofs(statement, [{ owner: 'm', context, ...made, proof }]);
        assert.equal(invalid?.index, 0);
        const again = decoded(() => decodeRangeProof(statement, proof, 'm'));
        if (again) assert.deepEqual(encodeDecoded(statement, again), proof);
      }),
      fuzz(60),
    );
  });

  it('no bytes crash the decoder of proofs', () => {
    const { proofBytes } = toy.prover.statement;
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ minLength: proofBytes, maxLength: proofBytes }), fc.uint8Array()),
        (bytes) => {
          decoded(() => decodeRangeProof(toy.prover.statement, bytes, 'm'));
        },
      ),
      fuzz(200),
    );
  });

  it('a report decodes in one way only, whatever is changed', () => {
    const encoded = encodeBillingReport(toy.report('m1', 517));
    fc.assert(
      fc.property(changeArb, (change) => {
        const bytes = changed(encoded, change);
        const report = decoded(() => decodeBillingReport(bytes, toy.prover.statement));
        if (report) assert.deepEqual(encodeBillingReport(report), bytes);
      }),
      fuzz(1000),
    );
  });

  const fixed = (sizeBytes: number) => fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes });
  const packetArb: fc.Arbitrary<BillingPacket> = fc.record(
    {
      meterId: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }).map((id) => id.normalize('NFC')),
      epoch: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      tariffId: fc.constantFrom('ab'.repeat(32), 'cd'.repeat(32), 'ef'.repeat(32)),
      ciphertext: fixed(WIDTH),
      proofDigest: fixed(32),
      signature: fixed(96),
    },
    { noNullPrototype: true },
  );
  const packetsArb = fc
    .uniqueArray(packetArb, { maxLength: 8, selector: ({ meterId }) => meterId })
    .map((packets) => packets.sort((a, b) => compareMeterIds(a.meterId, b.meterId)));

  it('packets come back as they were, and decode in one way only, whatever is changed', () => {
    fc.assert(
      fc.property(packetsArb, changeArb, (packets, change) => {
        const encoded = encodePackets(packets);
        const back = decoded(() => decodePackets(encoded, WIDTH));
        // An id of a grapheme that identifiers do not allow is refused as a whole.
        if (back) assert.deepEqual(back, packets);
        const bytes = changed(encoded, change);
        const others = decoded(() => decodePackets(bytes, WIDTH));
        if (others) assert.deepEqual(encodePackets(others), bytes);
      }),
      fuzz(500),
    );
  });
});
