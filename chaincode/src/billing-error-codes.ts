/** The error codes of time-of-use billing; error-codes.ts has the rules of the list. */
import type { ErrorDefinition } from './error-definition.js';

export const BILLING_ERROR_CODES = {
  // Billing: reports, totals and charges of tou-billing
  REPORT_BAD_SIGNATURE: {
    kind: 'proof',
    says: 'The signature of the report of meter "{meterId}" is wrong: it was changed, moved or made with another key.',
  },
  REPORT_BAD_PROOF: {
    kind: 'proof',
    says: 'The range proof of meter "{meterId}" does not hold: encrypt a reading from 0 to {maxReadingWh} Wh and prove it for this slot.',
  },
  CHARGE_OVERFLOW: {
    kind: 'validation',
    says: '{slots} slots of at most {maxReadingWh} Wh at {maxPriceMicroPerWh} millionths per Wh do not fit a {modulusBits}-bit modulus: use a larger key.',
  },
  CHARGE_IMPLAUSIBLE: {
    kind: 'proof',
    says: 'The opened charge of meter "{meterId}" is more than {slots} slots can cost under this tariff: some reading left its range, find it.',
  },

  // Billing: parties and tariffs
  BILLING_UNKNOWN: {
    kind: 'not-found',
    says: 'Grid "{grid}" has no billing: its ESP opens it first.',
  },
  BILLING_EXISTS: {
    kind: 'conflict',
    says: 'Billing of grid "{grid}" was opened on other terms: they are fixed for good.',
  },
  AGGREGATOR_UNKNOWN: {
    kind: 'not-found',
    says: 'Aggregator "{aggregator}" has no signing key for billing: register it first.',
  },
  AGGREGATOR_EXISTS: {
    kind: 'conflict',
    says: 'Aggregator "{aggregator}" is registered with another key: use that one, or the next epoch.',
  },
  BAD_BLS_POSSESSION: {
    kind: 'proof',
    says: 'The proofs of "{id}" do not fit its BLS key ({proof}): make them with the secret key, for this channel, grid, id and epoch.',
  },
  BAD_METER_BINDING: {
    kind: 'proof',
    says: 'Meter "{meterId}" has not signed this BLS key with the signing key of its registration: let the meter sign it.',
  },
  TARIFF_UNKNOWN: {
    kind: 'not-found',
    says: 'Tariff {tariffId} is not on the ledger: use the id of a published tariff.',
  },
  TARIFF_OF_OTHER_PLAN: {
    kind: 'conflict',
    says: 'Tariff {tariffId} is published for plan "{plan}": a table belongs to one plan, name the one of another plan differently.',
  },
  TARIFF_SLOT_LENGTH: {
    kind: 'validation',
    says: 'The tariff has slots of {actualSeconds} s but grid "{grid}" has slots of {expectedSeconds} s: give the tariff in the slots of the grid.',
  },

  TARIFF_ID_MISMATCH: {
    kind: 'proof',
    says: 'The id {tariffId} is not the hash of this table: it is not these prices that meters signed.',
  },
  TARIFF_PUBLISHED_LATE: {
    kind: 'validation',
    says: 'Tariff {tariffId} was published at {publishedAtSeconds} s, its period began at {startSeconds} s: a tariff counts only when it was published before its period.',
  },
  PLAN_PERIODS_CROSS: {
    kind: 'conflict',
    says: 'Meter "{meterId}" can leave its plan at {fromSeconds} s, in the middle of the period of tariff {tariffId} of the new plan: choose a plan whose periods end together with those of the old one.',
  },

  // Billing: slot blocks
  REPORT_WRONG_TARIFF: {
    kind: 'validation',
    says: 'Meter "{meterId}" reported under tariff {tariffId}, which is not of its plan "{plan}": use the tariff of its plan.',
  },
  REPORT_KEY_OTHER_SLOTS: {
    kind: 'validation',
    says: 'Meter "{meterId}" signed its report of slot {slot} with its key of epoch {epoch}, which is for other slots: use the key that was registered for this one.',
  },
  REPORT_LATE: {
    kind: 'conflict',
    says: 'The report of meter "{meterId}" for slot {slot} came after its billing period was closed: it can no longer count.',
  },
  REPORT_EXISTS: {
    kind: 'conflict',
    says: 'Meter "{meterId}" already has a report in slot {slot}: leave it out of this block.',
  },
  BLOCK_MISMATCH: {
    kind: 'proof',
    says: 'The {field} of the block of slot {slot} is not what its packets give: recompute it.',
  },
  BLOCK_EXISTS: {
    kind: 'conflict',
    says: 'Slot {slot} already has another block {part}: the first one stands.',
  },
  BLOCK_PART_ORDER: {
    kind: 'conflict',
    says: 'Slot {slot} has {parts} blocks, so the next one is number {parts}, not {part}: number it so.',
  },
  SUPPLEMENTS_USED: {
    kind: 'conflict',
    says: 'Slot {slot} has {supplements} supplements of term {term} already: leave late reports to the aggregator of the next term, and put more of them into one block.',
  },
  AGGREGATOR_BAD_SIGNATURE: {
    kind: 'proof',
    says: 'The signature of aggregator "{aggregator}" on {what} is wrong: sign what the ledger has, in the current term.',
  },
  AREA_TOO_SMALL: {
    kind: 'validation',
    says: 'Slot {slot} has {count} reports but totals over fewer than {minGroup} are never opened: leave it closed.',
  },
  AREA_INCOMPLETE: {
    kind: 'validation',
    says: 'Slot {slot} has reports of {count} of {registered} meters but totals over fewer than {needed} of them are never opened: leave it closed.',
  },
  AREA_IMPLAUSIBLE: {
    kind: 'proof',
    says: 'The opened total of slot {slot} is more than {count} meters can use: some reading left its range, find it.',
  },
  AREA_OPENING_EXISTS: {
    kind: 'conflict',
    says: 'The area total of slot {slot} has already been opened with other values: the first opening stands.',
  },
  BLOCK_UNKNOWN: {
    kind: 'not-found',
    says: 'Slot {slot} has no block {part}: wait until the aggregator in office has submitted it.',
  },

  // Billing: bills
  PERIOD_OPEN: {
    kind: 'conflict',
    says: 'The period of tariff {tariffId} is not closed (now {nowSeconds} s, it can be from {closesAtSeconds} s): bill it when its ESP has closed it.',
  },
  PERIOD_CLOSED: {
    kind: 'conflict',
    says: 'The period of tariff {tariffId} was closed on other terms: the first ones stand.',
  },
  CHARGE_PART_UNKNOWN: {
    kind: 'validation',
    says: 'The period of tariff {tariffId} has {parts} parts, there is no part {part}: number them from 0.',
  },
  CHARGE_PART_MISSING: {
    kind: 'conflict',
    says: 'Part {part} of the period of tariff {tariffId} has not been summed: sum it first.',
  },
  NOTHING_MISSING: {
    kind: 'validation',
    says: 'No slot of meter "{meterId}" is missing: its bill needs no record.',
  },
  MISSING_SLOTS_UNSIGNED: {
    kind: 'conflict',
    says: '{missing} slots of meter "{meterId}" are missing: the aggregator in office records what they count as, then comes the bill.',
  },
  MISSING_SLOTS_MISMATCH: {
    kind: 'proof',
    says: 'What the missing slots of meter "{meterId}" count as is not what the tariff rules: each slot without a report, and no other, counts as its rule says.',
  },
  BILL_UNKNOWN: {
    kind: 'not-found',
    says: 'Meter "{meterId}" has no charge under tariff {tariffId}: check both, or wait for it.',
  },
  CHARGE_MISMATCH: {
    kind: 'proof',
    says: 'The charge of meter "{meterId}" is not what its signed reports and the tariff give: recompute it.',
  },
  WRONG_CHARGE_OPENING: {
    kind: 'proof',
    says: 'The values (m, rho) do not open the charge of meter "{meterId}": decrypt the committed charge.',
  },
  CHARGE_OPENING_EXISTS: {
    kind: 'conflict',
    says: 'The charge of meter "{meterId}" has already been opened with other values: the first opening stands.',
  },
  PAYABLE_MISMATCH: {
    kind: 'proof',
    says: 'What meter "{meterId}" has to pay is not its charge: with the fixed charge, rounded once, that is {payableMinor} of the smallest unit.',
  },

  // Billing: disputes
  DISPUTE_BAD_SIGNATURE: {
    kind: 'proof',
    says: 'The dispute about the bill of meter "{meterId}" is not signed by that meter: sign it with the key of epoch {epoch}.',
  },
  DISPUTE_OLD_KEY: {
    kind: 'conflict',
    says: 'The dispute about the bill of meter "{meterId}" is signed with the key of epoch {epoch}: sign it with the newest one, of epoch {newestEpoch}.',
  },
  DISPUTE_EXISTS: {
    kind: 'conflict',
    says: 'The bill of meter "{meterId}" is already contested, or was, for another reason: one bill has one dispute.',
  },
  DISPUTE_UNKNOWN: {
    kind: 'not-found',
    says: 'The bill of meter "{meterId}" under tariff {tariffId} is not contested: check both.',
  },
  DISPUTE_RESOLVED: {
    kind: 'conflict',
    says: 'The dispute about the bill of meter "{meterId}" is resolved: the first resolution stands.',
  },
} as const satisfies Record<string, ErrorDefinition>;
