/**
 * One benchmark: for each repetition a network, a grid, Caliper's rounds in one run of its engine, then the rows of our own
 * client, and a look at what the ledger holds.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { LedgerError } from '@gridveil/client/ledger/ledger-error.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import type { Reporter } from '@gridveil/network/reporter.js';
import { runEngine, type EngineRound } from './engine/run-engine.js';
import { CaliperError } from './errors.js';
import { seededPaillierKey } from './inputs/seeded-key.js';
import type { BenchmarkTarget } from './inputs/target.js';
import { roundCalls } from './inputs/transactions.js';
import {
  runOwnClient,
  type OwnClientGroup,
  type OwnClientRow,
  type OwnClientSizes,
} from './own-client/own-client-rows.js';
import { planSlotBlocks, slotBlockShapes, type SlotBlockRound } from './rounds/slot-block-rounds.js';
import {
  planRounds,
  TotalAllocator,
  type RoundGroup,
  type RoundPlan,
  type RoundSizes,
} from './rounds/plan.js';
import { planSigncryptedBlocks, type SigncryptedBlockRound } from './rounds/signcrypted-block-rounds.js';
import { makeBenchmarkGrid, OWNER_USER } from './setup/benchmark-grid.js';
import {
  openNetwork,
  type BenchmarkNetwork,
  type NetworkChoice,
  type NetworkFacts,
} from './setup/benchmark-network.js';
import { makeBillingAreas } from './setup/billing-areas.js';
import { checkSlotBlocks, type LedgerBytes } from './setup/check-slot-blocks.js';
import { checkSigncryptedBlocks } from './setup/check-signcrypted-blocks.js';
import { checkTotals } from './setup/check-totals.js';
import { makeSigncryptedGrids } from './setup/signcrypted-grids.js';

export interface BenchmarkOptions {
  readonly network: NetworkChoice;
  readonly rounds: ReadonlySet<RoundGroup>;
  readonly ownClient: ReadonlySet<OwnClientGroup>;
  readonly sizes: RoundSizes;
  readonly slotBlocks: readonly SlotBlockRound[];
  readonly signcryptedBlocks: readonly SigncryptedBlockRound[];
  readonly ownClientSizes: OwnClientSizes;
  readonly repeats: number;
  /** Everything but table and baseline is repeated so often at most. */
  readonly longRepeats: number;
  readonly workers: number;
  readonly seed: string;
  readonly modulusBits: number;
  /** Rounds were asked for by name: what cannot run is a mistake, not left out. */
  readonly named: boolean;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

export interface BenchmarkRun {
  readonly network: NetworkFacts;
  readonly caliperRounds: readonly EngineRound[];
  readonly ownClientRows: readonly OwnClientRow[];
  /** Region totals and area totals that were read back and opened. */
  readonly checkedTotals: number;
  /** By label of the round of blocks. */
  readonly ledgerBytes: ReadonlyMap<string, LedgerBytes>;
  /** Bytes of one region total's submission, as the fog node sends it. */
  readonly submissionBytes: number;
  /** Caliper's own report, HTML. */
  readonly caliperReport: string | undefined;
}

/** @throws CaliperError; NetworkError, ClientError and what the ledger refuses */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkRun[]> {
  const { reporter, seed, modulusBits } = options;
  const privateKey = seededPaillierKey(seed, modulusBits);
  reporter.step(`${modulusBits}-bit Paillier key made from seed "${seed}"`);
  const runs: BenchmarkRun[] = [];
  // What is left out of later repetitions needs none.
  const repeats =
    options.rounds.has('table') || options.rounds.has('baseline') ? options.repeats : options.longRepeats;
  for (let repetition = 1; repetition <= repeats; repetition++) {
    if (options.signal?.aborted === true) throw new CaliperError('INTERRUPTED');
    if (repeats > 1) reporter.step(`repetition ${repetition} of ${repeats}`);
    const network = await openNetwork(options.network, reporter, options.signal);
    try {
      runs.push(await new Repetition(options, network, privateKey, repetition).run());
    } finally {
      await network.close();
    }
  }
  return runs;
}

class Repetition {
  #report: string | undefined;

  constructor(
    private readonly options: BenchmarkOptions,
    private readonly network: BenchmarkNetwork,
    private readonly privateKey: PaillierPrivateKey,
    private readonly repetition: number,
  ) {}

  async run(): Promise<BenchmarkRun> {
    const { connection, directory, facts } = this.network;
    const hasBaseline = await this.#requireBaseline();
    if (this.options.network.kind !== 'own') {
      this.options.reporter.step('this leaves a grid and roles of User1 and User2 on the network');
    }
    const target = await makeBenchmarkGrid(directory, connection, this.privateKey, this.options.seed);
    const totals = new TotalAllocator(target);
    const groups = this.#rounds(hasBaseline);
    const turn = this.repetition - 1;
    const writes = planRounds(groups, this.options.sizes, totals, { hasBaseline, turn });
    const blockRounds = [
      ...(groups.has('slot-blocks') ? await this.#slotBlockRounds(target) : []),
      ...(groups.has('signcrypted-blocks') ? await this.#signcryptedRounds(target) : []),
    ];
    // A warm-up alone warms nothing up; blocks have their own.
    const plans = [...(writes.length > 1 ? writes : []), ...blockRounds];
    const ledgers = await this.#fogLedgers(target);
    const caliperRounds = plans.length > 0 ? await this.#caliper(target, plans) : [];
    const ownClientRows = this.#long
      ? await runOwnClient(this.options.ownClient, {
          target,
          totals,
          sizes: this.options.ownClientSizes,
          hasBaseline,
          ledgers,
          processes: this.network.processes,
          onRow: (label) => this.options.reporter.step(`own client: ${label}`),
          signal: this.options.signal,
        })
      : [];
    const blocks = await checkSlotBlocks(connection, this.privateKey, plans);
    const signcrypted = await checkSigncryptedBlocks(connection, plans);
    const regionTotals = await this.#check(target, plans, [...ledgers.values()][0] as Ledger);
    const checkedTotals = regionTotals + blocks.checkedTotals + signcrypted.checkedTotals;
    const ledgerBytes = new Map([...blocks.ledgerBytes, ...signcrypted.ledgerBytes]);
    if (checkedTotals > 0)
      this.options.reporter.step(`${checkedTotals} totals read back and opened: as written`);
    const [first] = roundCalls('region-totals', target, totals.share(1), 0, 1);
    const submissionBytes = Buffer.byteLength(first?.argument ?? '');
    const caliperReport = this.#report;
    return {
      ...{ network: facts, caliperRounds, ownClientRows, checkedTotals, ledgerBytes },
      ...{ submissionBytes, caliperReport },
    };
  }

  async #slotBlockRounds(target: BenchmarkTarget): Promise<RoundPlan[]> {
    const { slotBlocks, reporter, signal } = this.options;
    const shapes = slotBlockShapes(slotBlocks);
    reporter.step(`${shapes.length} areas are being registered for time-of-use billing`);
    const { directory } = this.network;
    const areas = await makeBillingAreas({ directory, target, privateKey: this.privateKey, shapes, signal });
    return planSlotBlocks(slotBlocks, areas);
  }

  async #signcryptedRounds(target: BenchmarkTarget): Promise<RoundPlan[]> {
    const { signcryptedBlocks: shapes, reporter, signal } = this.options;
    reporter.step(`${shapes.length} grids are being registered for signcryption`);
    const { directory } = this.network;
    const grids = await makeSigncryptedGrids({ directory, target, shapes, signal });
    return planSigncryptedBlocks(shapes, grids);
  }

  get #long(): boolean {
    return this.repetition <= this.options.longRepeats;
  }

  #rounds(hasBaseline: boolean): ReadonlySet<RoundGroup> {
    const chosen = [...this.options.rounds].filter((group) => hasBaseline || group !== 'baseline');
    return new Set(this.#long ? chosen : chosen.filter((group) => group === 'table' || group === 'baseline'));
  }

  /** Before anything is written. */
  async #requireBaseline(): Promise<boolean> {
    const { connection, directory } = this.network;
    const [mspId = ''] = Object.keys(connection.organisations);
    const has = await hasBaseline(await directory.connect(mspId, OWNER_USER));
    if (!has && this.options.named && this.options.rounds.has('baseline'))
      throw new CaliperError('NO_BASELINE');
    return has;
  }

  async #fogLedgers({ fogNodes }: BenchmarkTarget): Promise<Map<string, Ledger>> {
    const ledgers = new Map<string, Ledger>();
    for (const { fogNode, mspId, user } of fogNodes) {
      ledgers.set(fogNode, await this.network.directory.connect(mspId, user));
    }
    return ledgers;
  }

  async #caliper(target: BenchmarkTarget, rounds: readonly RoundPlan[]): Promise<EngineRound[]> {
    const folder = mkdtempSync(join(tmpdir(), 'gridveil-caliper-run-'));
    try {
      const measured = await runEngine({
        folder,
        connection: this.network.connection,
        target,
        rounds,
        workers: this.options.workers,
        processes: this.network.processes,
        onRound: (label) => this.options.reporter.step(`Caliper: ${label}`),
        signal: this.options.signal,
      });
      this.#report = reportIn(folder);
      rmSync(folder, { recursive: true });
      return measured.filter(({ plan }) => plan.group !== 'warmup');
    } catch (error) {
      // After a failure its log is what the message points to.
      if (this.options.signal?.aborted === true) rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Every kind of write is looked at: blind ones hold no totals. */
  async #check(target: BenchmarkTarget, plans: readonly RoundPlan[], ledger: Ledger): Promise<number> {
    let checked = 0;
    for (const part of plans.flatMap(({ parts }) => parts)) {
      if (part.kind === 'region-totals') checked += await checkTotals(ledger, this.privateKey, target, part);
    }
    return checked;
  }
}

/** @returns undefined when Caliper could not write it: its figures are ours all the same. */
function reportIn(folder: string): string | undefined {
  const file = join(folder, 'report.html');
  if (!existsSync(file)) return undefined;
  // It prints the configuration with the paths of this machine, its slashes escaped.
  const here = dirname(dirname(__dirname));
  const html = readFileSync(file, 'utf8').replaceAll(here, '.');
  return html.replaceAll(here.replaceAll('/', '&#x2F;'), '.');
}

async function hasBaseline(ledger: Ledger): Promise<boolean> {
  try {
    await ledger.evaluate({ contract: 'baseline', name: 'Get', argument: 'none' });
    return true;
  } catch (error) {
    const refused =
      error instanceof GridveilError || (error instanceof LedgerError && error.code === 'REJECTED');
    if (refused) return false;
    throw error;
  }
}
