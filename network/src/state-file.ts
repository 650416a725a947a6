/**
 * `state.json` of a network folder: what was set up, what runs, what is deployed. It is written before and after every
 * phase, so that a later command knows how far an interrupted one came. Its presence marks a folder as ours.
 */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { NetworkError } from './errors.js';
import type { ProcessIdentity } from './processes/process-identity.js';
import type { Consensus } from './layout/topology.js';

const SCHEMA = 'gridveil/network/v1';

/** How far the network was set up: `created` (being made), `joined` (channel on all nodes), `deployed` (chaincode, too). */
export type Phase = 'created' | 'joined' | 'deployed';

export interface ProcessRecord extends ProcessIdentity {
  readonly startedAt: string;
}

export interface NetworkState {
  readonly schema: typeof SCHEMA;
  readonly consensus: Consensus;
  readonly portBase: number;
  readonly blockTimeoutMs: number;
  /** Set when peers take transactions of any time, to replay recorded months. */
  readonly anyTime?: true;
  phase: Phase;
  /** By node name; a record stays after a crash until `down` or `up` clears it. */
  processes: Record<string, ProcessRecord>;
  /** Digest of the deployed code and the package id the peers know it by. */
  deployment?: { readonly packageId: string; readonly codeSha256: string };
}

export function newState(
  settings: Pick<NetworkState, 'consensus' | 'portBase' | 'blockTimeoutMs' | 'anyTime'>,
): NetworkState {
  return { schema: SCHEMA, ...settings, phase: 'created', processes: {} };
}

/**
 * @returns undefined when there is no network in the folder.
 * @throws NetworkError FOLDER_NOT_OURS when it holds something else, STATE_DAMAGED when the file is unreadable.
 */
export function readState(dir: string): NetworkState | undefined {
  const file = stateFile(dir);
  if (!existsSync(file)) {
    // A lock, or the first state while it is being written, is ours.
    const ours = (name: string): boolean => name.startsWith('lock') || name === basename(`${file}.new`);
    const others = existsSync(dir) ? readdirSync(dir).filter((name) => !ours(name)) : [];
    if (others.length > 0) throw new NetworkError('FOLDER_NOT_OURS', { dir });
    return undefined;
  }
  const state = parse(file);
  if (state.schema !== SCHEMA) throw new NetworkError('FOLDER_NOT_OURS', { dir });
  return state;
}

/** @throws NetworkError NO_NETWORK when there is none. */
export function requireState(dir: string): NetworkState {
  const state = readState(dir);
  if (state === undefined) throw new NetworkError('NO_NETWORK', { dir });
  return state;
}

/** Replaces the file as a whole: a reader sees the old or the new state. */
export function writeState(dir: string, state: NetworkState): void {
  const file = stateFile(dir);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

function stateFile(dir: string): string {
  return join(dir, 'state.json');
}

function parse(file: string): NetworkState {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as NetworkState;
  } catch (cause) {
    throw new NetworkError('STATE_DAMAGED', { file, reason: (cause as Error).message }, { cause });
  }
}
