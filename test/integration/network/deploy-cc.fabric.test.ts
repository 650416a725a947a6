/**
 * `deployCC -ccl javascript` without a container engine: the commands of fabric-samples' scripts on the staged folder,
 * on a native network whose peers build and run the package as Fabric's Node.js image would.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageIdOf } from '@gridveil/network/chaincode/ccaas-package.js';
import { stage } from '@gridveil/network/chaincode/stage.js';
import type { Connection } from '@gridveil/network/connection.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { findFabricTools, type FabricTools } from '@gridveil/network/fabric/fabric-tools.js';
import { pathsOf } from '@gridveil/network/folders.js';
import { ordererOrganisationFolder, peerFolder, serverTls } from '@gridveil/network/layout/crypto-files.js';
import { adminEnvironment, type NodeSurroundings } from '@gridveil/network/layout/node-environment.js';
import { topologyOf, type PeerNode } from '@gridveil/network/layout/topology.js';
import { SILENT } from '@gridveil/network/reporter.js';
import { startNetwork } from '@gridveil/network/up.js';
import { temporaryFolder } from '../../unit/network/command.js';
import { connectTo } from './gateway-client.js';

const REPOSITORY = dirname(dirname(require.resolve('@gridveil/network/package.json')));
const BUILDER = {
  name: 'node',
  path: join(REPOSITORY, 'test', 'integration', 'network', 'node-builder'),
  propagateEnvironment: ['HOME'],
};
const DEFINITION = ['--channelID', 'mychannel', '--name', 'gridveil', '--version', '1.0', '--sequence', '1'];
const run = promisify(execFile);

describe('network: the staged folder as a JavaScript package (deployCC)', function () {
  this.timeout(300_000);
  const work = temporaryFolder();
  const dir = join(work, 'state');
  const archive = join(work, 'gridveil.tar.gz');
  let staged: string;
  let tools: FabricTools;
  let surroundings: NodeSurroundings;
  let connection: Connection;
  let first: PeerNode;
  let second: PeerNode;

  const peer = async (speaker: PeerNode, ...args: string[]): Promise<string> => {
    const { stdout } = await run(join(tools.bin, 'peer'), args, {
      env: adminEnvironment(speaker, surroundings),
    });
    return stdout;
  };
  const lifecycle = (speaker: PeerNode, ...args: string[]): Promise<string> =>
    peer(speaker, 'lifecycle', 'chaincode', ...args);

  before(async function () {
    this.timeout(900_000);
    tools = await findFabricTools({ reporter: SILENT });
    staged = (await stage({ out: join(work, 'staged') })).folder;
    const network = await startNetwork({ dir, portBase: 'auto', chaincode: false, extraBuilders: [BUILDER] });
    const topology = topologyOf('raft', network.portBase);
    surroundings = { tools, paths: pathsOf(dir), topology, extraBuilders: [] };
    connection = network.connection;
    const peers = topology.peers.filter(({ name }) => name.startsWith('peer0'));
    const [one, two] = peers;
    assert.ok(one !== undefined && two !== undefined);
    [first, second] = [one, two];
  });
  after(async () => {
    await resetNetwork({ dir });
    rmSync(work, { recursive: true });
  });

  it('is packaged with a label and an id that can be known beforehand', async () => {
    await lifecycle(first, 'package', archive, '--path', staged, '--lang', 'node', '--label', 'gridveil_1.0');
    const id = (await lifecycle(first, 'calculatepackageid', archive)).trim();
    assert.equal(id, packageIdOf('gridveil_1.0', archive));
  });

  it('is installed, approved by both organisations and committed', async () => {
    const packageId = packageIdOf('gridveil_1.0', archive);
    const { paths, topology } = surroundings;
    const ordererRoot = join(
      ordererOrganisationFolder(paths.organisations),
      'tlsca',
      'tlsca.example.com-cert.pem',
    );
    const ordering = ['-o', `127.0.0.1:${topology.portBase}`, '--tls', '--cafile', ordererRoot];
    for (const speaker of [first, second]) await lifecycle(speaker, 'install', archive);
    const installed = await lifecycle(second, 'queryinstalled', '--output', 'json');
    assert.ok(installed.includes(packageId));
    for (const speaker of [first, second]) {
      await lifecycle(speaker, 'approveformyorg', ...ordering, ...DEFINITION, '--package-id', packageId);
    }
    const ready = await lifecycle(first, 'checkcommitreadiness', ...DEFINITION, '--output', 'json');
    assert.deepEqual(JSON.parse(ready), { approvals: { Org1MSP: true, Org2MSP: true } });
    const endorsers = [first, second].flatMap((one) => [
      ...['--peerAddresses', `127.0.0.1:${one.port}`],
      ...['--tlsRootCertFiles', serverTls(peerFolder(paths.organisations, one)).rootCertificate],
    ]);
    await lifecycle(first, 'commit', ...ordering, ...DEFINITION, ...endorsers);
    const committed = await lifecycle(
      second,
      'querycommitted',
      '--channelID',
      'mychannel',
      '--name',
      'gridveil',
    );
    assert.match(
      committed,
      /^Version: 1\.0, Sequence: 1, Endorsement Plugin: escc, Validation Plugin: vscc/m,
    );
  });

  for (const mspId of ['Org1MSP', 'Org2MSP']) {
    it(`runs and lists its transactions on the first peer of ${mspId}`, async () => {
      const client = connectTo(connection, mspId);
      try {
        const answer = await client.contract.evaluateTransaction('org.hyperledger.fabric:GetMetadata');
        const { contracts } = JSON.parse(Buffer.from(answer).toString()) as {
          contracts: Record<string, object>;
        };
        assert.deepEqual(Object.keys(contracts).sort(), [
          'aggregation',
          'billing',
          'billing-records',
          'charges',
          'equipment',
          'leadership',
          'org.hyperledger.fabric',
          'registry',
          'regulation',
          'reports',
        ]);
      } finally {
        client.close();
      }
    });
  }
});
