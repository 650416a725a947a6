/**
 * How long a fog node takes from the start of its process until it is ready, when its journal holds a million reports that no ledger has confirmed yet:
 * 999 closed slots and one open one, 1,000 meters, 3072 bits, in groups as single posts under load make them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { gridPublicKey } from '@gridveil/chaincode/domain/grid.js';
import { generateAgreementKey } from '@gridveil/client/crypto/curve25519.js';
import { proveModulus } from '@gridveil/client/crypto/modulus-proof.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { generatePaillierKey } from '@gridveil/client/crypto/paillier-key.js';
import { Journal } from '@gridveil/client/journal/journal.js';
import { closedRecord, reportRecord } from '@gridveil/client/parties/fog-records.js';
import { generateMeterKeys, Meter } from '@gridveil/client/parties/meter.js';
import { recordOf } from '../../helpers/bench-values.js';
import { timedMs, type BenchRow } from '../bench-row.js';

const METERS = 1000;
const SLOTS = 1000;
const FIRST_SLOT = 1_900_000;
const REGION = 'region-1';
const RECORDS_PER_GROUP = 25;

async function writeJournal(folder: string): Promise<void> {
  const key = await generatePaillierKey(3072);
  const { n, hN } = key.publicKey;
  const record = recordOf({ ...LIMITS, grid: 'bench', n, hN, modulusProof: proveModulus(key) });
  await writeFile(join(folder, 'grid.json'), JSON.stringify(record));
  const grid = { channel: 'gridveil', record, publicKey: gridPublicKey(record) };
  const ciphertext = encodeCiphertext(grid.publicKey, new PaillierEncryptor(grid.publicKey).encrypt(7n));
  const agreement = generateAgreementKey();
  const meters = Array.from({ length: METERS }, (_, i) => {
    const facts = {
      meterId: `m${String(i).padStart(4, '0')}`,
      region: REGION,
      epoch: 1,
      keys: generateMeterKeys(),
    };
    const encrypt = () => Promise.resolve(ciphertext);
    return new Meter({ ...facts, grid, fogAgreementKey: agreement.publicKey, encrypt });
  });
  const journal = await Journal.open(
    { folder: join(folder, 'journal'), key: new Uint8Array(32).fill(1) },
    () => undefined,
  );
  const meterIds = meters.map(({ meterId }) => meterId);
  const leaves = concatBytes(...meters.map((_, i) => new Uint8Array(32).fill(i & 255)));
  for (let slot = FIRST_SLOT; slot < FIRST_SLOT + SLOTS; slot++) {
    const records = await Promise.all(
      meters.map(async (meter) => reportRecord(slot, meter.meterId, await meter.report(slot, 7))),
    );
    for (let i = 0; i < METERS; i += RECORDS_PER_GROUP)
      await journal.append(records.slice(i, i + RECORDS_PER_GROUP));
    if (slot === FIRST_SLOT + SLOTS - 1) continue;
    const total = { region: REGION, slot, ciphertext, count: METERS, merkleRoot: new Uint8Array(32) };
    await journal.append([closedRecord({ slot, regions: [{ total, meterIds, leaves }] }, [])]);
  }
  await journal.close();
}

const LIMITS = {
  radixBits: 32,
  minGroup: 3,
  maxReadingWh: 50_000,
  maxMeters: METERS,
  slotSeconds: 900,
  maxSlotAgeSeconds: 5_000_000_000,
  leaseSeconds: 60,
  regions: [REGION],
};

const restart: BenchRow = {
  name: 'fog-restart',
  what: 'start of a fog node with a journal of 1,000,000 reports, none of them settled',
  unit: 's',
  goals: [{ atMost: 5 }],
  samples: 5,
  async prepare() {
    const folder = await mkdtemp(join(tmpdir(), 'gridveil-bench-'));
    await writeJournal(folder);
    return {
      ours: async () => {
        let ready: { records: number; unsettled: number; open: number } | undefined;
        const spentMs = await timedMs(async () => {
          const fog = fork(join(__dirname, 'fog-restart-process.js'), [folder]);
          [ready] = (await once(fog, 'message')) as [typeof ready];
        });
        if (ready?.unsettled !== SLOTS - 1 || ready.open !== METERS)
          throw new Error(`the node came back with ${JSON.stringify(ready)}`);
        return spentMs / 1000;
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

export const fogRestartRows: readonly BenchRow[] = [restart];
