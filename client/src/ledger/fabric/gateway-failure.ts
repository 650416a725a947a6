/**
 * What a failed gateway call before ordering (endorse, evaluate, events) means, and how long it is worth trying again.
 *
 * The peers answer with gRPC codes and free text; the texts are those of Fabric v3.1 internal/pkg/gateway and core/endorser,
 * as met in spec/fabric.md 3.3. Whatever is not known to be final counts as "not ready", because asking again is
 * harmless before a transaction has been ordered.
 */
import { status } from '@grpc/grpc-js';
import { GatewayError } from '@hyperledger/fabric-gateway';
import { parseWireError } from '@gridveil/chaincode/errors.js';
import { LedgerError, type LedgerErrorCode } from '../ledger-error.js';

export interface GatewayFailure {
  /** `none`: final. `short`: peers disagree, one may be a block behind. `long`: peers or chaincode are not ready. */
  readonly patience: 'none' | 'short' | 'long';
  /** What to throw when patience runs out: the contract's own refusal, or a LedgerError. */
  readonly error: Error;
}

/** The contract ran and threw: `chaincode response 500, [CODE] sentence {facts}`. */
const CONTRACT_ANSWERED = /chaincode response \d+, /;
/** The peer refused the client itself. */
const CLIENT_REFUSED = /access denied|error validating proposal/;
/** The TimeWindowCheck filter of the peers. */
const WRONG_TIME = /due to incorrect timestamp/;
const PEERS_DISAGREE = /ProposalResponsePayloads do not match/;
/** A first peer endorsed, others did not. */
const SOME_PEERS_ENDORSED = /failed to collect enough transaction endorsements/;

const FINAL_CODES: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
]);

/** @throws what it was given when that is no gateway error. */
export function gatewayFailure(cause: unknown): GatewayFailure {
  if (!(cause instanceof GatewayError)) throw cause;
  const texts = cause.details.map((detail) => detail.message);
  const answer = texts.find((text) => CONTRACT_ANSWERED.test(text));
  if (answer !== undefined) {
    const error =
      parseWireError(answer) ?? ledgerError('REJECTED', cause, `The contract refused it: ${answer}`);
    return { patience: SOME_PEERS_ENDORSED.test(cause.message) ? 'short' : 'none', error };
  }
  const text = texts[0] ?? cause.message;
  if ([...texts, cause.message].some((each) => WRONG_TIME.test(each))) {
    const says =
      'The peers take no transaction of this time: to replay recorded months start a network of its own with "npm run network -- up --any-time".';
    return { patience: 'none', error: ledgerError('REJECTED', cause, says) };
  }
  if (texts.some((each) => PEERS_DISAGREE.test(each))) {
    const says = 'The endorsing peers computed different results: check that all run the same chaincode.';
    return { patience: 'short', error: ledgerError('REJECTED', cause, says) };
  }
  if (FINAL_CODES.has(cause.code) || texts.some((each) => CLIENT_REFUSED.test(each))) {
    return { patience: 'none', error: ledgerError('REJECTED', cause, `The peer refused the call: ${text}`) };
  }
  return { patience: 'long', error: ledgerError('UNAVAILABLE', cause, `Fabric is not ready: ${text}`) };
}

export function ledgerError(code: LedgerErrorCode, cause: GatewayError, message: string): LedgerError {
  return new LedgerError(code, message, { grpcCode: cause.code }, { cause });
}
