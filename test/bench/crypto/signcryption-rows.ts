/** Benchmarks of signcryption: one report of a meter, a batch as an accounting node gets it, one part opened. */
import { randomBytes } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { decodeSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import {
  directoryOf,
  findBadSigncryptedReports,
  receiverKeys,
  type SigncryptionDirectory,
} from '@gridveil/chaincode/crypto/signcryption-check.js';
import { ristrettoEngine } from '@gridveil/chaincode/crypto/ristretto-engine.js';
import type { SigncryptionPublicKey } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { openPart, ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import { KeyGenerationCentre } from '@gridveil/client/crypto/signcryption-authority.js';
import { OwnSecret, type SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';
import { timedMs, type BenchRow } from '../bench-row.js';

const SCOPE = { channel: 'gridveil', grid: 'bench' };
const SLOT = 473_400;
const REPORTS = 100;
const MANY_REPORTS = 10_000;
const RECEIVERS = 3;
/** Ten dimensions of a code and an integer of 32 bits. */
const PLAINTEXT_BYTES = 10 * 5;
const { Point } = ristretto255;

interface Fixture {
  readonly receivers: readonly SigncryptionKey[];
  readonly sealers: readonly ReportSealer[];
  readonly directory: SigncryptionDirectory;
  readonly encoded: readonly Uint8Array[];
  readonly seal: (sealer: ReportSealer) => Uint8Array;
}

let made: Promise<Fixture> | undefined;

function fixture(): Promise<Fixture> {
  return (made ??= makeFixture());
}

async function makeFixture(): Promise<Fixture> {
  const kgc = await KeyGenerationCentre.generate(SCOPE);
  const keyOf = async (purpose: 'sender' | 'receiver', id: string): Promise<SigncryptionKey> => {
    const own = await OwnSecret.generate();
    const identity = { purpose, id, epoch: 1 };
    return own.accept(kgc.authority, identity, kgc.issue(own.request(kgc.authority, identity)));
  };
  const receivers = await Promise.all(
    Array.from({ length: RECEIVERS }, (_, i) => keyOf('receiver', `receiver-${i}`)),
  );
  const senders = await Promise.all(
    Array.from({ length: REPORTS }, (_, i) => keyOf('sender', `meter-${1000 + i}`)),
  );
  const sealers = await Promise.all(senders.map((key) => ReportSealer.create(key)));
  const plaintext = new Uint8Array(randomBytes(PLAINTEXT_BYTES));
  const parts = receivers.map(({ publicKey }) => ({ receiver: publicKey, plaintext }));
  const seal = (sealer: ReportSealer): Uint8Array => sealer.seal({ ...SCOPE, slot: SLOT }, parts);
  const directory = directoryOf(
    SCOPE,
    [...receivers, ...senders].map(({ publicKey }) => publicKey),
  );
  return { receivers, sealers, directory, encoded: sealers.map(seal), seal };
}

function sealing({ sealers, seal }: Fixture): () => Uint8Array {
  const [sealer] = sealers as [ReportSealer];
  return () => seal(sealer);
}

const signcrypt: BenchRow = {
  name: 'signcrypt-report',
  what: `signcrypt one report for ${RECEIVERS} receivers, 10 dimensions each`,
  unit: 'ms',
  goals: [{ atMost: 3 }],
  peer: 'noble, the products alone',
  prepare: async () => {
    const made_ = await fixture();
    const seal = sealing(made_);
    const scalar = Point.Fn.fromBytes(new Uint8Array(randomBytes(32)).fill(0, 31));
    const keys = made_.receivers.flatMap(({ publicKey }) => [publicKey.own, publicKey.partial]);
    const points = keys.map(({ bytes }) => Point.fromBytes(bytes));
    return {
      ours: () => timedMs(seal, 20),
      peer: () =>
        timedMs(() => {
          for (const point of points) point.multiply(scalar).toBytes();
          return [0, 1].map(() => Point.BASE.multiply(scalar).toBytes());
        }, 3),
    };
  },
};

function checker(
  directory: SigncryptionDirectory,
  encoded: readonly Uint8Array[],
  engine = ristrettoEngine(),
): () => void {
  return () => {
    const reports = encoded.map(decodeSigncryptedReport);
    if (findBadSigncryptedReports(SCOPE, SLOT, reports, directory, engine).length > 0)
      throw new Error('an honest report was refused');
  };
}

const verifyBatch: BenchRow = {
  name: 'signcrypt-verify-batch',
  what: `decode and verify ${REPORTS} signcrypted reports at once`,
  unit: 'ms',
  goals: [{ atMost: 60 }],
  // What the printed form would need at least: Eq. (2) for one aggregate, and decoding T and W of each.
  peer: `noble BLS12-381: two pairings, ${REPORTS} points decoded in each group`,
  prepare: async () => {
    const { directory, encoded } = await fixture();
    const { G1, G2, pairing } = bls12_381;
    const [g1, g2] = [G1.Point.BASE.toBytes(), G2.Point.BASE.toBytes()];
    return {
      ours: () => timedMs(checker(directory, encoded), 3),
      peer: () =>
        timedMs(() => {
          for (let i = 0; i < REPORTS; i++) {
            G1.Point.fromBytes(g1);
            G2.Point.fromBytes(g2);
          }
          return [0, 1].map(() => pairing(G1.Point.BASE, G2.Point.BASE));
        }),
    };
  },
};

const verifyBatchPortable: BenchRow = {
  name: 'signcrypt-verify-batch-js',
  what: `the same without WebAssembly, with BigInt`,
  unit: 'ms',
  goals: [{ atMost: 200 }],
  samples: 5,
  prepare: async () => {
    const { directory, encoded } = await fixture();
    return { ours: () => timedMs(checker(directory, encoded, null)) };
  },
};

const verifyMany: BenchRow = {
  name: 'signcrypt-verify-many',
  what: `decode and verify ${MANY_REPORTS} signcrypted reports of ${REPORTS} meters at once`,
  unit: 'ms',
  goals: [{ atMost: 60 * (MANY_REPORTS / REPORTS) }],
  samples: 5,
  prepare: async () => {
    const made_ = await fixture();
    const encoded = Array.from({ length: MANY_REPORTS }, (_, i) =>
      made_.seal(made_.sealers[i % REPORTS] as ReportSealer),
    );
    // A key object for each report, as from as many meters: nothing of one sender is added up.
    const directory: SigncryptionDirectory = {
      ...made_.directory,
      sender: (meterId): SigncryptionPublicKey => ({ ...made_.directory.sender(meterId) }),
    };
    return { ours: () => timedMs(checker(directory, encoded)) };
  },
};

const unsigncrypt: BenchRow = {
  name: 'unsigncrypt-part',
  what: 'open one part of a report whose signature was checked',
  unit: 'ms',
  goals: [{ atMost: 1.5 }],
  peer: 'noble, the two products alone',
  prepare: async () => {
    const { receivers, directory, encoded } = await fixture();
    const [key] = receivers as [SigncryptionKey];
    const report = decodeSigncryptedReport(encoded[0] as Uint8Array);
    const keys = receiverKeys(directory, report.header.receivers);
    const scalar = Point.Fn.fromBytes(new Uint8Array(randomBytes(32)).fill(0, 31));
    return {
      ours: () => timedMs(() => openPart(key, report, keys), 50),
      peer: () =>
        timedMs(() => {
          const D = Point.fromBytes(report.keyMaterial);
          return [0, 1].map(() => D.multiply(scalar).toBytes());
        }, 5),
    };
  },
};

export const signcryptionRows: readonly BenchRow[] = [
  signcrypt,
  verifyBatch,
  verifyBatchPortable,
  verifyMany,
  unsigncrypt,
];
