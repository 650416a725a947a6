/**
 * T002-4, break B2.4: only Y_R enters the key; neither the ID nor the partial key h_R does. Who replaces Y_R in the directory reads, without a partial key.
 * Attacker: an outsider who controls the directory that a meter sees.
 */
import assert from 'node:assert/strict';
import { open, receiver, signcrypt } from '../../papers/signcryption/scheme.js';
import { concatBytes, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import {
  checkPossession,
  decodePublicKey,
  type SigncryptionPublicKey,
} from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { loadRistrettoSecrets } from '@gridveil/client/crypto/ristretto-secret.js';
import { openPart, ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import { SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';
import { refused } from '../../helpers/refused.js';
import {
  makeKey,
  SCOPE,
  SLOT,
  toySigncryption,
  type ToySigncryption,
} from '../../helpers/toy-signcryption.js';
import { centre, meters, TIME } from './printed.js';
import { outcomes } from './product.js';

const SUPPLIER = { purpose: 'receiver', id: 'supplier', epoch: 1 } as const;

describe('T002-4 replaced key in the directory', () => {
  it('succeeds on the printed form: the attacker reads what was meant for the supplier', () => {
    const attacker = receiver('ES');
    const report = signcrypt(centre, meters[0], [[attacker, utf8('12 kW')]], TIME);
    assert.deepEqual(open(centre, attacker, report), utf8('12 kW'));
  });

  describe('product', () => {
    let toy: ToySigncryption;
    let attacker: SigncryptionKey;
    before(async () => {
      toy = await toySigncryption();
      attacker = await makeKey(toy.kgc, { purpose: 'receiver', id: 'attacker', epoch: 1 });
    });

    /** What the meter seals for a key that claims to be the supplier's. */
    const sealedFor = async (key: SigncryptionPublicKey) =>
      (await ReportSealer.create(toy.key('m1'))).seal({ ...SCOPE, slot: SLOT }, [
        { receiver: key, plaintext: utf8('12 kW') },
      ]);

    for (const [what, replaced] of [
      [
        'Y_R',
        () => concatBytes(toy.publicKey('supplier').bytes.subarray(0, 32), attacker.publicKey.own.bytes),
      ],
      ['(α_R, Y_R)', () => attacker.publicKey.bytes],
    ] as const) {
      it(`fails on the product with another ${what}: no partial key fits, so nothing opens or registers`, async () => {
        const key = decodePublicKey(toy.authority, SUPPLIER, replaced());
        const encoded = await sealedFor(key);
        const ristretto = await loadRistrettoSecrets();
        const posing = new SigncryptionKey(
          ristretto,
          toy.authority,
          key,
          attacker.exportSecrets(),
          () => new Uint8Array(32),
        );
        assert.throws(
          () => openPart(posing, decodeSigncryptedReport(encoded), [key]),
          refused('PART_REFUSED'),
        );
        assert.throws(
          () => checkPossession(toy.authority, key, posing.provePossession()),
          refused('BAD_SIGNCRYPTION_POSSESSION', { secret: 'partial' }),
        );
        // Accounting nodes know the registered key: they notice at once what the meter was shown.
        assert.deepEqual(outcomes(toy.directory, [encoded]), ['REPORT_BAD_SIGNATURE']);
      });
    }
  });
});
