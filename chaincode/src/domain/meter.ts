/**
 * A registered meter: its region, its keys, and the proof that whoever registers it holds them.
 *
 * The proof is an Ed25519 signature (RFC 8032) under the meter's signing key over all registered facts, the X25519
 * agreement key among them. Possession of the agreement key shows at the first report: without it no tag verifies.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { lp, u32 } from '../crypto/bytes.js';
import { refusal } from '../errors.js';
import { agreementKey, bytes, identifier, integer, list, object } from './decode.js';

const ED25519_KEY_BYTES = 32;
const ED25519_SIGNATURE_BYTES = 64;
const POSSESSION_LABEL = 'gridveil/registry/meter-possession/v1';
/** Checking a proof costs about 2 ms; a transaction has 30 s. */
export const MAX_METERS_PER_REGISTRATION = 500;

const meterRegistration = object({
  meterId: identifier,
  region: identifier,
  /** Number of this key set, counted up when a meter gets new keys. */
  epoch: integer(1, 1_000_000),
  agreementKey,
  signingKey: bytes(ED25519_KEY_BYTES),
  possession: bytes(ED25519_SIGNATURE_BYTES),
});

export const meterRegistrations = object({
  grid: identifier,
  meters: list(meterRegistration, MAX_METERS_PER_REGISTRATION),
});

export type MeterRegistration = ReturnType<typeof meterRegistration>;

/** As stored: bytes are base64url. */
export interface MeterRecord {
  readonly meterId: string;
  readonly region: string;
  readonly epoch: number;
  readonly agreementKey: string;
  readonly signingKey: string;
  readonly revoked: boolean;
}

/** What the meter signs when it is registered. */
export function possessionStatement(grid: string, meter: Omit<MeterRegistration, 'possession'>): Uint8Array {
  return lp(
    POSSESSION_LABEL,
    grid,
    meter.meterId,
    meter.region,
    u32(meter.epoch),
    meter.agreementKey,
    meter.signingKey,
  );
}

/** @throws ProofRejectedError BAD_POSSESSION_PROOF. One Ed25519 verification, strict RFC 8032 rules. */
export function checkPossession(grid: string, meter: MeterRegistration): void {
  if (!verifies(meter.possession, possessionStatement(grid, meter), meter.signingKey)) {
    throw refusal('BAD_POSSESSION_PROOF', { meterId: meter.meterId });
  }
}

function verifies(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false; // malformed points
  }
}
