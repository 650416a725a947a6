/**
 * T001-10, break B1.10: r_i of Eq. (8) has no index γ. A meter that keeps it shows all differences between its slots.
 * Attacker: anyone who reads the ledger.
 */
import assert from 'node:assert/strict';
import { inverse, mod } from '../../papers/fog-aggregation/paillier.js';
import { power } from '../../papers/tou-billing/paillier.js';
import { literalPackets, makePacket, meter } from '../../papers/tou-billing/report.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { toyBilling } from '../../helpers/toy-billing.js';
import { publicKey } from './printed.js';

describe('T001-10 randomness used twice', () => {
  const { N, N2 } = publicKey;
  const sender = meter('han-1');

  it('succeeds on the printed form: the quotient of two slots is g to the difference', () => {
    const profile = [55n, 54n, 1n, 0n, 236n, 638n];
    const [first, ...rest] = literalPackets(publicKey, sender, profile);
    assert.ok(first);
    const candidates = new Map(
      Array.from({ length: 2001 }, (_, i) => [power(publicKey, BigInt(i - 1000)), i - 1000]),
    );
    const differences = rest.map(({ C }) => candidates.get((C * inverse(first.C, N2)) % N2));
    assert.deepEqual(differences, [-1, -54, -55, 181, 583]);
  });

  it('is stopped in the corrected form by a fresh r', () => {
    const [a, b] = [makePacket(publicKey, sender, 5n, 'T1'), makePacket(publicKey, sender, 5n, 'T2')];
    assert.notEqual(mod(a.C * inverse(b.C, N2) - 1n, N), 0n);
  });

  it('fails on the product: no call takes randomness, and equal readings of one slot have nothing in common', async () => {
    const toy = await toyBilling();
    const { n, nSquared } = toy.publicKey;
    assert.equal(toy.prover.encrypt.length, 2);
    const [a, b] = [toy.report('m1', 5), toy.report('m1', 5)].map(({ ciphertext }) =>
      bytesToBigint(ciphertext),
    );
    assert.ok(a !== undefined && b !== undefined);
    assert.notEqual(mod(a * inverse(b, nSquared) - 1n, n), 0n);
  });
});
