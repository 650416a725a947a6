/** The experimental aggregate of signcryption with four meters of one grid. */
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  aggregateMessage,
  type SignedContribution,
} from '@gridveil/chaincode/crypto/signcryption-aggregate.js';
import {
  AggregateKey,
  AggregateKeyCentre,
  type SlotMemory,
} from '@gridveil/client/crypto/signcryption-aggregate.js';

export const SCOPE = { channel: 'gridveil', grid: 'toy' };
export const SLOT = 473_400;

export type Contribution = SignedContribution & { readonly contribution: Uint8Array };

/** A meter's memory, and how often something was stored. */
export class Memory implements SlotMemory {
  stored = 0;
  #last: ReturnType<SlotMemory['last']>;

  last() {
    return this.#last;
  }

  store(slot: number, message: Uint8Array): Promise<void> {
    this.stored += 1;
    this.#last = { slot, message };
    return Promise.resolve();
  }
}

export const centre = new AggregateKeyCentre(SCOPE);
export const keys = ['m1', 'm2', 'm3', 'm4'].map((id) => AggregateKey.create(centre, { id, epoch: 1 }));

/** Stands for a report: what it says does not matter here. */
export function messageOf(text: string): Uint8Array {
  return aggregateMessage(utf8(text), { keyMaterial: new Uint8Array(32), parts: [utf8('part')] });
}

/** With a fresh memory each time: a meter that has forgotten what it signed. */
export async function contribution(
  key: AggregateKey,
  text = key.publicKey.id,
  slot = SLOT,
): Promise<Contribution> {
  const message = messageOf(text);
  return { key: key.publicKey, message, contribution: await key.contribute(slot, message, new Memory()) };
}
