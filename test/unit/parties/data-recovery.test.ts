/** A receiver that lost data gets it back from signcrypted reports: real seals, a reader that opens them. */
import assert from 'node:assert/strict';
import { decodeSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import { checkSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption-check.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { openPart, ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import {
  decodeMeasurements,
  encodeMeasurements,
  type Measurements,
} from '@gridveil/client/metering/dimensions.js';
import type { LedgerReport, UnreadableReport } from '@gridveil/client/metering/recover-period.js';
import { recoverFromLedger, type SlotReader } from '@gridveil/client/parties/data-recovery.js';
import { SCOPE, SLOT, toySigncryption, type ToySigncryption } from '../../helpers/toy-signcryption.js';

const METERS = ['m1', 'm2'];
const valueOf = (meterId: string, slot: number): Measurements => ({
  energyWh: 10 * (slot - SLOT) + Number(meterId.slice(1)),
  voltageL1MilliV: 230_000,
});

describe('data recovery', () => {
  let toy: ToySigncryption;
  let sealed: Uint8Array[];

  before(async () => {
    toy = await toySigncryption();
    sealed = [];
    for (const meterId of METERS) {
      const sealer = await ReportSealer.create(toy.key(meterId));
      for (let slot = SLOT; slot < SLOT + 3; slot++) {
        const plaintext = encodeMeasurements(valueOf(meterId, slot));
        sealed.push(
          sealer.seal({ ...SCOPE, slot }, [{ receiver: toy.publicKey('control-centre'), plaintext }]),
        );
      }
    }
  });

  /** Opens the reports of a ledger with the key of a receiver. */
  function readerOf(reports: readonly Uint8Array[], receiver: string): SlotReader & { slots: number[] } {
    const slots: number[] = [];
    const readSlot: SlotReader['readSlot'] = (slot) => {
      slots.push(slot);
      const opened: LedgerReport[] = [];
      const unread: UnreadableReport[] = [];
      for (const report of reports
        .map(decodeSigncryptedReport)
        .filter(({ header }) => header.slot === slot)) {
        const { meterId } = report.header;
        try {
          const receivers = checkSigncryptedReport(SCOPE, report, toy.directory);
          const plaintext = openPart(toy.key(receiver), report, receivers);
          opened.push({ meterId, slot, measurements: decodeMeasurements(plaintext) });
        } catch (error) {
          assert.ok(error instanceof GridveilError);
          unread.push({ meterId, slot, refusal: error });
        }
      }
      return Promise.resolve({ opened, unread });
    };
    return { slots, readSlot };
  }

  const period = { meterIds: METERS, fromSlot: SLOT, toSlot: SLOT + 3 };

  it('restores what it lost, and says what nobody has', async () => {
    const held = new Map([['m1', new Map([[SLOT, valueOf('m1', SLOT)]])]]);
    const reader = readerOf(sealed, 'control-centre');
    const [first, second] = await recoverFromLedger(reader, period, held);
    assert.deepEqual(reader.slots, [SLOT, SLOT + 1, SLOT + 2, SLOT + 3], 'each slot once');
    assert.deepEqual(first?.counts, { measured: 1, recovered: 2, missing: 1 });
    assert.deepEqual(second?.counts, { measured: 0, recovered: 3, missing: 1 });
    for (const { meterId, slots } of [first, second])
      for (const one of slots)
        if (one.origin !== 'missing') assert.deepEqual(one.measurements, valueOf(meterId, one.slot));
  });

  it('gives a receiver nothing that was not sealed to it', async () => {
    const [first] = await recoverFromLedger(readerOf(sealed, 'supplier'), period, new Map());
    assert.deepEqual(first?.counts, { measured: 0, recovered: 0, missing: 4 });
    assert.deepEqual(
      first.slots.map((one) => (one.origin === 'missing' ? one.reason : '')),
      ['NOT_A_RECEIVER', 'NOT_A_RECEIVER', 'NOT_A_RECEIVER', 'NO_REPORT'],
    );
  });

  it('reads nothing for a period that is none', async () => {
    const reader = readerOf(sealed, 'control-centre');
    await assert.rejects(recoverFromLedger(reader, { ...period, toSlot: SLOT - 1 }, new Map()), RangeError);
    assert.deepEqual(reader.slots, []);
  });
});
