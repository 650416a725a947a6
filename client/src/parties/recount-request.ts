/**
 * How an auditor asks a fog node for the reports of a region total, and how the fog node decides. Only auditors that its operator has named are answered,
 * since the holder of the Paillier key could read single readings from reports.
 *
 * request = lp(LABEL, channel, grid, fogNode, region, slot u64, from u32, unix seconds u64, auditor key 32, signature 64);
 * signature = Ed25519 (RFC 8032) of the auditor over the same without the last field. `from` is the number of reports to leave out: an answer holds at
 * most 1,000 (fog-messages.ts). A request is good for five minutes; whoever reads it on its way reads the answer as well: confidentiality is TLS's matter.
 */
import {
  concatBytes,
  decodeUtf8,
  equalBytes,
  lp,
  splitLp,
  u32,
  u64,
  utf8,
} from '@gridveil/chaincode/crypto/bytes.js';
import { expectLabel, readSlot, readU32 } from '@gridveil/chaincode/crypto/message-fields.js';
import { CLOCK_SKEW_SECONDS } from '@gridveil/chaincode/domain/region-total.js';
import { signMessage, verifyMessage, type KeyPair } from '../crypto/curve25519.js';
import { ClientError } from '../errors.js';
import { encodeReportBatch, FOG_REPORT_BATCH, MAX_REPORTS_PER_BATCH } from './fog-messages.js';
import type { ReceiptIssuer } from './receipt.js';

const LABEL = 'gridveil/fog-aggregation/recount/v1';
const WHAT = 'A recount request';
const FIELDS = 10;
export const MAX_RECOUNT_REQUEST_BYTES = 1024;
const SIGNATURE_FIELD_BYTES = 4 + 64;

export interface RecountRequest {
  readonly region: string;
  readonly slot: number;
  /** Reports before this one are left out. */
  readonly from: number;
}

export function encodeRecountRequest(
  auditor: KeyPair,
  { channel, grid, fogNode }: ReceiptIssuer,
  { region, slot, from }: RecountRequest,
  nowSeconds: number,
): Uint8Array {
  const unsigned = lp(
    LABEL,
    channel,
    grid,
    fogNode,
    region,
    u64(slot),
    u32(from),
    u64(Math.floor(nowSeconds)),
    auditor.publicKey,
  );
  return concatBytes(unsigned, lp(signMessage(auditor, unsigned)));
}

export interface RecountDeskOptions {
  readonly issuer: ReceiptIssuer;
  /** Raw Ed25519 keys, 32 bytes each. */
  readonly auditors: readonly Uint8Array[];
  readonly nowSeconds: () => number;
  /** All reports of a closed region in leaf order; undefined where they are not kept. */
  readonly reportsOf: (slot: number, region: string) => Promise<readonly Uint8Array[] | undefined>;
}

/** Answers recount requests for a fog node. */
export class RecountDesk {
  readonly #options: RecountDeskOptions;

  constructor(options: RecountDeskOptions) {
    this.#options = options;
  }

  /**
   * @returns the reports from `from` on as a batch; undefined when there is none.
   * @throws DecodeError; ClientError RECOUNT_REFUSED.
   */
  async handle(body: Uint8Array): Promise<Uint8Array | undefined> {
    const { region, slot, from } = this.#admitted(body);
    const reports = await this.#options.reportsOf(slot, region);
    const page = reports?.slice(from, from + MAX_REPORTS_PER_BATCH) ?? [];
    return page.length === 0 ? undefined : encodeReportBatch(fitting(page));
  }

  #admitted(body: Uint8Array): RecountRequest {
    const [label, channel, grid, fogNode, region, slot, from, seconds, auditor, signature] = splitLp(
      body,
      FIELDS,
      WHAT,
    );
    expectLabel(label, utf8(LABEL), WHAT);
    const { issuer, auditors, nowSeconds } = this.#options;
    const refuse = (reason: string): ClientError =>
      new ClientError('RECOUNT_REFUSED', { fogNode: issuer.fogNode, reason });
    const addressed = [channel, grid, fogNode].map((field) => decodeUtf8(field, 'address'));
    if (addressed.join('/') !== [issuer.channel, issuer.grid, issuer.fogNode].join('/'))
      throw refuse('it is for another fog node');
    if (!auditors.some((each) => equalBytes(each, auditor))) throw refuse('its auditor is not known here');
    const unsigned = body.subarray(0, body.length - SIGNATURE_FIELD_BYTES);
    if (!verifyMessage(auditor, unsigned, signature)) throw refuse('its signature is wrong');
    if (Math.abs(readSlot(seconds) - nowSeconds()) > CLOCK_SKEW_SECONDS) throw refuse('it is too old');
    return { region: decodeUtf8(region, 'region'), slot: readSlot(slot), from: readU32(from, 'The offset') };
  }
}

/** As many of the reports as fit into one message. */
function fitting(reports: readonly Uint8Array[]): readonly Uint8Array[] {
  let sizeBytes = 0;
  const tooMany = reports.findIndex(
    (report) => (sizeBytes += report.length + 4) > FOG_REPORT_BATCH.limitBytes - 64,
  );
  return tooMany < 0 ? reports : reports.slice(0, tooMany);
}
