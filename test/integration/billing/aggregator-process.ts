/**
 * An aggregator with a journal, on an embedded ledger in a folder, in office in term 1. Reads one JSON object a line: `{"reports": […]}` is handled and answered with a line,
 * `{"block": slot}` is submitted and let go. Arguments: one JSON object, `ProcessSettings`. Started by aggregator-kill.test.ts, which kills it.
 */
import { createInterface } from 'node:readline';
// First: it silences the contracts' decorators.
import { TOY_CONTRACTS } from '../../helpers/contract-bench.js';
import { JOURNAL_KEY } from '../../helpers/journal-folder.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { rangeStatement } from '@gridveil/chaincode/crypto/range-proof-statement.js';
import { decodeBillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import { BlsKey } from '@gridveil/client/crypto/bls-key.js';
import { findBadReportsOfSlots } from '@gridveil/client/crypto/report-check.js';
import { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { AggregatorJournal } from '@gridveil/client/parties/aggregator-journal.js';
import { Aggregator, type ReportChecker } from '@gridveil/client/parties/aggregator.js';
import { readBilling, type BillingView } from '@gridveil/client/parties/billing-view.js';
import { BILLING_REPORT_BATCH, encodeReportBatch } from '@gridveil/client/parties/fog-messages.js';

export interface ProcessSettings {
  readonly ledger: string;
  readonly journal: string;
  readonly grid: string;
  readonly nowSeconds: number;
  /** Scalar of the aggregator's BLS key, hex. */
  readonly key: string;
}

export type ProcessCommand = { readonly reports: readonly string[] } | { readonly block: number };

function checkerOf({ publicKey, record, scope }: BillingView): ReportChecker {
  const statement = rangeStatement(publicKey, record.maxReadingWh);
  return (reports) => {
    const decoded = reports.map(({ bytes }) => decodeBillingReport(bytes, statement));
    const keys = new Map(decoded.map(({ header }, i) => [header.meterId, reports[i]?.publicKey]));
    const keyOf = (meterId: string) =>
      blsBackend().decodePublicKey(keys.get(meterId) ?? new Uint8Array(), meterId);
    return Promise.resolve(findBadReportsOfSlots(statement, scope, decoded, keyOf));
  };
}

async function main(settings: ProcessSettings): Promise<void> {
  const { ledger: folder, journal, grid, nowSeconds, key } = settings;
  const now = () => new Date(nowSeconds * 1000);
  const embedded = await EmbeddedLedger.open({ folder, contracts: TOY_CONTRACTS, now });
  const ledger = embedded.connect(await embedded.membership.enrol('Org1MSP', 'fogA'));
  const billing = await readBilling(ledger, grid);
  const aggregator = new Aggregator({
    ...{ aggregator: 'fogA', ledger, billing },
    key: new BlsKey(new Uint8Array(Buffer.from(key, 'hex'))),
    office: { asLeader: (action) => action(1) },
    check: checkerOf(billing),
    journal: await AggregatorJournal.open({ folder: journal, key: JOURNAL_KEY }, billing.publicKey),
    nowSeconds: () => nowSeconds,
  });
  await aggregator.sync();
  for await (const line of createInterface(process.stdin)) {
    const command = JSON.parse(line) as ProcessCommand;
    if ('block' in command) {
      const receipt = await aggregator.submitSlot(command.block);
      await aggregator.forgetReports([command.block]);
      process.stdout.write(`${JSON.stringify({ block: receipt?.status ?? null })}\n`);
    } else {
      const reports = command.reports.map((report) => new Uint8Array(Buffer.from(report, 'base64')));
      const answer = await aggregator.handle(encodeReportBatch(reports, BILLING_REPORT_BATCH));
      process.stdout.write(`${Buffer.from(answer).toString()}\n`);
    }
  }
  await embedded.close();
}

void main(JSON.parse(process.argv[2] ?? '') as ProcessSettings);
