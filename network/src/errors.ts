/**
 * What can go wrong with the network, as a closed list: a stable code and one sentence that says what to do.
 * `fault: 'user'` ends the command with exit code 2, `'failure'` with 1, `'interrupt'` with 130.
 */
import { fillSentence, type Facts } from '@gridveil/chaincode/errors.js';

interface NetworkErrorDefinition {
  readonly fault: 'user' | 'failure' | 'interrupt';
  readonly says: string;
}

export const NETWORK_ERRORS = {
  BAD_OPTION: { fault: 'user', says: '{option} must be {expected}, got "{actual}".' },
  PORT_IN_USE: {
    fault: 'user',
    says: 'Port {port} of {node} is taken by {owner}: end it, or choose other ports with --port-base.',
  },
  NO_FREE_PORTS: { fault: 'failure', says: 'No free block of ports was found: give one with --port-base.' },
  STALE_PROCESS: {
    fault: 'user',
    says: 'Port {port} of {node} is held by {owner}, left over from an earlier run of this network: run "kill {pids}".',
  },
  OTHER_NETWORK: {
    fault: 'user',
    says: 'Port {port} of {node} belongs to the network in {dir}: run "npm run network -- down --dir {dir}" or choose --port-base.',
  },
  FOLDER_NOT_OURS: {
    fault: 'user',
    says: '{dir} holds files that are not a Gridveil network: choose another folder with --dir.',
  },
  FOLDER_BUSY: {
    fault: 'user',
    says: 'Another command (pid {pid}) is working on {dir}: wait until it has ended.',
  },
  OTHER_SETTINGS: {
    fault: 'user',
    says: 'The network in {dir} was made with {setting} {actual}, not {wanted}: run "reset" first or choose another --dir.',
  },
  STATE_DAMAGED: {
    fault: 'failure',
    says: '{file} cannot be read ({reason}): end its processes and delete the folder by hand.',
  },
  NO_NETWORK: { fault: 'user', says: 'There is no network in {dir}: run "npm run network -- up" first.' },
  NOT_RUNNING: {
    fault: 'user',
    says: 'The network in {dir} is not running: run "npm run network -- up" first.',
  },
  UNKNOWN_PROCESS: { fault: 'user', says: 'There is no process "{name}": use one of {names}.' },
  BAD_FABRIC_BIN: {
    fault: 'user',
    says: 'FABRIC_BIN={dir} cannot be used: {reason}. Unset it, or point it to the bin folder of a Fabric release (3.1 or later).',
  },
  GO_MISSING: {
    fault: 'user',
    says: 'Fabric is not installed and Go, which would build it, was not found: install Go 1.24.2 or later, or get Fabric with its own install-fabric.sh and set FABRIC_BIN to its bin folder.',
  },
  GO_TOO_OLD: {
    fault: 'user',
    says: 'Fabric is not installed and Go {version} is too old to build it: install Go 1.24.2 or later, or get Fabric with its own install-fabric.sh and set FABRIC_BIN to its bin folder.',
  },
  BUILD_FAILED: { fault: 'failure', says: 'Building Fabric with Go failed: {reason} (all output: {log}).' },
  COMMAND_FAILED: { fault: 'failure', says: '{step} failed: {reason}' },
  PROCESS_DIED: { fault: 'failure', says: '{name} ended while starting: {reason} (log: {log}).' },
  NOT_HEALTHY: { fault: 'failure', says: '{name} did not answer within {seconds} s (log: {log}).' },
  STILL_ALIVE: { fault: 'failure', says: '{name} (pid {pid}) did not end: end it by hand.' },
  NOT_ENDORSING: {
    fault: 'failure',
    says: '{name} does not endorse chaincode {chaincode} after {seconds} s: {reason}',
  },
  NOT_STAGED: { fault: 'user', says: '{dir} is not a staged chaincode folder: {reason}.' },
  NOT_BUNDLED: {
    fault: 'failure',
    says: 'The chaincode cannot be bundled ({reason}): run "npm run build" and try again.',
  },
  NOT_BUILT: { fault: 'user', says: '{file} is missing: run "npm run build" first.' },
  LOCK_MISMATCH: {
    fault: 'failure',
    says: 'The lock file has no single version of {name} for the staged package: {reason}.',
  },
  NOT_A_TEST_NETWORK: {
    fault: 'user',
    says: '{dir} is not the test-network folder of a fabric-samples checkout with a running network: {reason}.',
  },
  INTERRUPTED: { fault: 'interrupt', says: 'Interrupted: what this command had started was ended again.' },
} as const satisfies Record<string, NetworkErrorDefinition>;

export type NetworkErrorCode = keyof typeof NETWORK_ERRORS;

export class NetworkError extends Error {
  override readonly name = 'NetworkError';

  constructor(
    readonly code: NetworkErrorCode,
    readonly facts: Facts = {},
    options?: ErrorOptions,
  ) {
    super(fillSentence(NETWORK_ERRORS[code].says, facts), options);
  }

  /** 2 for the user's own mistake, 1 for a failure, 130 after an interrupt. */
  get exitCode(): number {
    return { user: 2, failure: 1, interrupt: 130 }[NETWORK_ERRORS[this.code].fault];
  }
}
