/**
 * The parties as programs on real Fabric: what a new user does, then SIGKILLs of peers, of the Raft leader, of the chaincode server and of fog nodes at each
 * named place, under traffic. One network of its own.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resetNetwork } from '@gridveil/network/down.js';
import { startNetwork, type RunningNetwork } from '@gridveil/network/up.js';
import { CommitWatch } from '../harness/commit-watch.js';
import { FaultLog, quantile } from '../harness/fault-log.js';
import { FOG_POINTS, fogSchedule, killFog, killProgram, OUTBOX_POINTS } from '../harness/field-faults.js';
import { FieldRun, FOGS } from '../harness/field-run.js';
import { killNode, type NetworkFault } from '../harness/network-faults.js';
import { Field } from '../helpers/field.js';

const KILLS_OF_EACH = 3;
const NETWORK_FAULTS: readonly NetworkFault[] = ['raft-leader', 'chaincode', 'peer'];

describe('a field of programs on real Fabric', function () {
  this.timeout(400_000);
  const work = mkdtempSync(join(tmpdir(), 'gridveil-kills-'));
  const dir = join(work, 'network');
  let network: RunningNetwork;

  before(async function () {
    this.timeout(900_000);
    network = await startNetwork({ dir, portBase: 'auto' });
  });
  after(async () => {
    await resetNetwork({ dir });
    rmSync(work, { recursive: true, force: true });
  });

  it('counts every reading of a fleet, and the audit says so', async () => {
    const connection = ['--ledger', 'fabric', '--connection', network.connectionFile];
    const small = [
      '--fog-nodes',
      '2',
      '--meters',
      '8',
      '--slots',
      '3',
      '--bits',
      '2048',
      '--grace',
      '1',
      '--slot-every',
      '0',
    ];
    const field = await Field.make(...small, ...connection, '--port-base', '18800');
    try {
      await field.run('registry', '--config', field.config('registry'));
      await Promise.all(['fog-1', 'fog-2', 'mdms'].map((party) => field.start(party)));
      const meters = await field.start('meters');
      await meters.ended;
      assert.equal(meters.exitCode, 0);
      const giveUpAt = Date.now() + 60_000;
      let audit = await field.audit();
      while (audit.reports.counted < 24 && Date.now() < giveUpAt) audit = await field.audit();
      assert.deepEqual([audit.reports.counted, audit.holds, audit.recounted], [24, true, 6]);
      while (field.program('mdms').log.filter(({ event }) => event === 'slot opened').length < 3) {
        assert.ok(Date.now() < giveUpAt, 'the slots were not opened');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      for (const party of ['fog-1', 'fog-2', 'mdms']) {
        const program = field.program(party);
        await program.end('SIGTERM');
        assert.deepEqual([program.exitCode, program.signal, program.noise], [0, null, []], party);
      }
    } finally {
      await field.remove();
    }
  });

  it('counts every receipted report exactly once while nodes and programs are killed', async () => {
    const seed = process.env['FUZZ_SEED'] ?? new Date().toISOString();
    const { connectionFile: connection } = network;
    const run = await FieldRun.open({ connection, portBase: 18_900, seed, opens: true, everyMs: 1_000 });
    const watch = new CommitWatch(run);
    try {
      const log = new FaultLog();
      const programs = Promise.all([
        ...FOGS.map((fog) =>
          killFog(run, log, fog, fogSchedule(run.random, [...FOG_POINTS, ...OUTBOX_POINTS], 1, 1)),
        ),
        killProgram(run, log, 'mdms', { times: 3, everyMs: 5_000 }),
      ]);
      for (let i = 0; i < KILLS_OF_EACH; i++)
        for (const kind of NETWORK_FAULTS) await killNode(run, watch, log, dir, kind);
      await programs;
      await run.stopTraffic();
      const verdict = await run.verdict();
      assert.deepEqual(verdict.violations, [], `seed ${seed}`);
      assert.equal(verdict.counted, verdict.receipted, `seed ${seed}`);
      for (const kind of NETWORK_FAULTS) assert.ok(log.of(kind).length >= KILLS_OF_EACH, kind);
      const leaderMs = log.of('raft-leader').flatMap(({ nextTotalMs }) => nextTotalMs ?? []);
      process.stdout.write(
        `${log.table().replaceAll(/^/gm, '      ')}\n      Raft leader killed to next total: p95 ${((quantile(leaderMs, 0.95) ?? 0) / 1000).toFixed(1)} s\n`,
      );
    } finally {
      await watch.close();
      await run.close();
    }
  });
});
