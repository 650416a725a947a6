import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../helpers/contract-bench.js';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import type { MeterRegistration } from '@gridveil/chaincode/domain/meter.js';
import { generateAgreementKey } from '@gridveil/client/crypto/curve25519.js';
import { generateMeterKeys } from '@gridveil/client/parties/meter.js';
import type { BenchGrid } from '../helpers/contract-grid.js';
import { recordOf, TOY_BITS } from '../helpers/bench-values.js';

interface List<T> {
  readonly items: readonly T[];
  readonly bookmark: string;
}

describe('contract registry', function () {
  this.timeout(60_000);
  let bench: ContractBench;

  before(async () => {
    bench = await ContractBench.open();
  });
  after(() => bench.close());

  describe('roles', () => {
    it('gives the old receipt for the same grant or revocation again', async () => {
      const grant = { subject: 'CN=twice', role: 'auditor' };
      assert.equal((await bench.writesNothing('admin1', 'registry:RevokeRole', grant)).status, 'duplicate');
      assert.equal((await bench.call('admin1', 'registry:GrantRole', grant)).status, 'accepted');
      assert.equal(bench.lastEvent, 'RoleGranted');
      assert.deepEqual(await bench.writesNothing('admin1', 'registry:GrantRole', grant), {
        mspId: 'Org1MSP',
        status: 'duplicate',
        ...grant,
      });
      await bench.call('admin1', 'registry:RevokeRole', grant);
      assert.equal(bench.lastEvent, 'RoleRevoked');
    });
  });

  describe('grids', () => {
    const refusals: readonly (readonly [
      string,
      ErrorCode,
      (own: GridParameters) => Partial<GridParameters>,
    ])[] = [
      ['N of a size nobody allows', 'MODULUS_SIZE', () => ({ n: 2n ** 299n + 1n })],
      ['N = 0', 'MODULUS_SIZE', () => ({ n: 0n })],
      ['N one bit short', 'MODULUS_SIZE', () => ({ n: 2n ** BigInt(TOY_BITS - 1) - 1n })],
      ['even N', 'BAD_FIELD', ({ n }) => ({ n: n - 1n })],
      ['h_N = 0', 'BAD_GENERATOR', () => ({ hN: 0n })],
      [
        'one root changed',
        'BAD_MODULUS_PROOF',
        ({ modulusProof: [, ...rest] }) => ({ modulusProof: [new Uint8Array(32), ...rest] }),
      ],
      [
        'a root too short',
        'BAD_MODULUS_PROOF',
        ({ modulusProof: [, ...rest] }) => ({ modulusProof: [new Uint8Array(31), ...rest] }),
      ],
      [
        'roots reversed',
        'BAD_MODULUS_PROOF',
        ({ modulusProof }) => ({ modulusProof: [...modulusProof].reverse() }),
      ],
      ['h_N = 1', 'BAD_GENERATOR', () => ({ hN: 1n })],
      ['h_N = N', 'BAD_GENERATOR', ({ n }) => ({ hN: n })],
      ['h_N a multiple of a prime of N', 'BAD_GENERATOR', () => ({ hN: bench.key.p * 12345n })],
      ['h_N = N²', 'BAD_GENERATOR', ({ n }) => ({ hN: n * n })],
      ['h_N above N²', 'BAD_GENERATOR', ({ n, hN }) => ({ hN: n * n + hN })],
      ['a radix one bit too small', 'RADIX_TOO_SMALL', () => ({ radixBits: 19 })],
      ['a meter too many for the radix', 'RADIX_TOO_SMALL', () => ({ maxMeters: 105 })],
      ['a Wh too many for the radix', 'RADIX_TOO_SMALL', () => ({ maxReadingWh: 17_477 })],
      [
        'a region too many for the modulus',
        'RADIX_OVERFLOW',
        () => ({ regions: Array.from({ length: 13 }, (_, j) => `r${j}`) }),
      ],
      ['minGroup 2', 'MIN_GROUP_TOO_SMALL', () => ({ minGroup: 2 })],
      ['minGroup 0', 'MIN_GROUP_TOO_SMALL', () => ({ minGroup: 0 })],
      ['minGroup above maxMeters', 'MIN_GROUP_TOO_SMALL', () => ({ minGroup: 61 })],
      ['a region twice', 'BAD_FIELD', () => ({ regions: ['a', 'b', 'a'] })],
    ];
    for (const [what, code, change] of refusals)
      it(`refuses ${what}`, async () => {
        const parameters = bench.parameters();
        await bench.refuses(code, 'mdms1', 'registry:CreateGrid', { ...parameters, ...change(parameters) });
      });

    it('accepts the bounds themselves', async () => {
      await bench.emptyGrid({ maxMeters: 104, minGroup: 104, maxReadingWh: 10_082 });
      await bench.emptyGrid({ regions: Array.from({ length: 12 }, (_, j) => `r${j}`), minGroup: 3 });
    });

    it('keeps the first parameters, whoever comes with others', async () => {
      const { parameters } = await bench.emptyGrid();
      const again = await bench.writesNothing('mdms1', 'registry:CreateGrid', parameters);
      assert.deepEqual(again, { grid: parameters.grid, status: 'duplicate' });
      const other = { ...parameters, leaseSeconds: parameters.leaseSeconds + 1 };
      await bench.refuses('GRID_EXISTS', 'mdms1', 'registry:CreateGrid', other);
      await bench.refuses('GRID_EXISTS', 'mdms1', 'registry:CreateGrid', {
        ...parameters,
        regions: [...parameters.regions].reverse(),
      });
      await bench.refuses('GRID_EXISTS', 'mdms2', 'registry:CreateGrid', parameters);
      const stored = await bench.call<GridParameters>('stranger2', 'registry:GetGrid', {
        grid: parameters.grid,
      });
      assert.deepEqual(stored, recordOf(parameters));
    });

    it('knows no grid that was not created', async () => {
      const lost = { grid: 'nowhere' };
      await bench.refuses('GRID_UNKNOWN', 'stranger1', 'registry:GetGrid', lost, lost);
      await bench.refuses(
        'GRID_UNKNOWN',
        'stranger1',
        'registry:GetFogNode',
        { ...lost, fogNode: 'f' },
        lost,
      );
      await bench.refuses(
        'GRID_UNKNOWN',
        'stranger1',
        'registry:ListFogNodes',
        { ...lost, pageSize: 1 },
        lost,
      );
      await bench.refuses('GRID_UNKNOWN', 'auditor1', 'registry:ListMeters', { ...lost, pageSize: 1 }, lost);
      await bench.refuses('GRID_UNKNOWN', 'auditor1', 'registry:GetMeter', { ...lost, meterId: 'm' }, lost);
      await bench.refuses(
        'GRID_UNKNOWN',
        'registrar1',
        'registry:RevokeMeter',
        { ...lost, meterId: 'm' },
        lost,
      );
    });
  });

  describe('fog nodes', () => {
    let grid: BenchGrid;
    before(async () => {
      grid = await bench.emptyGrid();
      await bench.call('registrar1', 'registry:RegisterFogNode', grid.fogNodeRegistration('fogA', 'north'));
    });
    const refuses = (code: ErrorCode, change: object, facts = {}) =>
      bench.refuses(
        code,
        'registrar1',
        'registry:RegisterFogNode',
        { ...grid.fogNodeRegistration('fogB', 'south'), ...change },
        facts,
      );

    it('refuses regions the grid does not have, repeats, or that another node serves', async () => {
      await refuses('REGION_UNKNOWN', { regions: ['south', 'east'] }, { region: 'east' });
      await refuses('BAD_FIELD', { regions: ['south', 'south'] }, { field: 'regions' });
      await refuses('FOG_NODE_EXISTS', { regions: ['south', 'north'] }, { fogNode: 'fogA', region: 'north' });
    });

    it('refuses other facts under a known id', async () => {
      const known = grid.fogNodeRegistration('fogA', 'north');
      const changes = [
        { subject: 'CN=other' },
        { mspId: 'Org2MSP' },
        { regions: ['south'] },
        { agreementKey: generateAgreementKey().publicKey },
      ];
      for (const change of changes) await refuses('FOG_NODE_EXISTS', { ...known, ...change });
      const again = await bench.writesNothing('registrar1', 'registry:RegisterFogNode', known);
      assert.equal(again.status, 'duplicate');
    });

    it('hands a region to another registered node, which alone commits it from then on', async () => {
      const own = await bench.grid();
      const assign = (change: object = {}) => ({ grid: own.id, region: 'north', fogNode: 'fogB', ...change });
      const transaction = 'registry:AssignRegion';
      await bench.refuses('GRID_UNKNOWN', 'registrar1', transaction, assign({ grid: 'nowhere' }));
      await bench.refuses('REGION_UNKNOWN', 'registrar1', transaction, assign({ region: 'east' }));
      await bench.refuses('FOG_NODE_UNKNOWN', 'registrar1', transaction, assign({ fogNode: 'fogX' }));
      await bench.call('registrar1', transaction, assign());
      assert.equal(bench.lastEvent, 'RegionAssigned');
      assert.equal((await bench.writesNothing('registrar1', transaction, assign())).status, 'duplicate');
      const request = { grid: own.id, pageSize: 5 };
      const nodes = await bench.call<List<object>>('stranger1', 'registry:ListFogNodes', request);
      assert.deepEqual(
        nodes.items,
        [
          { person: 'fogA', regions: [] },
          { person: 'fogB', regions: ['south', 'north'] },
          { person: 'fogC', regions: ['west'] },
        ].map(({ person, regions }) => {
          const registered = own.fogNodeRegistration(person as 'fogA', '');
          const agreementKey = Buffer.from(registered.agreementKey).toString('base64url');
          return { ...registered, agreementKey, regions };
        }),
      );
      const total = own.total('north', bench.slot, { sum: 1, count: 3 });
      const submit = 'aggregation:SubmitRegionTotals';
      await bench.refuses('NOT_YOUR_REGION', 'fogA', submit, own.submission('fogA', total));
      await bench.call('fogB', submit, own.submission('fogB', total));
    });

    it('assigns a region that nobody served', async () => {
      await bench.call('registrar1', 'registry:AssignRegion', {
        grid: grid.id,
        region: 'west',
        fogNode: 'fogA',
      });
      const query = { grid: grid.id, fogNode: 'fogA' };
      const { regions } = await bench.call<{ regions: string[] }>('fogA', 'registry:GetFogNode', query);
      assert.deepEqual(regions, ['north', 'west']);
    });

    it('refuses agreement keys nobody can agree with', async () => {
      const one = Buffer.alloc(32).fill(1, 0, 1);
      for (const agreementKey of [Buffer.alloc(32), one])
        await refuses('BAD_FIELD', { agreementKey }, { field: 'agreementKey' });
    });

    it('refuses nodes of unknown grids and does not know unknown nodes', async () => {
      await refuses('GRID_UNKNOWN', { grid: 'nowhere' });
      const query = { grid: grid.id, fogNode: 'fogX' };
      await bench.refuses('FOG_NODE_UNKNOWN', 'stranger1', 'registry:GetFogNode', query, { fogNode: 'fogX' });
      await bench.refuses('FOG_NODE_UNKNOWN', 'fogA', 'leadership:StartElection', { ...query, term: 1 });
    });
  });

  describe('meters', () => {
    let grid: BenchGrid;
    before(async () => {
      grid = await bench.emptyGrid();
    });
    const register = (...meters: readonly MeterRegistration[]) => ({
      grid: grid.id,
      meters: meters.map((meter) => ({ ...meter })),
    });
    const refuses = (code: ErrorCode, meters: readonly MeterRegistration[], facts = {}) =>
      bench.refuses(code, 'registrar1', 'registry:RegisterMeters', register(...meters), facts);
    const accepts = (...meters: readonly MeterRegistration[]) =>
      bench.call<{ registered: number }>('registrar1', 'registry:RegisterMeters', register(...meters));
    const stored = async (meterId: string) =>
      bench.call<object>('auditor1', 'registry:GetMeter', { grid: grid.id, meterId });

    it('refuses a registration its signing key did not sign, and the whole list with it', async () => {
      const meter = grid.meter('p1', 'north');
      const other = grid.meter('p1', 'north');
      const flipped = Uint8Array.from(meter.possession, (byte, i) => (i === 40 ? byte ^ 1 : byte));
      const changes: readonly Partial<MeterRegistration>[] = [
        { meterId: 'p2' },
        { region: 'south' },
        { epoch: 2 },
        { agreementKey: other.agreementKey },
        { signingKey: other.signingKey },
        { possession: other.possession },
        { possession: flipped },
        { possession: new Uint8Array(64) },
      ];
      for (const change of changes) {
        const bad = { ...meter, ...change };
        await refuses('BAD_POSSESSION_PROOF', [grid.meter('fine', 'north'), bad], { meterId: bad.meterId });
      }
      const elsewhere = await bench.emptyGrid();
      await refuses('BAD_POSSESSION_PROOF', [elsewhere.meter('p1', 'north')]);
      await bench.refuses('METER_UNKNOWN', 'auditor1', 'registry:GetMeter', {
        grid: grid.id,
        meterId: 'fine',
      });
    });

    it('refuses signing keys under which everybody can sign', async () => {
      const signingKey = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));
      const possession = new Uint8Array(64);
      possession.set(signingKey);
      await refuses('BAD_POSSESSION_PROOF', [{ ...grid.meter('p1', 'north'), signingKey, possession }]);
    });

    it('refuses agreement keys nobody can agree with', async () => {
      const keys = generateMeterKeys();
      const lowOrder = { ...keys, agreement: { ...keys.agreement, publicKey: new Uint8Array(32) } };
      await refuses('BAD_FIELD', [grid.meter('p1', 'north', 1, lowOrder)], { field: 'agreementKey' });
    });

    it('refuses unknown regions and repeated ids', async () => {
      await refuses('REGION_UNKNOWN', [grid.meter('p1', 'east')], { region: 'east' });
      await refuses('BAD_FIELD', [grid.meter('p1', 'north'), grid.meter('p1', 'south')], { field: 'meters' });
    });

    it('gives a meter other keys or another region only under the next epoch', async () => {
      const first = grid.meter('e1', 'north');
      assert.equal((await accepts(first)).registered, 1);
      const again = await bench.writesNothing('registrar1', 'registry:RegisterMeters', register(first));
      assert.deepEqual(again, { grid: grid.id, registered: 0, status: 'duplicate' });
      await refuses('METER_EXISTS', [grid.meter('e1', 'north')], { meterId: 'e1' });
      await refuses('METER_EXISTS', [grid.meter('e1', 'north', 3)]);
      const second = grid.meter('e1', 'south', 2);
      assert.equal((await accepts(first, grid.meter('e2', 'west'))).registered, 1);
      await accepts(second);
      await refuses('METER_EXISTS', [first]);
      const { possession, ...facts } = second;
      assert.equal(possession.length, 64);
      assert.deepEqual(await stored('e1'), {
        ...facts,
        agreementKey: Buffer.from(facts.agreementKey).toString('base64url'),
        signingKey: Buffer.from(facts.signingKey).toString('base64url'),
        revoked: false,
      });
    });

    it('takes a next epoch only with both keys new', async () => {
      const [old, fresh] = [generateMeterKeys(), generateMeterKeys()];
      await accepts(grid.meter('k1', 'north', 1, old));
      for (const keys of [old, { ...fresh, agreement: old.agreement }, { ...fresh, signing: old.signing }])
        await refuses('METER_EXISTS', [grid.meter('k1', 'south', 2, keys)], { meterId: 'k1' });
      await accepts(grid.meter('k1', 'south', 2, fresh));
    });

    it('revokes once and takes a revoked meter back only with the next epoch', async () => {
      const revocation = { grid: grid.id, meterId: 'v1' };
      await bench.refuses('METER_UNKNOWN', 'registrar1', 'registry:RevokeMeter', revocation, {
        meterId: 'v1',
      });
      const meter = grid.meter('v1', 'north');
      await accepts(meter);
      assert.equal((await bench.call('registrar1', 'registry:RevokeMeter', revocation)).status, 'accepted');
      assert.equal(bench.lastEvent, 'MeterRevoked');
      const again = await bench.writesNothing('registrar1', 'registry:RevokeMeter', revocation);
      assert.equal(again.status, 'duplicate');
      await refuses('METER_EXISTS', [meter]);
      assert.equal(((await stored('v1')) as { revoked: boolean }).revoked, true);
      await accepts(grid.meter('v1', 'north', 2));
      assert.equal(((await stored('v1')) as { revoked: boolean }).revoked, false);
    });

    it('lists meters page by page, each once, in id order', async () => {
      const busy = await bench.emptyGrid();
      const ids = ['a', 'b', 'c', 'd', 'e', 'é', '{"', '__proto__'];
      const meters = ids.map((id) => ({ ...busy.meter(id, 'north') }));
      await bench.call('registrar1', 'registry:RegisterMeters', { grid: busy.id, meters });
      const seen: string[] = [];
      let bookmark: string | undefined;
      do {
        const request = { grid: busy.id, pageSize: 3, bookmark };
        const page: List<{ meterId: string }> = await bench.call('fogC', 'registry:ListMeters', request);
        seen.push(...page.items.map((item) => item.meterId));
        bookmark = page.bookmark === '' ? undefined : page.bookmark;
      } while (bookmark !== undefined);
      assert.deepEqual(
        seen,
        ids.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
    });
  });

  it('takes names that mean something to JavaScript or to a parser as names', async () => {
    const regions = ['__proto__', 'constructor', '{"a":1} [TOTAL_EXISTS] '];
    const grid = await bench.emptyGrid({ grid: '__proto__', regions });
    for (const region of regions) {
      await bench.call('registrar1', 'registry:RegisterMeters', {
        grid: grid.id,
        meters: [{ ...grid.meter(region, region) }],
      });
      const query = { grid: grid.id, meterId: region };
      const meter = await bench.call<MeterRegistration>('auditor1', 'registry:GetMeter', query);
      assert.deepEqual([meter.meterId, meter.region], [region, region]);
    }
    const lost = '} {"grid":"x"} [GRID_EXISTS] "\\';
    await bench.refuses('GRID_UNKNOWN', 'stranger1', 'registry:GetGrid', { grid: lost }, { grid: lost });
  });
});
