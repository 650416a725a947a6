/** The parties of time-of-use billing on a BillingBench: its keys, its ledger, its clock; work that others do in threads is done in place. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeBillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import { findBadReportsOfSlots } from '@gridveil/client/crypto/report-check.js';
import type { JournalOptions } from '@gridveil/client/journal/journal.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { AggregationNode } from '@gridveil/client/parties/aggregation-node.js';
import { Aggregator, type ReportChecker } from '@gridveil/client/parties/aggregator.js';
import type { AggregatorJournal } from '@gridveil/client/parties/aggregator-journal.js';
import { BillReader } from '@gridveil/client/parties/bill-facts.js';
import { BillingMeter } from '@gridveil/client/parties/billing-meter.js';
import { readBilling, type BillingView } from '@gridveil/client/parties/billing-view.js';
import { Disclosures } from '@gridveil/client/parties/disclosures.js';
import type { Enrolment } from '@gridveil/client/parties/enrolment.js';
import { Esp } from '@gridveil/client/parties/esp.js';
import type { CiphertextOpener } from '@gridveil/client/parties/mdms.js';
import { openToy } from './bench-values.js';
import type { BillingBench, MeterId } from './billing-bench.js';
import { TOY_TARIFF_LIMITS } from './contract-bench.js';
import type { FogPerson } from './contract-grid.js';

export class BillingParties {
  /** Every ciphertext that the ESP has decrypted. */
  readonly opened: bigint[] = [];

  private constructor(
    readonly bench: BillingBench,
    readonly view: BillingView,
    /** Of the ESP, to be opened again for a restart. */
    readonly journal: JournalOptions,
    public disclosures: Disclosures,
  ) {}

  static async on(bench: BillingBench): Promise<BillingParties> {
    const view = await readBilling(bench.bench.sessions.customer1, bench.grid.id);
    const journal = { folder: join(bench.bench.folder, `esp-${randomUUID()}`), key: new Uint8Array(32) };
    return new BillingParties(bench, view, journal, await Disclosures.open(journal));
  }

  /** The ESP's process ends, and another one begins where it left off. */
  async restartEsp(): Promise<void> {
    await this.disclosures.close();
    this.disclosures = await Disclosures.open(this.journal);
  }

  close(): Promise<void> {
    return this.disclosures.close();
  }

  /** The meters of the bench as the ESP's installers know them. */
  enrolment(): Enrolment {
    const { scope, meters, minAreaPercent, grid } = this.bench;
    const enrolled = [...meters].map(([meterId, { keys }]): [string, string[]] => [
      meterId,
      [toBase64url(keys.signing.publicKey)],
    ]);
    const { channel } = scope;
    const { minGroup } = grid.parameters;
    return { channel, grid: grid.id, minGroup, minAreaPercent, meters: new Map(enrolled) };
  }

  meter(meterId: MeterId): BillingMeter {
    const { bench } = this;
    const meter = new BillingMeter({
      ...{ meterId, epoch: 1, scope: bench.scope, tariffLimits: TOY_TARIFF_LIMITS },
      key: bench.meters.get(meterId)?.bls as never,
      prove: (energyWh, context) => Promise.resolve(bench.prover.encrypt(energyWh, context)),
    });
    meter.follow(bench.tariff);
    return meter;
  }

  readonly check: ReportChecker = (reports) => {
    const { statement } = this.bench.prover;
    const decoded = reports.map(({ bytes }) => decodeBillingReport(bytes, statement));
    const keys = new Map(decoded.map(({ header }, i) => [header.meterId, reports[i]?.publicKey]));
    return Promise.resolve(
      findBadReportsOfSlots(statement, this.bench.scope, decoded, (meterId) =>
        blsBackend().decodePublicKey(keys.get(meterId) ?? new Uint8Array(), meterId),
      ),
    );
  };

  /** @param term - in which it believes to be in office */
  async aggregator(
    person: FogPerson,
    term = 1,
    check: ReportChecker = this.check,
    journal?: AggregatorJournal,
  ): Promise<Aggregator> {
    const kept = journal === undefined ? {} : { journal };
    const aggregator = new Aggregator({ ...this.#office(person, term), check, ...kept });
    await aggregator.sync();
    return aggregator;
  }

  node(person: FogPerson, term = 1, ledger?: Ledger): AggregationNode {
    return new AggregationNode({
      ...this.#office(person, term),
      ...(ledger === undefined ? {} : { ledger }),
    });
  }

  esp(ledger: Ledger = this.bench.bench.sessions.esp1): Esp {
    const open: CiphertextOpener = (ciphertexts) => {
      this.opened.push(...ciphertexts);
      return Promise.resolve(ciphertexts.map((ciphertext) => openToy(this.bench.bench.key, ciphertext)));
    };
    const { view: billing, disclosures } = this;
    const enrolment = this.enrolment();
    return new Esp({ ledger, billing, enrolment, disclosures, open, tariffLimits: TOY_TARIFF_LIMITS });
  }

  reader(ledger: Ledger = this.bench.bench.sessions.customer1): BillReader {
    return new BillReader(ledger, this.view, this.bench.tariffId);
  }

  #office(person: FogPerson, term: number) {
    const { bench } = this;
    return {
      aggregator: person,
      key: bench.key(person),
      ledger: bench.bench.sessions[person],
      billing: this.view,
      office: { asLeader: <T>(action: (term: number) => Promise<T>) => action(term) },
      nowSeconds: () => bench.bench.clock.nowSeconds,
    };
  }
}

/** A ledger as a liar between it and a party would show it. @param bend - changes the answer of a query by its name */
export function bentLedger(ledger: Ledger, bend: (name: string, result: string) => string): Ledger {
  return answering(ledger, async (transaction) => bend(transaction.name, await ledger.evaluate(transaction)));
}

/** The same with answers to what the ledger itself would refuse. @param lie - of a query, with its argument; undefined for the truth */
export function lyingLedger(
  ledger: Ledger,
  lie: (name: string, argument: Readonly<Record<string, unknown>>) => object | undefined,
): Ledger {
  return answering(ledger, async (transaction) => {
    const answer = lie(transaction.name, JSON.parse(transaction.argument) as Record<string, unknown>);
    return answer === undefined ? ledger.evaluate(transaction) : JSON.stringify(answer);
  });
}

function answering(ledger: Ledger, evaluate: Ledger['evaluate']): Ledger {
  return {
    ...{ kind: ledger.kind, channel: ledger.channel, identity: ledger.identity, evaluate },
    submit: (transaction) => ledger.submit(transaction),
    events: (options) => ledger.events(options),
    close: () => Promise.resolve(),
  };
}
