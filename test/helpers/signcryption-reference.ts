/**
 * Signcryption 002-H written a second time, from the equations in chaincode/src/crypto/signcryption*.ts: BigInt, RFC 9496 and node:crypto, neither noble nor libsodium, no code shared with the
 * product. It reads what the product writes, checks each equation on its own, and writes reports that the product must read.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';

export const p = 2n ** 255n - 19n;
export const q = 2n ** 252n + 27742317777372353535851937790883648493n;
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const SQRT_M1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;
const INVSQRT_A_MINUS_D = 54469307008909316920995813868745141605393597292927456921205312896311721017578n;

export interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

const mod = (a: bigint, m = p): bigint => ((a % m) + m) % m;
const negative = (a: bigint): boolean => (mod(a) & 1n) === 1n;
const abs = (a: bigint): bigint => (negative(a) ? mod(-a) : mod(a));

function pow(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) result = (((result * result) % p) * (bit === '1' ? base : 1n)) % p;
  return result;
}

/** Extended Euclid. */
function inverse(a: bigint): bigint {
  let [r0, r1, s0, s1] = [p, mod(a), 0n, 1n];
  while (r1 !== 0n) [r0, r1, s0, s1] = [r1, r0 % r1, s1, s0 - (r0 / r1) * s1];
  return mod(s0);
}

/** RFC 9496, 4.2. */
function sqrtRatio(u: bigint, v: bigint): { square: boolean; root: bigint } {
  const r = mod(u * v ** 3n * pow(mod(u * v ** 7n), (p - 5n) / 8n));
  const check = mod(v * r * r);
  const [correct, flipped] = [check === mod(u), check === mod(-u)];
  const flippedI = check === mod(-u * SQRT_M1);
  return { square: correct || flipped, root: abs(flipped || flippedI ? SQRT_M1 * r : r) };
}

export const little = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(Uint8Array.from(bytes).reverse()).toString('hex')}`);
export const toLittle = (value: bigint): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());

/** RFC 9496, 4.3.1. */
export function decode(bytes: Uint8Array): Affine | undefined {
  const s = little(bytes);
  if (bytes.length !== 32 || s >= p || negative(s)) return undefined;
  const u1 = mod(1n - s * s);
  const u2 = mod(1n + s * s);
  const v = mod(-d * u1 * u1 - u2 * u2);
  const { square, root } = sqrtRatio(1n, mod(v * u2 * u2));
  const x = abs(2n * s * root * u2);
  const y = mod(u1 * root * root * u2 * v);
  return square && !negative(x * y) && y !== 0n ? { x, y } : undefined;
}

/** RFC 9496, 4.3.2, for Z = 1. */
export function encode({ x, y }: Affine): Uint8Array {
  const t = mod(x * y);
  const u1 = mod((1n + y) * (1n - y));
  const { root } = sqrtRatio(1n, mod(u1 * t * t));
  const [den1, den2] = [mod(root * u1), mod(root * t)];
  const zInverse = mod(den1 * den2 * t);
  const rotate = negative(t * zInverse);
  const [x1, y1, den] = rotate
    ? [mod(y * SQRT_M1), mod(x * SQRT_M1), mod(den1 * INVSQRT_A_MINUS_D)]
    : [x, y, den2];
  const y2 = negative(x1 * zInverse) ? mod(-y1) : y1;
  return toLittle(abs(den * (1n - y2)));
}

/** The affine addition law of -x² + y² = 1 + dx²y². */
export function add(a: Affine, b: Affine): Affine {
  const product = mod(d * a.x * b.x * a.y * b.y);
  return {
    x: mod((a.x * b.y + a.y * b.x) * inverse(1n + product)),
    y: mod((a.y * b.y + a.x * b.x) * inverse(1n - product)),
  };
}

export function times(scalar: bigint, point: Affine): Affine {
  let result: Affine = { x: 0n, y: 1n };
  for (const bit of mod(scalar, q).toString(2)) {
    result = add(result, result);
    if (bit === '1') result = add(result, point);
  }
  return result;
}

/** The generator of RFC 8032, which is the one of RFC 9496. */
export const P: Affine = {
  x: 15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  y: 46316835694926478169428394003475163141307993866256225615783033603165251855960n,
};

export const same = (a: Affine, b: Affine): boolean =>
  Buffer.compare(Buffer.from(encode(a)), Buffer.from(encode(b))) === 0;

export function prefixed(...fields: readonly (Uint8Array | string)[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

export function unprefixed(bytes: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(bytes);
  const fields: Uint8Array[] = [];
  for (let at = 0; at < buffer.length;) {
    const end = at + 4 + buffer.readUInt32BE(at);
    fields.push(new Uint8Array(buffer.subarray(at + 4, end)));
    at = end;
  }
  return fields;
}

const u32 = (value: number): Uint8Array => Buffer.from(value.toString(16).padStart(8, '0'), 'hex');
const u64 = (value: number): Uint8Array => Buffer.from(value.toString(16).padStart(16, '0'), 'hex');
const sha512 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha512').update(bytes).digest());
const scalarOf = (bytes: Uint8Array): bigint => little(sha512(bytes)) % q;
const label = (purpose: string): string => `gridveil/signcryption/${purpose}/v1`;

export interface Identity {
  readonly purpose: string;
  readonly id: string;
  readonly epoch: number;
}

export interface Authority {
  readonly channel: string;
  readonly grid: string;
  readonly publicKey: Uint8Array;
}

/** A public key with the points it stands for. */
export interface ReferenceKey {
  readonly statement: Uint8Array;
  readonly Y: Affine;
  readonly X: Affine;
}

function proper(bytes: Uint8Array): Affine {
  const point = decode(bytes);
  if (!point || same(point, { x: 0n, y: 1n })) throw new Error('no proper point');
  return point;
}

const identityFields = ({ channel, grid, publicKey }: Authority, { purpose, id, epoch }: Identity) =>
  [channel, grid, publicKey, purpose, id, u32(epoch)] as const;

/** X = α + ηY_Pub. */
export function referenceKey(authority: Authority, identity: Identity, bytes: Uint8Array): ReferenceKey {
  const statement = prefixed(label('key'), ...identityFields(authority, identity), bytes);
  const eta = scalarOf(prefixed(label('partial-key'), statement));
  const X = add(proper(bytes.subarray(0, 32)), times(eta, proper(authority.publicKey)));
  return { statement, Y: proper(bytes.subarray(32)), X };
}

/** sP = A + cY, and the same for X. */
export function possessionHolds(
  authority: Authority,
  identity: Identity,
  bytes: Uint8Array,
  proofs: { readonly own: Uint8Array; readonly partial: Uint8Array },
): boolean {
  const { statement, Y, X } = referenceKey(authority, identity, bytes);
  const request = prefixed(label('key-request'), ...identityFields(authority, identity), bytes.subarray(32));
  const holds = (kind: string, about: Uint8Array, point: Affine, proof: Uint8Array): boolean => {
    const c = scalarOf(prefixed(label('possession'), kind, about, proof.subarray(0, 32)));
    const s = little(proof.subarray(32));
    return same(times(s, P), add(proper(proof.subarray(0, 32)), times(c, point)));
  };
  return holds('own', request, Y, proofs.own) && holds('partial', statement, X, proofs.partial);
}

export const referenceIndex = (channel: string, grid: string, id: string): Uint8Array =>
  new Uint8Array(
    createHash('sha256')
      .update(prefixed(label('receiver-index'), channel, grid, id))
      .digest()
      .subarray(0, 16),
  );

function challenges(
  bound: Uint8Array,
  D: Uint8Array,
  parts: readonly Uint8Array[],
  sender: ReferenceKey,
  W: Uint8Array,
) {
  const t = sha512(prefixed(label('signed'), bound, D, prefixed(...parts), sender.statement, W));
  return { beta: scalarOf(prefixed(label('beta'), t)), gamma: scalarOf(prefixed(label('gamma'), t)) };
}

const boundHeader = (header: Uint8Array, receivers: readonly ReferenceKey[]): Uint8Array =>
  prefixed(label('bound-header'), header, ...receivers.map(({ statement }) => statement));

const partKey = (
  shared: readonly Affine[],
  D: Uint8Array,
  receiver: ReferenceKey,
  bound: Uint8Array,
): Uint8Array =>
  new Uint8Array(
    hkdfSync(
      'sha256',
      Buffer.concat(shared.map(encode)),
      '',
      createHash('sha256')
        .update(prefixed(label('kem'), D, receiver.statement, bound))
        .digest(),
      32,
    ),
  );

export interface ReferenceReport {
  readonly header: Uint8Array;
  readonly headerFields: readonly Uint8Array[];
  readonly D: Uint8Array;
  readonly W: Uint8Array;
  readonly z: bigint;
  readonly parts: readonly Uint8Array[];
}

export function parseReport(bytes: Uint8Array): ReferenceReport {
  const [name, header, seal, ...parts] = unprefixed(bytes);
  if (!name || !header || !seal || Buffer.from(name).toString() !== label('report'))
    throw new Error('no report');
  const z = little(seal.subarray(64));
  return {
    header,
    headerFields: unprefixed(header),
    D: seal.subarray(0, 32),
    W: seal.subarray(32, 64),
    z,
    parts,
  };
}

/** z·P = β·Y + γ·X + W. @param receivers - in the order of the header */
export function signatureHolds(
  { header, D, W, z, parts }: ReferenceReport,
  sender: ReferenceKey,
  receivers: readonly ReferenceKey[],
): boolean {
  const { beta, gamma } = challenges(boundHeader(header, receivers), D, parts, sender, W);
  const right = add(add(times(beta, sender.Y), times(gamma, sender.X)), proper(W));
  return z < q && same(times(z, P), right);
}

/** Opens the part at `place` with (x_R, h_R). @throws when the tag does not fit. */
export function openReference(
  { header, D, parts }: ReferenceReport,
  place: number,
  receivers: readonly ReferenceKey[],
  secrets: { readonly x: bigint; readonly h: bigint },
): Uint8Array {
  const [receiver, part] = [receivers[place], parts[place]];
  if (!receiver || !part) throw new Error('no such part');
  const bound = boundHeader(header, receivers);
  const point = proper(D);
  const key = partKey([times(secrets.x, point), times(secrets.h, point)], D, receiver, bound);
  const cipher = createDecipheriv('aes-256-gcm', key, Buffer.alloc(12));
  cipher.setAAD(bound);
  cipher.setAuthTag(part.subarray(-16));
  return new Uint8Array(Buffer.concat([cipher.update(part.subarray(0, -16)), cipher.final()]));
}

/** A report made from given d and w. @param receivers - by ascending index, each with its plaintext */
export function sealReference(
  facts: { channel: string; grid: string; epoch: number; slot: number; meterId: string },
  sender: ReferenceKey & { readonly x: bigint; readonly h: bigint },
  receivers: readonly (ReferenceKey & { id: string; epoch: number; plaintext: Uint8Array })[],
  { d: small, w }: { readonly d: bigint; readonly w: bigint },
): Uint8Array {
  const { channel, grid, epoch, slot, meterId } = facts;
  const names = receivers.flatMap((one) => [referenceIndex(channel, grid, one.id), u32(one.epoch)]);
  const header = prefixed(
    label('header'),
    channel,
    grid,
    u32(epoch),
    u64(slot),
    meterId,
    Buffer.concat(names),
  );
  const bound = boundHeader(header, receivers);
  const D = encode(times(small, P));
  const parts = receivers.map((receiver) => {
    const shared = [times(small, receiver.Y), times(small, receiver.X)];
    const cipher = createCipheriv('aes-256-gcm', partKey(shared, D, receiver, bound), Buffer.alloc(12));
    cipher.setAAD(bound);
    return Buffer.concat([cipher.update(receiver.plaintext), cipher.final(), cipher.getAuthTag()]);
  });
  const W = encode(times(w, P));
  const { beta, gamma } = challenges(bound, D, parts, sender, W);
  const z = mod(beta * sender.x + gamma * sender.h + w, q);
  return prefixed(label('report'), header, Buffer.concat([D, W, toLittle(z)]), ...parts);
}
