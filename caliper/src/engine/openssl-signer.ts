/**
 * Lets Caliper's Fabric connector sign with OpenSSL as our own client does. The gateway library's JavaScript signer takes
 * eight times the CPU time (spec/fabric.md 3.2), three times for each transaction, on the very cores that the network needs.
 */
import * as fabricGateway from '@hyperledger/fabric-gateway';
import { p256Signer } from '@gridveil/client/ledger/fabric/signer.js';

/** To be called before the connector is loaded: it takes the gateway library's functions as it finds them then. */
export function signWithOpenSsl(): void {
  const library = require.cache[require.resolve('@hyperledger/fabric-gateway')];
  if (library === undefined) throw new RangeError('"fabric-gateway" expected to be loaded');
  library.exports = {
    ...fabricGateway,
    signers: { ...fabricGateway.signers, newPrivateKeySigner: p256Signer },
    connect: (options: fabricGateway.ConnectOptions) =>
      fabricGateway.connect({ ...options, hash: fabricGateway.hash.none }),
  };
}
