/**
 * Paper 000 (LDAS-BC), section V.B: the report of a meter, eq. (1) to (4). The "digital signature" is a hash without any
 * secret; h is SHA-256.
 *
 * `lengthPrefixed` joins fields injectively, the charitable reading; `raw` is the printed ‖.
 */
import { createHash } from 'node:crypto';
import { bigintToBytes, concatBytes, lp, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { encrypt, type PublicParameters } from './paillier.js';

export type Joining = 'lengthPrefixed' | 'raw';

/** (C_ij, mac_ij, T_p, ID_ij) as sent to the fog node. */
export interface Report {
  readonly ciphertext: bigint;
  readonly mac: string;
  readonly time: string;
  readonly id: string;
}

function join(joining: Joining, ...fields: readonly Uint8Array[]): Uint8Array {
  return joining === 'raw' ? concatBytes(...fields) : lp(...fields);
}

function h(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** Eq. (1): m = ID ‖ d ‖ T; a record of the meter's own, which no later equation uses. */
export function record(id: string, d: bigint, time: string, joining: Joining = 'lengthPrefixed'): Uint8Array {
  return join(joining, utf8(id), utf8(String(d)), utf8(time));
}

/** Eq. (3), (4) and (6): h(C ‖ h(T ‖ ID)). The ciphertext has the width of N², or more if it is larger. */
export function macOf(
  { N2 }: PublicParameters,
  ciphertext: bigint,
  time: string,
  id: string,
  joining: Joining = 'lengthPrefixed',
): string {
  const size = (value: bigint): number => Math.ceil(value.toString(16).length / 2);
  const bytes = bigintToBytes(ciphertext, Math.max(size(N2), size(ciphertext)));
  const y = h(join(joining, utf8(time), utf8(id)));
  return Buffer.from(h(join(joining, bytes, y))).toString('hex');
}

/** The report around a ciphertext that anyone chose: nothing in it needs a key. */
export function reportOf(
  parameters: PublicParameters,
  ciphertext: bigint,
  time: string,
  id: string,
  joining: Joining = 'lengthPrefixed',
): Report {
  return { ciphertext, mac: macOf(parameters, ciphertext, time, id, joining), time, id };
}

/** Steps 1 to 4 of section V.B. */
export function makeReport(parameters: PublicParameters, id: string, d: bigint, time: string): Report {
  return reportOf(parameters, encrypt(parameters, d), time, id);
}

/** Eq. (4), all that a fog node checks. */
export function fogAccepts(parameters: PublicParameters, report: Report, joining?: Joining): boolean {
  const { ciphertext, mac, time, id } = report;
  return macOf(parameters, ciphertext, time, id, joining) === mac;
}
