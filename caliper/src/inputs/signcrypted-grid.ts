/**
 * A grid of the signcrypted-block rounds: terms, meters and three receivers. Its slots lie back in time, since a block needs a slot that nobody has reported in.
 *
 * All keys come from the seed and the grid; whoever knows them has the keys.
 */
import type { KeyPurpose } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import type { SigncryptionParty, Storage } from '@gridveil/chaincode/domain/signcryption-parties.js';
import { KeyGenerationCentre } from '@gridveil/client/crypto/signcryption-authority.js';
import { OwnSecret, type SigncryptionKey } from '@gridveil/client/crypto/signcryption-keys.js';
import type { RandomSource } from '@gridveil/client/crypto/ristretto-secret.js';
import { areaMeterId } from './billing-area.js';
import { seededBytes } from './seeded-bytes.js';
import type { BenchmarkFogNode } from './target.js';

/** What decides the cost of a block. */
export interface SigncryptedShape {
  readonly meters: number;
  readonly storage: Storage;
}

export interface SigncryptedGrid extends SigncryptedShape {
  readonly grid: string;
  readonly channel: string;
  readonly seed: string;
  /** Who serve as accounting nodes, in turn. */
  readonly nodes: readonly BenchmarkFogNode[];
  /** Blocks are for this slot and the ones before it. */
  readonly newestSlot: number;
}

export const RECEIVERS = ['control-centre', 'grid-operator', 'supplier'] as const;

/** Who has keys in such a grid. */
export function signcryptedIdentities(
  meters: number,
): { readonly purpose: KeyPurpose; readonly id: string; readonly party: SigncryptionParty }[] {
  return [
    ...RECEIVERS.map((id) => ({ purpose: 'receiver' as const, id, party: 'other' as const })),
    ...Array.from({ length: meters }, (_, i) => ({
      ...{ purpose: 'sender' as const, id: areaMeterId(i), party: 'meter' as const },
    })),
  ];
}

type GridScope = Pick<SigncryptedGrid, 'channel' | 'grid' | 'seed'>;

export function seededKeyCentre({ channel, grid, seed }: GridScope): Promise<KeyGenerationCentre> {
  return KeyGenerationCentre.generate({ channel, grid }, seededBytes('key-centre', seed, grid));
}

/** What the key of an identity is made from. */
export function signcryptionKeySeed(
  { grid, seed }: GridScope,
  purpose: KeyPurpose,
  id: string,
): RandomSource {
  return seededBytes('signcryption-key', seed, grid, purpose, id);
}

/**
 * The same key wherever it is made. Cost: 5 ms
 * @param random - begins as `signcryptionKeySeed`; later nonces of the key come from it, too
 */
export async function seededSigncryptionKey(
  scope: GridScope,
  master: Uint8Array,
  purpose: KeyPurpose,
  id: string,
  random: RandomSource = signcryptionKeySeed(scope, purpose, id),
): Promise<SigncryptionKey> {
  const { channel, grid } = scope;
  const centre = await KeyGenerationCentre.import({ channel, grid }, master, random);
  const own = await OwnSecret.generate(random);
  const identity = { purpose, id, epoch: 1 };
  return own.accept(centre.authority, identity, centre.issue(own.request(centre.authority, identity)));
}
