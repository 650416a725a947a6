/** T002-C, break B2.11: what meters measure, what their limits and their users' wishes are, and what is wrong with a device is nowhere on the ledger. Canaries are looked for in every encoding. */
import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import { SigncryptionBench } from '../helpers/signcryption-bench.js';
import { encodeSealedJson } from '@gridveil/client/parties/sealed-texts.js';

/** Numbers and words that appear nowhere else. */
const ENERGY_WH = 271_828_182;
const POWER_W = 314_159_265;
const LIMIT_W = 662_607;
const SAVING_W = 299_792;
const DEVICE = 'canary-heat-pump';
const PLACE = 'canary street 7';

/** Four bytes as a report has them, decimal digits, and text, each also as base64url in any of its three alignments. */
function formsOf(value: number | string): Buffer[] {
  const plain = [Buffer.from(String(value))];
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    plain.push(bytes, Buffer.from(bytes).reverse(), Buffer.from(bytes.toString('hex')));
  }
  const encoded = plain.flatMap((bytes) =>
    [0, 1, 2].map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64url');
      // Without the first and last characters, which neighbours have a part in.
      return Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, -2));
    }),
  );
  return [...plain, ...encoded.filter(({ length }) => length >= 4)];
}

const CANARIES = [ENERGY_WH, POWER_W, LIMIT_W, SAVING_W, DEVICE, PLACE];

function found(bytes: Uint8Array): (number | string)[] {
  return CANARIES.filter((canary) => formsOf(canary).some((form) => Buffer.from(bytes).includes(form)));
}

describe('secrecy of regulation', function () {
  this.timeout(60_000);

  for (const storage of ['ledger', 'digest'] as const)
    it(`keeps values, limits, wishes and faults out of proposals, state, results and events (${storage})`, async () => {
      const bench = await ContractBench.open();
      try {
        const signcryption = await SigncryptionBench.open(bench, { storage });
        const { grid, slot } = signcryption;
        const measured = { energyWh: ENERGY_WH, powerW: POWER_W };
        const report = await signcryption.report('m1', slot, ['grid-operator', 'supplier'], measured);
        await signcryption.submit([report]);
        const limits = { maxPowerW: LIMIT_W, savingPowerW: SAVING_W };
        const policy = await signcryption.operatorPolicy('m1', 1, limits);
        await bench.call('operator1', 'regulation:SetOperatorPolicy', policy.argument, policy.transient);
        const wishes = await signcryption.devicePolicy('m1', 1, 'm1', DEVICE);
        await bench.call('customer1', 'regulation:SetDevicePolicy', wishes.argument, wishes.transient);
        const meter = { grid, meterId: 'm1' };
        await bench.call('operator1', 'regulation:ConcludeConsumption', { ...meter, event: 'exceed' });
        const { nonce, digest } = await signcryption.issue('consumption', 'save-power');
        const acknowledgement = signcryption.acknowledgement(nonce, digest);
        await bench.call('accounting1', 'regulation:AcknowledgeAction', acknowledgement);
        await signcryption.registerEquipment();
        const fault = await signcryption.equipmentEvent('warn', 1, 'transformer-1', 'supplier', PLACE);
        await bench.call('supplier2', 'equipment:FileEquipmentEvent', fault.argument, fault.transient);

        const transactions = [...bench.ledger.blocks()].flatMap((block) => block.transactions);
        assert.ok(transactions.length > 10);
        for (const { proposal, result, readSet, writeSet, event } of transactions)
          for (const bytes of [proposal, result, readSet, writeSet, event?.payload ?? new Uint8Array()])
            assert.deepEqual(found(bytes), []);
      } finally {
        await bench.close();
      }
    });

  it('would find them', () => {
    assert.deepEqual(found(encodeSealedJson({ maxPowerW: LIMIT_W, place: PLACE })), [LIMIT_W, PLACE]);
    const bytes = Buffer.alloc(9);
    bytes.writeInt32BE(ENERGY_WH, 3);
    assert.deepEqual(found(bytes), [ENERGY_WH]);
    for (const shift of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(shift, 7), Buffer.from(PLACE), Buffer.alloc(2, 9)]).toString(
        'base64url',
      );
      assert.deepEqual(found(Buffer.from(text)), [PLACE]);
    }
  });
});
