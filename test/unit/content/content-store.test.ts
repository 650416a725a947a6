import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64url, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { reportDigest } from '@gridveil/chaincode/crypto/signcryption.js';
import { FolderContentStore, MemoryContentStore } from '@gridveil/client/content/content-store.js';

const CONTENT = utf8('sealed bytes');
const DIGEST = toBase64url(reportDigest(CONTENT));

describe('content stores', () => {
  let folder: string;
  beforeEach(async () => (folder = join(await mkdtemp(join(tmpdir(), 'gridveil-content-')), 'new')));
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  it('give back what was put under its digest, and nothing else', async () => {
    for (const store of [new MemoryContentStore(), new FolderContentStore(folder)]) {
      assert.equal(await store.get(DIGEST), undefined);
      await store.put(CONTENT);
      await store.put(CONTENT);
      assert.deepEqual(await store.get(DIGEST), CONTENT);
      assert.equal(await store.get(toBase64url(new Uint8Array(32))), undefined);
    }
  });

  it('give nothing for a file that was changed, and follow no path', async () => {
    const store = new FolderContentStore(folder);
    await store.put(CONTENT);
    assert.deepEqual(await readdir(folder), [DIGEST]);
    await writeFile(join(folder, DIGEST), 'sealed byteS');
    assert.equal(await store.get(DIGEST), undefined);
    for (const name of ['', '.', '..', `../${DIGEST}`, `${DIGEST}/`])
      assert.equal(await store.get(name), undefined);
  });
});
