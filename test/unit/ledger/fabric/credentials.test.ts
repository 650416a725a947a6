import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientError, type ClientErrorCode } from '@gridveil/client/errors.js';
import type { FabricConnection } from '@gridveil/client/ledger/fabric/connection.js';
import { loadCredentials, loadPeer } from '@gridveil/client/ledger/fabric/credentials.js';
import { createTestCertificates, type TestCertificates } from './test-certificates.js';

describe('ledger/fabric/credentials', () => {
  let certificates: TestCertificates;

  before(async () => {
    certificates = await createTestCertificates();
  });
  after(() => certificates.remove());

  function connectionWith(files: { certPath?: string; keyPath?: string }): FabricConnection {
    const { clientCertPath, clientKeyPath, caCertPath } = certificates;
    const user = { certPath: files.certPath ?? clientCertPath, keyPath: files.keyPath ?? clientKeyPath };
    const peer = { name: 'peer0', address: 'localhost:7051', tlsRootCertPath: caCertPath };
    return {
      channel: 'gridchannel',
      chaincode: 'gridveil',
      organisations: { Org1MSP: { peers: [peer], users: { User1: user } } },
    };
  }

  async function rejects(
    files: { certPath?: string; keyPath?: string },
    code: ClientErrorCode,
    user = 'User1',
  ): Promise<ClientError> {
    let caught: unknown;
    await assert.rejects(loadCredentials(connectionWith(files), 'Org1MSP', user), (error) => {
      caught = error;
      return error instanceof ClientError && error.code === code;
    });
    return caught as ClientError;
  }

  async function writeKey(name: string, content: string, mode = 0o600): Promise<string> {
    const file = join(certificates.folder, name);
    await writeFile(file, content);
    await chmod(file, mode);
    return file;
  }

  function keyPem(namedCurve: string): string {
    return generateKeyPairSync('ec', { namedCurve }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }) as string;
  }

  it('rejects an unknown user and names the known ones', async () => {
    const error = await rejects({}, 'USER_UNKNOWN', 'User9');
    assert.match(error.sentence, /User1/);
  });

  for (const mode of [0o640, 0o604, 0o620, 0o666]) {
    it(`rejects a private key with mode ${mode.toString(8)}`, async () => {
      const keyPath = await writeKey('exposed_sk', keyPem('prime256v1'), mode);
      const error = await rejects({ keyPath }, 'KEY_FILE_EXPOSED');
      assert.equal(error.facts['mode'], mode.toString(8));
    });
  }

  it('rejects missing files', async () => {
    const missing = join(certificates.folder, 'missing');
    await rejects({ keyPath: missing }, 'CREDENTIAL_UNREADABLE');
    await rejects({ certPath: missing }, 'CREDENTIAL_UNREADABLE');
    await assert.rejects(
      loadPeer({ name: 'peer0', address: 'localhost:1', tlsRootCertPath: missing }),
      /CREDENTIAL_UNREADABLE/,
    );
  });

  it('rejects a folder in place of the key', async () => {
    await chmod(certificates.folder, 0o700);
    await rejects({ keyPath: certificates.folder }, 'CREDENTIAL_UNREADABLE');
  });

  it('rejects files that hold something else', async () => {
    await rejects({ certPath: certificates.clientKeyPath }, 'CREDENTIAL_MALFORMED');
    await rejects({ keyPath: await writeKey('not_a_key', 'secret') }, 'CREDENTIAL_MALFORMED');
    await rejects({ keyPath: await writeKey('p384_sk', keyPem('secp384r1')) }, 'CREDENTIAL_MALFORMED');
  });

  it('never quotes what a bad key file holds', async () => {
    const error = await rejects({ keyPath: await writeKey('odd', 'top secret') }, 'CREDENTIAL_MALFORMED');
    assert.doesNotMatch(JSON.stringify([error.message, error.stack, String(error.cause)]), /top secret/);
  });

  it('rejects the key of another identity', async () => {
    const keyPath = await writeKey('other_sk', keyPem('prime256v1'));
    await rejects({ keyPath }, 'KEY_CERTIFICATE_MISMATCH');
  });

  it('gives the identity with its subject as the contracts see it', async () => {
    const credentials = await loadCredentials(connectionWith({}), 'Org1MSP', 'User1');
    assert.equal(credentials.mspId, 'Org1MSP');
    assert.equal(credentials.subject, certificates.clientSubject);
    assert.equal(Buffer.from(credentials.certificatePem).toString(), certificates.clientCertPem);
  });
});
