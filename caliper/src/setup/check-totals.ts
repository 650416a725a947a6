/** After the rounds: does the ledger hold what was written, and does the key open it to the readings that went in? */
import { bytesToBigint } from '@gridveil/chaincode/crypto/bytes.js';
import { decrypt } from '@gridveil/client/crypto/paillier-opening.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { getRegionTotal } from '@gridveil/client/ledger/calls.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { CaliperError } from '../errors.js';
import { placeOf, totalsPerFogNode, type BenchmarkTarget, type RoundShare } from '../inputs/target.js';
import { seededTotals } from '../inputs/transactions.js';

/** Totals of each fog node that are read back, spread over the share. */
const CHECKED_PER_FOG_NODE = 5;

/** @throws CaliperError WRONG_TOTAL */
export async function checkTotals(
  ledger: Ledger,
  privateKey: PaillierPrivateKey,
  target: BenchmarkTarget,
  share: RoundShare,
): Promise<number> {
  const made = seededTotals(target, share.metersPerTotal);
  const step = Math.max(1, Math.floor(totalsPerFogNode(target, share) / CHECKED_PER_FOG_NODE));
  let checked = 0;
  for (const fogNode of target.fogNodes) {
    for (let i = 0; i < CHECKED_PER_FOG_NODE && i * step < totalsPerFogNode(target, share); i++) {
      const number = share.firstTotal + i * step;
      const { region, slot } = placeOf(target, fogNode, number);
      const stored = await getRegionTotal(ledger, target.grid, region, slot);
      const expected = made.total(number);
      const same =
        stored.ciphertext === expected.ciphertext &&
        stored.merkleRoot === expected.merkleRoot &&
        stored.count === share.metersPerTotal;
      const opened = decrypt(privateKey, bytesToBigint(Buffer.from(stored.ciphertext, 'base64url')));
      if (!same || opened !== BigInt(expected.energyWh))
        throw new CaliperError('WRONG_TOTAL', { region, slot });
      checked++;
    }
  }
  return checked;
}
