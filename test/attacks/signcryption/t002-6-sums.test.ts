/**
 * T002-6, break B2.6: "the ciphertext is classified and summated", but a sum of ciphertexts under different keys decrypts to nothing.
 * No attacker: the printed form fails its own receivers.
 */
import assert from 'node:assert/strict';
import { index, open, summate } from '../../papers/signcryption/scheme.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { receiverIndex } from '@gridveil/chaincode/crypto/signcryption.js';
import { openPart } from '@gridveil/client/crypto/signcryption.js';
import { METERS, SCOPE, toySigncryption } from '../../helpers/toy-signcryption.js';
import { centre, meters, receivers, report } from './printed.js';

describe('T002-6 sums of ciphertexts', () => {
  it('are opened by nobody on the printed form, with the D of neither meter', () => {
    const [cc] = receivers;
    const reports = meters.map((meter) => report(meter));
    const parts = reports.flatMap(({ omega }) =>
      omega.filter(([J]) => J === index(cc.id)).map(([, part]) => part),
    );
    const sum = summate(parts);
    for (const { D } of reports)
      assert.equal(open(centre, cc, { ...reports[0]!, D, omega: [[index(cc.id), sum]] }), undefined);
    assert.deepEqual(open(centre, cc, reports[0]!), utf8('m1 to CC'));
  });

  it('are not made by the product: parts are classified by receiver, and each opens', async () => {
    const toy = await toySigncryption();
    const own = receiverIndex(SCOPE, 'supplier');
    for (const meterId of METERS) {
      const one = toy.report(meterId);
      const place = one.header.receivers.findIndex(({ index: J }) => J === own);
      assert.ok(place >= 0);
      const keys = one.header.receivers.map(({ index: J }) => toy.directory.receiver(J));
      assert.deepEqual(openPart(toy.key('supplier'), one, keys), toy.plaintext(meterId, 'supplier'));
    }
  });
});
