/** The transactions and queries of signcryption (contract `reports`) as typed functions: one function for each. Regulation is in regulation-calls.ts. */
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { KeyPurpose } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import {
  decodeReportBlock,
  encodeReportBlock,
  reportBlockRoot,
  type BlockReport,
  type ReportBlockRecord,
} from '@gridveil/chaincode/domain/report-block.js';
import type {
  SigncryptionKeyHistory,
  SigncryptionKeyRecord,
  SigncryptionKeyRegistration,
  SigncryptionTerms,
  SigncryptionTermsRecord,
} from '@gridveil/chaincode/domain/signcryption-parties.js';
import type { StoredReceipt } from './billing-calls.js';
import { collect, evaluate, pages, submit, type WriteReceipt } from './call.js';
import type { Ledger } from './port.js';

export function openSigncryption(ledger: Ledger, terms: SigncryptionTerms): Promise<WriteReceipt> {
  return submit(ledger, 'reports', 'OpenSigncryption', terms);
}

export function registerSigncryptionKeys(
  ledger: Ledger,
  grid: string,
  keys: readonly SigncryptionKeyRegistration[],
): Promise<WriteReceipt> {
  return submit(ledger, 'reports', 'RegisterKeys', { grid, keys });
}

export function revokeSigncryptionKey(
  ledger: Ledger,
  grid: string,
  purpose: KeyPurpose,
  id: string,
): Promise<WriteReceipt> {
  return submit(ledger, 'reports', 'RevokeKey', { grid, purpose, id });
}

/**
 * Submits reports of a slot as one block; they go beside the argument, so that a block of the ledger keeps them once or not at all.
 * @param reports - by meter id, each meter once
 */
export function submitReports(
  ledger: Ledger,
  grid: string,
  slot: number,
  reports: readonly BlockReport[],
): Promise<StoredReceipt> {
  const digests = reports.map(({ digest }) => digest);
  const root = reportBlockRoot({ channel: ledger.channel, grid }, slot, digests);
  return submit(
    ledger,
    'reports',
    'SubmitReports',
    { grid, slot, root },
    { reports: encodeReportBlock(reports) },
  );
}

export function getSigncryption(ledger: Ledger, grid: string): Promise<SigncryptionTermsRecord> {
  return evaluate(ledger, 'reports', 'GetSigncryption', { grid });
}

/** A key that an identity has or had, with its proofs. */
export function getSigncryptionKey(
  ledger: Ledger,
  grid: string,
  identity: { readonly purpose: KeyPurpose; readonly id: string; readonly epoch: number },
): Promise<SigncryptionKeyHistory> {
  const { purpose, id, epoch } = identity;
  return evaluate(ledger, 'reports', 'GetKey', { grid, purpose, id, epoch });
}

/** The keys that count now. */
export function listSigncryptionKeys(
  ledger: Ledger,
  grid: string,
  purpose: KeyPurpose,
): Promise<SigncryptionKeyRecord[]> {
  return collect(pages(ledger, 'reports', 'ListKeys', { grid, purpose }));
}

export async function getReportBlocks(
  ledger: Ledger,
  grid: string,
  slot: number,
): Promise<readonly ReportBlockRecord[]> {
  const { blocks } = await evaluate<{ blocks: ReportBlockRecord[] }>(ledger, 'reports', 'GetReportBlocks', {
    grid,
    slot,
  });
  return blocks;
}

/** @throws NotFoundError REPORT_BLOCK_UNKNOWN, CONTENT_OFF_LEDGER */
export async function getReports(
  ledger: Ledger,
  grid: string,
  { slot, root }: Pick<ReportBlockRecord, 'slot' | 'root'>,
): Promise<BlockReport[]> {
  const { reports } = await evaluate<{ reports: string }>(ledger, 'reports', 'GetReports', {
    grid,
    slot,
    root,
  });
  return decodeReportBlock(fromBase64url(reports, 'reports'));
}

/** A message sealed to one receiver. @param digest - base64url. @throws NotFoundError CONTENT_OFF_LEDGER */
export async function getSealed(ledger: Ledger, grid: string, digest: string): Promise<Uint8Array> {
  const { sealed } = await evaluate<{ sealed: string }>(ledger, 'reports', 'GetSealed', { grid, digest });
  return fromBase64url(sealed, 'sealed');
}
