/**
 * Time-of-use billing on real Fabric, 2 organisations with 2 peers each and 3 orderers: slot blocks of 100 meters with 3072-bit ciphertexts through the gateway, their packets and proofs as
 * transient data; the period closed, charges summed, submitted and opened. What blocks keep of all that, and what they do not.
 *
 * The clock: a client states a transaction's time, within the fifteen minutes that peers allow. Everything up to the last block is done eight minutes ago, so that the period is over now.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBenchmarkGrid } from '@gridveil/caliper/setup/benchmark-grid.js';
import { areaTariff, makeBillingAreas } from '@gridveil/caliper/setup/billing-areas.js';
import { slotBlockSizes } from '@gridveil/caliper/setup/check-slot-blocks.js';
import {
  areaKey,
  areaMeterId,
  seededBlsKey,
  type BillingArea,
} from '@gridveil/caliper/inputs/billing-area.js';
import { seededPaillierKey } from '@gridveil/caliper/inputs/seeded-key.js';
import { seededSlotBlock, type SeededSlotBlock } from '@gridveil/caliper/inputs/seeded-slot-blocks.js';
import { BLS_SIGNATURE_BYTES } from '@gridveil/chaincode/crypto/bls-suite.js';
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { monthlyCharge } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import type { BillingPacket } from '@gridveil/chaincode/crypto/tou-billing.js';
import { monthlyChargeMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import { storedTotal, type SlotBlockRecord } from '@gridveil/chaincode/domain/slot-block.js';
import { priceMicroPerWh, tariffId, type TariffTable } from '@gridveil/chaincode/domain/tariff.js';
import { openCiphertext, decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import {
  closeBillingPeriod,
  publishAreaOpening,
  publishChargeOpenings,
  submitMonthlyCharges,
  submitSlotBlock,
  sumChargePart,
} from '@gridveil/client/ledger/billing-calls.js';
import { getBill, getSlotBlock, getSlotPackets } from '@gridveil/client/ledger/billing-queries.js';
import { readConnection } from '@gridveil/client/ledger/fabric/connection.js';
import { openFabricDirectory } from '@gridveil/client/ledger/fabric/fabric-directory.js';
import { FabricLedger } from '@gridveil/client/ledger/fabric/fabric-ledger.js';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { stage } from '@gridveil/network/chaincode/stage.js';
import { resetNetwork } from '@gridveil/network/down.js';
import { startNetwork } from '@gridveil/network/up.js';
import { refused } from '../../helpers/refused.js';
import { resumeClock, stopClockAt } from '../../helpers/stated-clock.js';

const METERS = 100;
const BITS = 3072;
const SLOTS = 4;
const AGO_MS = 8 * 60_000;
const TERMS = { periodSlots: SLOTS, bandSlots: 2, maxSlotAgeSeconds: 60 };
const GOAL_RATIO = 1.15;
/** Of the proofs that are looked for. */
const SAMPLED_EVERY = 20;

describe('slot blocks of 100 meters on a real network', function () {
  this.timeout(300_000);
  const work = mkdtempSync(join(tmpdir(), 'gridveil-slot-block-'));
  const dir = join(work, 'network');
  const privateKey = seededPaillierKey('slot-block', BITS);
  let directory: LedgerDirectory;
  let area: BillingArea;
  let tariff: TariffTable;
  let blocks: SeededSlotBlock[];
  let aggregator: FabricLedger;
  let esp: Ledger;

  before(async function () {
    this.timeout(900_000);
    const chaincode = join(work, 'chaincode');
    await stage({ entry: require.resolve('./short-billing-chaincode.js'), out: chaincode });
    const { connectionFile } = await startNetwork({ dir, portBase: 'auto', blockTimeoutMs: 200, chaincode });
    const connection = await readConnection(connectionFile);
    directory = await openFabricDirectory(connectionFile);
    const target = await makeBenchmarkGrid(directory, connection, privateKey, 'slot-block');
    // In the middle of a minute: the tariff begins with the next one.
    const now = Math.floor((Date.now() - AGO_MS) / 60_000) * 60_000 + 30_000;
    stopClockAt(now);
    const shapes = [{ meters: METERS, proofsCheckedBy: 'endorsers' }] as const;
    [area] = (await makeBillingAreas({ directory, target, privateKey, shapes, terms: TERMS })) as [
      BillingArea,
    ];
    tariff = areaTariff(now / 1000, TERMS);
    assert.equal(tariffId(tariff), area.tariffId);
    const { mspId, user } = area.aggregator;
    aggregator = await FabricLedger.connect({ connection, mspId, user });
    esp = await directory.connect('Org1MSP', 'User1');
    blocks = Array.from({ length: SLOTS }, (_, i) => seededSlotBlock(area, i));
  });

  after(async () => {
    resumeClock();
    await aggregator?.close();
    await directory?.close();
    await resetNetwork({ dir });
    rmSync(work, { recursive: true });
  });

  const first = () => blocks[0] as SeededSlotBlock;

  it('refuses a block whose proof was changed, and one without proofs', async () => {
    const { block, packets, proofs } = first();
    const changed = proofs.map((proof, i) =>
      i === 41 ? proof.map((byte, at) => (at === 200 ? byte ^ 1 : byte)) : proof,
    );
    await assert.rejects(
      submitSlotBlock(aggregator, block, packets, changed),
      refused('REPORT_BAD_PROOF', { meterId: areaMeterId(41) }),
    );
    await assert.rejects(submitSlotBlock(aggregator, block, packets, undefined), refused('MISSING_FIELD'));
  });

  it('accepts a block of every slot, and again without writing', async () => {
    for (const { block, packets, proofs } of blocks)
      assert.equal((await submitSlotBlock(aggregator, block, packets, proofs)).status, 'accepted');
    const { block, packets, proofs } = first();
    assert.equal((await submitSlotBlock(aggregator, block, packets, proofs)).status, 'duplicate');
  });

  it('keeps ciphertext and signature of every report, and opens to what was used', async () => {
    for (const { block, packets, energyWh } of blocks) {
      const { blocks: stored } = await getSlotBlock(esp, area.grid, block.slot);
      assert.deepEqual(
        stored.map(({ count }) => count),
        [METERS],
      );
      assert.equal(
        decrypt(privateKey, bytesToBigint(storedTotal(stored[0] as SlotBlockRecord))),
        BigInt(energyWh),
      );
      assert.deepEqual(await getSlotPackets(esp, area.grid, block.slot, 0), packets);
    }
    const { block, energyWh } = first();
    const opening = openCiphertext(privateKey, bytesToBigint(block.areaTotal));
    await publishAreaOpening(esp, area.grid, block.slot, opening);
    assert.equal((await getSlotBlock(esp, area.grid, block.slot)).opening?.energyWh, String(energyWh));
  });

  it(`takes at most ${GOAL_RATIO} times ciphertext and signature on the ledger`, async () => {
    const sizes = await slotBlockSizes(aggregator, area);
    assert.equal(sizes.size, SLOTS);
    const payload = METERS * (areaKey(area).ciphertextBytes + BLS_SIGNATURE_BYTES);
    for (const { transactionBytes } of sizes.values())
      assert.ok(
        transactionBytes <= GOAL_RATIO * payload,
        `${transactionBytes} bytes are ${transactionBytes / payload} of ${payload}`,
      );
  });

  it('leaves no range proof of a sample in any file of any node, and every ciphertext once in each block store', () => {
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const stores: number[] = [];
    for (const { parentPath, name } of files) {
      const content = readFileSync(join(parentPath, name));
      for (const { proofs } of blocks)
        for (const proof of proofs.filter((_, i) => i % SAMPLED_EVERY === 0))
          assert.ok(!content.includes(Buffer.from(proof.subarray(0, 64))), `${name} has a proof`);
      if (/^blockfile_/.test(name) && content.includes('SubmitSlotBlock'))
        stores.push(
          ...blocks.flatMap(({ packets }) =>
            packets.map(({ ciphertext }) => occurrences(content, ciphertext)),
          ),
        );
    }
    // Four peers and three orderers.
    assert.equal(stores.length, 7 * SLOTS * METERS);
    assert.ok(stores.every((count) => count === 1));
  });

  it('closes the period, sums, charges, opens: every bill is the clear one', async () => {
    await assert.rejects(closeBillingPeriod(esp, area.grid, area.tariffId, SLOTS), refused('PERIOD_OPEN'));
    resumeClock();
    const { grid } = area;
    const office = { grid, aggregator: area.aggregator.fogNode, term: area.term, tariffId: area.tariffId };
    await closeBillingPeriod(esp, grid, area.tariffId, SLOTS);
    const { aggregator: name, tariffId: tariffName } = office;
    await sumChargePart(aggregator, { grid, aggregator: name, tariffId: tariffName, part: 0 });
    const charges = Array.from({ length: METERS }, (_, i) => chargeOf(areaMeterId(i)));
    await submitMonthlyCharges(aggregator, office, charges);
    const [own] = charges as [(typeof charges)[0]];
    const opening = openCiphertext(privateKey, bytesToBigint(own.charge));
    await publishChargeOpenings(esp, grid, area.tariffId, [{ meterId: own.meterId, ...opening }]);
    const clear = blocks.reduce((sum, { block, packets }) => {
      const energyWh = decrypt(privateKey, bytesToBigint(ciphertextOf(packets, own.meterId)));
      return sum + energyWh * BigInt(priceMicroPerWh(tariff, block.slot));
    }, 0n);
    assert.ok(clear > 0n);
    assert.equal((await getBill(esp, grid, area.tariffId, own.meterId)).opening?.chargeMicro, String(clear));
  });

  /** Cha_i of Eq. (13) from the meter's packets, signed by the aggregator. */
  function chargeOf(meterId: string) {
    const { publicKey } = privateKey;
    const priced = blocks.map(({ block, packets }) => ({
      priceMicroPerWh: priceMicroPerWh(tariff, block.slot),
      ciphertext: ciphertextOf(packets, meterId),
    }));
    const charge = encodeCiphertext(publicKey, monthlyCharge(publicKey, meterId, priced));
    const { channel, grid, seed, term } = area;
    const scope = { fingerprint: publicKey.fingerprint, channel, grid };
    const office = { aggregator: area.aggregator.fogNode, term };
    const facts = { charge, slots: SLOTS, missing: [] };
    const message = monthlyChargeMessage(scope, office, { meterId, tariffId: area.tariffId }, facts);
    return { meterId, charge, signature: seededBlsKey(seed, office.aggregator).sign(message) };
  }
});

function ciphertextOf(packets: readonly BillingPacket[], meterId: string): Uint8Array {
  const packet = packets.find((each) => each.meterId === meterId);
  assert.ok(packet, meterId);
  return packet.ciphertext;
}

function occurrences(content: Buffer, bytes: Uint8Array): number {
  let count = 0;
  for (let at = content.indexOf(bytes); at !== -1; at = content.indexOf(bytes, at + 1)) count++;
  return count;
}
