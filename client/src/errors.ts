/**
 * What the client itself refuses: files, readings, options. What a contract refuses is a GridveilError (chaincode/src/errors.ts).
 *
 * Same shape as there: a closed, append-only list of codes, each with the sentence that says what to do; `{name}` is
 * replaced by the fact of that name. Facts never hold a reading, a plaintext or a key: a bad value is named by its place.
 */
import { fillSentence, type Facts } from '@gridveil/chaincode/errors.js';

export const CLIENT_ERROR_CODES = {
  // Reading files
  READINGS_FILE_MISSING: 'There is no file "{file}": check the path.',
  READINGS_FILE_UNREADABLE: 'File "{file}" cannot be read ({reason}): give a readable regular file.',
  READINGS_FILE_TOO_LARGE: 'File "{file}" has more than {limitBytes} bytes: split it.',
  READINGS_LINE_TOO_LONG: 'Line {line} has more than {limitBytes} bytes: this is not a CSV file of readings.',
  READINGS_TOO_MANY: 'The file has more than {limit} {what}: split it by time or by meter.',
  READINGS_EMPTY: 'The file holds no reading that can be used: check its format, and give one with values.',
  READINGS_BAD_CSV: 'Line {line} is not valid CSV ({reason}): check its quotes.',
  READINGS_BAD_XML: 'Line {line} is no Green Button XML that can be read ({reason}): export the file again.',
  READINGS_ENCRYPTED:
    'The telegrams are encrypted (first byte 0xDB): let the reader of the port decrypt them with the key of the meter.',
  READINGS_NO_INTERVAL:
    'The file says what registers of {meters} meters showed, but not at both ends of any interval of {intervalMinutes} minutes: give a longer recording or shorter intervals.',
  READINGS_RAGGED_ROW: 'Line {line} has {actual} columns, the header has {expected}: complete or remove it.',

  // What the file means
  READINGS_BAD_OPTION: 'Option {option} must be {allowed}.',
  READINGS_UNDECLARED: 'The file does not say its {option}: declare {option} as {allowed}.',
  READINGS_ZONE_UNKNOWN: '"{zone}" is no time zone: use an IANA name such as Europe/London, or UTC+10.',
  READINGS_UNKNOWN_COLUMN: 'Column "{column}" is not known in {where}: expected {expected}.',
  READINGS_MISSING_COLUMN: 'The header has no column for {role}: add {expected}.',
  READINGS_DUPLICATE_COLUMN: 'Column "{column}" stands twice in the header: rename or remove one.',
  READINGS_BAD_METER_ID:
    'The meter id at line {line}, column {column} must be 1 to 64 bytes of normalised (NFC) UTF-8 text without control characters.',

  READINGS_ESPI_UNSUPPORTED: 'The feed has {what}: a feed with {expected} is needed.',
  READINGS_SEVERAL_SERIES: 'The feed has {what}: {remedy}.',

  // Rows
  READINGS_BAD_STAMP:
    'Line {line}: the time must look like 2024-03-31T01:30, in or after 1970, like a slot number in a slot column, or be seconds since 1970 where the format has those.',
  READINGS_NO_ZONE: 'Line {line}: the time has no UTC offset and no zone is declared: declare the zone.',
  READINGS_DUPLICATE_STAMP:
    'Line {line}: meter "{meterId}" already has a reading for this interval: keep one of them.',
  READINGS_IRREGULAR_INTERVAL:
    'Line {line}: the time is not a whole number of {intervalMinutes}-minute intervals after the first row: declare the right interval or repair the row.',
  READINGS_BAD_NUMBER:
    'Line {line}, column "{column}": the value must be a plain decimal number such as 0.239, or empty.',
  READINGS_BAD_QUALITY: 'Line {line}: the quality must be empty or one of {allowed}.',
  READINGS_NEGATIVE:
    'Line {line}, column "{column}": energy is negative: give import and export as separate meters.',
  READINGS_TOO_MANY_DECIMALS:
    'Line {line}, column "{column}": the value is finer than 1 Wh: declare rounding if whole watt-hours will do.',
  READINGS_VALUE_TOO_LARGE:
    'Line {line}, column "{column}": the value is above {limitWh} Wh: check the unit.',

  // Choosing from readings
  READINGS_TOO_FEW_METERS:
    'There are {available} meters, {wanted} are needed: ask for fewer or give more data.',
  READINGS_TOO_FEW_SLOTS:
    'There are {available} slots, {wanted} are needed: ask for fewer or give more data.',
  READINGS_NO_COMPLETE_SLOT:
    'No slot has a reading of each of the {meters} meters: choose fewer meters or more complete data.',
  READINGS_NO_MONTH:
    'The readings cover neither the month {month} nor a whole week: give more data, or another month.',
  MONTH_SLOTS: '{month} cannot have {slots} slots: take {most}, or that divided by hours that divide a day.',
  REGIONS_TOO_MANY: '{meters} meters cannot fill {regions} regions: ask for fewer regions or more meters.',

  // Tariffs
  TARIFF_FILE_TOO_LARGE: 'The tariff file has more than {limitBytes} bytes: give a file with one tariff.',
  TARIFF_MALFORMED: 'This is no {format} tariff ({place}: {reason}): correct the file.',
  TARIFF_BAD_MONTH: '"{month}" is no billing month: write it like 2024-03.',
  TARIFF_BAD_HOLIDAY: '"{date}" is no date: write holidays like 2024-12-25.',
  TARIFF_ZONE_OFF_SLOTS:
    'Month {month} in {zone} does not begin and end on a border of {slotSeconds}-second slots: use shorter slots.',
  TARIFF_BAND_SPLITS_SLOT:
    'The price changes inside the slot of {slotSeconds} s that begins at {time}: use shorter slots.',
  TARIFF_FIXED_OFFSET_NEEDED:
    'The three-price tariff needs 24 slots on every day, but clocks in {zone} may change: give a fixed offset such as UTC+1.',
  TARIFF_BAD_NUMBER: 'The value of {place} must be a plain decimal number such as 0.2145.',
  TARIFF_NEGATIVE: 'The {place} is negative: a bill on ciphertext only adds, pay credits outside of it.',
  TARIFF_TOO_FINE:
    'The {place} is {micro} micro-units, but the ledger holds whole ones: declare half-even rounding, or give prices in a smaller currency unit.',
  TARIFF_TOO_LARGE: 'The {place} is above any price: check the unit.',
  TARIFF_TIERED:
    'Period {period} of the rate has {tiers} tiers or a tier with an end: tiers need comparisons of encrypted sums, choose a rate without them.',
  TARIFF_UNIT: 'Period {period} of the rate is priced per "{unit}": only prices per kWh can be billed.',
  TARIFF_CHARGE_UNSUPPORTED:
    'The rate has {charge}, which bills cannot hold ({reason}): choose another rate, or omit them and charge them elsewhere.',
  TARIFF_FIXED_CHARGE_UNIT: 'The fixed charge of the rate is in "{unit}": only $/month and $/day are known.',
  TARIFF_NOT_IN_FORCE:
    'The rate is in force from {from} to {to}, not for all of {month}: choose another month.',
  TARIFF_CURRENCY_UNDECLARED: 'The rate is of {country} and names no currency: declare the currency.',
  TARIFF_LIST_UNDECLARED: 'The price list does not say its {option}: declare {option} as {allowed}.',
  TARIFF_PRICE_MISSING: 'The price list has no price for {time}: give a list of the whole month.',

  // Command line
  OPTION_INVALID: 'Option {option} must be {allowed}.',
  USAGE: '{reason} Run npx gridveil --help.',
  SCHEME_UNKNOWN: 'There is no scheme "{scheme}" here: use one of {known}.',
  DEMO_GROUPS_TOO_SMALL:
    'The smallest region has {smallest} meters, but a total over fewer than {lowest} is never opened: ask for fewer regions or more meters.',
  DEMO_GROUPS_TOO_LARGE:
    'The largest region has {largest} meters, at most {highest} are allowed: ask for more regions or fewer meters.',
  DEMO_READING_TOO_LARGE:
    'The reading of meter "{meterId}" in slot {slot} is above {limitWh} Wh, what a connection of {limitKw} kW can use: check the unit.',
  LEDGER_FOLDER_MISSING: 'There is no embedded ledger in "{folder}": run the demo first or name its folder.',
  GRID_NOT_CHOSEN: 'The ledger holds several grids ({known}): choose one with --grid.',
  NO_GRID: 'The ledger holds no grid yet: run the demo first.',
  KEY_FILE_MALFORMED: 'File "{file}" holds no {kind} key: give a file that Gridveil wrote.',
  FILE_EXISTS: 'File "{file}" exists: choose another name.',
  FILE_UNREADABLE: 'File "{file}" cannot be read ({reason}): check the path.',
  FILE_UNWRITABLE: 'File "{file}" cannot be written ({reason}): check the path and its rights.',

  // Journal
  JOURNAL_DAMAGED:
    'Journal file "{file}" is damaged at byte {offset} ({reason}): nothing was changed, restore the folder from a copy.',
  JOURNAL_FULL: 'There is no room for the journal in "{folder}": free some, nothing was accepted.',
  JOURNAL_BROKEN:
    'The disk of the journal in "{folder}" failed ({reason}): repair it and start the program again, nothing more is accepted.',
  FOLDER_LOCKED: 'Folder "{folder}" is in use by another process: end that one first.',

  // Programs
  CONFIG_INVALID: 'Configuration file "{file}" is wrong at {place} ({reason}): correct it.',
  SECRETS_MALFORMED:
    'File "{file}" does not hold the keys it should: give the file that `gridveil init` wrote.',
  LEDGER_ADDRESS_UNREADABLE:
    'The address file "{file}" cannot be read ({reason}): start `gridveil ledger` or check the path.',

  RECEIPTS_MALFORMED: 'Line {line} of "{file}" is no receipt: give the file that `gridveil meters` writes.',

  // Sending reports
  REPORTS_REFUSED:
    'Fog node "{fogNode}" refuses the whole message with status {status}: check that address and version fit.',
  RECEIPT_INVALID:
    'The receipt of fog node "{fogNode}" does not hold for the reports it was sent: check its receipt key, then distrust it.',
  FOG_NODE_DOWN: 'Fog node "{fogNode}" does not answer ({reason}): start it, then audit again.',
  RECOUNT_REFUSED:
    'Fog node "{fogNode}" shows no reports to this request ({reason}): ask its operator to name your auditor key.',
  BILLING_RECEIPT_INVALID:
    'The receipt of aggregator "{aggregator}" does not hold for the report of meter "{meterId}" and slot {slot}: check its key, then distrust it and send the report to another aggregator.',
  BILLING_RECEIPTS_MALFORMED:
    'Line {line} of "{file}" is no receipt of a billing report: give the file that `gridveil bill run --keys` wrote.',

  // Evidence
  EVIDENCE_MALFORMED:
    'This is no evidence document ({place}: {reason}): give a file that `gridveil evidence` wrote.',
  EVIDENCE_EMPTY: 'Grid "{grid}" has no opened slot from {fromSlot} to {toSlot}: choose another range.',
  EVIDENCE_REJECTED: 'The evidence does not hold at {place}: {reason}',

  // Bills
  BILL_REJECTED: 'The bill of meter "{meterId}" is wrong at {place}: {reason}',
  BILL_NOT_READY:
    'The bill of meter "{meterId}" for {period} is not there yet ({stage}): wait until it is made.',
  BILL_HOLDS:
    'The bill of meter "{meterId}" for {period} passes every check, so there is nothing it says by itself: give --reason to contest it.',
  BILL_DIFFERS:
    'The bill of meter "{meterId}" is {billed}, but your readings come to {own}: check that they are of this meter and complete, or contest the bill.',
  BILL_REPORTS_LEFT_OUT:
    'The bill of meter "{meterId}" counts {slots} slots as missing whose reports aggregator "{aggregator}" has signed receipts for, the first from {time}: contest it, the receipts are the evidence.',
  PERIOD_UNKNOWN:
    'Meter "{meterId}" has no billing period "{period}": use one of {known}, or the id of a tariff.',
  PERIOD_AMBIGUOUS: 'Meter "{meterId}" has several periods "{period}": name the tariff, one of {known}.',
  READINGS_METER_UNKNOWN:
    'The file has readings of {available} meters, but none of "{meterId}": name its column with --data-meter.',
  READINGS_SLOT_MISSING:
    'Your readings have none for the slot that begins at {time}, which the meter reported: give readings of the whole period.',
  READINGS_SLOT_LENGTH:
    'Your readings have intervals of {actualSeconds} s, the grid has slots of {expectedSeconds} s: give readings in the slots of the grid.',
  METER_KEY_OTHER:
    'The key in "{file}" is not a key of meter "{meterId}": use the one that the meter signs with.',

  METER_NOT_ENROLLED:
    'Meter "{meterId}" with the signing key {signingKey} is not on the list of enrolled meters: ask whoever installed it, and add it to the list only if it is the key of that meter.',
  ENROLMENT_MALFORMED:
    'File "{file}" is no list of enrolled meters ({place}: {reason}): give the list of the installers.',
  ENROLMENT_OTHER_GRID:
    'The list of enrolled meters is of grid "{grid}" on channel "{channel}": give the list of this grid.',
  // Statistics of equipment
  STATISTICS_MALFORMED:
    'These are no statistics of equipment ({reason}): ask the supplier to publish them again.',

  // Connecting to Fabric
  CONNECTION_UNREADABLE:
    'The connection file "{file}" cannot be read ({reason}): start the network or check the path.',
  CONNECTION_MALFORMED:
    'The connection file "{file}" is not a connection description ({reason}): write it again with the network command.',
  NETWORK_DOWN:
    'No peer of "{file}" answers ({addresses}): start the network, for example with "npm run network -- up".',
  ORGANISATION_UNKNOWN: 'The connection describes no organisation "{mspId}": use one of {known}.',
  USER_UNKNOWN: 'Organisation {mspId} has no user "{user}": use one of {known}.',
  CREDENTIAL_UNREADABLE: 'The {what} "{file}" cannot be read ({reason}): check the path and its rights.',
  CREDENTIAL_MALFORMED: 'The {what} "{file}" is not {expected}: enrol the identity again.',
  KEY_FILE_EXPOSED: 'The private key "{file}" can be read by others (mode {mode}): run chmod 600 on it.',
  KEY_CERTIFICATE_MISMATCH:
    'The private key "{keyFile}" does not belong to the certificate "{certFile}": give files of the same identity.',
} as const satisfies Record<string, string>;

export type ClientErrorCode = keyof typeof CLIENT_ERROR_CODES;

/** The user's mistake or a missing resource, with its facts; the class writes the sentence. */
export class ClientError extends Error {
  override readonly name = 'ClientError';

  constructor(
    readonly code: ClientErrorCode,
    readonly facts: Facts = {},
    options?: ErrorOptions,
  ) {
    super(`[${code}] ${sentenceOf(code, facts)} ${JSON.stringify(facts)}`, options);
  }

  /** The sentence alone, for people. */
  get sentence(): string {
    return sentenceOf(this.code, this.facts);
  }
}

function sentenceOf(code: ClientErrorCode, facts: Facts): string {
  return fillSentence(CLIENT_ERROR_CODES[code], facts);
}
