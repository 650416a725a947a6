/** The jobs a billing worker thread does, as the messages that cross the thread border: plain objects, integers as big-endian bytes. */
import type { BillingScope } from '@gridveil/chaincode/crypto/tou-billing.js';

/** What range proofs are about: the key and the largest reading. */
export interface ProofTerms {
  readonly n: Uint8Array;
  readonly hN: Uint8Array;
  readonly maximumWh: number;
}

export interface ProveJob extends ProofTerms {
  readonly kind: 'prove';
  readonly readings: readonly { readonly energyWh: number; readonly context: Uint8Array }[];
}

/** Reports of any slots, each with the key that its meter has registered, 48 bytes. */
export interface CheckJob extends ProofTerms {
  readonly kind: 'check';
  readonly scope: BillingScope;
  readonly reports: readonly { readonly bytes: Uint8Array; readonly publicKey: Uint8Array }[];
}

export type BillingJob = ProveJob | CheckJob;

/** A bad report by its place, with its refusal in wire form. */
export interface FoundBad {
  readonly index: number;
  readonly wire: string;
}
