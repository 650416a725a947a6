/**
 * A stranger's verifier of gridveil/bill-evidence/v1, written from the published description alone: it shares no code with Gridveil, takes BLS from noble (one signature at a time),
 * Ed25519 from OpenSSL and computes with plain BigInt, so that an error of Gridveil's own verifier cannot hide here.
 */
import { createPublicKey, verify as verifyEd25519 } from 'node:crypto';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import {
  bigEndian,
  bits,
  checkModulus,
  climb,
  decoded,
  gcd,
  lp,
  must,
  number,
  power,
  sha256,
  u32,
  u64,
  Wrong,
} from './stranger.js';

interface BlsKey {
  epoch: number;
  publicKey: string;
  possession: string;
  signature: string;
}

interface Signed {
  aggregator: string;
  term: number;
  epoch: number;
  signature: string;
}

interface Missing {
  slot: number;
  energyWh?: number;
  copyOfSlot?: number;
}

interface Bill {
  schema: string;
  scheme: string;
  parameters: {
    n: string;
    modulusProof: string[];
    channel: string;
    grid: string;
    slotSeconds: number;
    maxReadingWh: number;
  };
  tariff: { tariffId: string; plan: string; publishedAtSeconds: number; table: Table };
  meter: {
    meterId: string;
    keys: (BlsKey & { plan: string; signingKey: string; binding: string })[];
  };
  aggregators: (BlsKey & { aggregator: string })[];
  packets: { slot: number; epoch: number; ciphertext: string; proofDigest: string; signature: string }[];
  missingSlots?: Signed & { rule: string; missing: Missing[] };
  leftOut?: {
    slot: number;
    epoch: number;
    ciphertext: string;
    proofDigest: string;
    signature: string;
    aggregator: string;
    receipt: string;
  }[];
  charge: Signed & { ciphertext: string; slots: number };
  opening: { chargeMicro: string; rho: string; payableMinor: string };
}

interface Table {
  name: string;
  currency: string;
  periodStartSeconds: number;
  periodEndSeconds: number;
  slotSeconds: number;
  bands: { name: string; priceMicroPerWh: number }[];
  bandOfSlot: string;
  fixedChargeMicro: number;
  minorDigits: number;
  missingSlotRule: string;
  maxMissingSlots: number;
  missingEstimateWh: number;
}

const { longSignatures, G1, G2 } = bls12_381;
const POSSESSION_TAG = Buffer.from('BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_');
const SIGNATURE_TAG = Buffer.from('BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_');
/** What stands before a raw Ed25519 key in a SubjectPublicKeyInfo (RFC 8410). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const WEEK_SECONDS = 604_800;

/** Tests show the same signatures again and again, and each takes 20 ms. */
const verdicts = new Map<string, boolean>();

class Verifier {
  readonly #n: bigint;
  readonly #nSquared: bigint;
  readonly #width: number;
  readonly #scope: (string | Buffer)[];
  readonly #first: number;
  readonly #total: number;

  constructor(
    private readonly bill: Bill,
    modulusBits: readonly number[],
  ) {
    const { n, modulusProof, channel, grid } = bill.parameters;
    this.#n = BigInt(n);
    this.#nSquared = this.#n * this.#n;
    this.#width = Math.ceil(bits(this.#nSquared) / 8);
    must(modulusBits.includes(bits(this.#n)), 'size of n');
    const modulus = bigEndian(this.#n, Math.ceil(bits(this.#n) / 8));
    checkModulus(this.#n, modulus, modulusProof);
    this.#scope = [sha256(lp('gridveil/paillier-n/v1', modulus)), channel, grid];
    const { table } = bill.tariff;
    this.#first = table.periodStartSeconds / table.slotSeconds;
    this.#total = table.bandOfSlot.length;
  }

  run(): void {
    this.#tariff();
    this.#keys();
    const missing = this.#missing();
    this.#charge(missing);
    this.#opening();
  }

  /** @returns who left out what it had signed for */
  leftOut(): string[] {
    const { leftOut = [], missingSlots, meter, aggregators } = this.bill;
    const missing = new Set(missingSlots?.missing.map(({ slot }) => slot));
    return leftOut.map(({ slot, signature, aggregator, receipt, ...report }) => {
      must(missing.delete(slot), `slot ${slot} is not missing`);
      const message = this.#reportMessage({ slot, ...report });
      const key = meter.keys.find(({ epoch }) => epoch === report.epoch)?.publicKey ?? '';
      must(this.#signed(key, message, signature), 'left-out report');
      const leafOf = lp(
        'gridveil/tou-billing/packet-leaf/v1',
        ...[message, decoded(signature, 96, 'signature')],
      );
      const bytes = Buffer.from(receipt, 'base64url');
      const [root, path] = [bytes.subarray(96, 128), bytes.subarray(132)];
      const siblings = Array.from({ length: path.length / 32 }, (_, i) =>
        path.subarray(32 * i, 32 * (i + 1)),
      );
      const leaf = sha256(Buffer.concat([Buffer.of(0), leafOf]));
      const [index, count] = [bytes.readUInt16BE(128), bytes.readUInt16BE(130)];
      must(root.equals(climb(leaf, index, count, siblings)), 'path of a receipt');
      const promise = lp('gridveil/tou-billing/receipt/v1', ...this.#scope, aggregator, root);
      const signed = bytes.subarray(0, 96).toString('base64url');
      const keys = aggregators.filter((each) => each.aggregator === aggregator);
      must(
        keys.some(({ publicKey }) => this.#signed(publicKey, promise, signed)),
        'receipt',
      );
      return aggregator;
    });
  }

  #tariff(): void {
    const { parameters, tariff } = this.bill;
    const { table } = tariff;
    const { periodStartSeconds: start, periodEndSeconds: end, slotSeconds, bands } = table;
    must(slotSeconds === parameters.slotSeconds, 'slot length');
    must(Number.isInteger(this.#first) && end - start === this.#total * slotSeconds, 'period');
    must(
      bands.every(({ priceMicroPerWh }, k) => priceMicroPerWh > (bands[k - 1]?.priceMicroPerWh ?? 0)),
      'prices',
    );
    must(
      [...table.bandOfSlot].every((digit) => Number(digit) < bands.length),
      'bands',
    );
    const encoded = lp(
      'gridveil/tou-billing/tariff/v1',
      ...[table.name, table.currency, u64(start), u64(end), u32(slotSeconds)],
      lp(...bands.map(({ name, priceMicroPerWh }) => lp(name, u32(priceMicroPerWh)))),
      ...[table.bandOfSlot, u64(table.fixedChargeMicro), u32(table.minorDigits), table.missingSlotRule],
      ...[u32(table.maxMissingSlots), u32(table.missingEstimateWh)],
    );
    must(sha256(encoded).toString('hex') === tariff.tariffId, 'tariff id');
    must(tariff.publishedAtSeconds < start, 'published late');
  }

  #keys(): void {
    const { meter, aggregators } = this.bill;
    for (const [i, key] of meter.keys.entries()) {
      must(i === 0 || key.epoch > (meter.keys[i - 1]?.epoch ?? 0), 'epochs');
      const message = this.#blsKey(key, 'meter', meter.meterId);
      const spki = Buffer.concat([ED25519_PREFIX, decoded(key.signingKey, 32, 'signing key')]);
      const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      must(verifyEd25519(null, message, publicKey, decoded(key.binding, 64, 'binding')), 'binding');
    }
    const seen = new Set<string>();
    for (const key of aggregators) {
      this.#blsKey(key, 'aggregator', key.aggregator);
      must(!seen.has(`${key.epoch}/${key.aggregator}`), 'a key twice');
      seen.add(`${key.epoch}/${key.aggregator}`);
    }
  }

  /** @returns what a key signs when it is registered */
  #blsKey({ epoch, publicKey, possession, signature }: BlsKey, kind: string, id: string): Buffer {
    const key = decoded(publicKey, 48, 'public key');
    must(this.#signed(publicKey, key, possession, POSSESSION_TAG), 'possession');
    const [, channel = '', grid = ''] = this.#scope;
    const message = lp('gridveil/tou-billing/registration/v1', channel, grid, kind, id, u32(epoch), key);
    must(this.#signed(publicKey, message, signature), 'registration');
    return message;
  }

  #signed(publicKey: string, message: Buffer, signature: string, tag = SIGNATURE_TAG): boolean {
    const id = [publicKey, message.toString('base64'), signature, tag.toString()].join(' ');
    const verdict = verdicts.get(id) ?? this.#verifies(publicKey, message, signature, tag);
    verdicts.set(id, verdict);
    return verdict;
  }

  #verifies(publicKey: string, message: Buffer, signature: string, tag: Buffer): boolean {
    const key = G1.Point.fromBytes(decoded(publicKey, 48, 'public key'));
    const point = G2.Point.fromBytes(decoded(signature, 96, 'signature'));
    key.assertValidity();
    point.assertValidity();
    return longSignatures.verify(point, longSignatures.hash(message, tag), key);
  }

  #reportedSlots(): Set<number> {
    const { packets, meter, tariff } = this.bill;
    let previous = this.#first - 1;
    for (const { slot, epoch, ciphertext, proofDigest, signature } of packets) {
      must(slot > previous && slot < this.#first + this.#total, `slot ${slot}`);
      previous = slot;
      const key = meter.keys.find((each) => each.epoch === epoch);
      must(key?.plan === tariff.plan, 'plan or epoch');
      const message = this.#reportMessage({ slot, epoch, ciphertext, proofDigest });
      must(this.#signed(key?.publicKey ?? '', message, signature), `signature of slot ${slot}`);
    }
    return new Set(packets.map(({ slot }) => slot));
  }

  #reportMessage({
    slot,
    epoch,
    ciphertext,
    proofDigest,
  }: Omit<Bill['packets'][number], 'signature'>): Buffer {
    const { meter, tariff } = this.bill;
    const header = lp(
      'gridveil/tou-billing/report-header/v1',
      ...this.#scope,
      ...[u32(epoch), Buffer.from(tariff.tariffId, 'hex'), u64(slot), meter.meterId],
    );
    return lp(
      'gridveil/tou-billing/report-signature/v1',
      ...[header, decoded(ciphertext, this.#width, 'ciphertext'), decoded(proofDigest, 32, 'digest')],
    );
  }

  #missing(): Missing[] {
    const { missingSlots, tariff } = this.bill;
    const { table } = tariff;
    const reported = this.#reportedSlots();
    const slots = Array.from({ length: this.#total }, (_, i) => this.#first + i);
    const lost = slots.filter((slot) => !reported.has(slot));
    must(lost.length <= table.maxMissingSlots, 'too many missing');
    const expected = lost.map((slot) =>
      table.missingSlotRule === 'fixed'
        ? { slot, energyWh: table.missingEstimateWh }
        : { slot, copyOfSlot: this.#otherWeek(slot, reported) },
    );
    const stated = missingSlots?.missing ?? [];
    must(
      stated.length === expected.length &&
        stated.every(({ slot, energyWh, copyOfSlot }, i) => {
          const rule: Missing = expected[i] ?? { slot: -1 };
          return slot === rule.slot && energyWh === rule.energyWh && copyOfSlot === rule.copyOfSlot;
        }),
      'missing slots',
    );
    if (missingSlots === undefined) return [];
    must(missingSlots.rule === table.missingSlotRule, 'rule');
    const office = this.#office('gridveil/tou-billing/missing-slots/v1', missingSlots);
    this.#aggregator(missingSlots, lp(...office, missingSlots.rule, this.#missingDigest(expected)));
    return expected;
  }

  /** One week before, one after, two before, and so on. */
  #otherWeek(slot: number, reported: ReadonlySet<number>): number {
    const week = WEEK_SECONDS / this.bill.parameters.slotSeconds;
    for (let k = 1; k * week < this.#total; k++)
      for (const other of [slot - k * week, slot + k * week]) if (reported.has(other)) return other;
    throw new Wrong(`slot ${slot} cannot be estimated`);
  }

  #missingDigest(missing: readonly Missing[]): Buffer {
    const entries = missing.map(({ slot, energyWh, copyOfSlot }) =>
      energyWh === undefined
        ? lp(u64(slot), 'copyOfSlot', u64(copyOfSlot ?? -1))
        : lp(u64(slot), 'energyWh', u64(energyWh)),
    );
    return sha256(lp('gridveil/tou-billing/missing-slots-digest/v1', ...entries));
  }

  #office(label: string, { aggregator, term }: Signed): (string | Buffer)[] {
    const { meter, tariff } = this.bill;
    const tariffId = Buffer.from(tariff.tariffId, 'hex');
    return [label, ...this.#scope, aggregator, u32(term), meter.meterId, tariffId];
  }

  #aggregator({ aggregator, epoch, signature }: Signed, message: Buffer): void {
    const key = this.bill.aggregators.find((each) => each.aggregator === aggregator && each.epoch === epoch);
    must(this.#signed(key?.publicKey ?? '', message, signature), `signature of ${aggregator}`);
  }

  #charge(missing: readonly Missing[]): void {
    const { charge, packets, tariff } = this.bill;
    const { bands, bandOfSlot } = tariff.table;
    const reports = new Map(packets.map(({ slot, ciphertext }) => [slot, this.#unit(ciphertext)]));
    const all = new Map(reports);
    for (const { slot, energyWh, copyOfSlot } of missing)
      all.set(
        slot,
        energyWh === undefined
          ? (reports.get(copyOfSlot ?? -1) ?? 0n)
          : (1n + BigInt(energyWh) * this.#n) % this.#nSquared,
      );
    must(charge.slots === this.#total && all.size === this.#total, 'slots');
    let product = 1n;
    for (const [slot, ciphertext] of all) {
      const price = bands[Number(bandOfSlot[slot - this.#first])]?.priceMicroPerWh ?? 0;
      product = (product * power(ciphertext, BigInt(price), this.#nSquared)) % this.#nSquared;
    }
    const stored = decoded(charge.ciphertext, this.#width, 'charge');
    must(number(stored) === product, 'charge');
    const office = this.#office('gridveil/tou-billing/monthly-charge/v1', charge);
    this.#aggregator(charge, lp(...office, u32(charge.slots), this.#missingDigest(missing), stored));
  }

  #unit(text: string): bigint {
    const value = number(decoded(text, this.#width, 'ciphertext'));
    must(value > 0n && value < this.#nSquared && gcd(value, this.#n) === 1n, 'ciphertext');
    return value;
  }

  #opening(): void {
    const { charge, opening, parameters, tariff } = this.bill;
    const { table } = tariff;
    const [m, rho] = [BigInt(opening.chargeMicro), BigInt(opening.rho)];
    must(m < this.#n && rho > 0n && rho < this.#n && gcd(rho, this.#n) === 1n, 'opening out of range');
    const opened = ((1n + m * this.#n) * power(rho, this.#n, this.#nSquared)) % this.#nSquared;
    must(opened === number(Buffer.from(charge.ciphertext, 'base64url')), 'opening');
    const dearest = table.bands.at(-1)?.priceMicroPerWh ?? 0;
    must(m <= BigInt(this.#total) * BigInt(parameters.maxReadingWh) * BigInt(dearest), 'charge too high');
    const unit = 10n ** BigInt(6 - table.minorDigits);
    const total = m + BigInt(table.fixedChargeMicro);
    const [floor, rest] = [total / unit, total % unit];
    const up = 2n * rest > unit || (2n * rest === unit && floor % 2n === 1n);
    must(opening.payableMinor === String(up ? floor + 1n : floor), 'rounding');
  }
}

/**
 * @param leftOut - is told the aggregators that left out reports they had signed receipts for
 * @returns what is wrong with the bill; undefined when it holds.
 */
export function strangerVerifyBill(
  text: string,
  modulusBits = [2048, 3072, 4096],
  leftOut: string[] = [],
): string | undefined {
  try {
    const bill = JSON.parse(text) as Bill;
    must(bill.schema === 'gridveil/bill-evidence/v1' && bill.scheme === 'tou-billing', 'schema');
    const verifier = new Verifier(bill, modulusBits);
    verifier.run();
    leftOut.push(...verifier.leftOut());
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable';
  }
}
