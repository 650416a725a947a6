/** Deployment to fabric-samples' test-network, as far as it goes without one: commands and connection file. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NetworkError } from '@gridveil/network/errors.js';
import type { Connection } from '@gridveil/network/connection.js';
import { testNetworkConnection } from '@gridveil/network/test-network-connection.js';
import { temporaryFolder } from './command.js';
import { writeScript } from './fake-tools.js';

const NETWORK = dirname(require.resolve('@gridveil/network/package.json'));

function write(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
}

/** Crypto material as test-network leaves it; the names of certificates and keys depend on the tool. */
function testNetwork(folder: string, certificate: string, key: string): void {
  for (const domain of ['org1.example.com', 'org2.example.com']) {
    const root = join(folder, 'organizations', 'peerOrganizations', domain);
    write(join(root, 'peers', `peer0.${domain}`, 'tls', 'ca.crt'));
    for (const user of ['Admin', 'User1']) {
      const msp = join(root, 'users', `${user}@${domain}`, 'msp');
      write(join(msp, 'signcerts', certificate));
      write(join(msp, 'keystore', key));
    }
  }
}

describe('network: fabric-samples test-network', function () {
  this.timeout(20_000);
  let work: string;
  let folder: string;
  beforeEach(() => {
    work = temporaryFolder();
    folder = join(work, 'test-network');
  });
  afterEach(() => rmSync(work, { recursive: true }));

  it('refuses a folder without crypto material', () => {
    assert.throws(
      () => testNetworkConnection(folder),
      (error) => error instanceof NetworkError && error.code === 'NOT_A_TEST_NETWORK',
    );
  });

  for (const [tool, certificate, key] of [
    ['cryptogen', 'User1@org1.example.com-cert.pem', 'priv_sk'],
    ['certificate authorities', 'cert.pem', '7c1f_sk'],
  ] as const) {
    it(`describes the connection with the files of ${tool}`, () => {
      testNetwork(folder, certificate, key);
      const { channel, chaincode, organisations } = testNetworkConnection(folder);
      assert.deepEqual([channel, chaincode], ['mychannel', 'gridveil']);
      const root = join(folder, 'organizations', 'peerOrganizations', 'org2.example.com');
      assert.deepEqual(organisations['Org2MSP']?.peers, [
        {
          name: 'peer0.org2.example.com',
          address: 'localhost:9051',
          tlsRootCertPath: join(root, 'peers', 'peer0.org2.example.com', 'tls', 'ca.crt'),
          tlsHostOverride: 'peer0.org2.example.com',
        },
      ]);
      assert.deepEqual(organisations['Org2MSP'].users['User1'], {
        certPath: join(root, 'users', 'User1@org2.example.com', 'msp', 'signcerts', certificate),
        keyPath: join(root, 'users', 'User1@org2.example.com', 'msp', 'keystore', key),
      });
    });
  }

  const deploy = (...args: string[]) =>
    spawnSync(join(NETWORK, 'test-network', 'deploy.sh'), args, { cwd: work, encoding: 'utf8' });

  it('does not deploy without a checkout, nor in an unknown way', () => {
    assert.equal(deploy().status, 2);
    assert.equal(deploy(work).status, 2);
  });

  for (const [how, command] of [
    ['javascript', /^deployCC -ccn gridveil -ccp (\S+) -ccl javascript\n$/],
    ['ccaas', /^deployCCAAS -ccn gridveil -ccp (\S+)\n$/],
  ] as const) {
    it(`deploys as ${how} with the command of test-network and writes the connection file`, function () {
      this.timeout(120_000);
      testNetwork(folder, 'cert.pem', 'x_sk');
      writeScript(join(folder, 'network.sh'), 'echo "$@" > asked');
      const ended = deploy(work, how, join(work, 'connection.json'));
      assert.deepEqual([ended.status, ended.stderr], [0, '']);
      const staged = command.exec(readFileSync(join(folder, 'asked'), 'utf8'))?.[1] ?? '';
      const { main } = JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8')) as { main: string };
      assert.equal(main, 'index.js');
      const { organisations } = JSON.parse(readFileSync(join(work, 'connection.json'), 'utf8')) as Connection;
      assert.deepEqual(Object.keys(organisations), ['Org1MSP', 'Org2MSP']);
    });
  }
});
