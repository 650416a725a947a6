import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { concatBytes } from '@gridveil/chaincode/crypto/bytes.js';
import {
  checkKeyRequest,
  checkPossession,
  decodeAuthorityKey,
  decodePublicKey,
  type KeyAuthority,
  type KeyIdentity,
} from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { KeyGenerationCentre } from '@gridveil/client/crypto/signcryption-authority.js';
import { ISSUED_KEY_BYTES, OwnSecret, SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';
import { little } from '../../helpers/signcryption-reference.js';
import { refused } from '../../helpers/refused.js';
import { makeKey, SCOPE, toySigncryption, type ToySigncryption } from '../../helpers/toy-signcryption.js';

const IDENTITY: KeyIdentity = { purpose: 'sender', id: 'm9', epoch: 3 };
const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
const NO_POINT = new Uint8Array(32).fill(255);

describe('signcryption keys', () => {
  let toy: ToySigncryption;
  let authority: KeyAuthority;
  before(async () => {
    toy = await toySigncryption();
    ({ authority } = toy);
  });

  describe('request', () => {
    it('rejects a proof for another identity, grid or key, and one that was changed', async () => {
      const own = await OwnSecret.generate();
      const request = own.request(authority, IDENTITY);
      assert.doesNotThrow(() => checkKeyRequest(authority, request));
      const other = await OwnSecret.generate();
      for (const wrong of [
        { ...request, id: 'm8' },
        { ...request, epoch: 4 },
        { ...request, purpose: 'receiver' as const },
        { ...request, own: other.publicKey },
        { ...request, possession: other.request(authority, IDENTITY).possession },
        { ...request, possession: flipped(request.possession, 40) },
      ]) {
        assert.throws(() => checkKeyRequest(authority, wrong), refused('BAD_SIGNCRYPTION_POSSESSION'));
        assert.throws(() => toy.kgc.issue(wrong), refused('BAD_SIGNCRYPTION_POSSESSION'));
      }
      for (const scope of [{ channel: 'other' }, { grid: 'other' }, { publicKey: other.publicKey }])
        assert.throws(
          () => checkKeyRequest({ ...authority, ...scope }, request),
          refused('BAD_SIGNCRYPTION_POSSESSION'),
        );
    });

    it('rejects keys and proofs that are malformed', async () => {
      const request = (await OwnSecret.generate()).request(authority, IDENTITY);
      const cases = [
        [{ ...request, own: request.own.subarray(1) }, 'BAD_LENGTH'],
        [{ ...request, own: NO_POINT }, 'BAD_FIELD'],
        [{ ...request, own: new Uint8Array(32) }, 'BAD_FIELD'],
        [{ ...request, possession: request.possession.subarray(1) }, 'BAD_LENGTH'],
        [{ ...request, possession: concatBytes(NO_POINT, request.possession.subarray(32)) }, 'BAD_FIELD'],
        [{ ...request, possession: concatBytes(request.possession.subarray(0, 32), NO_POINT) }, 'BAD_FIELD'],
      ] as const;
      for (const [wrong, code] of cases)
        assert.throws(() => checkKeyRequest(authority, wrong), refused(code));
    });
  });

  describe('partial key', () => {
    it('rejects one for another own key, identity or centre, and one that was changed', async () => {
      const own = await OwnSecret.generate();
      const issued = toy.kgc.issue(own.request(authority, IDENTITY));
      assert.equal(issued.length, ISSUED_KEY_BYTES);
      const bad = refused('BAD_PARTIAL_KEY', { id: 'm9' });
      const other = await OwnSecret.generate();
      assert.throws(() => other.accept(authority, IDENTITY, issued), bad);
      assert.throws(() => own.accept(authority, { ...IDENTITY, epoch: 4 }, issued), bad);
      const otherKgc = await KeyGenerationCentre.generate(SCOPE);
      assert.throws(() => own.accept(otherKgc.authority, IDENTITY, issued), bad);
      assert.throws(() => own.accept(authority, IDENTITY, flipped(issued, 70)), bad);
      assert.throws(() => own.accept(authority, IDENTITY, issued.subarray(1)), refused('BAD_LENGTH'));
      for (const noPoint of [NO_POINT, new Uint8Array(32)]) {
        const wrong = concatBytes(issued.subarray(0, 32), noPoint, issued.subarray(64));
        assert.throws(() => own.accept(authority, IDENTITY, wrong), refused('BAD_FIELD'));
        const wrongAlpha = concatBytes(noPoint, issued.subarray(32));
        assert.throws(() => own.accept(authority, IDENTITY, wrongAlpha), refused('BAD_FIELD'));
      }
    });

    it('rejects what a dishonest centre seals: an h that does not belong to its α', async () => {
      // The centre answers for another master key: everything opens, but hP is not α + ηY_Pub.
      const own = await OwnSecret.generate();
      const dishonest = await KeyGenerationCentre.generate(SCOPE);
      Object.defineProperty(dishonest, 'authority', { value: authority });
      const issued = dishonest.issue(own.request(authority, IDENTITY));
      assert.throws(() => own.accept(authority, IDENTITY, issued), refused('BAD_PARTIAL_KEY'));
    });

    it('differs at each request, also for the same identity', async () => {
      const own = await OwnSecret.generate();
      const request = own.request(authority, IDENTITY);
      assert.notDeepEqual(toy.kgc.issue(request), toy.kgc.issue(request));
    });
  });

  describe('public key', () => {
    it('rejects malformed bytes', () => {
      const { bytes } = toy.publicKey('m1');
      const decode = (wrong: Uint8Array) => () => decodePublicKey(authority, IDENTITY, wrong);
      assert.throws(decode(bytes.subarray(1)), refused('BAD_LENGTH'));
      for (const noPoint of [NO_POINT, new Uint8Array(32)]) {
        assert.throws(
          decode(concatBytes(noPoint, bytes.subarray(32))),
          refused('BAD_FIELD', { field: 'alpha' }),
        );
        assert.throws(
          decode(concatBytes(bytes.subarray(0, 32), noPoint)),
          refused('BAD_FIELD', { field: 'ownKey' }),
        );
        assert.throws(() => decodeAuthorityKey(noPoint), refused('BAD_FIELD'));
      }
      assert.throws(() => decodeAuthorityKey(bytes), refused('BAD_LENGTH'));
    });

    it('has another X for each identity, since η binds it', () => {
      const { bytes, partial } = toy.publicKey('m1');
      const as = (identity: KeyIdentity) => decodePublicKey(authority, identity, bytes).partial.bytes;
      assert.deepEqual(as({ purpose: 'sender', id: 'm1', epoch: 1 }), partial.bytes);
      for (const other of [
        { purpose: 'receiver', id: 'm1', epoch: 1 },
        { purpose: 'sender', id: 'm2', epoch: 1 },
        { purpose: 'sender', id: 'm1', epoch: 2 },
      ] as const)
        assert.notDeepEqual(as(other), partial.bytes);
    });

    it('keeps its own copy of the bytes', () => {
      const bytes = toy.publicKey('m1').bytes.slice();
      const key = decodePublicKey(authority, IDENTITY, bytes);
      bytes.fill(0);
      assert.deepEqual(key.bytes, toy.publicKey('m1').bytes);
    });
  });

  describe('possession', () => {
    it('is accepted for the key, and rejected with either proof of another key', async () => {
      const [key, other] = [toy.key('m1'), await makeKey(toy.kgc, IDENTITY)];
      const proofs = key.provePossession();
      assert.doesNotThrow(() => checkPossession(authority, key.publicKey, proofs));
      const others = other.provePossession();
      for (const secret of ['own', 'partial'] as const) {
        const wrong = { ...proofs, [secret]: others[secret] };
        assert.throws(
          () => checkPossession(authority, key.publicKey, wrong),
          refused('BAD_SIGNCRYPTION_POSSESSION', { id: 'm1', secret }),
        );
      }
    });

    it('is rejected when proofs of the two secrets change places', () => {
      const key = toy.key('m1');
      const { own, partial } = key.provePossession();
      assert.throws(
        () => checkPossession(authority, key.publicKey, { own: partial, partial: own }),
        refused('BAD_SIGNCRYPTION_POSSESSION'),
      );
    });
  });

  describe('secrets', () => {
    it('are stored and come back, and others do not fit', async () => {
      const key = toy.key('m1');
      const { bytes } = key.publicKey;
      const secrets = key.exportSecrets();
      const identity = { purpose: 'sender', id: 'm1', epoch: 1 } as const;
      const again = await SigncryptionKey.import(authority, identity, bytes, secrets);
      assert.doesNotThrow(() => checkPossession(authority, key.publicKey, again.provePossession()));
      const swapped = { own: secrets.partial, partial: secrets.own };
      for (const wrong of [
        swapped,
        { ...secrets, own: NO_POINT },
        { ...secrets, partial: new Uint8Array(32) },
      ])
        await assert.rejects(SigncryptionKey.import(authority, identity, bytes, wrong), RangeError);
      await assert.rejects(
        SigncryptionKey.import(authority, { ...identity, epoch: 2 }, bytes, secrets),
        RangeError,
      );
    });

    it('of the centre are stored and come back', async () => {
      const again = await KeyGenerationCentre.import(SCOPE, toy.kgc.exportMaster());
      assert.deepEqual(again.authority, authority);
      for (const wrong of [new Uint8Array(32), NO_POINT, new Uint8Array(31).fill(1)])
        await assert.rejects(KeyGenerationCentre.import(SCOPE, wrong), RangeError);
    });

    it('show neither in inspection nor in JSON', () => {
      const key = toy.key('m1');
      const { own, partial } = key.exportSecrets();
      const seen =
        inspect(key, { depth: 6, showHidden: true }) +
        JSON.stringify(key, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
      for (const secret of [own, partial, toy.kgc.exportMaster()]) {
        assert.ok(!seen.includes(Buffer.from(secret).toString('hex')));
        assert.ok(!seen.includes([...secret].slice(0, 8).join(', ')));
        assert.ok(!seen.includes(JSON.stringify(secret).slice(1, 40)));
        assert.ok(!seen.includes(little(secret).toString()));
      }
    });

    it('are gone after erase', async () => {
      const key = await makeKey(toy.kgc, IDENTITY);
      key.erase();
      for (const use of [
        () => key.exportSecrets(),
        () => key.provePossession(),
        () => key.nonce(['x']),
        () => key.agree(toy.publicKey('m1').own.bytes),
        () => key.sign(new Uint8Array(), () => ({ beta: 1n, gamma: 1n })),
      ])
        assert.throws(use, TypeError);
    });
  });
});
