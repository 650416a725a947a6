/**
 * A stranger's verifier of gridveil/evidence/v1, written from the README's description alone: it shares no code with
 * Gridveil, so that an error of Gridveil's own verifier cannot hide here.
 */
import {
  bigEndian,
  bits,
  checkModulus,
  decoded,
  gcd,
  lp,
  must,
  number,
  power,
  sha256,
} from '../helpers/stranger.js';

interface Evidence {
  schema: string;
  scheme: string;
  parameters: {
    n: string;
    modulusProof: string[];
    radixBits: number;
    minGroup: number;
    regions: string[];
    channel: string;
    grid: string;
    slotSeconds: number;
    maxReadingWh: number;
    maxMeters: number;
  };
  slots: Slot[];
}

interface Slot {
  slot: number;
  regionTotals: { region: string; ciphertext: string; count: number; merkleRoot: string; txId: string }[];
  total: { ciphertext: string; term: number; leader: string; txId: string };
  opening: { m: string; rho: string; checkRho: string; txId: string };
  consumptionWh: Record<string, number>;
}

class Verifier {
  readonly #n: bigint;
  readonly #nSquared: bigint;
  readonly #width: number;
  readonly #fingerprint: Buffer;

  constructor(private readonly parameters: Evidence['parameters']) {
    const { n, radixBits, regions, maxMeters, maxReadingWh, minGroup } = parameters;
    this.#n = BigInt(n);
    this.#nSquared = this.#n * this.#n;
    this.#width = Math.ceil(bits(this.#nSquared) / 8);
    const modulusBytes = bigEndian(this.#n, Math.ceil(bits(this.#n) / 8));
    this.#fingerprint = sha256(lp('gridveil/paillier-n/v1', modulusBytes));
    must([2048, 3072, 4096].includes(bits(this.#n)), 'size of n');
    checkModulus(this.#n, modulusBytes, parameters.modulusProof);
    must(minGroup >= 3, 'groups may be too small');
    must(BigInt(maxMeters) * BigInt(maxReadingWh) < 1n << BigInt(radixBits), 'radix too small');
    must(regions.length * radixBits <= bits(this.#n) - 2, 'radix too large');
  }

  slot(evidence: Slot): void {
    const { parameters } = this;
    const names = evidence.regionTotals.map(({ region }) => region);
    must(JSON.stringify(names) === JSON.stringify(parameters.regions), 'regions');
    const ciphertexts = evidence.regionTotals.map((total) => this.#regionTotal(total));
    const total = this.#unit(evidence.total.ciphertext, 'total');
    const radix = 1n << BigInt(parameters.radixBits);
    const sum = ciphertexts.reduceRight(
      (higher, own) => (power(higher, radix, this.#nSquared) * own) % this.#nSquared,
      1n,
    );
    must(sum === total, 'total is not the sum');
    const digits = this.#digits(evidence, total);
    this.#radixCheck(evidence, ciphertexts, digits);
    must(
      Object.keys(evidence.consumptionWh).length === names.length &&
        names.every((name, j) => BigInt(evidence.consumptionWh[name] ?? -1) === digits[j]),
      'consumption',
    );
  }

  #unit(text: string, what: string): bigint {
    const value = number(decoded(text, this.#width, what));
    must(value > 0n && value < this.#nSquared && gcd(value, this.#n) === 1n, `${what}: no ciphertext`);
    return value;
  }

  #regionTotal({ region, ciphertext, count, merkleRoot }: Slot['regionTotals'][0]): bigint {
    const value = this.#unit(ciphertext, region);
    const root = decoded(merkleRoot, 32, `${region}: Merkle root`);
    const withheld = value === 1n && root.equals(sha256(Buffer.alloc(0)));
    const { minGroup, maxMeters } = this.parameters;
    must(
      count === 0 ? withheld : value !== 1n && count >= minGroup && count <= maxMeters,
      `${region}: group`,
    );
    return value;
  }

  /** Does (m, rho) open the ciphertext? */
  #opens(ciphertext: bigint, m: bigint, rho: bigint): boolean {
    if (m >= this.#n || rho === 0n || rho >= this.#n || gcd(rho, this.#n) !== 1n) return false;
    return ((1n + m * this.#n) * power(rho, this.#n, this.#nSquared)) % this.#nSquared === ciphertext;
  }

  #digits({ opening, regionTotals }: Slot, total: bigint): bigint[] {
    must(this.#opens(total, BigInt(opening.m), BigInt(opening.rho)), 'opening');
    const { radixBits, maxReadingWh } = this.parameters;
    let rest = BigInt(opening.m);
    const digits = regionTotals.map(({ region, count }) => {
      const digit = rest & ((1n << BigInt(radixBits)) - 1n);
      rest >>= BigInt(radixBits);
      must(digit <= BigInt(count) * BigInt(maxReadingWh), `${region}: above its ceiling`);
      return digit;
    });
    must(rest === 0n, 'm has more digits than regions');
    return digits;
  }

  #radixCheck({ slot, regionTotals, opening }: Slot, ciphertexts: bigint[], digits: bigint[]): void {
    const { channel, grid } = this.parameters;
    const records = regionTotals.map(({ region, ciphertext, count, merkleRoot }) =>
      lp(
        region,
        Buffer.from(ciphertext, 'base64url'),
        bigEndian(count, 4),
        Buffer.from(merkleRoot, 'base64url'),
      ),
    );
    const label = 'gridveil/fog-aggregation/slot/v1';
    const transcript = sha256(lp(label, this.#fingerprint, channel, grid, bigEndian(slot, 8), ...records));
    let check = 1n;
    let sum = 0n;
    for (const [j, ciphertext] of ciphertexts.entries()) {
      const digest = sha256(
        lp('gridveil/fog-aggregation/radix-check/v1', this.#fingerprint, transcript, bigEndian(j, 4)),
      );
      const weight = number(digest.subarray(0, 16)) || 1n;
      check = (check * power(ciphertext, weight, this.#nSquared)) % this.#nSquared;
      sum += weight * (digits[j] ?? 0n);
    }
    must(this.#opens(check, sum % this.#n, BigInt(opening.checkRho)), 'radix check');
  }
}

/** @returns what is wrong with the evidence; undefined when it holds. */
export function strangerVerify(text: string): string | undefined {
  try {
    const { schema, scheme, parameters, slots } = JSON.parse(text) as Evidence;
    must(schema === 'gridveil/evidence/v1' && scheme === 'fog-aggregation', 'schema');
    must(slots.length > 0, 'no slots');
    const verifier = new Verifier(parameters);
    slots.forEach((slot, i) => {
      must(i === 0 || slot.slot > (slots[i - 1] as Slot).slot, 'slots are not ascending');
      verifier.slot(slot);
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable';
  }
}
