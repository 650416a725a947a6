/** Benchmarks of time-of-use billing at 3072 bits: a meter's report, the checks of a slot block, a monthly charge. */
import { PublicKey } from 'paillier-bigint';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { addEncodedCiphertexts } from '@gridveil/chaincode/crypto/paillier.js';
import {
  decodeBillingReport,
  packetOf,
  reportMessage,
  type BillingHeader,
  type BillingReport,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import { findBadProofs, findBadReports } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import { monthlyCharge } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { generateBlsKey, type BlsKey } from '@gridveil/client/crypto/bls-key.js';
import { generatePaillierKey, type PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { RangeProver } from '@gridveil/client/crypto/range-proof.js';
import { makeBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { timedMs, type BenchRow } from '../bench-row.js';

const MODULUS_BITS = 3072;
/** 100 kW for an hour. */
const MAX_READING_WH = 100_000;
const REPORTS = 100;
const MONTH_SLOTS = 720;
const SLOT = 473_400;
const PRICES = [90, 150, 420];
const { longSignatures } = bls12_381;

interface Fixture {
  readonly privateKey: PaillierPrivateKey;
  readonly prover: RangeProver;
  readonly keys: readonly BlsKey[];
  readonly reports: readonly BillingReport[];
  readonly header: (i: number) => BillingHeader;
}

let made: Promise<Fixture> | undefined;

function fixture(): Promise<Fixture> {
  return (made ??= makeFixture());
}

async function makeFixture(): Promise<Fixture> {
  const privateKey = await generatePaillierKey(MODULUS_BITS);
  const prover = new RangeProver(privateKey.publicKey, MAX_READING_WH);
  prover.prepare();
  const keys = Array.from({ length: REPORTS }, () => generateBlsKey());
  const { fingerprint } = privateKey.publicKey;
  const header = (i: number): BillingHeader => ({
    ...{ fingerprint, channel: 'gridveil', grid: 'bench', epoch: 1, tariffId: 'ab'.repeat(32), slot: SLOT },
    meterId: `meter-${1000 + i}`,
  });
  const reports = keys.map((key, i) =>
    decodeBillingReport(makeBillingReport(prover, key, header(i), 37 * i), prover.statement),
  );
  return { privateKey, prover, keys, reports, header };
}

const report: BenchRow = {
  name: 'tou-report',
  what: 'one report of a meter: encrypt, range proof, BLS signature',
  unit: 'ms',
  goals: [{ ratio: 25 }],
  peer: 'paillier-bigint encrypt + noble BLS sign, no proof',
  prepare: async () => {
    const { privateKey, prover, keys, reports, header } = await fixture();
    const [key, sample] = [keys[0] as BlsKey, reports[0] as BillingReport];
    const peerKey = new PublicKey(privateKey.publicKey.n, privateKey.publicKey.n + 1n);
    const message = reportMessage(sample.headerBytes, sample.ciphertext, packetOf(sample).proofDigest);
    const scalar = key.exportScalar();
    return {
      ours: () => timedMs(() => makeBillingReport(prover, key, header(0), 4711), 20),
      peer: () =>
        timedMs(() => {
          peerKey.encrypt(4711n);
          longSignatures.sign(longSignatures.hash(message), scalar).toBytes();
        }),
    };
  },
};

const checkReports: BenchRow = {
  name: 'tou-check-reports',
  what: `check ${REPORTS} reports of a slot as an aggregator: signatures and range proofs`,
  unit: 'ms',
  goals: [],
  samples: 5,
  prepare: async () => {
    const { prover, keys, reports, header } = await fixture();
    const backend = blsBackend();
    const decoded = keys.map((key) => backend.decodePublicKey(key.publicKey, 'The key'));
    const keyOf = (meterId: string) => decoded[Number(meterId.slice(6)) - 1000] ?? badKey(meterId);
    return {
      ours: () =>
        timedMs(() => {
          if (findBadReports(prover.statement, header(0), SLOT, reports, keyOf).length > 0)
            throw new Error('an honest report was refused');
        }),
    };
  },
};

function badKey(meterId: string): never {
  throw new Error(`no key of ${meterId}`);
}

const checkProofs: BenchRow = {
  name: 'tou-check-proofs',
  what: `check the range proofs of a slot block of ${REPORTS} as an endorser`,
  unit: 'ms',
  goals: [],
  samples: 5,
  prepare: async () => {
    const { prover, reports, header } = await fixture();
    const packets = reports.map(packetOf);
    const proofs = reports.map(({ proof }) => proof);
    return {
      ours: () =>
        timedMs(() => {
          if (findBadProofs(prover.statement, header(0), SLOT, packets, proofs).length > 0)
            throw new Error('an honest proof was refused');
        }),
    };
  },
};

const charge: BenchRow = {
  name: 'tou-monthly-charge',
  what: `monthly charge of one meter over ${MONTH_SLOTS} slots at three prices`,
  unit: 'ms',
  // At most twice the time of the products alone.
  goals: [{ ratio: 0.5 }],
  peer: `${MONTH_SLOTS} ciphertext products`,
  prepare: async () => {
    const { privateKey, reports } = await fixture();
    const slots = Array.from({ length: MONTH_SLOTS }, (_, i) => ({
      priceMicroPerWh: PRICES[i % PRICES.length] ?? 0,
      ciphertext: (reports[i % REPORTS] as BillingReport).ciphertext,
    }));
    const entries = slots.map(({ ciphertext }) => ({ owner: 'meter', bytes: ciphertext }));
    return {
      ours: () => timedMs(() => monthlyCharge(privateKey.publicKey, 'meter', slots), 5),
      peer: () => timedMs(() => addEncodedCiphertexts(privateKey.publicKey, entries), 5),
    };
  },
};

export const touBillingRows: readonly BenchRow[] = [report, checkReports, checkProofs, charge];
