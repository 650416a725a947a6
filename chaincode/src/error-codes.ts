/**
 * The closed list of error codes a transaction or a report can be refused with.
 *
 * Codes are append-only: a code never changes its meaning and is never reused. `kind` selects the class
 * (errors.ts), `says` is the sentence; `{name}` is replaced by the fact of that name.
 */
import { BILLING_ERROR_CODES } from './billing-error-codes.js';
import type { ErrorDefinition } from './error-definition.js';
import { REGULATION_ERROR_CODES } from './regulation-error-codes.js';
import { SIGNCRYPTION_ERROR_CODES } from './signcryption-error-codes.js';

export const ERROR_CODES = {
  // Encodings
  MALFORMED_JSON: {
    kind: 'decode',
    says: 'The argument is not the JSON object this transaction takes: {reason}.',
  },
  MISSING_FIELD: { kind: 'decode', says: 'Field "{field}" is missing: add it.' },
  UNKNOWN_FIELD: { kind: 'decode', says: 'Field "{field}" is not known here: remove it.' },
  BAD_FIELD: { kind: 'decode', says: 'Field "{field}" must be {expected}.' },
  BAD_LENGTH: { kind: 'decode', says: '{what} must be {expectedBytes} bytes long, got {actualBytes}.' },
  TOO_LARGE: { kind: 'decode', says: '{what} may have at most {limitBytes} bytes, got {actualBytes}.' },
  TRAILING_BYTES: {
    kind: 'decode',
    says: '{what} ends {extraBytes} bytes later than its last field: send exactly one message.',
  },
  TRUNCATED: { kind: 'decode', says: '{what} ends before its last field: send the whole message.' },
  WRONG_LABEL: {
    kind: 'decode',
    says: '{what} does not start with the label "{expected}": it is another kind of message.',
  },
  BAD_IDENTIFIER: {
    kind: 'decode',
    says: 'Field "{field}" must be 1 to 64 bytes of normalised (NFC) UTF-8 text without control characters.',
  },
  BAD_BLS_POINT: {
    kind: 'decode',
    says: '{what} is no usable BLS12-381 point ({reason}): send the compressed point as its owner made it.',
  },

  // Access
  ROLE_REQUIRED: {
    kind: 'authorisation',
    says: 'This transaction needs the role "{role}": ask an admin of organisation {mspId} to grant it.',
  },
  ADMIN_REQUIRED: {
    kind: 'authorisation',
    says: 'Only an admin of organisation {mspId} may do this: use its admin identity.',
  },
  NOT_YOUR_FOG_NODE: {
    kind: 'authorisation',
    says: 'Fog node "{fogNode}" belongs to another identity: submit with the identity it was registered with.',
  },
  NOT_YOUR_REGION: {
    kind: 'authorisation',
    says: 'Region "{region}" is not served by fog node "{fogNode}": submit regions of your own.',
  },

  NOT_GRID_OWNER: {
    kind: 'authorisation',
    says: 'Grid "{grid}" belongs to organisation {owner}: only its members with the right role may do this.',
  },

  // Registry and parameters
  GRID_UNKNOWN: {
    kind: 'not-found',
    says: 'Grid "{grid}" is not on this ledger: create it or check the name.',
  },
  GRID_EXISTS: {
    kind: 'conflict',
    says: 'Grid "{grid}" exists with other parameters: parameters are fixed for good, choose another grid id.',
  },
  FOG_NODE_UNKNOWN: { kind: 'not-found', says: 'Fog node "{fogNode}" is not registered: register it first.' },
  FOG_NODE_EXISTS: {
    kind: 'conflict',
    says: 'Fog node "{fogNode}" is registered with other facts: choose another id.',
  },
  REGION_UNKNOWN: {
    kind: 'not-found',
    says: 'Region "{region}" is not a region of this grid: use one of its region ids.',
  },
  METER_UNKNOWN: { kind: 'not-found', says: 'Meter "{meterId}" is not registered: register it first.' },
  METER_EXISTS: {
    kind: 'conflict',
    says: 'Meter "{meterId}" is registered with other facts: revoke it or choose another id.',
  },
  METER_REVOKED: { kind: 'conflict', says: 'Meter "{meterId}" is revoked: its reports no longer count.' },
  BAD_POSSESSION_PROOF: {
    kind: 'proof',
    says: 'The proof of possession of meter "{meterId}" does not fit its keys: sign the registration with the signing key.',
  },
  MODULUS_SIZE: { kind: 'validation', says: 'The Paillier modulus has {bits} bits: use one of {allowed}.' },
  BAD_MODULUS_PROOF: {
    kind: 'proof',
    says: 'The proof that N is a proper Paillier modulus does not hold: make it with the private key of N.',
  },
  BAD_GENERATOR: {
    kind: 'validation',
    says: 'h_N is not a unit modulo N squared: publish the value made at key generation.',
  },
  RADIX_TOO_SMALL: {
    kind: 'validation',
    says: 'A radix of 2^{radixBits} is too small for {maxMeters} meters of at most {maxReadingWh} Wh: use at least 2^{neededBits}.',
  },
  RADIX_OVERFLOW: {
    kind: 'validation',
    says: '{regions} regions of {radixBits} bits do not fit into a {modulusBits}-bit modulus: use fewer regions or a larger key.',
  },
  MIN_GROUP_TOO_SMALL: {
    kind: 'validation',
    says: 'minGroup is {minGroup}: it must be between {lowest} and the most meters of a region.',
  },

  // Slots, totals, openings
  SLOT_IN_FUTURE: { kind: 'validation', says: 'Slot {slot} has not ended yet: submit it after its end.' },
  SLOT_TOO_OLD: {
    kind: 'validation',
    says: 'Slot {slot} ended more than {maxAgeSeconds} s ago: it is closed.',
  },
  GROUP_TOO_SMALL: {
    kind: 'validation',
    says: 'Region "{region}" has {count} reports but groups below {minGroup} are never opened: submit it as withheld.',
  },
  TOO_MANY_METERS: {
    kind: 'validation',
    says: 'Region "{region}" claims {count} reports but may have at most {maxMeters}.',
  },
  INVALID_CIPHERTEXT: {
    kind: 'validation',
    says: 'The ciphertext of {owner} is not a unit between 0 and N squared: encrypt with the public key of this grid.',
  },
  REGION_TOTAL_EXISTS: {
    kind: 'conflict',
    says: 'Region "{region}" already has another total for slot {slot}: the first one stands.',
  },
  REGION_TOTAL_MISSING: {
    kind: 'conflict',
    says: 'Region "{region}" has no total for slot {slot} yet: wait until its fog node has submitted it.',
  },
  REGION_NOT_LATE: {
    kind: 'conflict',
    says: 'Region "{region}" may still submit its total for slot {slot}: withhold it as missing one slot after the slot has ended.',
  },
  TOTAL_MISMATCH: {
    kind: 'proof',
    says: 'The total of slot {slot} is not the Horner sum of the committed region totals: recompute it.',
  },
  TOTAL_EXISTS: { kind: 'conflict', says: 'Slot {slot} already has its total: nothing is left to do.' },
  TOTAL_MISSING: {
    kind: 'conflict',
    says: 'Slot {slot} has no total yet: wait until the leader has submitted it.',
  },
  OPENING_EXISTS: {
    kind: 'conflict',
    says: 'Slot {slot} has already been opened with other values: the first opening stands.',
  },
  WRONG_OPENING: {
    kind: 'proof',
    says: 'The values (m, rho) do not open the total of slot {slot}: decrypt the committed total.',
  },
  DIGIT_OVERFLOW: {
    kind: 'proof',
    says: 'The opened total of slot {slot} does not split into plausible regions ({reason}): a report left its range, open nothing and find it.',
  },
  DIGIT_CHECK_FAILED: {
    kind: 'proof',
    says: 'The regions of slot {slot} do not match their own ciphertexts: a report spilled into another region, open nothing and find it.',
  },
  SLOT_UNKNOWN: { kind: 'not-found', says: 'Slot {slot} is not on the ledger: check the slot number.' },

  // Leadership
  TERM_STALE: {
    kind: 'conflict',
    says: 'Term {term} is not the current term {currentTerm}: a newer leader has been elected, step down.',
  },
  TERM_NOT_NEXT: { kind: 'conflict', says: 'Term {term} cannot be started: the next term is {nextTerm}.' },
  LEASE_HELD: {
    kind: 'conflict',
    says: 'Fog node "{leader}" still holds the lease of term {term}: wait until it runs out.',
  },
  NOT_A_CANDIDATE: {
    kind: 'conflict',
    says: 'Fog node "{fogNode}" is no candidate of term {term}: vote for one that is.',
  },
  ALREADY_VOTED: {
    kind: 'conflict',
    says: 'Fog node "{fogNode}" has already voted in term {term}: one vote per term.',
  },
  NO_MAJORITY: {
    kind: 'conflict',
    says: 'Fog node "{fogNode}" has {votes} of the {needed} votes it needs in term {term}: wait for more.',
  },
  NOT_LEADER: {
    kind: 'authorisation',
    says: 'Fog node "{fogNode}" is not the leader of term {term}: leave this to the leader.',
  },

  // Reports, as a fog node refuses them
  REPORT_WRONG_GRID: {
    kind: 'validation',
    says: 'The report is for another grid, channel or key: send it to the right fog node.',
  },
  REPORT_WRONG_REGION: {
    kind: 'validation',
    says: 'Meter "{meterId}" is registered in another region: send the report to the fog node of its region.',
  },
  REPORT_WRONG_EPOCH: {
    kind: 'validation',
    says: 'Meter "{meterId}" used keys of epoch {epoch}: use its current keys.',
  },
  REPORT_FUTURE_SLOT: {
    kind: 'validation',
    says: 'Slot {slot} has not ended yet: check the clock of the meter.',
  },
  REPORT_STALE_SLOT: { kind: 'validation', says: 'Slot {slot} is closed: the report came too late.' },
  REPORT_EQUIVOCATION: {
    kind: 'conflict',
    says: 'Meter "{meterId}" has sent two different reports for slot {slot}: the first one stands, both are kept as evidence.',
  },
  REPORT_BAD_TAG: {
    kind: 'proof',
    says: 'The authentication tag of the report of meter "{meterId}" is wrong: it was changed or made with other keys.',
  },

  // Tariffs
  TARIFF_BAD_PERIOD: {
    kind: 'validation',
    says: 'The tariff period of {periodSeconds} s must be {minPeriodSeconds} to {maxPeriodSeconds} s long and begin and end on a border of {slotSeconds}-second slots: choose whole months and a slot length that fits the zone.',
  },
  TARIFF_SLOT_COUNT: {
    kind: 'validation',
    says: 'The tariff prices {actual} slots but its period has {expected}: give one digit for each slot.',
  },
  TARIFF_BAND_UNKNOWN: {
    kind: 'validation',
    says: 'Slot {position} of the period is in band {band}, which the tariff does not have: use the numbers of its bands, from 0.',
  },
  TARIFF_BANDS_UNORDERED: {
    kind: 'validation',
    says: 'Band "{band}" does not cost more than the band before it: order bands by price, and give bands of one price as one band.',
  },
  TARIFF_BAND_NAMES: {
    kind: 'validation',
    says: 'Two bands of the tariff have the same name: give each its own.',
  },
  TARIFF_TOO_MANY_PRICES: {
    kind: 'validation',
    says: 'The tariff has {prices} different prices in its period, at most {limit} are allowed: more would let a bill tell when energy was used.',
  },
  TARIFF_PRICE_RATIO: {
    kind: 'validation',
    says: 'The dearest price ({highest} micro-units per Wh) is more than {maxPriceRatio} times the cheapest ({lowest}): a bill would show the energy of single bands.',
  },
  TARIFF_BAND_TOO_SHORT: {
    kind: 'validation',
    says: 'Band "{band}" has {slots} slots ({bandSeconds} s) in the period, it needs {minBandSlots} slots and {minBandSeconds} s: a bill would show the energy of a few moments.',
  },
  TARIFF_BANDS_EXPOSED: {
    kind: 'validation',
    says: 'A bill would show the energy of band "{band}" ({priceMicroPerWh} micro-units per Wh) on its own, since its price has no small common measure with another price: use coarser prices, such as multiples of one step.',
  },
  BAD_MISSING_SLOT_RULE: {
    kind: 'validation',
    says: 'The missing-slot rule "{rule}" does not fit the tariff ({reason}): correct it.',
  },
  TARIFF_PERIOD_BEGUN: {
    kind: 'conflict',
    says: 'The period of this tariff began at {startSeconds} s, it is {nowSeconds} s now: a tariff is fixed before its period, give one for a later period.',
  },
  TARIFF_PERIOD_TAKEN: {
    kind: 'conflict',
    says: 'Tariff {tariffId} already prices slots from {startSeconds} s to {endSeconds} s: one slot has one tariff, choose a period that does not overlap.',
  },
  SLOT_OUTSIDE_PERIOD: {
    kind: 'validation',
    says: 'Slot {slot} is not in the period of tariff "{tariff}": use the tariff of the slot.',
  },
  TOO_MANY_MISSING_SLOTS: {
    kind: 'validation',
    says: '{missing} slots of the period have no report, the tariff allows {limit}: bill the meter when its reports are there.',
  },
  SLOT_NOT_ESTIMABLE: {
    kind: 'validation',
    says: 'Slot {slot} has no report in any week of the period, so the rule of the tariff gives no estimate: wait for the report.',
  },

  ...BILLING_ERROR_CODES,
  ...SIGNCRYPTION_ERROR_CODES,
  ...REGULATION_ERROR_CODES,
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERROR_CODES;
