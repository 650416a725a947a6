/** An aggregator that is killed at any point between a report and its block: what has a receipt is on the ledger in the end, once. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
// First: it silences the contracts' decorators.
import { ContractBench, TOY_CONTRACTS } from '../../helpers/contract-bench.js';
import { BillingBench, METERS } from '../../helpers/billing-bench.js';
import { JournalFolders } from '../../helpers/journal-folder.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { makeBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import type { CrashPoint } from '@gridveil/client/journal/crash-point.js';
import { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { getSlotBlock, getSlotPackets } from '@gridveil/client/ledger/billing-queries.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { readBilling, type BillingView } from '@gridveil/client/parties/billing-view.js';
import { decodeBillingAnswers } from '@gridveil/client/parties/fog-messages.js';
import { ReceiptBook } from '@gridveil/client/parties/receipt-book.js';
import type { ProcessCommand, ProcessSettings } from './aggregator-process.js';

const PROGRAM = join(__dirname, 'aggregator-process.js');

class AggregatorProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(settings: ProcessSettings, crashAt?: string) {
    const env = { ...process.env, ...(crashAt === undefined ? {} : { GRIDVEIL_CRASH_AT: crashAt }) };
    this.child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], { env });
    this.child.stderr.on('data', (text: Buffer) => (this.#errors += text.toString()));
    // Writing to a process that has just died.
    this.child.stdin.on('error', () => undefined);
    this.#lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  /** @returns undefined when it died over it. */
  async ask(command: ProcessCommand): Promise<string | undefined> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    const { done, value } = (await this.#lines.next()) as IteratorResult<string, undefined>;
    return done === true ? undefined : value;
  }

  /** @returns the signal it ended by. */
  async end(): Promise<NodeJS.Signals | null> {
    const ended = this.child.exitCode !== null || this.child.signalCode !== null;
    if (!ended) {
      const closed = once(this.child, 'close');
      this.child.stdin.end();
      await closed;
    }
    assert.ok(this.child.signalCode === 'SIGKILL' || this.child.exitCode === 0, this.#errors);
    return this.child.signalCode;
  }
}

describe('an aggregator that is killed', function () {
  this.timeout(120_000);
  const folders = new JournalFolders();
  let bench: ContractBench;
  let billing: BillingBench;
  let view: BillingView;
  let settings: Omit<ProcessSettings, 'journal' | 'nowSeconds'>;
  let slot: number;

  before(async () => {
    bench = await ContractBench.open();
    billing = await BillingBench.open(bench);
    view = await readBilling(bench.sessions.customer1, billing.grid.id);
    slot = billing.firstSlot - 1;
    const key = Buffer.from(billing.key('fogA').exportScalar()).toString('hex');
    settings = { ledger: bench.folder, grid: billing.grid.id, key };
    await bench.ledger.close();
  });
  after(async () => {
    await folders.remove();
    await rm(bench.folder, { recursive: true, force: true });
  });

  const reportOf = (meterId: string): Uint8Array => {
    const bls = billing.meters.get(meterId)?.bls;
    assert.ok(bls);
    return makeBillingReport(billing.prover, bls, billing.header(meterId, slot), 7);
  };

  /** Reads the ledger while no aggregator has it. */
  async function onLedger<T>(read: (ledger: Ledger) => Promise<T>): Promise<T> {
    const embedded = await EmbeddedLedger.open({ folder: bench.folder, contracts: TOY_CONTRACTS });
    try {
      return await read(embedded.connect(await embedded.membership.enrol('Org1MSP', 'customer1')));
    } finally {
      await embedded.close();
    }
  }

  interface Died {
    /** What the meters hold receipts for. */
    readonly book: ReceiptBook;
    readonly settings: ProcessSettings;
  }

  /** Meters report one after the other until the aggregator is dead; then the block is asked for. */
  async function runUntilDeath(crashAt: string | undefined, killAfter = Infinity): Promise<Died> {
    slot++;
    const nowSeconds = (slot + 1) * billing.tariff.slotSeconds + 5;
    const own = { ...settings, journal: await folders.make(), nowSeconds };
    const aggregator = new AggregatorProcess(own, crashAt);
    const book = new ReceiptBook(view);
    const key = blsBackend().decodePublicKey(billing.key('fogA').publicKey, 'The key');
    let receipts = 0;
    for (const meterId of METERS) {
      const report = reportOf(meterId);
      const answer = await aggregator.ask({ reports: [Buffer.from(report).toString('base64')] });
      if (answer === undefined) break;
      book.keep('fogA', key, [report], decodeBillingAnswers(utf8(answer)));
      if (++receipts === killAfter) aggregator.child.kill('SIGKILL');
    }
    await aggregator.ask({ block: slot });
    assert.equal(await aggregator.end(), 'SIGKILL');
    return { book, settings: own };
  }

  async function check({ book, settings: own }: Died, expected: readonly string[]): Promise<void> {
    const receipted = METERS.flatMap((meterId) => book.of(meterId));
    const next = new AggregatorProcess(own);
    await next.ask({ block: slot });
    assert.equal(await next.end(), null);
    const blocks = await onLedger(async (ledger) => {
      const { blocks: all } = await getSlotBlock(ledger, own.grid, slot);
      return Promise.all(all.map(({ part }) => getSlotPackets(ledger, own.grid, slot, part)));
    });
    assert.equal(blocks.length, 1);
    const packets = blocks.flat();
    for (const { packet } of receipted)
      assert.deepEqual(
        packets.filter(({ meterId }) => meterId === packet.meterId).map(({ signature }) => signature),
        [packet.signature],
        `the receipted report of ${packet.meterId}`,
      );
    assert.deepEqual(
      packets.map(({ meterId }) => meterId),
      expected,
    );
  }

  it('from outside, after two receipts', async () => {
    const died = await runUntilDeath(undefined, 2);
    assert.equal(died.book.of('m2').length, 1);
    await check(died, ['m1', 'm2']);
  });

  const cases: readonly (readonly [CrashPoint, number, receipts: number, onLedger: number])[] = [
    ['journal-before-sync', 3, 2, 3],
    ['aggregator-before-receipt', 3, 2, 3],
    ['aggregator-after-receipt', 3, 2, 3],
    ['aggregator-after-block', 1, 4, 4],
  ];
  for (const [point, times, receipts, reports] of cases)
    it(`at ${point}`, async () => {
      const died = await runUntilDeath(`${point}:${times}`);
      assert.equal(METERS.flatMap((meterId) => died.book.of(meterId)).length, receipts);
      await check(died, METERS.slice(0, reports));
    });
});
