/**
 * Contract `reports`: signcrypted reports for several receivers (paper 002 CBSG, hardened form 002-H).
 *
 * The control centre, which is the key generation centre (KGC), opens signcryption of a grid and registers keys with their proofs; accounting nodes submit blocks of reports. Every endorser
 * checks each report's signature, slot, epochs and receivers; nobody on the ledger can open any. Full reports stand on the ledger or, by the terms, only their digests.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { toBase64url } from '../crypto/bytes.js';
import {
  decodeArgument,
  bytes,
  identifier,
  integer,
  object,
  oneOf,
  optional,
  pageSize,
  slotNumber,
  text,
} from '../domain/decode.js';
import { checkSlotWindow } from '../domain/region-total.js';
import {
  checkReportBlock,
  decodeReportBlock,
  MAX_BLOCK_BYTES,
  reportBlockSubmission,
  type BlockReport,
  type ReportBlockRecord,
} from '../domain/report-block.js';
import {
  checkRegistration,
  checkTerms,
  currentKeyName,
  KEY_PURPOSES,
  keyRecord,
  keyRegistrations,
  registeredDirectory,
  signcryptionTerms,
  type SigncryptionKeyHistory,
  type SigncryptionKeyRecord,
  type SigncryptionKeyRegistration,
  type SigncryptionTermsRecord,
} from '../domain/signcryption-parties.js';
import { succeedsEpoch } from '../domain/billing-parties.js';
import { refusal } from '../errors.js';
import { requireRole } from '../ledger/access.js';
import { numberKey, transactionSeconds } from '../ledger/billing-records.js';
import { canonicalJson } from '../ledger/canonical-json.js';
import { emit, EVENTS } from '../ledger/events.js';
import {
  keyKind,
  readKey,
  readRegisteredKeys,
  requireSigncryptionOwner,
  requireSigncryptionRole,
  SIGNCRYPTION_READERS,
  type SigncryptionGrid,
} from '../ledger/signcryption-records.js';
import {
  pageState,
  readBytes,
  readState,
  scanState,
  slotKey,
  writeBytes,
  writeState,
} from '../ledger/state.js';
import { expectTransientFields, transientBytes } from '../ledger/transient.js';

const identity = { grid: identifier, purpose: oneOf(KEY_PURPOSES), id: identifier };
const page = { pageSize, bookmark: optional(text(1024)) };
const gridCall = object({ grid: identifier });
const keyCall = object(identity);
const keyQuery = object({ ...identity, epoch: optional(integer(1, 1_000_000)) });
const keyPage = object({ grid: identifier, purpose: oneOf(KEY_PURPOSES), ...page });
const slotCall = object({ grid: identifier, slot: slotNumber });
const blockCall = object({ grid: identifier, slot: slotNumber, root: bytes(32) });
const sealedCall = object({ grid: identifier, digest: bytes(32) });

@Info({ title: 'reports', description: 'Keys and blocks of signcrypted reports' })
export class ReportsContract extends Contract {
  constructor() {
    super('reports');
  }

  /** Needs: kgc; the submitter's organisation owns the signcryption of the grid. `{grid, authorityKey, slotSeconds, maxSlotAgeSeconds, storage, regulator}`: fixed for good. */
  @Transaction()
  @Returns('string')
  async OpenSigncryption(ctx: Context, argument: string): Promise<string> {
    const terms = decodeArgument(argument, signcryptionTerms);
    const { grid } = terms;
    const { mspId } = await requireRole(ctx, 'kgc');
    checkTerms(terms, mspId);
    const record = { ...terms, owner: mspId };
    const existing = await readState<SigncryptionTermsRecord>(ctx.stub, 'signcryption', [grid]);
    if (existing !== undefined) {
      if (canonicalJson({ ...existing }) !== canonicalJson(record))
        throw refusal('SIGNCRYPTION_EXISTS', { grid });
      return canonicalJson({ status: 'duplicate', grid });
    }
    await writeState(ctx.stub, 'signcryption', [grid], record);
    emit(ctx, EVENTS.signcryptionOpened, record);
    return canonicalJson({ status: 'accepted', grid });
  }

  /** Needs: kgc of the owner. `{grid, keys: [{purpose, id, party, epoch, publicKey, own, partial}]}`: all of them or none. */
  @Transaction()
  @Returns('string')
  async RegisterKeys(ctx: Context, argument: string): Promise<string> {
    const { grid, keys } = decodeArgument(argument, keyRegistrations);
    const found = await requireSigncryptionOwner(ctx, grid, 'kgc');
    const names = keys.map(({ purpose, id }) => JSON.stringify([purpose, id]));
    if (new Set(names).size !== names.length)
      throw refusal('BAD_FIELD', { field: 'keys', expected: 'a list without repeated ids of a purpose' });
    const registered: { purpose: string; id: string; epoch: number }[] = [];
    for (const key of keys) {
      const { purpose, id, epoch } = key;
      if (await registerKey(ctx, found, key)) registered.push({ purpose, id, epoch });
    }
    if (registered.length === 0) return canonicalJson({ status: 'duplicate', grid, registered: 0 });
    emit(ctx, EVENTS.signcryptionKeysRegistered, { grid, keys: registered });
    return canonicalJson({ status: 'accepted', grid, registered: registered.length });
  }

  /** Needs: kgc of the owner. `{grid, purpose, id}`: the key signs no new report, or gets no part of one. */
  @Transaction()
  @Returns('string')
  async RevokeKey(ctx: Context, argument: string): Promise<string> {
    const { grid, purpose, id } = decodeArgument(argument, keyCall);
    const { authority } = await requireSigncryptionOwner(ctx, grid, 'kgc');
    const record = await readKey(ctx, authority, { purpose, id });
    if (!record) throw refusal('SIGNCRYPTION_KEY_UNKNOWN', { purpose, id });
    if (record.revoked) return canonicalJson({ status: 'duplicate', grid, purpose, id });
    const key = [grid, currentKeyName(authority, record)];
    await writeState(ctx.stub, keyKind(purpose), key, { ...record, revoked: true });
    emit(ctx, EVENTS.signcryptionKeyRevoked, { grid, purpose, id, epoch: record.epoch });
    return canonicalJson({ status: 'accepted', grid, purpose, id });
  }

  /**
   * Needs: accounting. `{grid, slot, root}`; transient: `reports` (`encodeReportBlock`). The block is stored as a whole or not at all; which report is bad, the refusal says.
   *
   * So reports stand in a block of the ledger once, in the write set, as bytes, or not at all.
   */
  @Transaction()
  @Returns('string')
  async SubmitReports(ctx: Context, argument: string): Promise<string> {
    const submission = decodeArgument(argument, reportBlockSubmission);
    const { grid, slot } = submission;
    const { terms, authority, caller } = await requireSigncryptionRole(ctx, grid, 'accounting');
    const root = toBase64url(submission.root);
    const blocks = await scanState<ReportBlockRecord>(ctx.stub, 'report-block', [grid, slotKey(slot)]);
    const existing = blocks.find((block) => block.root === root);
    if (existing) return canonicalJson({ status: 'duplicate', slot, root, txId: existing.txId });
    checkSlotWindow(slot, terms, transactionSeconds(ctx));
    expectTransientFields(ctx, 'reports');
    const encoded = transientBytes(ctx, 'reports', MAX_BLOCK_BYTES);
    const reports = decodeReportBlock(encoded);
    const keys = await readRegisteredKeys(
      ctx,
      grid,
      reports.map(({ report }) => report.header.meterId),
      reports.flatMap(({ report }) => report.header.receivers.map(({ index }) => index)),
    );
    const reported = new Set(blocks.flatMap((block) => block.reports.map(({ meterId }) => meterId)));
    const directory = registeredDirectory(authority, keys, 'meter');
    checkReportBlock(authority, submission, reports, directory, reported);
    const txId = ctx.stub.getTxID();
    const record = { slot, root, reports: entriesOf(reports), submittedBy: caller.mspId, txId };
    await writeState(ctx.stub, 'report-block', [grid, slotKey(slot), root], record);
    if (terms.storage === 'ledger')
      await writeBytes(ctx.stub, 'report-block-bytes', [grid, slotKey(slot), root], encoded);
    emit(ctx, EVENTS.reportsSubmitted, { grid, slot, root, count: reports.length });
    return canonicalJson({ status: 'accepted', slot, root, txId });
  }

  /** Needs: any role of signcryption. `{grid}`: its terms. */
  @Transaction(false)
  @Returns('string')
  async GetSigncryption(ctx: Context, argument: string): Promise<string> {
    const { grid } = decodeArgument(argument, gridCall);
    const { terms } = await requireReader(ctx, grid);
    return canonicalJson({ ...terms });
  }

  /** Needs: any role of signcryption. `{grid, purpose, id, epoch?}`: the current key, or that of an epoch with its proofs. */
  @Transaction(false)
  @Returns('string')
  async GetKey(ctx: Context, argument: string): Promise<string> {
    const { grid, purpose, id, epoch } = decodeArgument(argument, keyQuery);
    const { authority } = await requireReader(ctx, grid);
    const record =
      epoch === undefined
        ? await readKey(ctx, authority, { purpose, id })
        : await readKeyOfEpoch(ctx, [grid, purpose, id, numberKey(epoch)]);
    if (!record) throw refusal('SIGNCRYPTION_KEY_UNKNOWN', { purpose, id });
    return canonicalJson({ ...record });
  }

  /** Needs: any role of signcryption. `{grid, purpose, pageSize, bookmark?}`: current keys. */
  @Transaction(false)
  @Returns('string')
  async ListKeys(ctx: Context, argument: string): Promise<string> {
    const { grid, purpose, ...request } = decodeArgument(argument, keyPage);
    await requireReader(ctx, grid);
    return JSON.stringify(
      await pageState<SigncryptionKeyRecord>(ctx.stub, keyKind(purpose), [grid], request),
    );
  }

  /** Needs: any role of signcryption. `{grid, slot}`: the blocks of a slot, without their reports. */
  @Transaction(false)
  @Returns('string')
  async GetReportBlocks(ctx: Context, argument: string): Promise<string> {
    const { grid, slot } = decodeArgument(argument, slotCall);
    await requireReader(ctx, grid);
    const blocks = await scanState<ReportBlockRecord>(ctx.stub, 'report-block', [grid, slotKey(slot)]);
    return JSON.stringify({ slot, blocks });
  }

  /** Needs: any role of signcryption. `{grid, slot, root}`: the reports of a block, as `encodeReportBlock` writes them. */
  @Transaction(false)
  @Returns('string')
  async GetReports(ctx: Context, argument: string): Promise<string> {
    const { grid, slot, root } = decodeArgument(argument, blockCall);
    await requireReader(ctx, grid);
    const key = [grid, slotKey(slot), toBase64url(root)];
    const reports = await readBytes(ctx.stub, 'report-block-bytes', key);
    if (reports) return canonicalJson({ reports });
    if (await readState(ctx.stub, 'report-block', key)) throw refusal('CONTENT_OFF_LEDGER', { grid });
    throw refusal('REPORT_BLOCK_UNKNOWN', { slot });
  }

  /** Needs: any role of signcryption. `{grid, digest}`: a sealed message, such as an action for a meter. */
  @Transaction(false)
  @Returns('string')
  async GetSealed(ctx: Context, argument: string): Promise<string> {
    const { grid, digest } = decodeArgument(argument, sealedCall);
    await requireReader(ctx, grid);
    const sealed = await readBytes(ctx.stub, 'sealed-message', [grid, toBase64url(digest)]);
    if (!sealed) throw refusal('CONTENT_OFF_LEDGER', { grid });
    return canonicalJson({ sealed });
  }
}

function requireReader(ctx: Context, grid: string): Promise<SigncryptionGrid> {
  return requireSigncryptionRole(ctx, grid, ...SIGNCRYPTION_READERS);
}

function readKeyOfEpoch(ctx: Context, key: readonly string[]): Promise<SigncryptionKeyHistory | undefined> {
  return readState(ctx.stub, 'signcryption-key', key);
}

function entriesOf(reports: readonly BlockReport[]): { meterId: string; digest: string }[] {
  return reports.map(({ report, digest }) => ({
    meterId: report.header.meterId,
    digest: toBase64url(digest),
  }));
}

/** @returns whether anything was written. */
async function registerKey(
  ctx: Context,
  { authority }: SigncryptionGrid,
  registration: SigncryptionKeyRegistration,
): Promise<boolean> {
  const { grid } = authority;
  const { purpose, id, epoch, own, partial } = registration;
  const record = keyRecord(registration);
  const existing = await readKey(ctx, authority, record);
  if (existing && canonicalJson({ ...existing }) === canonicalJson({ ...record })) return false;
  const sameParty = existing === undefined || existing.party === record.party;
  if (!sameParty || !succeedsEpoch(record, existing))
    throw refusal('SIGNCRYPTION_KEY_EXISTS', { purpose, id });
  checkRegistration(authority, registration);
  const { revoked, ...facts } = record;
  const key = [grid, currentKeyName(authority, record)];
  await writeState(ctx.stub, keyKind(purpose), key, { ...facts, revoked });
  const history = { ...facts, own, partial, txId: ctx.stub.getTxID() };
  await writeState(ctx.stub, 'signcryption-key', [grid, purpose, id, numberKey(epoch)], history);
  return true;
}
