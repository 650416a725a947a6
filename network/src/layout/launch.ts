/** The command line of each process of a network. */
import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NetworkError } from '../errors.js';
import { REPOSITORY } from '../folders.js';
import type { ProcessStart } from '../processes/managed-process.js';
import {
  chaincodeEnvironment,
  ordererEnvironment,
  peerEnvironment,
  type NodeSurroundings,
} from './node-environment.js';
import type { NetworkState } from '../state-file.js';
import type { NetworkNode } from './topology.js';

export type Launch = Pick<ProcessStart, 'file' | 'args' | 'env' | 'cwd'>;

export function launchOf(node: NetworkNode, surroundings: NodeSurroundings, state: NetworkState): Launch {
  const { tools, paths } = surroundings;
  const cwd = join(paths.ledgers, node.name);
  switch (node.kind) {
    case 'orderer':
      mkdirSync(cwd, { recursive: true });
      return { file: join(tools.bin, 'orderer'), args: [], env: ordererEnvironment(node, surroundings), cwd };
    case 'peer':
      mkdirSync(cwd, { recursive: true });
      return {
        file: join(tools.bin, 'peer'),
        args: ['node', 'start'],
        env: peerEnvironment(node, surroundings),
        cwd,
      };
    case 'chaincode': {
      if (state.deployment === undefined) throw new NetworkError('NO_NETWORK', { dir: paths.dir });
      return {
        file: process.execPath,
        // fabric-shim calls an outdated function of its gRPC library, which would head every log.
        args: ['--no-deprecation', join(paths.chaincode, 'server.js')],
        env: chaincodeEnvironment(surroundings, state.deployment.packageId, installedModules()),
        cwd: paths.chaincode,
      };
    }
  }
}

/** The folder fabric-shim is installed in: the deployed copy of the code brings no node_modules of its own. */
function installedModules(): string {
  const shim = createRequire(join(REPOSITORY, 'chaincode', 'package.json')).resolve(
    'fabric-shim/package.json',
  );
  return dirname(dirname(shim));
}
