/** The grids of the signcrypted-block rounds, made through the same transactions as any utility's: terms, keys with both proofs, accounting nodes. */
import { randomUUID } from 'node:crypto';
import { grantRole } from '@gridveil/client/ledger/calls.js';
import type { LedgerDirectory } from '@gridveil/client/ledger/directory.js';
import { openSigncryption, registerSigncryptionKeys } from '@gridveil/client/ledger/signcryption-calls.js';
import { signcryptionKeyRegistration } from '@gridveil/client/parties/signcryption-registration.js';
import { CaliperError } from '../errors.js';
import {
  seededKeyCentre,
  seededSigncryptionKey,
  signcryptedIdentities,
  type SigncryptedGrid,
  type SigncryptedShape,
} from '../inputs/signcrypted-grid.js';
import { SIGNCRYPTED_SLOT_SECONDS } from '../inputs/signcrypted-blocks.js';
import type { BenchmarkTarget } from '../inputs/target.js';
import { OWNER_USER } from './benchmark-grid.js';

/** In one transaction: checking one takes endorsers 4 ms, and a busy machine several times that. */
const KEYS_AT_ONCE = 60;
/** Blocks of a long run lie far back. */
const MAX_SLOT_AGE_SECONDS = 100_000_000;

export interface SigncryptedGridRequest {
  readonly directory: LedgerDirectory;
  /** Whose fog nodes serve as accounting nodes, in turn. */
  readonly target: Pick<BenchmarkTarget, 'channel' | 'seed' | 'fogNodes' | 'newestSlot'>;
  readonly shapes: readonly SigncryptedShape[];
  readonly signal?: AbortSignal | undefined;
}

/** One grid for each shape, in their order. @throws what the ledger refuses; CaliperError INTERRUPTED */
export async function makeSigncryptedGrids(request: SigncryptedGridRequest): Promise<SigncryptedGrid[]> {
  const { directory, target, shapes, signal } = request;
  const [{ mspId } = { mspId: '' }] = target.fogNodes;
  const owner = await directory.connect(mspId, OWNER_USER);
  await grantRole(await directory.connect(mspId, 'Admin'), owner.identity.subject, 'kgc');
  for (const node of target.fogNodes) {
    const { identity } = await directory.connect(node.mspId, node.user);
    await grantRole(await directory.connect(node.mspId, 'Admin'), identity.subject, 'accounting');
  }
  const regulator = target.fogNodes.find((node) => node.mspId !== mspId)?.mspId ?? 'regulator';
  const grids: SigncryptedGrid[] = [];
  for (const { meters, storage } of shapes) {
    if (signal?.aborted === true) throw new CaliperError('INTERRUPTED');
    const { channel, seed, fogNodes: nodes, newestSlot } = target;
    const grid = `signcrypted-${randomUUID().slice(0, 8)}`;
    const made = { grid, channel, seed, meters, storage, nodes, newestSlot };
    const centre = await seededKeyCentre(made);
    await openSigncryption(owner, {
      ...{ grid, authorityKey: centre.authority.publicKey, storage, regulator, minNoticeSeconds: 86_400 },
      ...{ slotSeconds: SIGNCRYPTED_SLOT_SECONDS, maxSlotAgeSeconds: MAX_SLOT_AGE_SECONDS },
    });
    const identities = signcryptedIdentities(meters);
    for (let from = 0; from < identities.length; from += KEYS_AT_ONCE) {
      const keys = await Promise.all(
        identities.slice(from, from + KEYS_AT_ONCE).map(async ({ purpose, id, party }) => {
          const key = await seededSigncryptionKey(made, centre.exportMaster(), purpose, id);
          return signcryptionKeyRegistration(key, party);
        }),
      );
      await registerSigncryptionKeys(owner, grid, keys);
    }
    grids.push(made);
  }
  return grids;
}
