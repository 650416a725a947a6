/** Time-of-use billing with toy keys: a prover of readings up to 1,000 Wh, meters with BLS keys, reports of a slot. */
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { blsBackend } from '@gridveil/chaincode/crypto/bls.js';
import type { BlsPublicKey } from '@gridveil/chaincode/crypto/bls-suite.js';
import type { PaillierPublicKey } from '@gridveil/chaincode/crypto/paillier.js';
import {
  decodeBillingReport,
  type BillingHeader,
  type BillingReport,
  type BillingScope,
} from '@gridveil/chaincode/crypto/tou-billing.js';
import { generateBlsKey, type BlsKey } from '@gridveil/client/crypto/bls-key.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { generatePaillierKey, type PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { RangeProver } from '@gridveil/client/crypto/range-proof.js';
import { makeBillingReport, sealBillingReport } from '@gridveil/client/crypto/tou-billing.js';

export const TOY_BITS = 512;
export const MAX_READING_WH = 1000;
/** An hour of 2024, counted in hours from 1970. */
export const SLOT = 473_400;
export const TARIFF_ID = 'ab'.repeat(32);

export interface ToyBilling {
  readonly privateKey: PaillierPrivateKey;
  readonly publicKey: PaillierPublicKey;
  readonly prover: RangeProver;
  readonly scope: BillingScope;
  readonly keys: ReadonlyMap<string, BlsKey>;
  /** What a registry would answer. */
  keyOf(meterId: string): BlsPublicKey;
  header(meterId: string, changes?: Partial<BillingHeader>): BillingHeader;
  /** An honest report. */
  report(meterId: string, energyWh: number, changes?: Partial<BillingHeader>): BillingReport;
  /** A report that a meter signs over any ciphertext and proof at all. */
  reportOver(
    meterId: string,
    ciphertext: Uint8Array,
    proof: Uint8Array,
    changes?: Partial<BillingHeader>,
  ): BillingReport;
  /** A fresh ciphertext of any integer modulo N. */
  encrypt(plaintext: bigint): Uint8Array;
}

export const METERS = ['m1', 'm2', 'm3'] as const;

let made: Promise<ToyBilling> | undefined;

/** One for all tests of a process. */
export function toyBilling(): Promise<ToyBilling> {
  return (made ??= makeToyBilling());
}

async function makeToyBilling(): Promise<ToyBilling> {
  const privateKey = await generatePaillierKey(TOY_BITS);
  const { publicKey } = privateKey;
  const prover = new RangeProver(publicKey, MAX_READING_WH);
  const encryptor = new PaillierEncryptor(publicKey);
  const keys = new Map(METERS.map((meterId) => [meterId as string, generateBlsKey()]));
  const keyOf = (meterId: string): BlsKey => keys.get(meterId) as BlsKey;
  const backend = blsBackend();
  const publicKeys = new Map(
    [...keys].map(([meterId, key]) => [meterId, backend.decodePublicKey(key.publicKey, 'The key')]),
  );
  const scope = { fingerprint: publicKey.fingerprint, channel: 'gridveil', grid: 'toy' };
  const header = (meterId: string, changes: Partial<BillingHeader> = {}): BillingHeader => ({
    ...scope,
    ...{ epoch: 1, tariffId: TARIFF_ID, slot: SLOT, meterId },
    ...changes,
  });
  const decode = (bytes: Uint8Array): BillingReport => decodeBillingReport(bytes, prover.statement);
  return {
    ...{ privateKey, publicKey, prover, scope, keys, header },
    keyOf: (meterId) => publicKeys.get(meterId) as BlsPublicKey,
    report: (meterId, energyWh, changes) =>
      decode(makeBillingReport(prover, keyOf(meterId), header(meterId, changes), energyWh)),
    reportOver: (meterId, ciphertext, proof, changes) =>
      decode(sealBillingReport(header(meterId, changes), { ciphertext, proof }, keyOf(meterId))),
    encrypt: (plaintext) => {
      const m = ((plaintext % publicKey.n) + publicKey.n) % publicKey.n;
      return bigintToBytes(encryptor.encrypt(m), publicKey.ciphertextBytes);
    },
  };
}
