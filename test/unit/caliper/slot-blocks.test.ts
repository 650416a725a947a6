/** The slot-block rounds: blocks that endorsers accept, the same for the same seed, each slot of an area once. */
import assert from 'node:assert/strict';
import { bytesToBigint, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { BillingMeterRecord } from '@gridveil/chaincode/domain/billing-parties.js';
import { checkBlockSignature, checkPackets, checkProofs } from '@gridveil/chaincode/domain/slot-block.js';
import { checkTariff } from '@gridveil/chaincode/domain/tariff.js';
import {
  areaKey,
  areaMeterId,
  MAX_READING_WH,
  seededBlsKey,
  SLOTS_PER_AREA,
  type BillingArea,
} from '@gridveil/caliper/inputs/billing-area.js';
import { seededPaillierKey } from '@gridveil/caliper/inputs/seeded-key.js';
import {
  seededSlotBlock,
  SeededSlotBlocks,
  slotBlockCall,
} from '@gridveil/caliper/inputs/seeded-slot-blocks.js';
import type { BenchmarkTarget } from '@gridveil/caliper/inputs/target.js';
import { roundCalls, slotBlockOf } from '@gridveil/caliper/inputs/transactions.js';
import {
  FULL_SLOT_BLOCKS,
  planSlotBlocks,
  SHORT_SLOT_BLOCKS,
  slotBlockShapes,
} from '@gridveil/caliper/rounds/slot-block-rounds.js';
import { areaTariff } from '@gridveil/caliper/setup/billing-areas.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import { submitSlotBlock } from '@gridveil/client/ledger/billing-calls.js';
import type { Ledger, Transaction } from '@gridveil/client/ledger/port.js';

const privateKey = seededPaillierKey('test', 512);
const { n, hN } = privateKey.publicKey;

const area = (grid: string, changes: Partial<BillingArea> = {}): BillingArea => ({
  ...{ grid, channel: 'mychannel', n: String(n), hN: String(hN), seed: 'test', term: 1 },
  ...{ meters: 5, proofsCheckedBy: 'endorsers', tariffId: 'ab'.repeat(32) },
  ...{ firstSlot: 29_000_000, slots: SLOTS_PER_AREA },
  aggregator: { fogNode: 'fog-1', mspId: 'Org1MSP', user: 'User2', regions: [] },
  ...changes,
});

describe('caliper: slot blocks', function () {
  this.timeout(60_000);

  it('are what every endorser accepts, and open to the readings that went in', () => {
    const own = area('a');
    const { block, packets, proofs, energyWh } = seededSlotBlock(own, 2);
    const key = areaKey(own);
    const scope = { fingerprint: key.fingerprint, channel: own.channel, grid: own.grid };
    const publicKey = (owner: string): string => toBase64url(seededBlsKey(own.seed, owner).publicKey);
    const meters = new Map<string, BillingMeterRecord>(
      Array.from({ length: own.meters }, (_, i) => {
        const meterId = areaMeterId(i);
        const facts = { plan: 'home', epoch: 1, fromSlot: 0, revoked: false };
        return [meterId, { meterId, publicKey: publicKey(meterId), ...facts }];
      }),
    );
    checkBlockSignature(scope, publicKey('fog-1'), block);
    checkPackets(key, scope, block, packets, meters);
    const { transient = {} } = slotBlockCall(own, { block, packets, proofs, energyWh });
    checkProofs(key, scope, MAX_READING_WH, block.slot, packets, transient['proofs'] ?? new Uint8Array());
    assert.equal(block.slot, own.firstSlot + 2);
    assert.equal(decrypt(privateKey, bytesToBigint(block.areaTotal)), BigInt(energyWh));
    assert.ok(energyWh > 0);
  });

  it('are the same for the same seed, area and slot, whoever makes them and in whatever order', () => {
    const call = (blocks: SeededSlotBlocks, of: BillingArea, index: number) =>
      slotBlockCall(of, blocks.block(of, index));
    const [mine, other] = [
      new SeededSlotBlocks(privateKey.publicKey),
      new SeededSlotBlocks(privateKey.publicKey),
    ];
    const first = call(mine, area('a'), 1);
    call(other, area('b'), 0);
    assert.deepEqual(call(other, area('a'), 1), first);
    for (const different of [
      call(mine, area('a'), 2),
      call(mine, area('b'), 1),
      call(mine, area('a', { seed: 'x' }), 1),
    ])
      assert.notDeepEqual(different.transient?.['packets'], first.transient?.['packets']);
  });

  it('are submitted exactly as an aggregator submits them, with proofs where endorsers check these', async () => {
    for (const proofsCheckedBy of ['endorsers', 'aggregators'] as const) {
      const own = area('a', { proofsCheckedBy });
      const made = seededSlotBlock(own, 0);
      let sent: Transaction | undefined;
      const ledger = {
        submit: (transaction: Transaction) => {
          sent = transaction;
          return Promise.resolve({ transactionId: '', blockNumber: 0, result: '{"status":"accepted"}' });
        },
      } as unknown as Ledger;
      await submitSlotBlock(
        ledger,
        made.block,
        made.packets,
        proofsCheckedBy === 'endorsers' ? made.proofs : undefined,
      );
      assert.deepEqual(slotBlockCall(own, made), sent);
      assert.equal(sent?.transient?.['proofs'] !== undefined, proofsCheckedBy === 'endorsers');
    }
  });

  it('takes every slot of every area once, and no other', () => {
    const areas = slotBlockShapes(SHORT_SLOT_BLOCKS).map((shape, i) =>
      area(`area-${i}`, { ...shape, meters: 1 }),
    );
    const target = {} as BenchmarkTarget;
    const keys = planSlotBlocks(SHORT_SLOT_BLOCKS, areas)
      .flatMap(({ parts }) => parts)
      .flatMap((part) =>
        [0, 1].flatMap((worker) => {
          const each = part.transactions / 2;
          return roundCalls(part.kind, target, part, worker * each, (worker + 1) * each);
        }),
      )
      .map(({ argument }) => {
        const { grid, slot } = JSON.parse(argument) as { grid: string; slot: number };
        return `${grid}/${slot}`;
      });
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(keys.length, areas.length * SLOTS_PER_AREA);
    const share = { firstTotal: 0, transactions: 5, totalsPerTransaction: 1, metersPerTotal: 1 };
    assert.throws(() => slotBlockOf({ ...share, areas: areas.slice(0, 1) }, SLOTS_PER_AREA), RangeError);
  });

  it('has rounds of 20 and of 100 meters that any number of workers can share', () => {
    for (const rounds of [FULL_SLOT_BLOCKS, SHORT_SLOT_BLOCKS])
      for (const { transactions } of rounds) assert.equal(transactions % 20, 0);
    const labels = FULL_SLOT_BLOCKS.filter(({ group }) => group === 'slot-blocks').map(
      ({ label, meters }) => [label, meters],
    );
    assert.deepEqual(labels.slice(0, 1), [['slot-block-20', 20]]);
    assert.ok(labels.some(([label, meters]) => label === 'slot-block-100' && meters === 100));
  });

  it('publishes a tariff that the product accepts, from the next minute but 15 seconds on', () => {
    const table = areaTariff(1_800_000_046, { periodSlots: 40_320, bandSlots: 60, maxSlotAgeSeconds: 60 });
    checkTariff(table);
    assert.equal(table.periodStartSeconds, 1_800_000_120);
  });
});
