import assert from 'node:assert/strict';
import { ContractBench, isQuery, type TransactionName } from '../helpers/contract-bench.js';
import type { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { AggregationContract } from '@gridveil/chaincode/contracts/aggregation.js';
import { BillingRecordsContract } from '@gridveil/chaincode/contracts/billing-records.js';
import { BillingContract } from '@gridveil/chaincode/contracts/billing.js';
import { ChargesContract } from '@gridveil/chaincode/contracts/charges.js';
import { LeadershipContract } from '@gridveil/chaincode/contracts/leadership.js';
import { RegistryContract } from '@gridveil/chaincode/contracts/registry.js';
import { transactionsOf } from '../helpers/access-table.js';
import { BillingBench, METERS } from '../helpers/billing-bench.js';
import { replayElsewhere, type Outcome, type Replay } from './replay.js';

/** Every transaction at least once; what is refused, repeated or in conflict, too. */
async function liveOnGrid(bench: ContractBench): Promise<void> {
  const { subject } = bench.sessions.stranger2.identity;
  const grant = { subject, role: 'auditor' };
  await bench.call('admin2', 'registry:GrantRole', grant);
  await bench.call('admin2', 'registry:GrantRole', grant);
  await bench.call('admin2', 'registry:RevokeRole', grant);
  const grid = await bench.grid({ regions: ['north', 'south', 'west', 'ı-İ-ß-Ω'] });
  const at = { grid: grid.id };
  await bench.call('registrar1', 'registry:RegisterFogNode', {
    ...grid.fogNodeRegistration('fogC', 'ı-İ-ß-Ω'),
    fogNode: 'fogD',
  });
  const meters = ['i', 'I', 'ı', 'İ', 'ä', 'z', '10', '9'].map((id) => ({ ...grid.meter(id, 'north') }));
  await bench.call('registrar1', 'registry:RegisterMeters', { ...at, meters });
  await bench.call('registrar1', 'registry:RevokeMeter', { ...at, meterId: 'z' });
  await bench.refuses('METER_UNKNOWN', 'auditor1', 'registry:GetMeter', { ...at, meterId: 'Ä' });
  for (const name of ['GetMeter', 'GetFogNode', 'GetGrid', 'ListGrids', 'ListFogNodes', 'ListMeters']) {
    const facts = { GetMeter: { meterId: 'İ' }, GetFogNode: { fogNode: 'fogD' } }[name];
    const page = name.startsWith('List') ? { pageSize: 5 } : {};
    const argument = { ...(name === 'ListGrids' ? {} : at), ...facts, ...page };
    await bench.call('fogB', `registry:${name}`, argument);
  }

  const { slot } = bench;
  await bench.call('fogA', 'leadership:StartElection', grid.term('fogA', 1));
  await bench.call('fogB', 'leadership:CastVote', { ...grid.term('fogB', 1), candidate: 'fogA' });
  await bench.refuses('NO_MAJORITY', 'fogA', 'leadership:ClaimLeadership', grid.term('fogA', 1));
  await bench.call('fogC', 'leadership:CastVote', { ...grid.term('fogC', 1), candidate: 'fogA' });
  await bench.call('fogA', 'leadership:ClaimLeadership', grid.term('fogA', 1));
  await bench.call('fogA', 'leadership:RenewLease', grid.term('fogA', 1));
  await bench.call('fogA', 'leadership:GetLeadership', at);

  const settled = await bench.grid();
  const regions = await settled.settledSlot(slot);
  const conflicting = settled.total('north', slot, { sum: 2, count: 3 });
  const submission = settled.submission(
    'fogA',
    conflicting,
    settled.total('north', slot - 1, { sum: 2, count: 4 }),
  );
  await bench.call('fogA', 'aggregation:SubmitRegionTotals', submission);
  await bench.call('fogA', 'aggregation:SubmitTotal', settled.totalSubmission(regions));
  const opening = settled.openingSubmission(regions);
  const wrong = { ...opening, m: opening.m + 1n };
  await bench.refuses('WRONG_OPENING', 'mdms1', 'aggregation:PublishOpening', wrong);
  await bench.call('mdms1', 'aggregation:PublishOpening', opening);
  const silent = { grid: settled.id, region: 'north', slot: slot - 2, reason: 'missing' };
  await bench.call('mdms1', 'aggregation:WithholdRegion', silent);
  const handedOn = { grid: settled.id, region: 'north', fogNode: 'fogB' };
  await bench.call('registrar1', 'registry:AssignRegion', handedOn);
  const where = { grid: settled.id, slot };
  await bench.call('fogC', 'aggregation:GetSlot', where);
  await bench.call('fogC', 'aggregation:GetConsumption', { ...where, region: 'west' });
  await bench.call('fogC', 'aggregation:GetRegionTotal', { ...where, region: 'west' });
  for (const list of ['ListRegionTotals', 'ListTotals', 'ListOpenings', 'ListConflicts']) {
    const page = { grid: settled.id, fromSlot: 0, pageSize: 2 };
    await bench.call('auditor2', `aggregation:${list}`, page);
  }
}

/** The same for billing: a period with a missing slot, a supplement and a second block, billed, opened and contested. */
async function billOnGrid(bench: ContractBench): Promise<void> {
  const tariff = { missingSlotRule: 'fixed', maxMissingSlots: 1, missingEstimateWh: 444 } as const;
  const billing = await BillingBench.open(bench, { tariff });
  const { firstSlot } = billing;
  const sent = await billing.reportPeriod((meterId, position) =>
    meterId === 'm1' && position === 2 ? undefined : position * 11,
  );
  await billing.submit(firstSlot, [billing.report('m2', firstSlot, 5)]);
  const other = await BillingBench.open(bench, { proofsCheckedBy: 'aggregators', minAreaPercent: 75 });
  const reports = METERS.map((meterId) => other.report(meterId, other.firstSlot, 7));
  other.passSlot(other.firstSlot);
  await other.submit(other.firstSlot, reports.slice(0, 3));
  await other.submit(other.firstSlot, reports.slice(3), { part: 1 });
  const opening = other.areaOpening(other.firstSlot, reports.slice(0, 3));
  await bench.call('esp1', 'billing:PublishAreaOpening', opening);
  await billing.closeAndSum();
  const missing = [{ slot: firstSlot + 2, energyWh: 444 }];
  const record = billing.missingSlots([{ meterId: 'm1', missing }]);
  await bench.call('fogA', 'charges:RecordMissingSlots', record);
  const missingOf = (meterId: string) => (meterId === 'm1' ? missing : []);
  const charges = [...sent].map(([meterId, slots]) => ({
    meterId,
    charge: billing.charge(meterId, billing.withEstimates(slots, missingOf(meterId))),
  }));
  await bench.call('fogA', 'charges:SubmitMonthlyCharges', billing.monthlyCharges(charges, missingOf));
  await bench.call('esp1', 'charges:PublishChargeOpenings', billing.chargeOpenings(charges));
  await bench.call('customer1', 'charges:OpenDispute', billing.dispute('m1', 'ı-İ-ß-Ω'));
  const bill = { grid: billing.grid.id, tariffId: billing.tariffId, meterId: 'm1' };
  const finding = { finding: 'bill-stands', explanation: 'as signed' };
  await bench.call('auditor2', 'charges:ResolveDispute', { ...bill, ...finding });
  await bench.call('customer1', 'billing-records:GetBill', bill);
}

/** Notes down every proposal that is made on the ledger. */
function record(ledger: EmbeddedLedger, tape: Uint8Array[]): void {
  const propose = ledger.propose.bind(ledger);
  ledger.propose = (creator, args, transient) => {
    const proposal = propose(creator, args, transient);
    tape.push(proposal.bytes);
    return proposal;
  };
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

function environment(own: Readonly<Record<string, string>>): [string, string][] {
  const noise = Array.from({ length: 20 }, (_, i) => [`NOISE_${i}`, String(Math.random())] as const);
  const path = process.env['PATH'] ?? '';
  return shuffled([...Object.entries({ PATH: path, ...own }), ...noise]) as [string, string][];
}

describe('determinism (TX-3)', function () {
  this.timeout(120_000);
  let bench: ContractBench;
  let here: Replay;
  let there: Replay;
  let transactions: number;

  before(async () => {
    const tape: Uint8Array[] = [];
    bench = await ContractBench.open((ledger) => record(ledger, tape));
    await liveOnGrid(bench);
    await billOnGrid(bench);
    transactions = tape.length;
    [here, there] = await Promise.all([
      replayElsewhere(
        tape,
        environment({
          TZ: 'Pacific/Kiritimati',
          LANG: 'de_DE.UTF-8',
          LC_ALL: 'de_DE.UTF-8',
          LC_NUMERIC: 'de_DE',
        }),
      ),
      replayElsewhere(
        tape,
        environment({ TZ: 'America/St_Johns', LANG: 'tr_TR.UTF-8', LC_ALL: 'en_US.UTF-8' }),
      ),
    ]);
  });
  after(() => bench.close());

  it('runs the same transactions in different surroundings', () => {
    for (const field of ['minutesFromUtc', 'aNumber', 'environment'] as const)
      assert.notEqual(here.surroundings[field], there.surroundings[field], field);
    assert.equal(here.outcomes.length, transactions);
  });

  it('gives identical write sets, results, events and refusals in both', () => {
    for (const [i, outcome] of here.outcomes.entries()) assert.deepEqual(outcome, there.outcomes[i]);
  });

  it('gives the write sets and events that the ledger committed', () => {
    const replayed = new Map(here.outcomes.map((outcome) => [outcome.transactionId, outcome]));
    let writing = 0;
    for (const { transactions } of bench.ledger.blocks())
      for (const { transactionId, writeSet, event } of transactions) {
        const outcome = replayed.get(transactionId);
        assert.equal(outcome?.writeSet, Buffer.from(writeSet).toString('base64'));
        const reported = event ? `${event.name} ${Buffer.from(event.payload).toString()}` : '';
        assert.equal(outcome?.event, reported);
        if (writeSet.length > 0) writing++;
      }
    assert.ok(writing > 30, `${writing} transactions wrote something`);
  });

  it('has seen every transaction write, and refusals', () => {
    const names = transactionsOf({
      registry: RegistryContract,
      leadership: LeadershipContract,
      aggregation: AggregationContract,
      billing: BillingContract,
      charges: ChargesContract,
      'billing-records': BillingRecordsContract,
    });
    const events = new Set(here.outcomes.map(({ event }) => event.split(' ')[0]));
    assert.equal(events.size - 1, names.filter((name) => !isQuery(name as TransactionName)).length);
    const refused = here.outcomes
      .filter(({ status }: Outcome) => status >= 400)
      .map(({ message }) => message);
    assert.equal(refused.length, 3, refused.join('\n'));
  });
});
