/** Embedded ledgers in temporary folders that are removed after the test file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EmbeddedLedger,
  type EmbeddedLedgerOptions,
} from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import type { Proposal } from '@gridveil/client/ledger/embedded/proposal.js';
import type { Simulation } from '@gridveil/client/ledger/embedded/simulation.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { ConformanceContract } from '../../../integration/ledger/conformance-contract.js';

const folders: string[] = [];
const ledgers: EmbeddedLedger[] = [];

after(async () => {
  await Promise.all(ledgers.splice(0).map((ledger) => ledger.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gridveil-embedded-'));
  folders.push(folder);
  return folder;
}

/** A ledger with the conformance contract and the determinism check, unless told otherwise. */
export async function openLedger(options: Partial<EmbeddedLedgerOptions> = {}): Promise<EmbeddedLedger> {
  const folder = options.folder ?? (await temporaryFolder());
  const ledger = await EmbeddedLedger.open({
    contracts: [ConformanceContract],
    checkDeterminism: true,
    ...options,
    folder,
  });
  ledgers.push(ledger);
  return ledger;
}

export async function connectUser(
  ledger: EmbeddedLedger,
  name = 'User1',
  mspId = 'Org1MSP',
): Promise<Ledger> {
  return ledger.connect(await ledger.membership.enrol(mspId, name));
}

export async function propose(ledger: EmbeddedLedger, name: string, argument: string): Promise<Proposal> {
  const creator = await ledger.membership.enrol('Org1MSP', 'User1');
  return ledger.propose(creator, [`conformance:${name}`, argument]);
}

/** Simulates a transaction of the conformance contract on the current state. */
export async function simulate(ledger: EmbeddedLedger, name: string, argument: string): Promise<Simulation> {
  return ledger.simulate((await propose(ledger, name, argument)).bytes);
}

export const entry = (key: string, value: string): string => JSON.stringify({ key, value });
