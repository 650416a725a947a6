import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

/** In a process of its own: the replacement is for all that load the library afterwards. */
const PROGRAM = `
  const { signWithOpenSsl } = require(${JSON.stringify(require.resolve('@gridveil/caliper/engine/openssl-signer.js'))});
  const { p256Signer } = require(${JSON.stringify(require.resolve('@gridveil/client/ledger/fabric/signer.js'))});
  signWithOpenSsl();
  const fromCaliper = require('node:module').createRequire(require.resolve('@hyperledger/caliper-fabric'));
  const { signers, connect } = fromCaliper('@hyperledger/fabric-gateway');
  const gateway = connect({
    client: {},
    identity: { mspId: 'Org1MSP', credentials: Buffer.from('certificate') },
    signer: () => Promise.resolve(Buffer.alloc(64)),
  });
  const proposal = gateway.getNetwork('channel').getContract('chaincode').newProposal('Put');
  process.stdout.write(JSON.stringify([signers.newPrivateKeySigner === p256Signer, proposal.getDigest().length > 32]));
`;

describe('caliper/engine/openssl-signer', () => {
  it("gives Caliper's connector our signer, and whole messages to sign", () => {
    const printed = execFileSync(process.execPath, ['-e', PROGRAM], { cwd: __dirname, encoding: 'utf8' });
    assert.deepEqual(JSON.parse(printed), [true, true]);
  });
});
