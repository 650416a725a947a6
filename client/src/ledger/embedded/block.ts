/**
 * Blocks of the embedded ledger: their hash chain and their bytes.
 *
 * header hash = SHA-256(lp(label, number, previousHash, dataHash)), dataHash = SHA-256(lp(label, transactions…)).
 * Unlike Fabric, which keeps the validation codes beside the block, the codes are part of the hashed transactions here:
 * one node orders and validates in one step.
 */
import { createHash } from 'node:crypto';
import { decodeUtf8, equalBytes, lp, splitLp, splitLpAll, u64 } from '@gridveil/chaincode/crypto/bytes.js';
import { LedgerError } from '../ledger-error.js';

/** Why a transaction in a block did or did not take effect; the numbers are Fabric's. */
export const VALIDATION_CODE = {
  VALID: 0,
  DUPLICATE_TXID: 9,
  MVCC_READ_CONFLICT: 11,
  PHANTOM_READ_CONFLICT: 12,
} as const;

export type ValidationCode = (typeof VALIDATION_CODE)[keyof typeof VALIDATION_CODE];

export interface ContractEvent {
  readonly name: string;
  readonly payload: Uint8Array;
}

/** A transaction as a block records it, valid or not. */
export interface BlockTransaction {
  readonly transactionId: string;
  /** Serialised `peer.Proposal`: who asked for what, and when. */
  readonly proposal: Uint8Array;
  readonly result: Uint8Array;
  readonly event: ContractEvent | undefined;
  /** `encodeReadSet` of what it read. */
  readonly readSet: Uint8Array;
  /** `encodeWriteSet` of what it writes; applied only when valid. */
  readonly writeSet: Uint8Array;
  readonly validationCode: ValidationCode;
}

export interface Block {
  readonly number: number;
  /** 32 bytes; in block 0 the hash of the channel and chaincode names. */
  readonly previousHash: Uint8Array;
  readonly dataHash: Uint8Array;
  /** Hash of the header. */
  readonly hash: Uint8Array;
  readonly transactions: readonly BlockTransaction[];
}

const CHANNEL_LABEL = 'gridveil/embedded-ledger/channel/v1';
const HEADER_LABEL = 'gridveil/embedded-ledger/block-header/v1';
const DATA_LABEL = 'gridveil/embedded-ledger/block-data/v1';

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** What block 0 follows. */
export function channelHash(channel: string, chaincodeName: string): Uint8Array {
  return sha256(lp(CHANNEL_LABEL, channel, chaincodeName));
}

export function createBlock(
  number: number,
  previousHash: Uint8Array,
  transactions: readonly BlockTransaction[],
): Block {
  const dataHash = sha256(lp(DATA_LABEL, ...transactions.map(encodeTransaction)));
  return { number, previousHash, dataHash, hash: headerHash(number, previousHash, dataHash), transactions };
}

function headerHash(number: number, previousHash: Uint8Array, dataHash: Uint8Array): Uint8Array {
  return sha256(lp(HEADER_LABEL, u64(number), previousHash, dataHash));
}

export function encodeBlock(block: Block): Uint8Array {
  return lp(
    u64(block.number),
    block.previousHash,
    block.dataHash,
    lp(...block.transactions.map(encodeTransaction)),
  );
}

/**
 * Decodes the block stored under `number` and hashes it again.
 * @throws LedgerError CORRUPT, naming the block, when its number or its data hash is not what its bytes say.
 */
export function decodeBlock(bytes: Uint8Array, number: number): Block {
  try {
    const [numberBytes, previousHash, dataHash, data] = splitLp(bytes, 4, 'The block');
    const block = createBlock(
      number,
      previousHash,
      splitLpAll(data, Infinity, 'The block').map(decodeTransaction),
    );
    if (!equalBytes(numberBytes, u64(number)) || !equalBytes(dataHash, block.dataHash))
      throw corruptBlock(number);
    return block;
  } catch (cause) {
    throw cause instanceof LedgerError ? cause : corruptBlock(number, cause);
  }
}

export function corruptBlock(blockNumber: number, cause?: unknown): LedgerError {
  return new LedgerError(
    'CORRUPT',
    `Block ${blockNumber} of the stored ledger was changed or damaged: restore the folder from a copy.`,
    { blockNumber },
    { cause },
  );
}

function encodeTransaction(transaction: BlockTransaction): Uint8Array {
  const { event } = transaction;
  return lp(
    transaction.transactionId,
    transaction.proposal,
    transaction.result,
    event === undefined ? new Uint8Array() : lp(event.name, event.payload),
    transaction.readSet,
    transaction.writeSet,
    new Uint8Array([transaction.validationCode]),
  );
}

function decodeTransaction(bytes: Uint8Array): BlockTransaction {
  const [transactionId, proposal, result, event, readSet, writeSet, code] = splitLp(
    bytes,
    7,
    'The transaction',
  );
  return {
    transactionId: decodeUtf8(transactionId, 'transactionId'),
    proposal,
    result,
    event: event.length === 0 ? undefined : decodeEvent(event),
    readSet,
    writeSet,
    validationCode: code[0] as ValidationCode,
  };
}

function decodeEvent(bytes: Uint8Array): ContractEvent {
  const [name, payload] = splitLp(bytes, 2, 'The event');
  return { name: decodeUtf8(name, 'name'), payload };
}
