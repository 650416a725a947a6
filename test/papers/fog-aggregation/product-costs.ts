/** What the product really spends on a slot of the cost study, at every size, with warm-up, repeats, median and spread. */
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { METERS_PER_FOG_NODE } from './costs.js';
import { summarise, type Timing } from '../host-times.js';
import { ProductSlots, type MessageBytes, type StageMs } from './product-slot.js';

/** The product's work for one slot at one size. */
export interface ProductCost {
  /** |N| */
  readonly modulusBits: number;
  readonly fogNodes: number;
  /** Median of each party's work. */
  readonly stages: StageMs;
  /** Meters with their randomisers, fog nodes, leader and MDMS: what table III adds up. */
  readonly total: Timing & { readonly leastMs: number; readonly greatestMs: number };
  /** The same with randomisers that were made before. */
  readonly online: Timing;
  readonly bytes: MessageBytes;
}

/**
 * One table for all sizes and one warm-up slot for each; then `repeats` rounds over all sizes, so that a host that slows down
 * or speeds up does so for every size.
 */
export async function measureProduct(
  key: PaillierPrivateKey,
  sizes: readonly number[],
  repeats: number,
  progress: (line: string) => void,
): Promise<ProductCost[]> {
  const { modulusBits } = key.publicKey;
  progress(`product: ${modulusBits} bits, ${sizes.join(', ')} fog nodes`);
  const encryptor = new PaillierEncryptor(key.publicKey);
  encryptor.prepare();
  const measured: { slots: ProductSlots; runs: StageMs[] }[] = [];
  for (const fogNodes of sizes) {
    const slots = await ProductSlots.open(key, encryptor, fogNodes, METERS_PER_FOG_NODE);
    await slots.run();
    measured.push({ slots, runs: [] });
  }
  for (let round = 1; round <= repeats; round++) {
    for (const { slots, runs } of measured) runs.push(await slots.run());
    progress(`product: ${modulusBits} bits, round ${round} of ${repeats}`);
  }
  return measured.map(({ slots, runs }) => {
    return { modulusBits, fogNodes: slots.regions, ...costOf(runs), bytes: slots.messageBytes() };
  });
}

const onlineMs = ({ meters, fogNodes, leader, mdms }: StageMs): number => meters + fogNodes + leader + mdms;

function costOf(runs: readonly StageMs[]): Pick<ProductCost, 'stages' | 'total' | 'online'> {
  const of = (stage: keyof StageMs): number => summarise(runs.map((run) => run[stage])).medianMs;
  const totals = runs.map((run) => run.randomisers + onlineMs(run));
  return {
    stages: {
      randomisers: of('randomisers'),
      meters: of('meters'),
      fogNodes: of('fogNodes'),
      leader: of('leader'),
      mdms: of('mdms'),
      peer: of('peer'),
    },
    total: { ...summarise(totals), leastMs: Math.min(...totals), greatestMs: Math.max(...totals) },
    online: summarise(runs.map(onlineMs)),
  };
}

/** All bits that the parties send for a slot: the reports, and the region totals of all fog nodes, the leader's included. */
export function productBits({ fogNodes, bytes }: ProductCost): number {
  return 8 * (fogNodes * METERS_PER_FOG_NODE * bytes.report + fogNodes * bytes.regionTotal);
}
