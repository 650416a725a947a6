import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFogAggregation } from '@gridveil/client/cli/demo/fog-aggregation.js';
import { fogIdentities, OWNER } from '@gridveil/client/cli/demo/fog-identities.js';
import type { DemoOptions } from '@gridveil/client/cli/demo/options.js';
import { loadReadings } from '@gridveil/client/cli/demo/readings.js';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import { openEmbeddedDirectory } from '@gridveil/client/ledger/embedded/embedded-directory.js';
import { openFabricDirectory } from '@gridveil/client/ledger/fabric/fabric-directory.js';

function names(users: LedgerDirectory['users'], count: number): string[] {
  return fogIdentities({ users }, count).map(({ mspId, user }) => `${mspId}/${user}`);
}

describe('identities of the demo’s fog nodes', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'gridveil-fog-identities-'));
  after(() => rmSync(folder, { recursive: true }));

  it('are never an administrator, and the owner only where there is nobody else', () => {
    assert.deepEqual(
      names(() => ['Admin', 'User1'], 3),
      Array<string>(3).fill('Org2MSP/User1'),
    );
    assert.deepEqual(fogIdentities({ users: (mspId) => (mspId === OWNER.mspId ? ['User1'] : []) }, 1), [
      OWNER,
    ]);
  });

  it('alternate between the organisations and are shared only when they run out', () => {
    const expected = ['Org2MSP/User2', 'Org1MSP/User2', 'Org2MSP/User3', 'Org1MSP/User3', 'Org2MSP/User2'];
    assert.deepEqual(
      names(() => ['Admin', 'User1', 'User2', 'User3'], 5),
      expected,
    );
    const anyone = names(() => undefined, 15);
    assert.deepEqual([new Set(anyone).size, anyone[14]], [14, anyone[0]]);
  });

  it('come from the connection description', async () => {
    const user = { certPath: 'cert.pem', keyPath: 'key.pem' };
    const organisation = {
      peers: [{ name: 'peer0', address: 'localhost:7051', tlsRootCertPath: 'ca.crt' }],
      users: { Admin: user, User1: user },
    };
    const file = join(folder, 'connection.json');
    const organisations = { Org1MSP: organisation, Org2MSP: organisation };
    writeFileSync(file, JSON.stringify({ channel: 'mychannel', chaincode: 'gridveil', organisations }));
    const directory = await openFabricDirectory(file);
    assert.deepEqual(directory.users('Org1MSP'), ['Admin', 'User1']);
    assert.throws(() => directory.users('Org3MSP'), { code: 'ORGANISATION_UNKNOWN' });
    await directory.close();
  });

  it('suffice for a demo where each organisation has only User1 and Admin', async () => {
    const ledger = await openEmbeddedDirectory(join(folder, 'ledger'));
    const known = ['Admin', 'User1'];
    const directory: LedgerDirectory = {
      ...ledger,
      users: () => known,
      connect(mspId, user) {
        assert.ok(known.includes(user), `${mspId}/${user} exists`);
        return ledger.connect(mspId, user);
      },
    };
    const options = { meters: 9, slots: 1, regions: 3, bits: 2048, seed: '1' } as DemoOptions;
    const silent = { stage: () => undefined, advance: () => undefined };
    const { result } = await runFogAggregation(directory, await loadReadings(options), options, silent);
    await ledger.close();
    assert.deepEqual([result.allEqual, result.slots[0]?.regions.length], [true, 3]);
  });
});
