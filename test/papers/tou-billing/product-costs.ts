/** What the product really spends on a slot of the cost study of paper 001, at every size, with warm-up, repeats, median and spread. */
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { RangeProver } from '@gridveil/client/crypto/range-proof.js';
import { summarise, type Timing } from '../host-times.js';
import { MAX_READING_WH, MONTH_SLOTS, ProductArea, type StageMs } from './product-area.js';

type Bounded = Timing & { readonly leastMs: number; readonly greatestMs: number };

/** The product's work for one slot at one size. */
export interface ProductCost {
  /** |N| */
  readonly modulusBits: number;
  /** n */
  readonly meters: number;
  /** Median of each piece of work. */
  readonly stages: StageMs;
  /** One report: what the row SM of table 4 adds up, and the range proof. */
  readonly meter: Bounded;
  /** All of the AN's work for a slot: what the row AN of table 4 adds up, for all charges, and the range proofs. */
  readonly aggregator: Bounded;
  /** The same without range proofs: what the paper's AN does. */
  readonly aggregatorUnproven: Timing;
  /** Area total and one monthly charge, opened and proven: the row ESP without the slot charge, which the product never opens. */
  readonly esp: Timing;
  readonly bytes: { readonly report: number; readonly packet: number };
}

/** One table for all sizes and one warm-up slot for each; then `repeats` rounds over all sizes, so that a host that slows down does so for every size. */
export async function measureProduct(
  key: PaillierPrivateKey,
  sizes: readonly number[],
  repeats: number,
  progress: (line: string) => void,
): Promise<ProductCost[]> {
  const { publicKey } = key;
  const { modulusBits } = publicKey;
  progress(`product: ${modulusBits} bits, ${sizes.join(', ')} meters`);
  const instruments = {
    key,
    prover: new RangeProver(publicKey, MAX_READING_WH),
    encryptor: new PaillierEncryptor(publicKey),
  };
  instruments.prover.prepare();
  instruments.encryptor.prepare();
  const measured = sizes.map((meters) => ({
    area: new ProductArea(instruments, meters),
    runs: [] as StageMs[],
  }));
  for (const { area } of measured) await area.run();
  for (let round = 1; round <= repeats; round++) {
    for (const { area, runs } of measured) runs.push(await area.run());
    progress(`product: ${modulusBits} bits, round ${round} of ${repeats}`);
  }
  return measured.map(({ area, runs }) => {
    const { meters } = area;
    return { modulusBits, meters, ...costOf(runs, meters), bytes: area.messageBytes() };
  });
}

/** Of all meters, as much as falls on one slot of the month. */
export function slotShareOfCharges({ monthlyCharge }: StageMs, meters: number): number {
  return (meters * monthlyCharge) / MONTH_SLOTS;
}

function costOf(
  runs: readonly StageMs[],
  meters: number,
): Pick<ProductCost, 'stages' | 'meter' | 'aggregator' | 'aggregatorUnproven' | 'esp'> {
  const of = (stage: keyof StageMs): number => summarise(runs.map((run) => run[stage])).medianMs;
  const unproven = (run: StageMs): number => run.signatures + run.block + slotShareOfCharges(run, meters);
  return {
    stages: {
      report: of('report'),
      reportUnproven: of('reportUnproven'),
      signatures: of('signatures'),
      proofs: of('proofs'),
      block: of('block'),
      monthlyCharge: of('monthlyCharge'),
      openArea: of('openArea'),
      openCharge: of('openCharge'),
      peer: of('peer'),
    },
    meter: bounded(runs.map(({ report }) => report)),
    aggregator: bounded(runs.map((run) => unproven(run) + run.proofs)),
    aggregatorUnproven: summarise(runs.map(unproven)),
    esp: summarise(runs.map(({ openArea, openCharge }) => openArea + openCharge)),
  };
}

function bounded(sampleMs: readonly number[]): Bounded {
  return { ...summarise(sampleMs), leastMs: Math.min(...sampleMs), greatestMs: Math.max(...sampleMs) };
}
