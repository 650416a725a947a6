/**
 * Registrations of BLS keys (paper 001 section 6.2, hardened): made by meters and aggregators, each for its own key, with proof that it has the secret.
 *
 * Source: spec/schemes.md 2.C (register); what each proof is for stands in chaincode/src/domain/billing-parties.ts.
 */
import { registrationMessage, type SignerKind } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import type { BillingScope } from '@gridveil/chaincode/crypto/tou-billing.js';
import type {
  AggregatorRegistration,
  BillingMeterRegistration,
} from '@gridveil/chaincode/domain/billing-parties.js';
import type { BlsKey } from '../crypto/bls-key.js';
import { signMessage, type KeyPair } from '../crypto/curve25519.js';

type Scope = Pick<BillingScope, 'channel' | 'grid'>;

function keyFacts(
  scope: Scope,
  signer: { readonly kind: SignerKind; readonly id: string; readonly epoch: number },
  key: BlsKey,
): Pick<AggregatorRegistration, 'epoch' | 'publicKey' | 'possession' | 'signature'> {
  const { publicKey } = key;
  const signature = key.sign(registrationMessage(scope, signer, publicKey));
  return { epoch: signer.epoch, publicKey, possession: key.provePossession(), signature };
}

/** What an aggregator submits for its own key. @param epoch - 1 for the first key, then one more each time */
export function aggregatorRegistration(
  scope: Scope,
  { aggregator, epoch }: { readonly aggregator: string; readonly epoch: number },
  key: BlsKey,
): AggregatorRegistration {
  return {
    grid: scope.grid,
    aggregator,
    ...keyFacts(scope, { kind: 'aggregator', id: aggregator, epoch }, key),
  };
}

/**
 * What a registrar submits for a meter, made by the meter.
 * @param signing - the Ed25519 key that the meter is registered with: it binds the BLS key to the meter
 */
export function billingMeterRegistration(
  scope: Scope,
  { meterId, plan, epoch }: { readonly meterId: string; readonly plan: string; readonly epoch: number },
  key: BlsKey,
  signing: KeyPair,
): BillingMeterRegistration {
  const signer = { kind: 'meter', id: meterId, epoch } as const;
  const binding = signMessage(signing, registrationMessage(scope, signer, key.publicKey));
  return { meterId, plan, ...keyFacts(scope, signer, key), binding };
}
