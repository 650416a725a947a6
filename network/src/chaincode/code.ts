/** Puts the chaincode's code in place and its server up; the definition on the channel is lifecycle.ts. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ensurePackage } from './ccaas-package.js';
import type { NetworkPaths } from '../folders.js';
import type { Session } from '../session.js';
import { copyStaged, productEntry, stage, stagedAt, type Staged } from './stage.js';

/** A staged folder, the product's own chaincode (default), or none. */
export type CodeChoice = string | false | undefined;

/** @returns undefined when nothing is to be deployed: on request, or because the chaincode is not built. */
export async function chosenCode(choice: CodeChoice, paths: NetworkPaths): Promise<Staged | undefined> {
  if (choice === false) return undefined;
  if (choice !== undefined) return stagedAt(resolve(choice));
  // Each network stages for itself, so that networks can be started side by side.
  return existsSync(productEntry()) ? await stage({ out: paths.staged }) : undefined;
}

/**
 * Copies changed code into the network's folder and makes the server run it: the old one finishes what is in flight first.
 * @returns whether the code changed.
 */
export async function placeCode(session: Session, code: Staged): Promise<boolean> {
  const packageId = ensurePackage(session.paths, session.surroundings.topology);
  const changed = session.state.deployment?.codeSha256 !== code.codeSha256;
  if (changed) {
    await session.stop(['chaincode']);
    copyStaged(code.folder, session.paths.chaincode);
    session.state.deployment = { packageId, codeSha256: code.codeSha256 };
    session.save();
  }
  return changed;
}
