/** A field of real programs under traffic, on either ledger, to be broken and judged. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { readKeyFile } from '@gridveil/client/crypto/paillier-key-file.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { readGridFile } from '@gridveil/client/programs/meters-program.js';
import { readFogIdentity, readMeterSecrets } from '@gridveil/client/programs/secret-files.js';
import type { GridView } from '@gridveil/client/parties/grid-view.js';
import { Field } from '../helpers/field.js';
import { openDirectory } from './field-ledger.js';
import { RegionTraffic } from './region-traffic.js';
import { drawing } from './seeded-random.js';
import { auditViolations, judge, placeOf, readLedger, type Verdict } from './verdict.js';

export const FOGS = ['fog-1', 'fog-2', 'fog-3'] as const;
const METERS_PER_REGION = 5;
const MIN_GROUP = 3;
/** 2024-01-01 in half hours. */
const FIRST_SLOT = Date.UTC(2024, 0, 1) / 1_800_000;
const CIPHERTEXTS_PER_DIGIT = 8;
const SETTLE_MS = 120_000;

export interface FieldRunOptions {
  /** Connection file of a Fabric network; an embedded ledger without it. */
  readonly connection?: string;
  readonly portBase: number;
  readonly seed: string;
  /** Whether fog nodes elect a leader and an MDMS opens totals. */
  readonly opens: boolean;
  /** Pause between the slots of a region. */
  readonly everyMs: number;
}

export class FieldRun {
  readonly random: () => number;
  readonly field: Field;
  readonly #options: FieldRunOptions;
  #traffic: readonly RegionTraffic[] = [];
  #flow: Promise<unknown> = Promise.resolve();
  readonly #stop = new AbortController();

  private constructor(field: Field, options: FieldRunOptions) {
    this.field = field;
    this.#options = options;
    this.random = drawing(options.seed);
  }

  /** Makes the field, registers it and starts all its programs and its traffic. */
  static async open(options: FieldRunOptions): Promise<FieldRun> {
    const meters = ['--fog-nodes', String(FOGS.length), '--meters', String(FOGS.length * METERS_PER_REGION)];
    const quick = ['--bits', '2048', '--grace', '1', '--slots', '1', '--port-base', String(options.portBase)];
    const ledger = options.connection === undefined ? [] : ['--connection', options.connection];
    const run = new FieldRun(await Field.make(...meters, ...quick, ...ledger), options);
    try {
      await run.#start();
      return run;
    } catch (error) {
      await run.close();
      throw error;
    }
  }

  get usesFabric(): boolean {
    return this.#options.connection !== undefined;
  }

  get traffic(): readonly RegionTraffic[] {
    return this.#traffic;
  }

  get inFlight(): number {
    return this.#traffic.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  get receiptsFile(): string {
    return join(this.field.folder, 'meters', 'receipts.jsonl');
  }

  async #start(): Promise<void> {
    const { field } = this;
    const { opens } = this.#options;
    await field.configure('registry', ({ grid }) => ({ grid: { ...(grid as object), minGroup: MIN_GROUP } }));
    for (const fog of FOGS)
      await field.configure(fog, () => ({
        graceSeconds: 0.3,
        stepSeconds: 0.1,
        leads: opens,
        logLevel: 'info',
      }));
    if (!this.usesFabric) await field.start('ledger');
    await field.run('registry', '--config', field.config('registry'));
    await Promise.all([...FOGS, ...(opens ? ['mdms'] : [])].map((party) => field.start(party)));
    this.#traffic = await this.#openTraffic();
    this.#flow = Promise.all(this.#traffic.map((each) => each.run(this.#stop.signal)));
    this.#flow.catch(() => undefined); // awaited when it is stopped
  }

  async #openTraffic(): Promise<RegionTraffic[]> {
    const { folder } = this.field;
    const grid = await this.grid();
    const { meters } = await readMeterSecrets(join(folder, 'meters', 'secrets.json'));
    const ciphertexts = this.#ciphertexts(grid);
    return Promise.all(
      FOGS.map(async (fog) => {
        const identity = await readFogIdentity(join(folder, fog, 'fog-node.json'));
        const own = meters.filter(({ region }) => identity.regions.includes(region));
        return new RegionTraffic({
          grid,
          fog: identity,
          meters: own,
          ciphertexts,
          random: drawing(this.#options.seed, fog),
          firstSlot: FIRST_SLOT,
          everyMs: this.#options.everyMs,
          receiptsFile: this.receiptsFile,
        });
      }),
    );
  }

  #ciphertexts({ publicKey }: GridView): (digit: number) => Uint8Array {
    const encryptor = new PaillierEncryptor(publicKey);
    const pool = Array.from({ length: METERS_PER_REGION }, (_, digit) =>
      Array.from({ length: CIPHERTEXTS_PER_DIGIT }, () =>
        encodeCiphertext(publicKey, encryptor.encrypt(4n ** BigInt(digit))),
      ),
    );
    return (digit) => pool[digit]?.[Math.floor(Math.random() * CIPHERTEXTS_PER_DIGIT)] as Uint8Array;
  }

  grid(): Promise<GridView> {
    return readGridFile(join(this.field.folder, 'grid.json'));
  }

  /** A session of the auditor. */
  async withLedger<T>(use: (ledger: Ledger) => Promise<T>): Promise<T> {
    const directory = await openDirectory(this.field, this.#options.connection);
    try {
      return await use(await directory.connect('Org1MSP', 'User1'));
    } finally {
      await directory.close();
    }
  }

  /** Ends the traffic when all of it is answered; every program must run. */
  async stopTraffic(): Promise<void> {
    this.#stop.abort();
    await this.#flow;
  }

  /** Waits until the ledger has a total for everything that was receipted, and says what is wrong with it. */
  async verdict(): Promise<Verdict> {
    const { record } = await this.grid();
    const key = await readKeyFile(join(this.field.folder, 'mdms', 'key.json'));
    const receipted = this.#traffic.flatMap(({ region, slots }) =>
      [...slots].filter(([, sent]) => sent.receipted.size > 0).map(([slot]) => placeOf(region, slot)),
    );
    const giveUpAt = performance.now() + SETTLE_MS;
    const contents = await this.withLedger(async (ledger) => {
      for (;;) {
        const found = await readLedger(ledger, record.grid);
        const complete = receipted.every((place) => found.totals.has(place));
        if (complete || performance.now() > giveUpAt) return found;
        await sleep(500);
      }
    });
    const judged = await judge(contents, this.#traffic, key, MIN_GROUP);
    const audit = auditViolations(await this.field.audit());
    return { ...judged, violations: [...judged.violations, ...audit, ...this.#noise()] };
  }

  /** Lines of programs that are no log: stacks of crashes. */
  #noise(): string[] {
    return this.field.programs
      .filter(({ name }) => name !== 'init')
      .flatMap(({ name, noise }) => noise.map((line) => `${name} wrote: ${line}`))
      .slice(0, 5);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.field.remove();
    await this.#flow.catch(() => undefined);
  }
}
