/** What the attacks on the product share: a toy grid, and reports made by someone who breaks the rules. */
import { sealReport } from '@gridveil/client/crypto/fog-aggregation.js';
import { deriveMacKey } from '@gridveil/client/crypto/fog-aggregation.js';
import type { ReportHeader } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import type { ReportAnswer } from '@gridveil/client/parties/fog-messages.js';
import type { FogNode } from '@gridveil/client/parties/fog-node.js';
import type { MeterKeys } from '@gridveil/client/parties/meter.js';
import { SLOT, type ToyGrid } from '../../helpers/toy-grid.js';

/** The first region, its fog node and its first meter: the attacker or the victim. */
export const REGION = 'north';
export const METER = 'north-1';

export function headerOf({ grid }: ToyGrid, changes: Partial<ReportHeader> = {}): ReportHeader {
  return {
    fingerprint: grid.publicKey.fingerprint,
    channel: grid.channel,
    grid: grid.record.grid,
    epoch: 1,
    region: REGION,
    slot: SLOT,
    meterId: METER,
    ...changes,
  };
}

/** The key that METER shares with its fog node. */
export function macKeyOf(toy: ToyGrid, meterId = METER): Uint8Array {
  const { agreement } = toy.meterKeys.get(meterId) as MeterKeys;
  return deriveMacKey(agreement, toy.fogAgreementKeys[0] as Uint8Array, REGION, meterId, 1);
}

/** A report that the meter itself authenticates over any ciphertext at all. */
export function reportWith(
  toy: ToyGrid,
  ciphertext: Uint8Array,
  changes: Partial<ReportHeader> = {},
): Uint8Array {
  const header = headerOf(toy, changes);
  return sealReport(header, ciphertext, macKeyOf(toy, header.meterId));
}

export function fogNode(toy: ToyGrid): FogNode {
  return toy.fogNodes[0] as FogNode;
}

/** The code a fog node answered with; its status when it did not refuse. */
export function outcome(answer: ReportAnswer): string {
  return answer.status === 'refused' ? answer.code : answer.status;
}
