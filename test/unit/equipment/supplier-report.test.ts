/** A supplier's statistics: what they say, that they reach those entitled and nobody else, and what is refused. */
import assert from 'node:assert/strict';
import { directoryOf, type SigncryptionDirectory } from '@gridveil/chaincode/crypto/signcryption-check.js';
import { decodeSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import { openPart, ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import type { SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';
import type { DeviceEvent, DeviceHistory } from '@gridveil/client/equipment/equipment-statistics.js';
import {
  documentOf,
  openSupplierReport,
  pagesOf,
  sealSupplierReport,
  supplierReportOf,
} from '@gridveil/client/equipment/supplier-report.js';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import { clientRefused, refused } from '../../helpers/refused.js';
import {
  altered,
  makeKey,
  SCOPE,
  SLOT,
  toySigncryption,
  type ToySigncryption,
} from '../../helpers/toy-signcryption.js';

const DAY = 86_400;
const UNTIL = 1000 * DAY;

/** Devices that wear out: they fail after 200 to 300 days and take a day to repair. */
function fleet(devices: number): DeviceHistory[] {
  const random = new SeededRandom('fleet');
  return Array.from({ length: devices }, (_, i) => {
    const deviceId = `transformer-é${i + 1}`;
    const events: DeviceEvent[] = [];
    for (let at = 0, number = 0; ;) {
      const failsAt = at + random.between(200, 300) * DAY;
      if (failsAt + DAY > UNTIL) break;
      const step = (
        event: 'fail' | 'begin-repair' | 'restore',
        state: 'outage' | 'repair' | 'normal',
        atSeconds: number,
      ) => events.push({ deviceId, number: ++number, event, state, atSeconds });
      step('fail', 'outage', failsAt);
      step('begin-repair', 'repair', failsAt + 1000);
      step('restore', 'normal', failsAt + DAY);
      at = failsAt + DAY;
    }
    return { deviceId, sinceSeconds: 0, events };
  });
}

describe('supplier report', () => {
  const report = supplierReportOf('supplier-1', fleet(40), UNTIL, 30 * DAY);

  it('tells of a fleet that wears out, and which device fails soonest', () => {
    const { summary, devices } = report;
    assert.equal(summary.prediction?.method, 'weibull');
    assert.ok((summary.prediction?.shape?.low ?? 0) > 1);
    assert.equal(summary.devices, 40);
    assert.equal(
      summary.failures,
      devices.reduce((sum, { failures }) => sum + failures, 0),
    );
    assert.equal(summary.mttrSeconds, DAY);
    for (const { failureProbability: p } of devices)
      assert.ok(
        p && p.low !== null && p.value !== null && p.high !== null && p.low <= p.value && p.value <= p.high,
      );
    const probabilities = devices.map(({ failureProbability: p }) => p?.value ?? 0);
    assert.ok(Math.max(...probabilities) > 0.3 && Math.min(...probabilities) < 0.05);
  });

  it('says null where there is nothing to say', () => {
    const [device] = fleet(1);
    assert.ok(device);
    const { summary, devices } = supplierReportOf('s', [{ ...device, events: [] }], UNTIL, DAY);
    assert.equal(summary.mtbfSeconds, null);
    assert.equal(summary.mttrSeconds, null);
    assert.deepEqual(devices[0]?.failureProbability?.value, 0);
    assert.equal(supplierReportOf('s', [], UNTIL, DAY).summary.prediction, null);
  });

  it('comes back from its pages in any order, and not from others', () => {
    const pages = pagesOf(report);
    assert.ok(pages.length > 2 && pages.every((page) => page.length <= 4096));
    assert.deepEqual(documentOf([...pages].reverse()), report);
    const other = pagesOf(supplierReportOf('supplier-1', fleet(40), UNTIL, 31 * DAY));
    for (const wrong of [
      pages.slice(1),
      [...pages, pages[0] as Uint8Array],
      [other[0] as Uint8Array, ...pages.slice(1)],
      [],
      [new Uint8Array([0xff])],
      [Buffer.from('{}')],
      pages.map((page) => Buffer.from(Buffer.from(page).toString().replace('devices', 'devicez'))),
    ])
      assert.throws(() => documentOf(wrong), clientRefused('STATISTICS_MALFORMED'));
  });

  describe('sealed', () => {
    let toy: ToySigncryption;
    let supplier: SigncryptionKey;
    let sealer: ReportSealer;
    let directory: SigncryptionDirectory;
    let keys: Record<'cc' | 'operator' | 'outsider', SigncryptionKey>;
    let messages: Uint8Array[];

    before(async () => {
      toy = await toySigncryption();
      supplier = await makeKey(toy.kgc, { purpose: 'sender', id: 'supplier-1', epoch: 1 });
      const receiver = (id: string): Promise<SigncryptionKey> =>
        makeKey(toy.kgc, { purpose: 'receiver', id, epoch: 1 });
      keys = {
        cc: await receiver('cc'),
        operator: await receiver('operator'),
        outsider: await receiver('outsider'),
      };
      directory = directoryOf(
        SCOPE,
        [supplier, ...Object.values(keys)].map(({ publicKey }) => publicKey),
      );
      sealer = await ReportSealer.create(supplier);
      messages = sealSupplierReport(
        sealer,
        { ...SCOPE, slot: SLOT },
        [keys.cc.publicKey, keys.operator.publicKey],
        report,
      );
    });

    it('is read by those entitled', () => {
      for (const key of [keys.cc, keys.operator])
        assert.deepEqual(openSupplierReport(key, SCOPE, directory, messages), report);
    });

    it('is not read by others, and shows nothing in clear', () => {
      assert.throws(
        () => openSupplierReport(keys.outsider, SCOPE, directory, messages),
        refused('NOT_A_RECEIVER'),
      );
      const [message] = messages;
      assert.ok(message);
      const decoded = decodeSigncryptedReport(message);
      const receivers = [keys.cc, keys.operator].map(({ publicKey }) => publicKey);
      assert.throws(() => openPart(keys.outsider, decoded, receivers), refused('NOT_A_RECEIVER'));
      for (const bytes of messages) assert.ok(!Buffer.from(bytes).includes('transformer'));
    });

    it('is refused when changed, or when another supplier signed it', async () => {
      const [first, ...others] = messages;
      assert.ok(first);
      const decoded = decodeSigncryptedReport(first);
      const [part, ...parts] = decoded.parts.map((bytes) => Uint8Array.from(bytes));
      assert.ok(part);
      part[0] = (part[0] ?? 0) ^ 1;
      const changed = altered(decoded, { parts: [part, ...parts] });
      assert.throws(
        () => openSupplierReport(keys.cc, SCOPE, directory, [changed, ...others]),
        refused('REPORT_BAD_SIGNATURE'),
      );
      const stranger = await makeKey(toy.kgc, { purpose: 'sender', id: 'supplier-2', epoch: 1 });
      const both = directoryOf(
        SCOPE,
        [stranger, ...Object.values(keys)].map(({ publicKey }) => publicKey),
      );
      const theirs = sealSupplierReport(
        await ReportSealer.create(stranger),
        { ...SCOPE, slot: SLOT },
        [keys.cc.publicKey],
        report,
      );
      assert.throws(
        () => openSupplierReport(keys.cc, SCOPE, both, theirs),
        clientRefused('STATISTICS_MALFORMED'),
      );
    });
  });
});
