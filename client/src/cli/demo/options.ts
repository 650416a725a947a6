/** What the demo can be asked for, with its bounds and defaults. */
import type { PaillierPrivateKey } from '../../crypto/paillier-key.js';
import type { ReadingsDeclaration } from '../../metering/declaration.js';
import type { ReadingTable } from '../../metering/reading.js';
import type { RegionAssignment } from '../../metering/region-assignment.js';

/** A large house connection. */
export const MAX_POWER_KW = 100;
export const MAX_METERS_PER_REGION = 4096;

/** Largest reading of one meter and slot, in Wh. */
export function maxReadingOf(slotSeconds: number): number {
  return Math.ceil((MAX_POWER_KW * 1000 * slotSeconds) / 3600);
}

export const DEMO_SCHEMES = ['fog-aggregation', 'tou-billing', 'signcryption'] as const;
export type DemoScheme = (typeof DEMO_SCHEMES)[number];

export const DEMO_TARIFFS = ['three-price', 'sce-tou-d-prime', 'weekend'] as const;
export type DemoTariff = (typeof DEMO_TARIFFS)[number];

export const DEMO_DEFAULTS = { meters: 30, slots: 4, regions: 3, bits: 3072, seed: '1' } as const;

/** The declaration options say what a file of readings does not. */
export interface DemoOptions extends Omit<ReadingsDeclaration, 'layout'> {
  readonly ledger: 'embedded' | 'fabric';
  /** File of real readings; the generator without it. */
  readonly data: string | undefined;
  readonly meters: number | undefined;
  readonly slots: number | undefined;
  readonly regions: number;
  readonly bits: 2048 | 3072;
  /** File with the MDMS's key; a new key of `bits` without it. */
  readonly key: string | undefined;
  readonly seed: string;
  readonly json: boolean;
  /** Folder of the embedded ledger; a new one for each run without it. */
  readonly ledgerDir: string | undefined;
  /** Connection description of the Fabric network. */
  readonly connection: string | undefined;
  /** tou-billing: `2024-03`; without it the first month that the readings cover. */
  readonly month?: string | undefined;
  /** tou-billing; by the kind of readings without it. */
  readonly tariff?: DemoTariff | undefined;
  /** tou-billing: who checks range proofs. */
  readonly proofsCheckedBy?: 'endorsers' | 'aggregators' | undefined;
  /** tou-billing: new folder for the meters' BLS keys. */
  readonly keys?: string | undefined;
  /** tou-billing: shows what becomes of an AN that shifts charges. */
  readonly maliciousAggregator?: boolean | undefined;
  /** signcryption: folder for reports, of which the ledger then keeps digests only. */
  readonly offLedger?: string | undefined;
}

/** What a demo runs on: everything of the user's that can be wrong has been checked. */
export interface DemoReadings {
  readonly table: ReadingTable;
  readonly source: string;
  readonly notes: readonly string[];
  readonly assignment: RegionAssignment;
  /** A new one is made without it. */
  readonly mdmsKey: PaillierPrivateKey | undefined;
}
