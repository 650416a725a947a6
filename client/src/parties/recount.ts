/**
 * Recounts a region total from the reports it was made of. Run by an auditor, who trusts the ledger for totals and meters, and the fog node for nothing.
 *
 * What it shows: the committed count, Merkle root and ciphertext (equation (5), C_j = prod C_ij mod N²) are those of exactly these reports, one for each
 * registered meter at most. What it cannot show: that a meter made its report, since tags are under keys that only meter and fog node share; a meter sees
 * by its own inclusion whether it was given one. Reports are ciphertexts: whoever also holds the Paillier key can read single readings from them.
 */
import { bytesToHex, equalBytes, fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeReport, reportLeaf, type Report } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { merkleRoot } from '@gridveil/chaincode/crypto/merkle.js';
import { addEncodedCiphertexts, encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import type { MeterRecord } from '@gridveil/chaincode/domain/meter.js';
import type { RegionTotalRecord } from '@gridveil/chaincode/domain/region-total.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import type { GridView } from './grid-view.js';

/** What a recount found: the leaves of its reports in hex, and what is wrong, if anything. */
export interface Recount {
  readonly leaves: ReadonlySet<string>;
  readonly difference: string | undefined;
}

/** All registered meters of the grid, by id, as they are now. */
export type RegisteredMeters = ReadonlyMap<string, Pick<MeterRecord, 'region' | 'epoch'>>;

/**
 * @param total - of at least one report, as the ledger has it.
 * @param reports - what the fog node shows, in its order.
 */
export function recountRegion(
  grid: GridView,
  total: RegionTotalRecord,
  reports: readonly Uint8Array[],
  meters: RegisteredMeters,
): Recount {
  try {
    const decoded = reports.map((bytes) => decodeReport(bytes, grid.publicKey.ciphertextBytes));
    const leaves = decoded.map(({ header, ciphertext, tag }) => reportLeaf(header.meterId, ciphertext, tag));
    return {
      leaves: new Set(leaves.map(bytesToHex)),
      difference: foreignReport(grid, total, decoded, meters) ?? wrongSum(grid, total, decoded, leaves),
    };
  } catch (error) {
    if (!(error instanceof GridveilError)) throw error;
    return { leaves: new Set(), difference: `a report is malformed (${error.code})` };
  }
}

function foreignReport(
  { channel, record, publicKey }: GridView,
  { region, slot }: RegionTotalRecord,
  reports: readonly Report[],
  meters: RegisteredMeters,
): string | undefined {
  let last = '';
  for (const { header } of reports) {
    const { meterId } = header;
    const ours = header.channel === channel && header.grid === record.grid;
    if (!ours || !equalBytes(header.fingerprint, publicKey.fingerprint))
      return 'a report is for another grid';
    if (header.region !== region || header.slot !== slot) return 'a report is of another region or slot';
    const meter = meters.get(meterId);
    // A later registration may have moved it.
    const wasThere = meter && (meter.epoch > header.epoch || meter.region === region);
    if (!wasThere) return `meter "${meterId}" is not registered in the region`;
    if (meterId <= last) return `meter "${meterId}" stands twice, or out of order`;
    last = meterId;
  }
  return undefined;
}

function wrongSum(
  { publicKey }: GridView,
  total: RegionTotalRecord,
  reports: readonly Report[],
  leaves: readonly Uint8Array[],
): string | undefined {
  if (reports.length !== total.count) return `${reports.length} reports for a count of ${total.count}`;
  if (!equalBytes(merkleRoot(leaves), fromBase64url(total.merkleRoot, 'merkleRoot', 32)))
    return 'the Merkle root is that of other reports';
  const entries = reports.map(({ header, ciphertext }) => ({ owner: header.meterId, bytes: ciphertext }));
  const sum = encodeCiphertext(publicKey, addEncodedCiphertexts(publicKey, entries));
  return toBase64url(sum) === total.ciphertext ? undefined : 'the total is not the sum of the reports';
}
