/** Finds the reports of closed slots in the journal of a fog node, which holds only their leaves in memory. */
import { equalBytes } from '@gridveil/chaincode/crypto/bytes.js';
import { decodeReport, reportLeaf } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { closedLeaf, type ClosedRegion, type ClosedSlot } from './closed-slot.js';
import { reportOfSlot } from './fog-records.js';

export class ShownReports {
  /** The slot that was asked for last: auditors ask for one region after the other, page by page. */
  #last: { readonly slot: number; readonly byMeter: ReadonlyMap<string, Uint8Array> } | undefined;

  /** @param archive - all records of the journal, the newest segment first. */
  constructor(
    private readonly ciphertextBytes: number,
    private readonly archive: () => AsyncIterable<readonly Uint8Array[]>,
  ) {}

  /**
   * The reports of a region in the order of its leaves. Cost: reads the journal backwards until all of the slot are found.
   * @returns undefined when the region is not there, is withheld, or one of its reports is not kept any more.
   */
  async find(closed: ClosedSlot, region: string): Promise<readonly Uint8Array[] | undefined> {
    const wanted = closed.regions.find(({ total }) => total.region === region);
    if (!wanted || wanted.total.count === 0) return undefined;
    const byMeter = await this.#reportsOf(closed);
    const reports = wanted.meterIds.map((meterId) => byMeter.get(meterId));
    return reports.every((bytes) => bytes !== undefined) ? reports : undefined;
  }

  async #reportsOf(closed: ClosedSlot): Promise<ReadonlyMap<string, Uint8Array>> {
    if (this.#last?.slot === closed.slot) return this.#last.byMeter;
    const wanted = new Map(closed.regions.flatMap(leavesById));
    const byMeter = new Map<string, Uint8Array>();
    for await (const group of this.archive()) {
      for (const record of group) {
        const report = reportOfSlot(record, closed.slot);
        const leaf = report && wanted.get(report.meterId);
        if (!report || !leaf || !equalBytes(leaf, this.#leafOf(report.bytes))) continue;
        byMeter.set(report.meterId, Uint8Array.from(report.bytes));
      }
      if (byMeter.size === wanted.size) break;
    }
    this.#last = { slot: closed.slot, byMeter };
    return byMeter;
  }

  #leafOf(bytes: Uint8Array): Uint8Array {
    const { header, ciphertext, tag } = decodeReport(bytes, this.ciphertextBytes);
    return reportLeaf(header.meterId, ciphertext, tag);
  }
}

function leavesById(region: ClosedRegion): [string, Uint8Array][] {
  return region.meterIds.map((meterId, index) => [meterId, closedLeaf({ region, index })]);
}
