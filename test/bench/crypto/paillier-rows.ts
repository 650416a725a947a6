/** Benchmarks of the Paillier engine at 3072 bits; the peer is paillier-bigint with the same key and g = N + 1. */
import { createHmac, randomBytes } from 'node:crypto';
import { PrivateKey, PublicKey } from 'paillier-bigint';
import { equalBytes, lp } from '@gridveil/chaincode/crypto/bytes.js';
import {
  addEncodedCiphertexts,
  encodeCiphertext,
  verifyOpening,
} from '@gridveil/chaincode/crypto/paillier.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import {
  generatePaillierKey,
  toPaillierParameters,
  type PaillierPrivateKey,
} from '@gridveil/client/crypto/paillier-key.js';
import { decrypt, openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';
import { PaillierWorkers } from '@gridveil/client/crypto/paillier-workers.js';
import { timedMs, type BenchRow } from '../bench-row.js';

const MODULUS_BITS = 3072;
const PEER = 'paillier-bigint';
const REPORTS = 1000;
/** Distinct ciphertexts among them, to keep the preparation short. */
const DISTINCT_REPORTS = 100;
const POOLED = 100;

interface Fixture {
  readonly key: PaillierPrivateKey;
  readonly encryptor: PaillierEncryptor;
  readonly peerPublic: PublicKey;
  readonly peerPrivate: PrivateKey;
}

let made: Promise<Fixture> | undefined;

function fixture(): Promise<Fixture> {
  made ??= makeFixture();
  return made;
}

async function makeFixture(): Promise<Fixture> {
  const key = await generatePaillierKey(MODULUS_BITS);
  const { n, g, lambda, mu, p, q } = toPaillierParameters(key);
  const peerPublic = new PublicKey(n, g);
  const encryptor = new PaillierEncryptor(key.publicKey);
  encryptor.prepare();
  return { key, encryptor, peerPublic, peerPrivate: new PrivateKey(lambda, mu, peerPublic, p, q) };
}

const encrypt: BenchRow = {
  name: 'encrypt',
  what: 'encrypt one reading without pool',
  unit: 'ms',
  goals: [{ ratio: 70 }],
  peer: PEER,
  prepare: async () => {
    const { encryptor, peerPublic } = await fixture();
    return {
      ours: () => timedMs(() => encryptor.encrypt(4711n), 50),
      peer: () => timedMs(() => peerPublic.encrypt(4711n)),
    };
  },
};

const encryptPooled: BenchRow = {
  name: 'encrypt-pooled',
  what: 'encrypt one reading with a randomiser from the pool',
  unit: 'ms',
  goals: [{ atMost: 0.2 }],
  prepare: async () => {
    const { encryptor } = await fixture();
    return {
      ours: () => {
        encryptor.fillPool(POOLED);
        return timedMs(() => encryptor.encrypt(4711n), POOLED);
      },
    };
  },
};

const encryptTable: BenchRow = {
  name: 'encrypt-table',
  what: 'build the table of an encryptor',
  unit: 'ms',
  goals: [],
  samples: 5,
  prepare: async () => {
    const { key } = await fixture();
    return { ours: () => timedMs(() => new PaillierEncryptor(key.publicKey).prepare()) };
  },
};

const encryptWorkers: BenchRow = {
  name: 'encrypt-workers',
  what: 'encrypt one reading of many, all cores',
  unit: 'ms',
  goals: [],
  samples: 5,
  prepare: async () => {
    const { key } = await fixture();
    const workers = new PaillierWorkers();
    const batch = Array<bigint>(256).fill(4711n);
    return {
      ours: async () => (await timedMs(() => workers.encryptBatch(key.publicKey, batch))) / batch.length,
      close: () => workers.close(),
    };
  },
};

const decryptTotal: BenchRow = {
  name: 'decrypt',
  what: 'decrypt one total',
  unit: 'ms',
  goals: [{ ratio: 5 }],
  peer: PEER,
  prepare: async () => {
    const { key, encryptor, peerPrivate } = await fixture();
    const ciphertext = encryptor.encrypt(123_456_789n);
    return {
      ours: () => timedMs(() => decrypt(key, ciphertext), 10),
      peer: () => timedMs(() => peerPrivate.decrypt(ciphertext)),
    };
  },
};

const open: BenchRow = {
  name: 'open',
  what: 'open one total with its proof',
  unit: 'ms',
  goals: [],
  prepare: async () => {
    const { key, encryptor } = await fixture();
    const ciphertext = encryptor.encrypt(123_456_789n);
    return { ours: () => timedMs(() => openCiphertext(key, ciphertext), 10) };
  },
};

const verify: BenchRow = {
  name: 'verify-opening',
  what: 'verify one opening',
  unit: 'ms',
  goals: [],
  prepare: async () => {
    const { key, encryptor } = await fixture();
    const ciphertext = encryptor.encrypt(123_456_789n);
    const opening = openCiphertext(key, ciphertext);
    return { ours: () => timedMs(() => verifyOpening(key.publicKey, ciphertext, opening), 3) };
  },
};

const keyGeneration: BenchRow = {
  name: 'generate-key',
  what: 'generate a key',
  unit: 'ms',
  goals: [],
  samples: 5,
  prepare: () => ({ ours: () => timedMs(() => generatePaillierKey(MODULUS_BITS)) }),
};

const aggregate: BenchRow = {
  name: 'aggregate',
  what: `verify and aggregate ${REPORTS} reports (HMAC, Valid, product) on one core`,
  unit: 'reports/s',
  goals: [{ atLeast: 20_000 }],
  prepare: async () => {
    const { key, encryptor } = await fixture();
    const macKey = randomBytes(32);
    const tagOf = (header: Uint8Array, bytes: Uint8Array): Uint8Array =>
      createHmac('sha256', macKey).update(lp(header, bytes)).digest();
    const distinct = Array.from({ length: DISTINCT_REPORTS }, (_, i) =>
      encodeCiphertext(key.publicKey, encryptor.encrypt(BigInt(i))),
    );
    const reports = Array.from({ length: REPORTS }, (_, i) => {
      const bytes = distinct[i % DISTINCT_REPORTS] ?? new Uint8Array();
      const header = lp('gridveil/bench/report/v1', key.publicKey.fingerprint, `meter-${i}`, `slot-${i}`);
      return { owner: `meter-${i}`, header, bytes, tag: tagOf(header, bytes) };
    });
    const verifyAndAdd = (): bigint => {
      for (const { header, bytes, tag } of reports)
        if (!equalBytes(tagOf(header, bytes), tag)) throw new Error('wrong tag');
      return addEncodedCiphertexts(key.publicKey, reports);
    };
    return { ours: async () => (REPORTS / (await timedMs(verifyAndAdd, 3))) * 1000 };
  },
};

export const paillierRows: readonly BenchRow[] = [
  keyGeneration,
  encryptTable,
  encrypt,
  encryptPooled,
  encryptWorkers,
  decryptTotal,
  open,
  verify,
  aggregate,
];
