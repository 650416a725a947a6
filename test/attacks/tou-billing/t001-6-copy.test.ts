/**
 * T001-6, break B1.6: a meter files the ciphertexts of another one as its own, as they are or changed. Its bill is then the victim's; one slot alone is the victim's reading.
 * Attacker: any meter.
 */
import assert from 'node:assert/strict';
import { anAccepts, recomputedCharge } from '../../papers/tou-billing/billing.js';
import { encrypt } from '../../papers/tou-billing/paillier.js';
import { meter, packetOf } from '../../papers/tou-billing/report.js';
import { bigintToBytes, bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeRangeProof } from '@gridveil/chaincode/crypto/range-proof-statement.js';
import { modPow } from '@gridveil/chaincode/crypto/modular.js';
import { encodeDecoded } from '../../helpers/range-proof.js';
import { toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';
import { outcomes } from './product.js';
import { bills, ledger, open, publicKey } from './printed.js';

describe('T001-6 copied ciphertexts', () => {
  describe('printed form', () => {
    const attacker = meter('attacker');
    const victim = ledger[0] ?? [];
    const { N2 } = publicKey;
    /** The attacker's bill when it files `change(C)` for each ciphertext of the victim. */
    const bill = (change: (C: bigint) => bigint) => {
      const packets = victim.map(({ C }, h) => packetOf(publicKey, attacker, change(C), `T${h}`));
      assert.equal(
        anAccepts(publicKey, packets.slice(0, 3), () => attacker.keys.pk),
        true,
      );
      return open(
        recomputedCharge(
          publicKey,
          packets.map(({ C }, h) => ({ C, price: victim[h]?.price ?? 0n })),
        ),
      );
    };

    it('succeeds on the printed form: as they are, re-randomised, doubled, with 5 Wh more', () => {
      const [own = 0n] = bills;
      const prices = victim.reduce((sum, { price }) => sum + price, 0n);
      assert.equal(
        bill((C) => C),
        own,
      );
      assert.equal(
        bill((C) => (C * encrypt(publicKey, 0n)) % N2),
        own,
      );
      assert.equal(
        bill((C) => (C * C) % N2),
        2n * own,
      );
      assert.equal(
        bill((C) => (C * encrypt(publicKey, 5n)) % N2),
        own + 5n * prices,
      );
    });
  });

  describe('product', () => {
    let toy: ToyBilling;
    before(async () => (toy = await toyBilling()));

    it("fails on the product: signed by the attacker, with the victim's proof", () => {
      const victim = toy.report('m1', 239);
      const { nSquared, ciphertextBytes } = toy.publicKey;
      const C = bytesToBigint(victim.ciphertext);
      for (const [name, copy] of [
        ['as it is', C],
        ['re-randomised', (C * bytesToBigint(toy.encrypt(0n))) % nSquared],
        ['doubled', (C * C) % nSquared],
        ['5 Wh more', (C * bytesToBigint(toy.encrypt(5n))) % nSquared],
      ] as const) {
        const stolen = toy.reportOver('m2', bigintToBytes(copy, ciphertextBytes), victim.proof);
        assert.deepEqual(outcomes(toy, victim, stolen), ['accepted', 'REPORT_BAD_PROOF'], name);
      }
    });

    it('fails on the product: a proof adapted to a re-randomised copy', () => {
      // C·h_N^t keeps (3) if s grows by e·t; but e is a hash of C and of the header, and both changed.
      const victim = toy.report('m1', 239);
      const { hN, nSquared, ciphertextBytes } = toy.publicKey;
      const decoded = decodeRangeProof(toy.prover.statement, victim.proof, 'm1');
      const C = (bytesToBigint(victim.ciphertext) * modPow(hN, 7n, nSquared)) % nSquared;
      for (let e = 1n; e < 1n << 128n; e <<= 16n) {
        const proof = encodeDecoded(toy.prover.statement, { ...decoded, s: decoded.s + 7n * e });
        const adapted = toy.reportOver('m2', bigintToBytes(C, ciphertextBytes), proof);
        assert.deepEqual(outcomes(toy, adapted), ['REPORT_BAD_PROOF']);
      }
    });

    it('fails on the product: the whole report of the victim under another name, slot or tariff', () => {
      const victim = toy.report('m1', 239);
      const moved = toy.reportOver('m2', victim.ciphertext, victim.proof);
      const own = { ...victim, header: moved.header, headerBytes: moved.headerBytes };
      assert.deepEqual(outcomes(toy, own), ['REPORT_BAD_SIGNATURE']);
    });
  });
});
