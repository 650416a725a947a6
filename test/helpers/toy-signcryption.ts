/** Signcryption with three meters and three receivers of one grid, reports of a slot, and what a directory answers. */
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  decodeSigncryptedReport,
  encodeSigncryptedReport,
  type SigncryptedReport,
} from '@gridveil/chaincode/crypto/signcryption.js';
import { directoryOf, type SigncryptionDirectory } from '@gridveil/chaincode/crypto/signcryption-check.js';
import type {
  KeyAuthority,
  KeyIdentity,
  SigncryptionPublicKey,
} from '@gridveil/chaincode/crypto/signcryption-keys.js';
import type { RandomSource } from '@gridveil/client/crypto/ristretto-secret.js';
import { ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import { KeyGenerationCentre } from '@gridveil/client/crypto/signcryption-authority.js';
import { OwnSecret, type SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';

export const SCOPE = { channel: 'gridveil', grid: 'toy' };
/** An hour of 2024, counted in hours from 1970. */
export const SLOT = 473_400;
export const METERS = ['m1', 'm2', 'm3'] as const;
export const RECEIVERS = ['control-centre', 'grid-operator', 'supplier'] as const;

export interface ToySigncryption {
  readonly kgc: KeyGenerationCentre;
  readonly authority: KeyAuthority;
  readonly keys: ReadonlyMap<string, SigncryptionKey>;
  readonly directory: SigncryptionDirectory;
  key(id: string): SigncryptionKey;
  publicKey(id: string): SigncryptionPublicKey;
  /** What the report of a meter says to a receiver. */
  plaintext(meterId: string, receiver: string): Uint8Array;
  /** An honest report, as it is sent. */
  sealed(meterId: string, slot?: number, receivers?: readonly string[]): Uint8Array;
  /** The same, decoded. */
  report(meterId: string, slot?: number, receivers?: readonly string[]): SigncryptedReport;
}

/** A key from request to acceptance. */
export async function makeKey(
  kgc: KeyGenerationCentre,
  identity: KeyIdentity,
  random?: RandomSource,
): Promise<SigncryptionKey> {
  const own = await OwnSecret.generate(random);
  return own.accept(kgc.authority, identity, kgc.issue(own.request(kgc.authority, identity)));
}

let made: Promise<ToySigncryption> | undefined;

/** One for all tests of a process. */
export function toySigncryption(): Promise<ToySigncryption> {
  return (made ??= makeToySigncryption());
}

/** @param random - the same source gives the same keys and reports */
export async function makeToySigncryption(random?: RandomSource): Promise<ToySigncryption> {
  const kgc = await KeyGenerationCentre.generate(SCOPE, random);
  const keys = new Map<string, SigncryptionKey>();
  for (const id of METERS) keys.set(id, await makeKey(kgc, { purpose: 'sender', id, epoch: 1 }, random));
  for (const id of RECEIVERS) keys.set(id, await makeKey(kgc, { purpose: 'receiver', id, epoch: 1 }, random));
  const sealers = new Map<string, ReportSealer>();
  for (const id of METERS) sealers.set(id, await ReportSealer.create(found(keys, id)));
  const directory = directoryOf(
    SCOPE,
    [...keys.values()].map(({ publicKey }) => publicKey),
  );
  const toy: ToySigncryption = {
    ...{ kgc, authority: kgc.authority, keys, directory },
    key: (id) => found(keys, id),
    publicKey: (id) => found(keys, id).publicKey,
    plaintext: (meterId, receiver) => utf8(`from ${meterId} to ${receiver}`),
    sealed: (meterId, slot = SLOT, receivers = RECEIVERS) =>
      found(sealers, meterId).seal(
        { ...SCOPE, slot },
        receivers.map((receiver) => ({
          receiver: toy.publicKey(receiver),
          plaintext: toy.plaintext(meterId, receiver),
        })),
      ),
    report: (...facts) => decodeSigncryptedReport(toy.sealed(...facts)),
  };
  return toy;
}

function found<T>(map: ReadonlyMap<string, T>, id: string): T {
  const value = map.get(id);
  if (value === undefined) throw new Error(`there is no "${id}"`);
  return value;
}

/** A report with some of its fields replaced, as it would be sent. */
export function altered(report: SigncryptedReport, changes: Partial<SigncryptedReport>): Uint8Array {
  return encodeSigncryptedReport({ ...report, ...changes });
}
