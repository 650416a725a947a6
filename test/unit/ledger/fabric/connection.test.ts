import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ClientError, type ClientErrorCode } from '@gridveil/client/errors.js';
import { organisationOf, readConnection } from '@gridveil/client/ledger/fabric/connection.js';

const CONNECTION = {
  channel: 'gridchannel',
  chaincode: 'gridveil',
  organisations: {
    Org1MSP: {
      peers: [{ name: 'peer0.org1', address: 'localhost:7051', tlsRootCertPath: 'crypto/ca.pem' }],
      users: { User1: { certPath: '../cert.pem', keyPath: '/keys/priv_sk' } },
    },
  },
};

function withPeer(peer: object): object {
  return { ...CONNECTION, organisations: { Org1MSP: { peers: [peer], users: {} } } };
}

describe('ledger/fabric/connection', () => {
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fabricadapter-'));
    file = join(folder, 'connection.json');
  });
  after(() => rm(folder, { recursive: true }));

  function hasCode(code: ClientErrorCode, reason: RegExp): (error: unknown) => boolean {
    return (error) => {
      assert.ok(error instanceof ClientError, String(error));
      assert.equal(error.code, code);
      assert.match(error.sentence, reason);
      return true;
    };
  }

  it('rejects a file that is not there', async () => {
    await assert.rejects(readConnection(join(folder, 'none')), hasCode('CONNECTION_UNREADABLE', /ENOENT/));
  });

  const malformed: readonly [name: string, content: unknown, reason: RegExp][] = [
    ['a list', [], /expected object/],
    ['no channel', { ...CONNECTION, channel: '' }, /channel/],
    ['no organisations', { channel: 'c', chaincode: 'g' }, /organisations/],
    ['no peers', { ...CONNECTION, organisations: { Org1MSP: { peers: [], users: {} } } }, /Org1MSP\.peers/],
    [
      'an address without port',
      withPeer({ name: 'p', address: 'localhost', tlsRootCertPath: 'x' }),
      /host:port/,
    ],
    [
      'an address with a scheme',
      withPeer({ name: 'p', address: 'grpcs://a:1', tlsRootCertPath: 'x' }),
      /host:port/,
    ],
    ['a peer without TLS root', withPeer({ name: 'p', address: 'localhost:1' }), /tlsRootCertPath/],
  ];
  for (const [name, content, reason] of malformed) {
    it(`rejects ${name}`, async () => {
      await writeFile(file, JSON.stringify(content));
      await assert.rejects(readConnection(file), hasCode('CONNECTION_MALFORMED', reason));
    });
  }

  it('rejects text that is not JSON', async () => {
    await writeFile(file, '{');
    await assert.rejects(readConnection(file), hasCode('CONNECTION_MALFORMED', /not JSON/));
  });

  it('rejects an unknown organisation and names the known ones', async () => {
    await writeFile(file, JSON.stringify(CONNECTION));
    const connection = await readConnection(file);
    assert.throws(() => organisationOf(connection, 'Org9MSP'), hasCode('ORGANISATION_UNKNOWN', /Org1MSP/));
    assert.throws(() => organisationOf(connection, 'toString'), hasCode('ORGANISATION_UNKNOWN', /Org1MSP/));
  });

  it('resolves paths against the folder of the file and leaves out what it does not know', async () => {
    await writeFile(file, JSON.stringify({ ...CONNECTION, orderers: [] }));
    assert.deepEqual(await readConnection(file), {
      channel: 'gridchannel',
      chaincode: 'gridveil',
      organisations: {
        Org1MSP: {
          peers: [
            { name: 'peer0.org1', address: 'localhost:7051', tlsRootCertPath: join(folder, 'crypto/ca.pem') },
          ],
          users: { User1: { certPath: resolve(folder, '../cert.pem'), keyPath: '/keys/priv_sk' } },
        },
      },
    });
  });
});
