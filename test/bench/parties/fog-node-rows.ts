/** The fog node at 3072 bits: reports of 1,000 registered meters, from bytes to the region total, in one thread. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { contracts } from '@gridveil/chaincode';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { generateAgreementKey } from '@gridveil/client/crypto/curve25519.js';
import { proveModulus } from '@gridveil/client/crypto/modulus-proof.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { generatePaillierKey } from '@gridveil/client/crypto/paillier-key.js';
import { createGrid, grantRole, registerMeters } from '@gridveil/client/ledger/calls.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { FogNode } from '@gridveil/client/parties/fog-node.js';
import { readGrid } from '@gridveil/client/parties/grid-view.js';
import { generateMeterKeys, Meter, meterRegistration } from '@gridveil/client/parties/meter.js';
import { timedMs, type BenchRow } from '../bench-row.js';

const METERS = 1000;
const METERS_PER_TRANSACTION = 500;
const REGION = 'region-1';
const SLOT_SECONDS = 900;
const SLOT = 1_900_000;
/** Distinct ciphertexts among the reports, to keep the preparation short. */
const DISTINCT_CIPHERTEXTS = 100;

const aggregate: BenchRow = {
  name: 'fog-node',
  what: `check, count and sum ${METERS} reports on one core`,
  unit: 'reports/s',
  // The goal is set for HMAC, Valid and product alone (crypto/paillier-rows.ts); this is everything a report costs.
  goals: [],
  async prepare() {
    const folder = await mkdtemp(join(tmpdir(), 'gridveil-bench-'));
    const embedded = await EmbeddedLedger.open({ folder, contracts });
    const ledger = await ownerSession(embedded);
    const key = await generatePaillierKey(3072);
    const { n, hN } = key.publicKey;
    await createGrid(ledger, { ...LIMITS, grid: 'bench', n, hN, modulusProof: proveModulus(key) });
    const agreement = generateAgreementKey();
    const meterKeys = Array.from({ length: METERS }, generateMeterKeys);
    const facts = (i: number) => ({ meterId: `m${i}`, region: REGION, epoch: 1 });
    const registrations = meterKeys.map((keys, i) => meterRegistration('bench', facts(i), keys));
    for (let i = 0; i < METERS; i += METERS_PER_TRANSACTION) {
      await registerMeters(ledger, 'bench', registrations.slice(i, i + METERS_PER_TRANSACTION));
    }
    const grid = await readGrid(ledger, 'bench');
    const encryptor = new PaillierEncryptor(grid.publicKey);
    const ciphertexts = Array.from({ length: DISTINCT_CIPHERTEXTS }, (_, i) =>
      encodeCiphertext(grid.publicKey, encryptor.encrypt(BigInt(i))),
    );
    const meters = meterKeys.map((keys, i) => {
      const encrypt = () => Promise.resolve(ciphertexts[i % DISTINCT_CIPHERTEXTS] as Uint8Array);
      return new Meter({ ...facts(i), keys, grid, fogAgreementKey: agreement.publicKey, encrypt });
    });
    const nowSeconds = (): number => (SLOT + 100_000) * SLOT_SECONDS;
    const fogNode = new FogNode({ fogNode: 'fog-1', regions: [REGION], agreement, ledger, grid, nowSeconds });
    await fogNode.syncMeters();
    let slot = SLOT;
    return {
      ours: async () => {
        slot += 1;
        const reports = await Promise.all(meters.map((meter) => meter.report(slot, 1)));
        const spentMs = await timedMs(() => {
          for (const report of reports) fogNode.receive(report);
          if (fogNode.closeSlot(slot)[0]?.count !== METERS) throw new Error('a report was not counted');
        });
        fogNode.forgetReports(slot);
        return (METERS / spentMs) * 1000;
      },
      close: async () => {
        await embedded.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

const LIMITS = {
  radixBits: 32,
  minGroup: 3,
  maxReadingWh: 50_000,
  maxMeters: METERS,
  slotSeconds: SLOT_SECONDS,
  maxSlotAgeSeconds: 5_000_000_000,
  leaseSeconds: 60,
  regions: [REGION],
};

async function ownerSession(embedded: EmbeddedLedger): Promise<Ledger> {
  const owner = embedded.connect(await embedded.membership.enrol('Org1MSP', 'User1'));
  const admin = embedded.connect(await embedded.membership.admin('Org1MSP'));
  for (const role of ['mdms', 'registrar'] as const) await grantRole(admin, owner.identity.subject, role);
  return owner;
}

export const fogNodeRows: readonly BenchRow[] = [aggregate];
