/** What no fog node may count: a report with one thing wrong for each class, and valid reports changed at random by a seed. */
import {
  encodeReport,
  encodeReportHeader,
  type ReportHeader,
} from '@gridveil/chaincode/crypto/fog-aggregation.js';
import { bigintToBytes, concatBytes, lp, splitLp, u32, u64, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import { FOG_REPORT_BATCH } from '@gridveil/client/parties/fog-messages.js';
import { encryptToy } from './bench-values.js';
import { NORTH, type FogBench } from './fog-bench.js';

export type HostileClass = readonly [name: string, bytes: Uint8Array];

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

/** Reports that differ from a valid one of meter n1 in one thing each. Meter `w1` is of another fog node; `n5` must be revoked by the caller. */
export function hostileReports(bench: FogBench): HostileClass[] {
  const good = bench.report('n1', 1n);
  const [label, header, ciphertext, tag] = splitLp(good, 4, 'a report');
  const fields = splitLp(header, 8, 'a header');
  const { n } = bench.key.publicKey;
  const width = bench.key.publicKey.ciphertextBytes;
  /** Authenticated by n1, whatever the header says. */
  const about = (changes: Partial<ReportHeader>, plaintext: bigint | Uint8Array = 1n): Uint8Array =>
    bench.report('n1', plaintext, changes, 'n1');
  /** One raw field of the header replaced. */
  const withField = (index: number, bytes: Uint8Array): Uint8Array =>
    encodeReport(lp(...fields.map((field, i) => (i === index ? bytes : field))), ciphertext, tag);
  const withParts = (...parts: readonly Uint8Array[]): Uint8Array => lp(...parts);
  const lied = (claimed: number): Uint8Array => concatBytes(u32(claimed), good.subarray(4));
  return [
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(7)],
    ['zeros', new Uint8Array(good.length)],
    ['ones', new Uint8Array(good.length).fill(0xff)],
    ['text', utf8('report')],
    ['JSON', utf8('{"meterId":"n1","energyWh":5}')],
    ['a batch for a report', lp(FOG_REPORT_BATCH.label, good)],
    ['cut off by a byte', good.subarray(0, good.length - 1)],
    ['cut in half', good.subarray(0, good.length >> 1)],
    ['its label alone', lp(label)],
    ['a byte more', concatBytes(good, Uint8Array.of(0))],
    ['twice in one', concatBytes(good, good)],
    ['a field more', withParts(label, header, ciphertext, tag, tag)],
    ['a field less', withParts(label, header, ciphertext)],
    ['fields in another order', withParts(label, ciphertext, header, tag)],
    ['no label', withParts(new Uint8Array(0), header, ciphertext, tag)],
    ['another label', withParts(utf8('gridveil/tou-billing/report/v1'), header, ciphertext, tag)],
    ['a later version', withParts(utf8('gridveil/fog-aggregation/report/v2'), header, ciphertext, tag)],
    ['a length of 4 GB', lied(0xffffffff)],
    ['a length one too long', lied(label.length + 1)],
    ['a length one too short', lied(label.length - 1)],
    ['a length of nothing', lied(0)],
    ['no header', withParts(label, new Uint8Array(0), ciphertext, tag)],
    ['a header with another label', withField(0, utf8('gridveil/fog-aggregation/report/v1'))],
    ['a short fingerprint', withField(1, new Uint8Array(31))],
    ['another key', about({ fingerprint: new Uint8Array(32) })],
    ['another channel', about({ channel: 'other' })],
    ['no channel', withField(2, new Uint8Array(0))],
    ['another grid', about({ grid: 'other' })],
    ['a grid of 65 bytes', withField(3, utf8('g'.repeat(65)))],
    ['a grid with a control character', withField(3, utf8('to\u0000y'))],
    ['an epoch of five bytes', withField(4, new Uint8Array(5))],
    ['an old epoch', about({ epoch: 0 })],
    ['a later epoch', about({ epoch: 2 })],
    ['another region of the fog node', about({ region: 'south' })],
    ['a region of another fog node', bench.report('w1', 1n)],
    ['an unknown region', about({ region: 'nowhere' })],
    ['a slot of seven bytes', withField(6, new Uint8Array(7))],
    ['a slot beyond 2^53', withField(6, new Uint8Array(8).fill(0xff))],
    ['a slot to come', about({ slot: bench.slot + 10 })],
    ['the slot that never ends', about({ slot: Number.MAX_SAFE_INTEGER })],
    ['the first slot of all', about({ slot: 0 })],
    ['an unknown meter', about({ meterId: 'n99' })],
    ['another meter', about({ meterId: 'n2' })],
    ['a meter that was revoked', bench.report('n5', 1n)],
    ['a meter id that is no UTF-8', withField(7, Uint8Array.of(0xc3, 0x28))],
    ['a meter id that is not NFC', withField(7, utf8('e\u0301'))],
    ['an object property as meter', about({ meterId: '__proto__' })],
    ['no ciphertext', withParts(label, header, new Uint8Array(0), tag)],
    ['a short ciphertext', about({}, new Uint8Array(width - 1).fill(1))],
    ['a long ciphertext', about({}, new Uint8Array(width + 1).fill(1))],
    ['the ciphertext 0', about({}, new Uint8Array(width))],
    ['the ciphertext N²', about({}, bigintToBytes(n * n, width))],
    ['the largest ciphertext', about({}, new Uint8Array(width).fill(0xff))],
    ['a changed ciphertext', encodeReport(header, flipped(ciphertext, width - 1), tag)],
    ['the ciphertext of another report', encodeReport(header, encryptToy(bench.key, 1n), tag)],
    [
      'a changed header',
      encodeReport(encodeReportHeader(bench.header('n1', { slot: bench.slot - 1 })), ciphertext, tag),
    ],
    ['no tag', encodeReport(header, ciphertext, new Uint8Array(0))],
    ['a short tag', encodeReport(header, ciphertext, tag.subarray(1))],
    ['a tag of zeros', encodeReport(header, ciphertext, new Uint8Array(32))],
    ['a changed tag', encodeReport(header, ciphertext, flipped(tag, 0))],
    ['the tag of another meter', bench.report('n1', 1n, {}, 'n2')],
    ['a slot as u64 that wraps', withField(6, concatBytes(Uint8Array.of(0x80), u64(bench.slot).subarray(1)))],
    ['as long as a report may be', concatBytes(good, new Uint8Array(4096 - good.length))],
  ];
}

/** Endless valid reports with something changed; never one that is valid. */
export function* mutatedReports(bench: FogBench, seed: string): Generator<Uint8Array> {
  const random = new SeededRandom('hostile reports', seed);
  const valid = NORTH.flatMap((meterId) => [
    bench.report(meterId, 5n),
    bench.report(meterId, 5n, { slot: bench.slot - 1 }),
  ]);
  const known = new Set(valid.map((bytes) => Buffer.from(bytes).toString('latin1')));
  const pick = (): Uint8Array => valid[random.below(valid.length)] as Uint8Array;
  const cut = (bytes: Uint8Array): number => random.below(bytes.length);
  const mutations: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => flipBit(bytes, cut(bytes), random.below(8)),
    (bytes) => setByte(bytes, cut(bytes), random.below(256)),
    (bytes) => setByte(bytes, cut(bytes), [0, 0xff, 0x7f, 0x80][random.below(4)] as number),
    (bytes) => bytes.subarray(0, cut(bytes)),
    (bytes) => bytes.subarray(cut(bytes)),
    (bytes) =>
      concatBytes(
        bytes,
        Uint8Array.from({ length: 1 + random.below(40) }, () => random.below(256)),
      ),
    (bytes) => withoutPart(bytes, cut(bytes), 1 + random.below(16)),
    (bytes) =>
      withPart(
        bytes,
        cut(bytes),
        Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256)),
      ),
    (bytes) => splice(bytes, pick(), cut(bytes)),
    (bytes) => bytes.map((byte, i) => (i >= 4 && random.chance(20) ? random.below(256) : byte)),
    (bytes) => concatBytes(u32(random.next()), bytes.subarray(4)),
    (bytes) => swapped(bytes, cut(bytes), cut(bytes)),
  ];
  for (;;) {
    let bytes = pick();
    for (let rounds = random.chance(700) ? 1 : 1 + random.below(4); rounds > 0; rounds--) {
      if (bytes.length > 0)
        bytes = (mutations[random.below(mutations.length)] as (bytes: Uint8Array) => Uint8Array)(bytes);
    }
    if (!known.has(Buffer.from(bytes).toString('latin1'))) yield bytes;
  }
}

const flipBit = (bytes: Uint8Array, at: number, bit: number): Uint8Array =>
  setByte(bytes, at, (bytes[at] ?? 0) ^ (1 << bit));

function setByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
}

const withoutPart = (bytes: Uint8Array, at: number, length: number): Uint8Array =>
  concatBytes(bytes.subarray(0, at), bytes.subarray(at + length));
const withPart = (bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array =>
  concatBytes(bytes.subarray(0, at), part, bytes.subarray(at));
/** The beginning of one and the end of another. */
const splice = (a: Uint8Array, b: Uint8Array, at: number): Uint8Array =>
  concatBytes(a.subarray(0, at), b.subarray(Math.min(at, b.length)));

function swapped(bytes: Uint8Array, i: number, j: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  [changed[i], changed[j]] = [bytes[j] ?? 0, bytes[i] ?? 0];
  return changed;
}
