import assert from 'node:assert/strict';
import fc from 'fast-check';
// First: it silences the contracts' decorators.
import { ContractBench, PEOPLE, type Person } from '../helpers/contract-bench.js';
import { parseWireError } from '@gridveil/chaincode/errors.js';
import { canonicalJson, type JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';
import type { EmbeddedIdentity } from '@gridveil/client/ledger/embedded/membership.js';
import { VALIDATION_CODE } from '@gridveil/client/ledger/embedded/block.js';
import { isRefused, type Simulation } from '@gridveil/client/ledger/embedded/simulation.js';
import type { BenchGrid } from '../helpers/contract-grid.js';
import { fuzz } from '../helpers/fuzz.js';
import { RegistryModel, type Holder, type RegistryAction } from '../helpers/registry-model.js';

type Submitter = 'fogA' | 'fogB';

/** An action before its names are known: every run has grids and fog nodes of its own. */
interface Draft {
  readonly kind: RegistryAction['kind'];
  readonly holder: number;
  readonly submitter: Submitter;
  readonly grid: number;
  readonly fogNode: number;
  readonly regions: readonly string[];
}

/** Each begins with one of the others, so that a key prefix that stops inside a name would find too much. */
const FOG_NODES = ['n', 'nn', 'n n'] as const;
const REGIONS = ['north', 'south', 'west'] as const;

const REGISTER_FOG_B = { kind: 'register', holder: 1, submitter: 'fogB' } as const;

/** As often as each is tried. */
const KINDS = [
  'grant',
  'grant',
  'revoke',
  'register',
  'register',
  'register',
  'assign',
  'assign',
  'assign',
  'assign',
  'submit',
  'submit',
] as const;

const draft: fc.Arbitrary<Draft> = fc.record({
  kind: fc.constantFrom(...KINDS),
  // Mostly the two who submit.
  holder: fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 3),
  submitter: fc.constantFrom<Submitter>('fogA', 'fogB'),
  grid: fc.nat(1),
  fogNode: fc.nat(FOG_NODES.length - 1),
  regions: fc.shuffledSubarray([...REGIONS], { minLength: 1, maxLength: 2 }),
});
const blocks = fc.array(fc.array(draft, { minLength: 1, maxLength: 4, size: 'max' }), {
  minLength: 8,
  maxLength: 14,
  size: 'max',
});

describe('who may submit region totals', function () {
  this.timeout(120_000);
  let bench: ContractBench;
  const identities = {} as Record<Person, EmbeddedIdentity>;

  before(async () => {
    bench = await ContractBench.open();
    const { membership } = bench.ledger;
    for (const person of ['admin1', 'admin2', 'registrar1', 'fogA', 'fogB'] as const) {
      const { mspId } = PEOPLE[person];
      const isAdmin = person.startsWith('admin');
      identities[person] = await (isAdmin ? membership.admin(mspId) : membership.enrol(mspId, person));
    }
  });
  after(() => bench.close());

  const holderOf = (submitter: Submitter): Holder => {
    const { mspId, subject } = identities[submitter];
    return { mspId, subject };
  };

  /** The two who submit, and two whose names look like theirs. */
  const holders = (): Holder[] => {
    const [a, b] = [holderOf('fogA'), holderOf('fogB')];
    return [a, b, { ...a, mspId: b.mspId }, { ...b, subject: `${b.subject},` }];
  };

  /** One world: two grids, the first id a prefix of the second, and the model of them. */
  class World {
    readonly model = new RegistryModel([holderOf('fogA'), holderOf('fogB')]);
    readonly #grids: readonly BenchGrid[];
    #slots = 0;

    constructor(grids: readonly BenchGrid[]) {
      this.#grids = grids;
    }

    action({ kind, holder, submitter, grid, fogNode, regions }: Draft): RegistryAction {
      const at = { grid: (this.#grids[grid] as BenchGrid).id, fogNode: FOG_NODES[fogNode] as string };
      const who = holders()[holder] as Holder;
      const region = regions[0] as string;
      if (kind === 'register') return { kind, ...at, holder: who, regions };
      if (kind === 'assign') return { kind, ...at, region };
      if (kind === 'submit') return { kind, ...at, region, holder: holderOf(submitter) };
      return { kind, holder: who };
    }

    simulate(action: RegistryAction): Promise<Simulation> {
      const [person, transaction, argument] = this.#transaction(action);
      const args = [transaction, canonicalJson(argument)];
      return bench.ledger.query(bench.ledger.propose(identities[person], args));
    }

    #transaction(action: RegistryAction): [Person, string, JsonValue] {
      if (action.kind === 'assign') {
        const { grid, region, fogNode } = action;
        return ['registrar1', 'registry:AssignRegion', { grid, region, fogNode }];
      }
      if (action.kind === 'register') {
        const { grid, fogNode, holder, regions } = action;
        const { agreementKey } = (this.#grids[0] as BenchGrid).fogNodeRegistration('fogA', '');
        const argument = { grid, fogNode, ...holder, regions: [...regions], agreementKey };
        return ['registrar1', 'registry:RegisterFogNode', argument];
      }
      if (action.kind === 'submit') {
        const { holder, grid, fogNode, region } = action;
        const person = holder.subject === identities.fogA.subject ? 'fogA' : 'fogB';
        // A slot of its own each time, so that the totals themselves never meet.
        const slot = bench.slot - this.#slots++;
        const total = (this.#grids[0] as BenchGrid).total(region, slot, { sum: 0, count: 0 });
        return [person, 'aggregation:SubmitRegionTotals', { grid, fogNode, totals: [{ ...total }] }];
      }
      const { kind, holder } = action;
      const admin = holder.mspId === 'Org1MSP' ? 'admin1' : 'admin2';
      const argument = { subject: holder.subject, role: 'fog' };
      return [admin, kind === 'grant' ? 'registry:GrantRole' : 'registry:RevokeRole', argument];
    }

    /** Everybody's verdict on every fog node and region, as the ledger and the model give it. */
    async check(): Promise<void> {
      for (const submitter of ['fogA', 'fogB'] as const)
        for (const { id: grid } of this.#grids)
          for (const fogNode of FOG_NODES)
            for (const region of REGIONS) {
              const action = { kind: 'submit', holder: holderOf(submitter), grid, fogNode, region } as const;
              const verdict = statusOf(await this.simulate(action));
              assert.equal(verdict, this.model.verdict(action), JSON.stringify(action));
            }
    }
  }

  const newWorld = async (): Promise<World> => {
    for (const holder of holders()) {
      const admin = holder.mspId === 'Org1MSP' ? 'admin1' : 'admin2';
      const isSubmitter = Object.values(identities).some(
        ({ mspId, subject }) => mspId === holder.mspId && subject === holder.subject,
      );
      const transaction = isSubmitter ? 'registry:GrantRole' : 'registry:RevokeRole';
      await bench.call(admin, transaction, { subject: holder.subject, role: 'fog' });
    }
    const first = await bench.emptyGrid({ regions: [...REGIONS] });
    const second = await bench.emptyGrid({ regions: [...REGIONS], grid: `${first.id}n` });
    return new World([first, second]);
  };

  /**
   * Orders them into one block. @returns validation codes, in order.
   * The first of several goes alone, while its block is written the others gather: so something else goes first.
   */
  async function inOneBlock(simulations: readonly Simulation[]): Promise<number[]> {
    const args = [
      'registry:GrantRole',
      canonicalJson({ subject: `CN=${bench.ledger.height}`, role: 'auditor' }),
    ];
    const first = await bench.ledger.query(bench.ledger.propose(identities.admin1, args));
    const [, ...outcomes] = await Promise.all(
      [first, ...simulations].map((each) => bench.ledger.order(each)),
    );
    assert.ok(new Set(outcomes.map(({ blockNumber }) => blockNumber)).size <= 1, 'more than one block');
    return outcomes.map(({ validationCode }) => validationCode);
  }

  it('follows from role, registration and regions, whatever happens in whatever order or at once', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, async (drafts) => {
        const world = await newWorld();
        for (const block of drafts) {
          const endorsed = [];
          for (const action of block.map((each) => world.action(each))) {
            const simulation = await world.simulate(action);
            assert.equal(statusOf(simulation), world.model.verdict(action), JSON.stringify(action));
            if (!isRefused(simulation)) endorsed.push({ action, simulation });
          }
          const codes = await inOneBlock(endorsed.map(({ simulation }) => simulation));
          // What took effect must be what the same transactions give one after the other.
          for (const [i, { action, simulation }] of endorsed.entries())
            if (codes[i] === VALIDATION_CODE.VALID)
              assert.equal(statusOf(simulation), world.model.apply(action), JSON.stringify(action));
        }
        await world.check();
      }),
      fuzz(40),
    );
  });

  it('ends with the role, and no other organisation can make that longer or get in its way', async () => {
    const world = await newWorld();
    const { model } = world;
    const holder = holderOf('fogB');
    // The registrar of Org1 may name fog nodes after an identity of Org2 without asking.
    const register = (grid: number, fogNode: number) =>
      world.action({ ...REGISTER_FOG_B, grid, fogNode, regions: [REGIONS[fogNode] as string] });
    for (const action of [register(0, 0), register(0, 1), register(1, 0)]) {
      assert.deepEqual(await inOneBlock([await world.simulate(action)]), [VALIDATION_CODE.VALID]);
      model.apply(action);
    }
    const moved = world.action({
      ...REGISTER_FOG_B,
      kind: 'assign',
      grid: 0,
      fogNode: 1,
      regions: ['north'],
    });
    const actions: RegistryAction[] = [register(1, 1), moved, { kind: 'revoke', holder }];
    const simulations = await Promise.all(actions.map((action) => world.simulate(action)));
    assert.equal(simulations[2]?.writes.length, 1);
    assert.deepEqual(
      await inOneBlock(simulations),
      actions.map(() => VALIDATION_CODE.VALID),
    );
    for (const action of actions) assert.equal(model.apply(action), 'accepted');
    await world.check();
  });

  it('is decided anew when a role is revoked or a region moved in the same block', async () => {
    const world = await newWorld();
    const submit = { ...REGISTER_FOG_B, kind: 'submit', grid: 0, fogNode: 0, regions: ['north'] } as const;
    const inOrder = async (...actions: readonly RegistryAction[]) =>
      inOneBlock(await Promise.all(actions.map((action) => world.simulate(action))));
    const register = { ...REGISTER_FOG_B, grid: 0 };
    await inOrder(world.action({ ...register, fogNode: 0, regions: ['north'] }));
    await inOrder(world.action({ ...register, fogNode: 1, regions: ['south'] }));
    const lost = [VALIDATION_CODE.VALID, VALIDATION_CODE.MVCC_READ_CONFLICT];
    const moved = world.action({ ...register, kind: 'assign', fogNode: 1, regions: ['north'] });
    assert.deepEqual(await inOrder(moved, world.action(submit)), lost);
    const back = world.action({ ...register, kind: 'assign', fogNode: 0, regions: ['north'] });
    assert.deepEqual(await inOrder(back), [VALIDATION_CODE.VALID]);
    const revoked = { kind: 'revoke', holder: holderOf('fogB') } as const;
    assert.deepEqual(await inOrder(revoked, world.action(submit)), lost);
    assert.equal(statusOf(await world.simulate(world.action(submit))), 'ROLE_REQUIRED');
  });
});

function statusOf(simulation: Simulation): string {
  if (isRefused(simulation)) return parseWireError(simulation.message)?.code ?? simulation.message;
  const answer = JSON.parse(new TextDecoder().decode(simulation.result)) as {
    readonly status?: string;
    readonly receipts?: readonly { readonly status: string }[];
  };
  return answer.status ?? answer.receipts?.[0]?.status ?? '';
}
