/** `gridveil bill dispute`: contests a bill on the ledger, signed with the meter's key, for a reason of the customer's or for what the check found. */
import { fromBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { disputeMessage } from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import { findBill, listMeterKeys, type BillRef } from '../../billing/find-bill.js';
import { readBlsKeyFile } from '../../crypto/bls-key-file.js';
import type { BlsKey } from '../../crypto/bls-key.js';
import { ClientError } from '../../errors.js';
import { openDispute } from '../../ledger/billing-calls.js';
import type { Ledger } from '../../ledger/port.js';
import type { ReadingTable } from '../../metering/reading.js';
import { readGrid } from '../../parties/grid-view.js';
import { EXIT, printDocument } from '../output.js';
import { withLedger } from '../with-ledger.js';
import { wrap } from '../wrap.js';
import { findAndCheckBill, readOwnReadings, type FoundBill } from './checked-bill.js';
import type { DisputeOptions } from './options.js';

/** What the ledger takes as a reason. */
const MAX_REASON = 500;
/** Without the amount that the readings come to: they stay with the customer. */
const DIFFERS = "The meter's own readings come to another amount than the bill.";

/** @throws ClientError KEY_FILE_*, METER_KEY_OTHER, BILL_HOLDS, OPTION_INVALID; as `findAndCheckBill`; GridveilError of the contract: ROLE_REQUIRED, DISPUTE_EXISTS */
export async function runBillDispute(options: DisputeOptions): Promise<number> {
  const { reason } = options;
  if (reason !== undefined && !isReason(reason))
    throw new ClientError('OPTION_INVALID', {
      option: '--reason',
      allowed: `1 to ${MAX_REASON} characters of plain text`,
    });
  const key = await readBlsKeyFile(options.key);
  const readings = await readOwnReadings(options);
  const dispute = await withLedger(options, (ledger, grid) => contest(ledger, grid, options, key, readings));
  if (options.json) printDocument(dispute);
  else {
    const text = `The bill of meter ${dispute.meterId} for ${dispute.period} is contested in transaction ${dispute.txId}: "${dispute.reason}"`;
    process.stdout.write(`${wrap(text).join('\n')}\n`);
  }
  return EXIT.done;
}

/** As `--json` prints it. */
interface DisputeDocument extends BillRef {
  readonly schema: 'gridveil/dispute/v1';
  readonly channel: string;
  /** Of the meter's key. */
  readonly epoch: number;
  readonly reason: string;
  readonly status: 'accepted' | 'duplicate';
  readonly txId: string;
}

function isReason(text: string): boolean {
  return text.length >= 1 && text.length <= MAX_REASON && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

async function contest(
  ledger: Ledger,
  grid: string,
  options: DisputeOptions,
  key: BlsKey,
  readings: ReadingTable | undefined,
): Promise<DisputeDocument> {
  const { ref, reason } =
    options.reason === undefined
      ? reasonOf(await findAndCheckBill(ledger, grid, options, readings))
      : { ref: await findBill(ledger, grid, options.meter, options.period), reason: options.reason };
  const { meterId, tariffId, period } = ref;
  const epoch = await epochOf(ledger, grid, meterId, key, options.key);
  const { channel, publicKey } = await readGrid(ledger, grid);
  const scope = { fingerprint: publicKey.fingerprint, channel, grid };
  const signature = key.sign(disputeMessage(scope, { meterId, tariffId }, epoch, reason));
  const { status, txId } = await openDispute(ledger, { grid, meterId, tariffId, epoch, reason, signature });
  return {
    schema: 'gridveil/dispute/v1',
    ...{ channel, grid, meterId, period, tariffId, epoch, reason, status, txId },
  };
}

/** What is wrong, as the check says it. @throws ClientError BILL_HOLDS */
function reasonOf({ ref, result }: FoundBill): { readonly ref: BillRef; readonly reason: string } {
  if ('rejected' in result) {
    const { code, sentence } = result.rejected;
    return { ref, reason: code === 'BILL_DIFFERS' ? DIFFERS : sentence.slice(0, MAX_REASON) };
  }
  throw new ClientError('BILL_HOLDS', { meterId: ref.meterId, period: ref.period });
}

/** The epoch in which the meter registered the key. @throws ClientError METER_KEY_OTHER */
async function epochOf(
  ledger: Ledger,
  grid: string,
  meterId: string,
  key: BlsKey,
  file: string,
): Promise<number> {
  const keys = await listMeterKeys(ledger, grid, meterId);
  const own = keys.find(
    ({ publicKey }) => Buffer.compare(fromBase64url(publicKey, 'publicKey'), key.publicKey) === 0,
  );
  if (own === undefined) throw new ClientError('METER_KEY_OTHER', { file, meterId });
  return own.epoch;
}
