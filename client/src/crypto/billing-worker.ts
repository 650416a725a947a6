/**
 * Entry of a billing worker thread: encrypts readings with range proofs for meters, checks reports for aggregators. Jobs of `BillingWorkers`.
 *
 * Keeps what it prepared for the keys it used last: tables of 70 MB that take a second to build.
 */
import { parentPort } from 'node:worker_threads';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import { bytesToBigint, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { paillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import { decodeBillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import type { BillingJob, CheckJob, FoundBad, ProofTerms, ProveJob } from './billing-worker-jobs.js';
import { RangeProver, type EncryptedWithProof } from './range-proof.js';
import { RecentValues } from './recent-values.js';
import { findBadReportsOfSlots } from './report-check.js';
import { replyOf } from './worker-pool.js';

const PROVERS_KEPT = 2;
const provers = new RecentValues<RangeProver>(PROVERS_KEPT);

function proverOf({ n, hN, maximumWh }: ProofTerms): RangeProver {
  return provers.get(`${toBase64url(n)}.${toBase64url(hN)}.${maximumWh}`, () => {
    const key = paillierPublicKey(bytesToBigint(n), bytesToBigint(hN));
    return new RangeProver(key, maximumWh);
  });
}

function proveAll(job: ProveJob): EncryptedWithProof[] {
  const prover = proverOf(job);
  return job.readings.map(({ energyWh, context }) => prover.encrypt(energyWh, context));
}

function checkAll(job: CheckJob): FoundBad[] {
  const { statement } = proverOf(job);
  const reports = job.reports.map(({ bytes }) => decodeBillingReport(bytes, statement));
  const keys = new Map(reports.map(({ header }, i) => [header.meterId, job.reports[i]?.publicKey]));
  const bad = findBadReportsOfSlots(statement, job.scope, reports, (meterId) =>
    blsBackend().decodePublicKey(keys.get(meterId) ?? new Uint8Array(), `The key of meter "${meterId}"`),
  );
  return bad.map(({ index, refusal }) => ({ index, wire: refusal.message }));
}

parentPort?.on('message', (job: BillingJob) => {
  parentPort?.postMessage(
    replyOf<EncryptedWithProof[] | FoundBad[]>(() => (job.kind === 'prove' ? proveAll(job) : checkAll(job))),
  );
});
