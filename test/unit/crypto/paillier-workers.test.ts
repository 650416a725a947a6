import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { decodeCiphertext, encodeCiphertext, verifyOpening } from '@gridveil/chaincode/crypto/paillier.js';
import { generatePaillierKey, type PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import { PaillierWorkers } from '@gridveil/client/crypto/paillier-workers.js';
import { WorkerPool } from '@gridveil/client/crypto/worker-pool.js';

describe('paillier workers', () => {
  let key: PaillierPrivateKey;
  let workers: PaillierWorkers;

  before(async () => {
    key = await generatePaillierKey(512);
    workers = new PaillierWorkers(2);
  });
  after(() => workers.close());

  function opened(bytes: Uint8Array): bigint {
    return decrypt(key, decodeCiphertext(key.publicKey, bytes, 'worker'));
  }

  it('rejects plaintexts outside [0, N)', async () => {
    await assert.rejects(workers.encryptBatch(key.publicKey, [1n, key.publicKey.n]), RangeError);
    await assert.rejects(workers.encryptOne(key.publicKey, -1n), RangeError);
  });
  it('passes the refusal of a thread on with its code', async () => {
    await assert.rejects(
      workers.openBatch(key, [key.p]),
      (error) => error instanceof GridveilError && error.code === 'INVALID_CIPHERTEXT',
    );
  });
  it('rejects work after close', async () => {
    const closed = new PaillierWorkers(1);
    await closed.close();
    await assert.rejects(closed.encryptBatch(key.publicKey, [1n]), /closed/);
  });
  it('rejects work under way at close', async () => {
    const closing = new PaillierWorkers(1);
    const failed = assert.rejects(closing.encryptBatch(key.publicKey, Array<bigint>(100).fill(1n)));
    await closing.close();
    await failed;
  });
  it('fails the job of a thread that dies and goes on with a new one', async () => {
    const script = join(tmpdir(), `paillier-pool-test-${process.pid}.cjs`);
    writeFileSync(
      script,
      "require('node:worker_threads').parentPort.on('message', (m) => { if (m === 'die') process.exit(3); if (m === 'throw') throw new RangeError('boom'); require('node:worker_threads').parentPort.postMessage({ result: m }); });",
    );
    const pool = new WorkerPool(script, 1);
    const dying = assert.rejects(pool.run('die'), /ended before/);
    const next = pool.run('next');
    await dying;
    assert.equal(await next, 'next');
    await assert.rejects(pool.run('throw'), /boom/);
    assert.equal(await pool.run('again'), 'again');
    await pool.close();
  });
  it('encrypts a batch in order and reports progress', async () => {
    const plaintexts = Array.from({ length: 75 }, (_, i) => BigInt(i));
    const progress: number[] = [];
    const ciphertexts = await workers.encryptBatch(key.publicKey, plaintexts, (done, total) => {
      assert.equal(total, 75);
      progress.push(done);
    });
    assert.deepEqual(ciphertexts.map(opened), plaintexts);
    assert.equal(progress.at(-1), 75);
    assert.ok(progress.length > 1);
    assert.deepEqual(await workers.encryptBatch(key.publicKey, []), []);
  });
  it('encrypts single values of one turn with results in their own places', async () => {
    const values = [5n, 6n, 7n];
    const ciphertexts = await Promise.all(values.map((m) => workers.encryptOne(key.publicKey, m)));
    assert.deepEqual(ciphertexts.map(opened), values);
  });
  it('opens a batch', async () => {
    const encryptor = new PaillierEncryptor(key.publicKey);
    const ciphertexts = [1n, 2n, 3n].map((m) => encryptor.encrypt(m));
    const openings = await workers.openBatch(key, ciphertexts);
    assert.deepEqual(
      openings.map(({ m }) => m),
      [1n, 2n, 3n],
    );
    openings.forEach((opening, i) =>
      assert.ok(verifyOpening(key.publicKey, ciphertexts[i] ?? 0n, opening), `opening ${i}`),
    );
    assert.equal(encodeCiphertext(key.publicKey, ciphertexts[0] ?? 0n).length, key.publicKey.ciphertextBytes);
  });
});
