/** The packets of slot blocks as the ledger holds them, for aggregators that come into office and for whoever looks at many bills. */
import type { BillingPacket } from '@gridveil/chaincode/crypto/tou-billing.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { getSlotBlock, getSlotPackets } from '../ledger/billing-queries.js';
import type { Ledger } from '../ledger/port.js';

/** The packets of each block of a slot, in the order of the blocks; none when it has no block yet. */
export async function readSlotBlocks(ledger: Ledger, grid: string, slot: number): Promise<BillingPacket[][]> {
  try {
    const { blocks } = await getSlotBlock(ledger, grid, slot);
    return await Promise.all(blocks.map(({ part }) => getSlotPackets(ledger, grid, slot, part)));
  } catch (error) {
    if (error instanceof GridveilError && error.code === 'BLOCK_UNKNOWN') return [];
    throw error;
  }
}
