/**
 * The keys that a bill stands on: each meter and aggregator key passes all its proofs before a signature under it says anything. Run by whoever checks a bill, and by the ESP before it opens.
 *
 * Pure. Source: spec/schemes.md 2.C (register), breaks B1.3, B1.4. A key's proofs name channel, grid, id and epoch; a meter's BLS key is bound to its Ed25519 key, by which a customer, or the
 * ESP with the list of the meters it enrolled (enrolment.ts), knows the meter itself.
 */
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { BlsPublicKey } from '@gridveil/chaincode/crypto/bls-suite.js';
import type { BillingScope } from '@gridveil/chaincode/crypto/tou-billing.js';
import {
  checkMeterBinding,
  checkSignerKey,
  storedKey,
  type AggregatorRecord,
  type BillingMeterKeyRecord,
} from '@gridveil/chaincode/domain/billing-parties.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import type { BillPlaces } from './bill-places.js';

const SIGNING_KEY_BYTES = 32;

/** A meter's key with its proofs, as the ledger or a document has it. */
export type ProvenMeterKey = Omit<BillingMeterKeyRecord, 'meterId' | 'fromSlot' | 'txId'>;
export type ProvenAggregatorKey = Omit<AggregatorRecord, 'txId'>;

/** A meter's key that passed its proofs. */
export interface MeterSigner {
  readonly key: BlsPublicKey;
  readonly plan: string;
}

/**
 * Three proofs: possession, registration, binding to the Ed25519 key. Cost: 3 ms with blst.
 * @throws DecodeError BAD_BLS_POINT. @throws ProofRejectedError BAD_BLS_POSSESSION, BAD_METER_BINDING
 */
export function checkMeterKey(scope: BillingScope, meterId: string, record: ProvenMeterKey): MeterSigner {
  const { plan, publicKey, signingKey } = record;
  const decoded = decodedKey(record);
  checkSignerKey(scope, 'meter', meterId, decoded);
  const binding = fromBase64url(record.binding, 'binding');
  fromBase64url(signingKey, 'signingKey', SIGNING_KEY_BYTES);
  checkMeterBinding(scope, { meterId, plan, ...decoded, binding }, { signingKey });
  return { plan, key: storedKey(publicKey, `The key of meter "${meterId}"`) };
}

/** Every key of a meter, epochs ascending. @returns by epoch. @throws GridveilError as `checkMeterKey`; DecodeError BAD_FIELD */
export function checkMeterKeys(
  scope: BillingScope,
  meterId: string,
  keys: readonly ProvenMeterKey[],
  places: BillPlaces,
): ReadonlyMap<number, MeterSigner> {
  const signers = keys.map((key, i): [number, MeterSigner] =>
    places.at(`meter.keys[${i}]`, () => {
      if (i > 0 && key.epoch <= (keys[i - 1]?.epoch ?? 0))
        throw refusal('BAD_FIELD', { field: 'keys', expected: 'a list whose epochs ascend' });
      return [key.epoch, checkMeterKey(scope, meterId, key)];
    }),
  );
  return new Map(signers);
}

/** Every key of aggregators, each once. @throws DecodeError BAD_FIELD, BAD_BLS_POINT. @throws ProofRejectedError BAD_BLS_POSSESSION */
export function checkAggregatorKeys(
  scope: BillingScope,
  keys: readonly ProvenAggregatorKey[],
  places: BillPlaces,
): void {
  const names = keys.map(({ aggregator, epoch }) => `${epoch} ${aggregator}`);
  places.at('aggregators', () => {
    if (new Set(names).size !== names.length)
      throw refusal('BAD_FIELD', { field: 'aggregators', expected: 'a list without a key twice' });
  });
  for (const [i, key] of keys.entries())
    places.at(`aggregators[${i}]`, () =>
      checkSignerKey(scope, 'aggregator', key.aggregator, decodedKey(key)),
    );
}

function decodedKey(record: ProvenAggregatorKey | ProvenMeterKey): Parameters<typeof checkSignerKey>[3] {
  return {
    epoch: record.epoch,
    publicKey: fromBase64url(record.publicKey, 'publicKey'),
    possession: fromBase64url(record.possession, 'possession'),
    signature: fromBase64url(record.signature, 'signature'),
  };
}
