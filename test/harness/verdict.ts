/** The oracle: opens what the ledger holds and compares it with what was receipted, report by report. */
import { bytesToBigint, fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import type { RegionTotalRecord } from '@gridveil/chaincode/domain/region-total.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { PaillierWorkers } from '@gridveil/client/crypto/paillier-workers.js';
import { collect } from '@gridveil/client/ledger/call.js';
import { listOpenings, listRegionTotals } from '@gridveil/client/ledger/calls.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import type { AuditReport } from '@gridveil/client/programs/audit.js';
import { DIGIT_BITS, type RegionTraffic, type SentSlot } from './region-traffic.js';

export interface Verdict {
  readonly regionTotals: number;
  readonly withheld: number;
  readonly receipted: number;
  readonly counted: number;
  readonly refused: number;
  /** Receipted, but not in the total. */
  readonly lost: number;
  /** More than once in the total. */
  readonly double: number;
  /** The first of everything that must not be, as sentences. */
  readonly violations: readonly string[];
}

const MOST_VIOLATIONS = 20;
const DIGIT_MASK = (1n << BigInt(DIGIT_BITS)) - 1n;

/** What the ledger holds of a grid. */
export interface LedgerContents {
  readonly totals: ReadonlyMap<string, RegionTotalRecord>;
  readonly openings: ReadonlyMap<number, Readonly<Record<string, number>>>;
}

export const placeOf = (region: string, slot: number): string => `${region}/${slot}`;

export async function readLedger(ledger: Ledger, grid: string): Promise<LedgerContents> {
  const totals = await collect(listRegionTotals(ledger, grid, 0));
  const openings = await collect(listOpenings(ledger, grid, 0));
  return {
    totals: new Map(totals.map((total) => [placeOf(total.region, total.slot), total])),
    openings: new Map(openings.map(({ slot, consumptionWh }) => [slot, consumptionWh])),
  };
}

export async function judge(
  contents: LedgerContents,
  traffic: readonly RegionTraffic[],
  key: PaillierPrivateKey,
  minGroup: number,
): Promise<Verdict> {
  const opened = await openAll(contents, key);
  const tally = new Tally();
  for (const { region, slots, meterIds } of traffic) {
    for (const [slot, sent] of slots) {
      const total = contents.totals.get(placeOf(region, slot));
      const consumption = contents.openings.get(slot)?.[region];
      tally.add({ region, slot, sent, total, meters: meterIds.length, minGroup, consumption }, opened);
    }
  }
  return tally.verdict();
}

/** Place → sum of the readings. */
async function openAll(
  contents: LedgerContents,
  key: PaillierPrivateKey,
): Promise<ReadonlyMap<string, bigint>> {
  const published = [...contents.totals].filter(([, { count }]) => count > 0);
  const workers = new PaillierWorkers(2);
  try {
    const ciphertexts = published.map(([, total]) =>
      bytesToBigint(fromBase64url(total.ciphertext, 'ciphertext')),
    );
    const openings = await workers.openBatch(key, ciphertexts);
    return new Map(published.map(([place], i) => [place, openings[i]?.m ?? -1n]));
  } finally {
    await workers.close();
  }
}

interface Place {
  readonly region: string;
  readonly slot: number;
  readonly sent: SentSlot;
  readonly total: RegionTotalRecord | undefined;
  readonly meters: number;
  readonly minGroup: number;
  /** What the MDMS has published, where it runs. */
  readonly consumption: number | undefined;
}

class Tally {
  #regionTotals = 0;
  #withheld = 0;
  #receipted = 0;
  #counted = 0;
  #refused = 0;
  #lost = 0;
  #double = 0;
  readonly #violations: string[] = [];

  add(place: Place, opened: ReadonlyMap<string, bigint>): void {
    const { region, slot, sent, total, minGroup } = place;
    const refused = [...sent.refused].filter((digit) => !sent.receipted.has(digit));
    this.#receipted += sent.receipted.size;
    this.#refused += refused.length;
    if (!total) {
      this.#violate(sent.receipted.size > 0, `${region}, slot ${slot}: receipts, but no total`);
      this.#lost += sent.receipted.size;
      return;
    }
    this.#regionTotals += 1;
    if (total.count === 0) {
      this.#withheld += 1;
      const enough = sent.receipted.size >= minGroup;
      this.#violate(enough, `${region}, slot ${slot}: withheld with ${sent.receipted.size} receipts`);
      if (enough) this.#lost += sent.receipted.size;
      return;
    }
    this.#violate(total.count < minGroup, `${region}, slot ${slot}: a total over ${total.count} reports`);
    this.#count(place, total.count, opened.get(placeOf(region, slot)) ?? -1n);
  }

  #count({ region, slot, sent, meters, consumption }: Place, count: number, sum: bigint): void {
    const where = `${region}, slot ${slot}`;
    const digits = Array.from({ length: meters }, (_, i) =>
      Number((sum >> BigInt(i * DIGIT_BITS)) & DIGIT_MASK),
    );
    this.#violate(sum < 0n || sum >> BigInt(meters * DIGIT_BITS) !== 0n, `${where}: an impossible sum`);
    for (const [digit, times] of digits.entries()) {
      this.#counted += times;
      if (times > 1) this.#double += 1;
      this.#violate(times > 1, `${where}: meter ${digit} is counted ${times} times`);
      const lost = times === 0 && sent.receipted.has(digit);
      if (lost) this.#lost += 1;
      this.#violate(lost, `${where}: meter ${digit} has a receipt and is not counted`);
      const stray = times === 1 && !sent.receipted.has(digit);
      this.#violate(stray, `${where}: meter ${digit} is counted without a receipt`);
    }
    const held = digits.reduce((all, times) => all + times, 0);
    this.#violate(held !== count, `${where}: ${held} reports under a count of ${count}`);
    const differs = consumption !== undefined && BigInt(consumption) !== sum;
    this.#violate(differs, `${where}: the MDMS published another sum`);
  }

  #violate(isSo: boolean, sentence: string): void {
    if (isSo && this.#violations.length < MOST_VIOLATIONS) this.#violations.push(sentence);
  }

  verdict(): Verdict {
    return {
      regionTotals: this.#regionTotals,
      withheld: this.#withheld,
      receipted: this.#receipted,
      counted: this.#counted,
      refused: this.#refused,
      lost: this.#lost,
      double: this.#double,
      violations: this.#violations,
    };
  }
}

/** What `gridveil audit` says beside the oracle. */
export function auditViolations({ findings, differing, reports }: AuditReport): string[] {
  const open = reports['not yet on the ledger'];
  return [
    ...findings.map(({ verdict, fogNode, slot }) => `audit: ${verdict}, ${fogNode}, slot ${slot}`),
    ...differing.map(({ region, slot, reason }) => `audit: ${region}, slot ${slot}: ${reason}`),
    ...(open > 0 ? [`audit: ${open} receipted reports are not on the ledger`] : []),
  ].slice(0, MOST_VIOLATIONS);
}
