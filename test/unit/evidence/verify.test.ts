import assert from 'node:assert/strict';
import { checkPrimeSync } from 'node:crypto';
import { ContractBench } from '../../helpers/contract-bench.js';
import { parseEvidence, type EvidenceDocument } from '@gridveil/client/evidence/document.js';
import { exportEvidence } from '@gridveil/client/evidence/export.js';
import { verifyEvidence } from '@gridveil/client/evidence/verify.js';
import { clientRefused, refused } from '../../helpers/refused.js';
import type { BenchGrid } from '../../helpers/contract-grid.js';
import { TOY_BITS } from '../../helpers/bench-values.js';

type Json = Record<string, unknown>;
/** [path of the field, its new value, where the check stops, words of the reason] */
type Mutation = readonly [path: string, value: unknown, place: string, reason: RegExp];

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

describe('evidence', function () {
  this.timeout(60_000);
  let bench: ContractBench;
  let grid: BenchGrid;
  let slot: number;
  let honest: EvidenceDocument;

  before(async () => {
    bench = await ContractBench.open();
    grid = await bench.grid();
    slot = bench.slot - 2;
    await grid.elect();
    for (const [i, each] of [slot, slot + 1].entries()) {
      const none = { sum: 0, count: 0 };
      const regions = await grid.commitRegions(each, i === 1 ? { south: none } : {});
      await bench.call('fogA', 'aggregation:SubmitTotal', grid.totalSubmission(regions));
      await bench.call('mdms1', 'aggregation:PublishOpening', grid.openingSubmission(regions));
    }
    const settled = await grid.commitRegions(slot + 2);
    await bench.call('fogA', 'aggregation:SubmitTotal', grid.totalSubmission(settled));
    honest = await exportEvidence(bench.sessions.auditor1, grid.id, { fromSlot: slot, toSlot: slot + 2 });
  });
  after(() => bench.close());

  const mutated = (path: string, value: unknown): Json => {
    const copy = structuredClone(honest) as unknown as Json;
    const names = path.split('.');
    const last = names.pop() as string;
    const holder = names.reduce((inner, name) => inner[name] as Json, copy);
    assert.ok(last in holder, `${path} is no field`);
    assert.notDeepEqual(holder[last], value, `${path} is not changed`);
    holder[last] = value;
    return copy;
  };
  const get = (path: string): unknown =>
    path.split('.').reduce<unknown>((inner, name) => (inner as Json)[name], honest);
  const text = (path: string) => get(path) as string;
  const number = (path: string) => get(path) as number;
  const verify = (document: unknown) => verifyEvidence(parseEvidence(JSON.stringify(document)), [TOY_BITS]);

  describe('export', () => {
    it('holds every opened slot of the range, and no other', async () => {
      assert.deepEqual(
        honest.slots.map((each) => each.slot),
        [slot, slot + 1],
      );
      const one = await exportEvidence(bench.sessions.fogB, grid.id, {
        fromSlot: slot + 1,
        toSlot: slot + 1,
      });
      assert.deepEqual(one.slots, honest.slots.slice(1));
    });
    it('rejects ranges without an opened slot, and unknown grids', async () => {
      const range = { fromSlot: slot + 2, toSlot: slot + 9 };
      const wanted = (id: string, of = range) => exportEvidence(bench.sessions.auditor1, id, of);
      await assert.rejects(wanted(grid.id), clientRefused('EVIDENCE_EMPTY', { grid: grid.id, ...range }));
      await assert.rejects(
        wanted(grid.id, { fromSlot: slot + 1, toSlot: slot }),
        clientRefused('EVIDENCE_EMPTY'),
      );
      await assert.rejects(wanted('nowhere'), refused('GRID_UNKNOWN'));
    });
  });

  it('of honest parties holds, and is summed up', () => {
    const { keyFingerprint, ...summary } = verify(honest);
    const energyWh = 2 * (1234 + 29_999);
    assert.deepEqual(summary, { slots: 2, regionTotals: 6, reports: 10 + 6, energyWh });
    assert.equal(keyFingerprint, Buffer.from(bench.key.publicKey.fingerprint).toString('hex'));
  });

  /** Every field a check depends on, changed in ways that still parse. */
  const mutations: Readonly<Record<string, () => readonly Mutation[]>> = {
    parameters: () => {
      const n = BigInt(text('parameters.n'));
      // Prime, so that all ciphertexts are units under it.
      let other = n + 2n;
      while (!checkPrimeSync(other)) other += 2n;
      return [
        ['parameters.n', String(n - 1n), 'parameters', /odd modulus/],
        ['parameters.n', String(other), 'parameters', /proper Paillier modulus/],
        ['parameters.modulusProof.10', 'AA', 'parameters', /proper Paillier modulus/],
        ['parameters.n', '13', 'parameters', /odd modulus/],
        ['parameters.n', '15', 'parameters', /has 4 bits/],
        ['parameters.radixBits', 19, 'parameters', /too small/],
        ['parameters.radixBits', 48, 'slots[0].total.ciphertext', /Horner/],
        ['parameters.minGroup', 2, 'parameters', /minGroup/],
        ['parameters.minGroup', 4, 'slots[0].regionTotals', /"north" has 3 reports/],
        ['parameters.regions', ['north', 'south'], 'slots[0].regionTotals', /radix order/],
        ['parameters.regions', ['south', 'north', 'west'], 'slots[0].regionTotals', /radix order/],
        ['parameters.regions', ['north\nsouth', 'west'], 'slots[0].regionTotals', /radix order/],
        ['parameters.regions', ['north', 'south', 'west', 'east'], 'slots[0].regionTotals', /radix order/],
        ['parameters.channel', 'other', 'slots[0].opening', /their own ciphertexts/],
        ['parameters.grid', 'other', 'slots[0].opening', /their own ciphertexts/],
        ['parameters.maxReadingWh', 9_999, 'slots[0].opening', /ceiling/],
        ['parameters.maxReadingWh', 10_000_000, 'parameters', /too small/],
        ['parameters.maxMeters', 3, 'slots[0].regionTotals', /at most 3/],
        ['parameters.maxMeters', 1_000_000, 'parameters', /too small/],
      ];
    },
    'slot numbers': () => [
      ['slots.0.slot', slot - 1, 'slots[0].opening', /their own ciphertexts/],
      ['slots.0.slot', slot + 1, 'slots[0].opening', /their own ciphertexts/],
      ['slots.1.slot', slot, 'slots[1].slot', /ascending/],
    ],
    'region totals': () => {
      const own = 'slots.0.regionTotals.0';
      const at = 'slots[0].regionTotals';
      const width = bench.key.publicKey.ciphertextBytes;
      const encoded = (value: bigint) =>
        base64url(Buffer.from(value.toString(16).padStart(2 * width, '0'), 'hex'));
      const { n, nSquared } = bench.key.publicKey;
      return [
        [`${own}.region`, 'south', at, /radix order/],
        [`${own}.region`, 'North', at, /radix order/],
        [`${own}.count`, 4, 'slots[0].opening', /their own ciphertexts/],
        [`${own}.count`, 2, at, /groups below 3/],
        [`${own}.count`, 0, at, /withheld/],
        [`${own}.count`, 61, at, /at most 60/],
        [`${own}.merkleRoot`, text('slots.0.regionTotals.1.merkleRoot'), 'slots[0].opening', /their own/],
        [`${own}.merkleRoot`, 'AA', at, /32 bytes/],
        [`${own}.merkleRoot`, `${text(`${own}.merkleRoot`).slice(0, -1)}_`, at, /base64url/],
        [
          `${own}.ciphertext`,
          text('slots.0.regionTotals.1.ciphertext'),
          'slots[0].total.ciphertext',
          /Horner/,
        ],
        [
          `${own}.ciphertext`,
          text('slots.1.regionTotals.0.ciphertext'),
          'slots[0].total.ciphertext',
          /Horner/,
        ],
        [`${own}.ciphertext`, '', at, /64 bytes/],
        [`${own}.ciphertext`, `AA${text(`${own}.ciphertext`)}`, at, /bytes|base64url/],
        [`${own}.ciphertext`, encoded(0n), at, /not a unit/],
        [`${own}.ciphertext`, encoded(1n), at, /not a unit/],
        [`${own}.ciphertext`, encoded(n), at, /not a unit/],
        [`${own}.ciphertext`, encoded(nSquared), at, /not a unit/],
        ['slots.0.regionTotals', [], at, /radix order/],
        ['slots.0.regionTotals', (get('slots.0.regionTotals') as unknown[]).slice(0, 2), at, /radix order/],
        ['slots.1.regionTotals.1.count', 3, 'slots[1].regionTotals', /not a unit/],
        [
          'slots.1.regionTotals.1.merkleRoot',
          text('slots.1.regionTotals.0.merkleRoot'),
          'slots[1].regionTotals',
          /withheld/,
        ],
      ];
    },
    'the slot total': () => [
      ['slots.0.total.ciphertext', text('slots.1.total.ciphertext'), 'slots[0].total.ciphertext', /Horner/],
      ['slots.1.total.ciphertext', text('slots.0.total.ciphertext'), 'slots[1].total.ciphertext', /Horner/],
      ['slots.0.total.ciphertext', 'AAAA', 'slots[0].total.ciphertext', /bytes/],
      ['slots.0.total.ciphertext', base64url(new Uint8Array(64)), 'slots[0].total.ciphertext', /unit|Horner/],
    ],
    'the opening': () => {
      const add = (path: string, value: bigint) => String(BigInt(text(path)) + value);
      const n = BigInt(text('parameters.n'));
      const own = 'slots.0.opening';
      const wrong = /do not open/;
      return [
        [`${own}.m`, add(`${own}.m`, 1n), 'slots[0].opening', wrong],
        [`${own}.m`, add(`${own}.m`, n), 'slots[0].opening', wrong],
        [`${own}.m`, '0', 'slots[0].opening', wrong],
        [`${own}.rho`, add(`${own}.rho`, 1n), 'slots[0].opening', wrong],
        [`${own}.rho`, add(`${own}.rho`, n), 'slots[0].opening', wrong],
        [`${own}.rho`, '0', 'slots[0].opening', wrong],
        [`${own}.checkRho`, add(`${own}.checkRho`, 1n), 'slots[0].opening', /their own ciphertexts/],
        [`${own}.checkRho`, '0', 'slots[0].opening', /their own ciphertexts/],
        ['slots.0.opening', get('slots.1.opening'), 'slots[0].opening', wrong],
      ];
    },
    'the published consumption': () => [
      ['slots.0.consumptionWh.north', 1235, 'slots[0].consumptionWh.north', /not what the opening says/],
      ['slots.1.consumptionWh.west', 0, 'slots[1].consumptionWh.west', /not what the opening says/],
      ['slots.0.consumptionWh', { north: 1234, south: 0 }, 'slots[0].consumptionWh.west', /not what/],
      ['slots.0.consumptionWh', {}, 'slots[0].consumptionWh.north', /not what/],
      [
        'slots.0.consumptionWh',
        { north: 1234, south: 0, west: 29_999, east: 0 },
        'slots[0].consumptionWh',
        /names a region/,
      ],
    ],
  };

  for (const [what, list] of Object.entries(mutations))
    it(`names the first thing that is wrong in ${what}`, () => {
      for (const [path, value, place, reason] of list()) {
        const title = `${path} = ${JSON.stringify(value)}`;
        assert.throws(
          () => verify(mutated(path, value)),
          (error) => {
            clientRefused('EVIDENCE_REJECTED', { place })(error);
            assert.match(String((error as { facts: Json }).facts['reason']), reason, title);
            return true;
          },
          title,
        );
      }
    });

  it('does not depend on what only the ledger can vouch for', () => {
    const unchecked = ['total.txId', 'total.leader', 'opening.txId', 'regionTotals.0.txId'];
    for (const path of unchecked) verify(mutated(`slots.0.${path}`, 'other'));
    verify(mutated('slots.0.total.term', number('slots.0.total.term') + 1));
    verify(mutated('parameters.slotSeconds', 60));
  });

  it('holds for regions with names that mean something to JavaScript', async () => {
    const regions = ['__proto__', 'constructor', '{"a":1}'];
    const odd = await bench.emptyGrid({ regions });
    const fogs = ['fogA', 'fogB', 'fogC'] as const;
    for (const [j, person] of fogs.entries()) {
      const registration = odd.fogNodeRegistration(person, regions[j] as string);
      await bench.call('registrar1', 'registry:RegisterFogNode', registration);
    }
    const { slot } = bench;
    const committed = await odd.commitRegions(slot, {}, regions);
    await odd.elect();
    await bench.call('fogA', 'aggregation:SubmitTotal', odd.totalSubmission(committed));
    await bench.call('mdms1', 'aggregation:PublishOpening', odd.openingSubmission(committed));
    const document = await exportEvidence(bench.sessions.auditor1, odd.id, { fromSlot: slot, toSlot: slot });
    assert.equal(verify(document).energyWh, 1234 + 29_999);
  });

  describe('documents', () => {
    const refuses = (document: string, place: string) =>
      assert.throws(
        () => parseEvidence(document),
        clientRefused('EVIDENCE_MALFORMED', { place }),
        document.slice(0, 80),
      );

    it('rejects what is not JSON, or no document', () => {
      for (const text of ['', '{', 'gridveil', '[1,]', '\u0000']) refuses(text, 'the file');
      for (const text of ['null', '1', '"x"', '[]']) refuses(text, 'the document');
      refuses('{}', 'schema');
      refuses(JSON.stringify({ ...honest, extra: 1 }), 'the document');
    });

    it('rejects every field that is missing, unknown or of another type, and names it', () => {
      const leaves: string[] = [];
      const walk = (value: unknown, path: string): void => {
        if (typeof value !== 'object' || value === null) leaves.push(path);
        else for (const [name, inner] of Object.entries(value)) walk(inner, path ? `${path}.${name}` : name);
      };
      walk({ ...honest, slots: honest.slots.slice(0, 1) }, '');
      assert.ok(leaves.length > 35, String(leaves.length));
      for (const path of leaves) {
        // A region's consumption is judged as a whole.
        const place = path.replace(/(\.consumptionWh)\..*$/, '$1');
        for (const value of [null, true, {}, [], -1, 1.5, 2 ** 53, '-1', '\u0000 x'.repeat(30)]) {
          // Free text: ids, and what only the ledger vouches for.
          if (typeof value === 'string' && /txId$/.test(path)) continue;
          if (
            value === '-1' &&
            /(regions\.\d|\.region|channel|grid|leader|ciphertext|merkleRoot|modulusProof\.\d+)$/.test(path)
          )
            continue;
          refuses(JSON.stringify(mutated(path, value)), place);
        }
      }
      for (const path of leaves.filter((each) => !/consumptionWh|regions\.\d/.test(each))) {
        const copy = mutated(path, undefined);
        refuses(JSON.stringify(copy), path);
      }
      for (const holder of [
        'parameters',
        'slots.0',
        'slots.0.total',
        'slots.0.opening',
        'slots.0.regionTotals.0',
      ])
        refuses(JSON.stringify(mutated(holder, { ...(get(holder) as Json), extra: 1 })), holder);
    });

    it('rejects numbers that are not canonical, or huge', () => {
      for (const path of [
        'parameters.n',
        'slots.0.opening.m',
        'slots.0.opening.rho',
        'slots.0.opening.checkRho',
      ])
        for (const value of ['', '01', '+1', ' 1', '1e3', '0x1', '1.0', '9'.repeat(1301)])
          refuses(JSON.stringify(mutated(path, value)), path);
      for (const path of ['slots.0.regionTotals.0.ciphertext', 'slots.0.total.ciphertext'])
        for (const value of ['AA==', '+/', 'A A']) refuses(JSON.stringify(mutated(path, value)), path);
    });

    it('rejects limits of zero and documents without slots', () => {
      for (const name of ['radixBits', 'slotSeconds', 'maxReadingWh', 'maxMeters'])
        refuses(JSON.stringify(mutated(`parameters.${name}`, 0)), `parameters.${name}`);
      refuses(JSON.stringify(mutated('parameters.radixBits', 49)), 'parameters.radixBits');
      refuses(JSON.stringify(mutated('parameters.regions', [])), 'parameters.regions');
      refuses(JSON.stringify(mutated('slots', [])), 'slots');
    });

    it('comes back as it went', () => {
      assert.deepEqual(parseEvidence(JSON.stringify(honest)), honest);
    });
  });
});
