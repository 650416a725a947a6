/** What a start is asked for against what the folder already holds. */
import { NetworkError } from './errors.js';
import { pathsOf } from './folders.js';
import { pickPortBase } from './processes/ports.js';
import { stopUnrecorded } from './processes/unrecorded.js';
import type { Reporter } from './reporter.js';
import { emptyFolder, stopAll } from './session.js';
import { newState, readState, type NetworkState } from './state-file.js';
import { DEFAULT_PORT_BASE, HIGHEST_PORT_OFFSET, type Consensus } from './layout/topology.js';

const DEFAULT_BLOCK_TIMEOUT_MS = 500;
const BLOCK_TIMEOUT_RANGE_MS = [10, 60_000] as const;
const PORT_RANGE = [1_024, 65_535 - HIGHEST_PORT_OFFSET] as const;

/** Settings that are fixed when a network is made; undefined takes what the folder has, or the default. */
export interface WantedSettings {
  /** 4 BFT orderers instead of 3 Raft orderers. */
  readonly bft?: boolean | undefined;
  /** Port of the first orderer, from which all others keep their distance; `auto` looks for a free block. */
  readonly portBase?: number | 'auto' | undefined;
  /** Longest wait of a transaction for its block, in milliseconds; 500 by default, 200 for interactive use. */
  readonly blockTimeoutMs?: number | undefined;
  /** Peers take transactions of any time, not only of the last or next 15 minutes: to replay recorded months, never in production. */
  readonly anyTime?: boolean | undefined;
}

/**
 * The state to go on from: the folder's own, or a new one where there is none or only a start that never finished.
 * @throws NetworkError BAD_OPTION, OTHER_SETTINGS, FOLDER_NOT_OURS, STATE_DAMAGED
 */
export async function settleState(
  dir: string,
  wanted: WantedSettings,
  reporter: Reporter,
): Promise<NetworkState> {
  requireRange('--port-base', wanted.portBase, PORT_RANGE);
  requireRange('--block-timeout', wanted.blockTimeoutMs, BLOCK_TIMEOUT_RANGE_MS);
  const found = readState(dir);
  if (found !== undefined && found.phase !== 'created') {
    requireSame(dir, found, wanted);
    // A launcher that was killed at the wrong moment may have left a process that would hold a port now.
    await stopUnrecorded(dir, Object.values(found.processes));
    return found;
  }
  if (found !== undefined) {
    await stopAll(dir, found);
    emptyFolder(pathsOf(dir));
    reporter.step('an earlier start was never finished: cleaned up, starting again');
  }
  const consensus: Consensus = wanted.bft === true ? 'bft' : 'raft';
  const portBase = wanted.portBase === 'auto' ? await pickPortBase(consensus) : wanted.portBase;
  return newState({
    consensus,
    portBase: portBase ?? DEFAULT_PORT_BASE,
    blockTimeoutMs: wanted.blockTimeoutMs ?? DEFAULT_BLOCK_TIMEOUT_MS,
    ...(wanted.anyTime === true ? { anyTime: true } : {}),
  });
}

function requireSame(dir: string, found: NetworkState, wanted: WantedSettings): void {
  const pairs: [string, string | number, string | number | undefined][] = [
    ['consensus', found.consensus, wanted.bft === undefined ? undefined : wanted.bft ? 'bft' : 'raft'],
    ['port base', found.portBase, wanted.portBase === 'auto' ? undefined : wanted.portBase],
    ['block timeout (ms)', found.blockTimeoutMs, wanted.blockTimeoutMs],
    [
      'any time',
      String(found.anyTime === true),
      wanted.anyTime === undefined ? undefined : String(wanted.anyTime),
    ],
  ];
  for (const [setting, actual, want] of pairs) {
    if (want !== undefined && want !== actual) {
      throw new NetworkError('OTHER_SETTINGS', { dir, setting, actual, wanted: want });
    }
  }
}

function requireRange(
  option: string,
  actual: number | 'auto' | undefined,
  [low, high]: readonly [number, number],
): void {
  if (typeof actual !== 'number' || (Number.isInteger(actual) && actual >= low && actual <= high)) return;
  throw new NetworkError('BAD_OPTION', { option, expected: `an integer from ${low} to ${high}`, actual });
}
