/**
 * `gridveil audit`: holds fog nodes to their receipts. For each receipted report the ledger must have a region total of its slot, under whose Merkle root the fog node
 * shows the report; two reports never stand at one place. With an auditor's key, each of these region totals is recounted from the reports it is made of
 * (parties/recount.ts). Trusts the ledger for totals and meters, the fog nodes for nothing.
 */
import { readFile } from 'node:fs/promises';
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { verifyMerkleProof } from '@gridveil/chaincode/crypto/merkle.js';
import type { RegionTotalRecord } from '@gridveil/chaincode/domain/region-total.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { z } from 'zod';
import { ClientError } from '../errors.js';
import { getSlot, listMeters } from '../ledger/calls.js';
import type { Ledger } from '../ledger/port.js';
import { createLog } from '../operations/log.js';
import { decodeItem, encodeItem, type RefusedReport } from '../parties/fleet-records.js';
import { decodeInclusion, decodeReportBatch, type Inclusion } from '../parties/fog-messages.js';
import { readGrid } from '../parties/grid-view.js';
import { verifyReceipt, type ReceiptItem } from '../parties/receipt.js';
import { recountRegion } from '../parties/recount.js';
import { encodeRecountRequest, type RecountRequest } from '../parties/recount-request.js';
import { ReportPoster } from '../transport/report-poster.js';
import { INCLUSION_PATH, RECOUNT_PATH } from '../transport/report-server.js';
import { common, identifier, path, readConfiguration } from './configuration.js';
import { ledgerAccess, openLedger } from './ledger-access.js';
import { readAuditorSecrets, readFogIdentity, type FogIdentity } from './secret-files.js';

const configuration = z.strictObject({
  logLevel: common.logLevel,
  grid: identifier,
  /** Of an identity with the role auditor. */
  ledger: ledgerAccess,
  fogNodes: z.array(path).min(1),
  /** What fleets of meters have written. */
  receipts: z.array(path).min(1),
  /** Key with which fog nodes are asked for the reports of a total; without it nothing is recounted. */
  secrets: path.optional(),
});

const receiptLine = z.strictObject({
  fogNode: z.string(),
  items: z.array(z.string()).min(1),
  receipt: z.string(),
});

/** A report that its fog node refused, as the fleet was told; it has no receipt, and counts nowhere. */
const refusedLine = z.strictObject({
  refused: z.strictObject({ fogNode: z.string(), meterId: z.string(), slot: z.int(), code: z.string() }),
});

/** What became of a receipted report; the last three are what an audit looks for. */
const VERDICTS = [
  'counted',
  'withheld',
  'not yet on the ledger',
  'missing',
  'counted twice',
  'bad receipt',
] as const;
export type Verdict = (typeof VERDICTS)[number];
const BROKEN: readonly Verdict[] = ['missing', 'counted twice', 'bad receipt'];

/** A promise that was not kept. */
export interface Finding {
  readonly verdict: Verdict;
  readonly fogNode: string;
  readonly slot: number;
  readonly leaf: string;
}

/** A region total that is not what its reports add up to, or whose reports are not shown. */
export interface RecountFinding {
  readonly fogNode: string;
  readonly slot: number;
  readonly region: string;
  readonly reason: string;
}

export interface AuditReport {
  readonly schema: 'gridveil/audit/v1';
  readonly grid: string;
  readonly receipts: number;
  readonly reports: Readonly<Record<Verdict, number>>;
  readonly findings: readonly Finding[];
  /** Region totals that were recounted from their reports, and those of them that differ. */
  readonly recounted: number;
  readonly differing: readonly RecountFinding[];
  /** Late reports (REPORT_STALE_SLOT) and others that were refused: no promise was given for them. */
  readonly refused: readonly RefusedReport[];
  readonly holds: boolean;
}

/** How a fog node is asked to show a report; undefined when it does not. */
export type ShowReport = (fogNode: string, item: ReceiptItem) => Promise<Inclusion | undefined>;

/** How a fog node is asked for the reports of a region total, from the `from`-th on; undefined when it shows none. */
export type ShowReports = (
  fogNode: string,
  about: RecountRequest,
) => Promise<readonly Uint8Array[] | undefined>;

/** @throws ClientError CONFIG_INVALID, FILE_UNREADABLE, RECEIPTS_MALFORMED; LedgerError */
export async function runAudit(file: string): Promise<AuditReport> {
  const settings = await readConfiguration(file, configuration);
  const log = createLog('audit', settings.logLevel);
  const identities = await Promise.all(settings.fogNodes.map(readFogIdentity));
  const posters = new Map(identities.map(({ fogNode, url }) => [fogNode, new ReportPoster({ url })]));
  const opened = await openLedger(settings.ledger, log);
  try {
    const audit = new Audit(opened.ledger, settings.grid, identities, async (fogNode, item) =>
      decoded(await ask(posters, fogNode, INCLUSION_PATH, encodeItem(item)), decodeInclusion),
    );
    for (const name of settings.receipts) await audit.readFile(name);
    if (settings.secrets !== undefined) {
      const auditor = await readAuditorSecrets(settings.secrets);
      const { channel } = opened.ledger;
      const { grid } = settings;
      await audit.recount(async (fogNode, about) => {
        const request = encodeRecountRequest(auditor, { channel, grid, fogNode }, about, Date.now() / 1000);
        return decoded(await ask(posters, fogNode, RECOUNT_PATH, request), decodeReportBatch);
      });
    }
    return audit.report();
  } finally {
    for (const poster of posters.values()) poster.close();
    await opened.close();
  }
}

/** @throws ClientError FOG_NODE_DOWN: a node that does not answer is not accused. */
async function ask(
  posters: ReadonlyMap<string, ReportPoster>,
  fogNode: string,
  where: string,
  body: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    const answer = await posters.get(fogNode)?.post(where, body);
    return answer?.status === 200 ? answer.body : undefined;
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code !== 'string') throw cause;
    throw new ClientError('FOG_NODE_DOWN', { fogNode, reason: code }, { cause });
  }
}

/** What cannot be read is not shown. */
function decoded<T>(body: Uint8Array | undefined, decode: (bytes: Uint8Array) => T): T | undefined {
  try {
    return body && decode(body);
  } catch (error) {
    if (error instanceof GridveilError) return undefined;
    throw error;
  }
}

export class Audit {
  readonly #seen = new Set<string>();
  /** `slot/region/index` → leaf */
  readonly #places = new Map<string, string>();
  readonly #totals = new Map<number, Promise<readonly RegionTotalRecord[]>>();
  readonly #counts = new Map<Verdict, number>();
  readonly #findings: Finding[] = [];
  readonly #differing: RecountFinding[] = [];
  readonly #refused: RefusedReport[] = [];
  #receipts = 0;
  #recounted = 0;

  constructor(
    private readonly ledger: Ledger,
    private readonly grid: string,
    private readonly identities: readonly FogIdentity[],
    private readonly show: ShowReport,
  ) {}

  async readFile(file: string): Promise<void> {
    const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw new ClientError('FILE_UNREADABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
    });
    for (const [i, line] of text.split('\n').filter(Boolean).entries()) {
      const content = parseJson(line);
      const refused = refusedLine.safeParse(content);
      if (refused.success) {
        this.#refused.push(refused.data.refused);
        continue;
      }
      const parsed = receiptLine.safeParse(content);
      if (!parsed.success) throw new ClientError('RECEIPTS_MALFORMED', { file, line: i + 1 });
      const { fogNode, items, receipt } = parsed.data;
      await this.take(
        fogNode,
        items.map((item) => decodeItem(fromBase64url(item, 'item'))),
        fromBase64url(receipt, 'receipt'),
      );
    }
  }

  async take(fogNode: string, items: readonly ReceiptItem[], receipt: Uint8Array): Promise<void> {
    this.#receipts += 1;
    const identity = this.identities.find((each) => each.fogNode === fogNode);
    const issuer = { channel: this.ledger.channel, grid: this.grid, fogNode };
    const signed = identity !== undefined && verifyReceipt(identity.receiptKey, issuer, items, receipt);
    for (const item of items) {
      const leaf = Buffer.from(item.leaf).toString('hex');
      if (signed && this.#seen.has(leaf)) continue; // receipted again when it was sent again
      if (signed) this.#seen.add(leaf);
      this.#record(
        signed ? await this.#verdict(fogNode, item, leaf) : 'bad receipt',
        fogNode,
        item.slot,
        leaf,
      );
    }
  }

  /** Recounts every region total that a receipt has led to. @throws LedgerError */
  async recount(showReports: ShowReports): Promise<void> {
    const grid = await readGrid(this.ledger, this.grid);
    const meters = new Map((await listMeters(this.ledger, this.grid)).map((meter) => [meter.meterId, meter]));
    for (const totals of this.#totals.values()) {
      for (const total of await totals) {
        const { fogNode, slot, region, count } = total;
        if (count === 0 || !this.identities.some((each) => each.fogNode === fogNode)) continue;
        const reports = await allOf(showReports, total);
        const reason = reports
          ? recountRegion(grid, total, reports, meters).difference
          : 'it shows no reports';
        this.#recounted += 1;
        if (reason !== undefined) this.#differing.push({ fogNode, slot, region, reason });
      }
    }
  }

  report(): AuditReport {
    const reports = Object.fromEntries(VERDICTS.map((verdict) => [verdict, this.#counts.get(verdict) ?? 0]));
    return {
      schema: 'gridveil/audit/v1',
      grid: this.grid,
      receipts: this.#receipts,
      reports: reports as Record<Verdict, number>,
      findings: this.#findings,
      recounted: this.#recounted,
      differing: this.#differing,
      refused: this.#refused,
      holds: this.#findings.length + this.#differing.length === 0,
    };
  }

  #record(verdict: Verdict, fogNode: string, slot: number, leaf: string): void {
    this.#counts.set(verdict, (this.#counts.get(verdict) ?? 0) + 1);
    if (BROKEN.includes(verdict)) this.#findings.push({ verdict, fogNode, slot, leaf });
  }

  async #verdict(fogNode: string, item: ReceiptItem, leaf: string): Promise<Verdict> {
    const totals = await this.#totalsOf(item.slot);
    if (!totals.some((total) => total.fogNode === fogNode)) return 'not yet on the ledger';
    const shown = await this.show(fogNode, item);
    const total = totals.find(({ region }) => region === shown?.region);
    if (!shown || !total) return 'missing';
    if (total.count === 0) return 'withheld';
    const root = fromBase64url(total.merkleRoot, 'merkleRoot', 32);
    const holds =
      shown.count === total.count &&
      verifyMerkleProof(root, item.leaf, shown.index, total.count, shown.proof);
    if (!holds) return 'missing';
    const place = `${item.slot}/${total.region}/${shown.index}`;
    const other = this.#places.get(place);
    this.#places.set(place, leaf);
    return other !== undefined && other !== leaf ? 'counted twice' : 'counted';
  }

  #totalsOf(slot: number): Promise<readonly RegionTotalRecord[]> {
    const known = this.#totals.get(slot);
    if (known) return known;
    const totals = getSlot(this.ledger, this.grid, slot).then(
      ({ regionTotals }) => regionTotals,
      (error: unknown) => {
        if (error instanceof GridveilError && error.code === 'SLOT_UNKNOWN') return [];
        throw error;
      },
    );
    this.#totals.set(slot, totals);
    return totals;
  }
}

/** Page by page; undefined when one of them is not shown. */
async function allOf(
  show: ShowReports,
  { fogNode, slot, region, count }: RegionTotalRecord,
): Promise<readonly Uint8Array[] | undefined> {
  const reports: Uint8Array[] = [];
  while (reports.length < count) {
    const page = await show(fogNode, { slot, region, from: reports.length });
    if (!page || page.length === 0) return undefined;
    reports.push(...page);
  }
  return reports;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
