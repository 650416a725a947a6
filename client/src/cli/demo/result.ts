/** What a demo run found: the document `gridveil/demo/v1`. */

export interface DemoRegion {
  readonly region: string;
  /** Reports in the committed total; 0 when the region was withheld. */
  readonly meters: number;
  /** What the meters of the committed total really used. */
  readonly trueWh: number;
  /** What the MDMS opened, as the ledger holds it. */
  readonly openedWh: number;
  readonly equal: boolean;
  /** Too few reports: the region total was committed empty and nothing of it was opened. */
  readonly withheld?: boolean;
}

export interface DemoSlot {
  readonly slot: number;
  readonly regions: readonly DemoRegion[];
  readonly trueWh: number;
  readonly openedWh: number;
  readonly equal: boolean;
}

export interface PartyView {
  readonly party: string;
  readonly saw: string;
  readonly couldNotSee: string;
}

export interface DemoResult {
  readonly schema: 'gridveil/demo/v1';
  readonly scheme: string;
  readonly ledger: 'embedded' | 'fabric';
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly slots: readonly DemoSlot[];
  readonly allEqual: boolean;
  /** Milliseconds by stage. */
  readonly timings: Readonly<Record<string, number>>;
  readonly whoSawWhat: readonly PartyView[];
}

/** The document, and for people what the ledger holds of each region total: the first bytes of its ciphertext. */
export interface DemoOutcome {
  readonly result: DemoResult;
  /** By `slot/region`, and by `slot/` for the whole slot. */
  readonly ciphertextStarts: ReadonlyMap<string, string>;
}

/** Region totals that hold readings and were opened. */
export function openedRegionTotals(slots: readonly DemoSlot[]): number {
  return slots
    .flatMap(({ regions }) => regions)
    .filter(({ withheld, openedWh }) => withheld !== true && openedWh >= 0).length;
}
