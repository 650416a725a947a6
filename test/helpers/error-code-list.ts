/** The README's list of error codes, made from the tables in the code. */
import { CALIPER_ERRORS } from '@gridveil/caliper/errors.js';
import { CLIENT_ERROR_CODES } from '@gridveil/client/errors.js';
import { ERROR_CODES } from '@gridveil/chaincode/error-codes.js';
import { NETWORK_ERRORS } from '@gridveil/network/errors.js';

const LEDGER_ERRORS = {
  UNAVAILABLE: 'Nothing was sent or nothing was accepted: try again.',
  REJECTED: 'The ledger refused the transaction as invalid: trying again will not help.',
  CONTENTION: 'Concurrent transactions kept touching the same keys: try again later.',
  OUTCOME_UNKNOWN: 'Sent, but neither commit nor refusal was seen in time: look before you repeat.',
  CLOSED: 'The session or the ledger is closed.',
  LOCKED: "Another process holds the embedded ledger's folder.",
  CORRUPT: 'The stored ledger does not pass its own integrity check.',
};

function section(title: string, codes: readonly (readonly [string, string])[]): string {
  const lines = codes.map(([code, says]) => `- \`${code}\` ${says}`);
  return [`<details><summary>${title} (${codes.length})</summary>`, '', ...lines, '', '</details>'].join(
    '\n',
  );
}

export function errorCodeList(): string {
  return [
    section(
      'Refused by a contract, a fog node or a check',
      Object.entries(ERROR_CODES).map(([code, { says }]) => [code, says]),
    ),
    section('Refused by the client', Object.entries(CLIENT_ERROR_CODES)),
    section('Failures of a ledger', Object.entries(LEDGER_ERRORS)),
    section(
      'The network command',
      Object.entries(NETWORK_ERRORS).map(([code, { says }]) => [code, says]),
    ),
    section(
      'The caliper command',
      Object.entries(CALIPER_ERRORS).map(([code, { says }]) => [code, says]),
    ),
  ].join('\n\n');
}
