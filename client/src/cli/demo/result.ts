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

export interface DemoResult extends Partial<DemoBilling>, Partial<DemoSigncryption> {
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

/** tou-billing: a bill as its customer found it on the ledger. Amounts beyond 2^53 fit: decimal strings. */
export interface DemoBill {
  readonly meter: string;
  /** Slots with a report; the rest are estimates. */
  readonly reports: number;
  readonly estimates: number;
  /** What the own readings cost, without the fixed charge, in millionths of the currency unit. */
  readonly trueMicro: string;
  /** What the ESP opened and the customer checked. */
  readonly billedMicro: string;
  /** To pay, fixed charge included, in the smallest unit of the currency. */
  readonly payableMinor: string;
  readonly equal: boolean;
}

/** tou-billing: a meter that gets no bill, and why. */
export interface DemoUnbilled {
  readonly meter: string;
  readonly code: string;
  readonly reason: string;
}

/** tou-billing: a bill that a malicious AN sent, and what its customer found. */
export interface DemoForgedBill {
  readonly meter: string;
  /** How much the AN added to the charge, negative when it took away. */
  readonly shiftMicro: string;
  /** Whether the AN's signature on it is valid: then it shows who did it. */
  readonly signedByAggregator: boolean;
  /** Code of the refusal; empty when the bill is right. */
  readonly found: string;
}

/** tou-billing: what became of an AN that moved an amount from one bill to another (paper 001 section 4). */
export interface DemoAttack {
  readonly from: string;
  readonly to: string;
  readonly shiftMicro: string;
  /** The ledger's refusal of the shifted charges. */
  readonly ledgerRefusal: string;
  readonly sentBills: readonly DemoForgedBill[];
}

/** What a demo of billing adds to the document. */
export interface DemoBilling {
  readonly bills: readonly DemoBill[];
  readonly unbilled: readonly DemoUnbilled[];
  readonly attack?: DemoAttack;
}

/** signcryption: how many values of each dimension a receiver read. */
export interface PartyReadings {
  readonly party: string;
  readonly values: Readonly<Record<string, number>>;
}

/** signcryption: one step of what happened to a meter or device. */
export interface DemoStep {
  readonly story: 'overload' | 'equipment' | 'theft' | 'arrears';
  /** After the end of this slot; absent after the last one. */
  readonly slot?: number;
  readonly subject: string;
  readonly what: string;
  /** Codes of actions that the meter acknowledged, or a refusal. */
  readonly told: string;
}

/** What a demo of signcryption adds to the document. */
export interface DemoSigncryption {
  readonly partyReadings: readonly PartyReadings[];
  /** What receivers tried to open that was sealed to single meters. */
  readonly sealedAttempts: { readonly tried: number; readonly opened: number };
  readonly story: readonly DemoStep[];
  /** As the ledger has them at the end. */
  readonly finalStates: {
    readonly meters: readonly {
      readonly meter: string;
      readonly consumption: string;
      readonly payment: string;
    }[];
    readonly device: string;
  };
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
