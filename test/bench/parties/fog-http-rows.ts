/** The fog node behind HTTP on loopback at 3072 bits: verify, journal with fsync, receipt, aggregate, in one process; the load in another. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { gridPublicKey } from '@gridveil/chaincode/domain/grid.js';
import {
  exportSecret,
  generateAgreementKey,
  generateSigningKey,
} from '@gridveil/client/crypto/curve25519.js';
import { proveModulus } from '@gridveil/client/crypto/modulus-proof.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { generatePaillierKey } from '@gridveil/client/crypto/paillier-key.js';
import { encodeReportBatch } from '@gridveil/client/parties/fog-messages.js';
import { generateMeterKeys, Meter } from '@gridveil/client/parties/meter.js';
import { BATCH_PATH, BODY_TYPE, REPORT_PATH } from '@gridveil/client/transport/report-server.js';
import { recordOf } from '../../helpers/bench-values.js';
import { timedMs, type BenchRow } from '../bench-row.js';
import type { FogSetup } from './fog-http-process.js';
import { postAll } from './http-load.js';

const METERS = 1000;
const SLOTS_PER_SAMPLE = 8;
const SLOTS_BETWEEN_LOOKS = 200;
const REGION = 'region-1';
const SLOT_SECONDS = 900;
const FIRST_SLOT = 1_900_000;
const DISTINCT_CIPHERTEXTS = 100;

interface Field {
  readonly url: string;
  readonly meters: readonly Meter[];
  /** @returns the memory the fog node holds then. */
  settle(slot: number): Promise<{ rssBytes: number }>;
  close(): Promise<void>;
}

async function openField(): Promise<Field> {
  const folder = await mkdtemp(join(tmpdir(), 'gridveil-bench-'));
  const key = await generatePaillierKey(3072);
  const { n, hN } = key.publicKey;
  const record = recordOf({ ...LIMITS, grid: 'bench', n, hN, modulusProof: proveModulus(key) });
  const grid = { channel: 'gridveil', record, publicKey: gridPublicKey(record) };
  const agreement = generateAgreementKey();
  const receiptKey = generateSigningKey();
  const keys = Array.from({ length: METERS }, generateMeterKeys);
  const encryptor = new PaillierEncryptor(grid.publicKey);
  const ciphertexts = Array.from({ length: DISTINCT_CIPHERTEXTS }, (_, i) =>
    encodeCiphertext(grid.publicKey, encryptor.encrypt(BigInt(i))),
  );
  const meters = keys.map(
    (each, i) =>
      new Meter({
        meterId: `m${i}`,
        region: REGION,
        epoch: 1,
        keys: each,
        grid,
        fogAgreementKey: agreement.publicKey,
        encrypt: () => Promise.resolve(ciphertexts[i % DISTINCT_CIPHERTEXTS] as Uint8Array),
      }),
  );
  const setup: FogSetup = {
    record,
    region: REGION,
    folder: join(folder, 'journal'),
    agreementSecret: toBase64url(exportSecret(agreement)),
    receiptSecret: toBase64url(exportSecret(receiptKey)),
    nowSeconds: (FIRST_SLOT + 100_000) * SLOT_SECONDS,
    meters: keys.map(({ agreement: { publicKey }, signing }, i) => ({
      meterId: `m${i}`,
      region: REGION,
      epoch: 1,
      agreementKey: toBase64url(publicKey),
      signingKey: toBase64url(signing.publicKey),
      revoked: false,
    })),
  };
  const fog = fork(join(__dirname, 'fog-http-process.js'));
  fog.send(setup);
  const { url } = await answerOf<{ url: string }>(fog);
  return {
    url,
    meters,
    settle(slot) {
      fog.send(slot);
      return answerOf<{ rssBytes: number }>(fog);
    },
    async close() {
      fog.disconnect();
      await once(fog, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answerOf<T>(fog: ChildProcess): Promise<T> {
  const [answer] = (await once(fog, 'message')) as [T];
  return answer;
}

function row(name: string, what: string, perPost: number, connections: number, atLeast: number): BenchRow {
  return {
    name,
    what,
    unit: 'reports/s',
    goals: [{ atLeast }],
    async prepare() {
      const field = await openField();
      const path = perPost === 1 ? REPORT_PATH : BATCH_PATH;
      let slot = FIRST_SLOT;
      return {
        ours: async () => {
          const slots = Array.from({ length: SLOTS_PER_SAMPLE }, () => ++slot);
          const reports: Uint8Array[] = [];
          for (const each of slots)
            for (const meter of field.meters) reports.push(await meter.report(each, 1));
          const bodies = perPost === 1 ? reports : batchesOf(reports, perPost);
          const load = { url: field.url, path, contentType: BODY_TYPE, connections };
          const spentMs = await timedMs(async () => {
            await postAll(load, bodies, '"status":"accepted"');
            for (const each of slots) await field.settle(each);
          });
          return (reports.length / spentMs) * 1000;
        },
        close: () => field.close(),
      };
    },
  };
}

function batchesOf(reports: readonly Uint8Array[], size: number): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (let i = 0; i < reports.length; i += size) batches.push(encodeReportBatch(reports.slice(i, i + size)));
  return batches;
}

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

const memory: BenchRow = {
  name: 'fog-memory',
  what: `memory of a fog node after each ${SLOTS_BETWEEN_LOOKS} slots of ${METERS} meters`,
  unit: 'MB',
  goals: [{ atMost: 300 }],
  samples: 5,
  async prepare() {
    const field = await openField();
    let slot = FIRST_SLOT;
    return {
      ours: async () => {
        let rssBytes = 0;
        for (let i = 0; i < SLOTS_BETWEEN_LOOKS; i++) {
          slot += 1;
          const reports = await Promise.all(field.meters.map((meter) => meter.report(slot, 1)));
          const load = { url: field.url, path: BATCH_PATH, contentType: BODY_TYPE, connections: 4 };
          await postAll(load, batchesOf(reports, 100), '"status":"accepted"');
          ({ rssBytes } = await field.settle(slot));
        }
        return rssBytes / 2 ** 20;
      },
      close: () => field.close(),
    };
  },
};

export const fogHttpRows: readonly BenchRow[] = [
  row('fog-http', 'a fog node over HTTP: one report a request, journal, receipt, totals', 1, 64, 5_000),
  row(
    'fog-http-batch',
    'a fog node over HTTP: 100 reports a request, journal, receipt, totals',
    100,
    8,
    12_000,
  ),
  memory,
];
