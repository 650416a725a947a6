/**
 * What is sealed in regulation besides measurements: actions and limits for a meter, a user's policy for the own devices, fault reports. Strict encodings, one form each.
 *
 * Written by operator, customer and supplier, read by those they are sealed to. Source: spec/schemes.md 0.5 (message 002 action); paper 002 section V.
 */
import { decodeUtf8, lp, splitLp, u64 } from '@gridveil/chaincode/crypto/bytes.js';
import { checkIdentifier, decodeIdentifier } from '@gridveil/chaincode/crypto/identifier.js';
import { expectLabel, expectLength } from '@gridveil/chaincode/crypto/message-fields.js';
import {
  decodeArgument,
  identifier,
  integer,
  list,
  object,
  optional,
  text,
} from '@gridveil/chaincode/domain/decode.js';
import { ACTION_CODES, type ActionCode } from '@gridveil/chaincode/domain/regulation-action.js';
import { refusal } from '@gridveil/chaincode/errors.js';
import { canonicalJson, type JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';

const ACTION_LABEL = new TextEncoder().encode('gridveil/regulation/action/v1');
const MAX_POWER_W = 1_000_000;
const MINUTES_PER_DAY = 1440;

/** An action as the meter reads it. */
export interface ActionText {
  readonly meterId: string;
  /** 16 hex digits. */
  readonly nonce: string;
  readonly code: ActionCode;
  readonly expiresAtSeconds: number;
  /** For the customer; may be empty. */
  readonly message: string;
}

export function encodeActionText({
  meterId,
  nonce,
  code,
  expiresAtSeconds,
  message,
}: ActionText): Uint8Array {
  return lp(ACTION_LABEL, checkIdentifier(meterId, 'meterId'), nonce, code, u64(expiresAtSeconds), message);
}

/** @throws DecodeError WRONG_LABEL, TRUNCATED, TRAILING_BYTES, BAD_LENGTH, BAD_FIELD, BAD_IDENTIFIER */
export function decodeActionText(bytes: Uint8Array): ActionText {
  const [label, meterId, nonce, code, expires, message] = splitLp(bytes, 6, 'An action');
  expectLabel(label, ACTION_LABEL, 'An action');
  expectLength(expires, 8, 'The expiry of an action');
  const known = ACTION_CODES.find((each) => each === decodeUtf8(code, 'code'));
  if (known === undefined) throw refusal('BAD_FIELD', { field: 'code', expected: 'a known action code' });
  return {
    meterId: decodeIdentifier(meterId, 'meterId'),
    nonce: decodeUtf8(nonce, 'nonce'),
    code: known,
    expiresAtSeconds: Number(new DataView(expires.buffer, expires.byteOffset, 8).getBigUint64(0)),
    message: decodeUtf8(message, 'message'),
  };
}

/** Limits of the operator, for one meter. */
export const operatorLimits = object({
  /** At all times. */
  maxPowerW: integer(0, MAX_POWER_W),
  /** In power-saving mode; at most `maxPowerW`. */
  savingPowerW: integer(0, MAX_POWER_W),
});
export type OperatorLimits = ReturnType<typeof operatorLimits>;

const deviceRule = object({
  device: identifier,
  /** Runs only while the price is at most this, in millionths of the currency unit for each Wh; any price without it. */
  maxPriceMicroPerWh: optional(integer(0, 1_000_000_000)),
  /** Runs only from this minute of the day in UTC … */
  fromMinute: optional(integer(0, MINUTES_PER_DAY - 1)),
  /** … up to but not at this one; over midnight when it is the smaller one. */
  toMinute: optional(integer(0, MINUTES_PER_DAY - 1)),
  /** What it draws while it runs. */
  powerW: integer(0, MAX_POWER_W),
});
export type DeviceRule = ReturnType<typeof deviceRule>;

/** What a user wants of the own devices, the most important first. */
export const devicePolicyText = object({ devices: list(deviceRule, 64) });
export type DevicePolicyText = ReturnType<typeof devicePolicyText>;

export const faultReport = object({
  device: identifier,
  place: text(200),
  type: text(100),
  number: integer(1, 1_000_000_000),
  atSeconds: integer(0, 9_999_999_999_999),
});
export type FaultReport = ReturnType<typeof faultReport>;

/** Canonical JSON, the one form. */
export function encodeSealedJson(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

/** @throws DecodeError of the decoder, or BAD_FIELD for another form of the same */
export function decodeSealedJson<T extends object>(
  bytes: Uint8Array,
  decoder: (value: unknown, field: string) => T,
): T {
  const json = decodeUtf8(bytes, 'sealed');
  const value = decodeArgument(json, decoder);
  if (canonicalJson(value as JsonValue) !== json)
    throw refusal('BAD_FIELD', { field: 'sealed', expected: 'canonical JSON' });
  return value;
}
