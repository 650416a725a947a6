/**
 * Caliper's manager and workers without its command line: writes the rows of the report as JSON and ends with a true exit
 * code, neither of which the command line does (spec/caliper.md 2). Started by run-engine.ts as
 * `node launcher.js launch manager --caliper-…`; the manager forks the same file as `launch worker` for each worker.
 */
import { writeFileSync } from 'node:fs';
import {
  CaliperEngine,
  CaliperUtils,
  ConfigUtil,
  Constants,
  WorkerMessageHandler,
} from '@hyperledger/caliper-core';
import { ConnectorFactory } from '@hyperledger/caliper-fabric';
import { caliperRowsFile, type CaliperRow } from './caliper-row.js';
import { signWithOpenSsl } from './openssl-signer.js';

async function manager(): Promise<number> {
  CaliperUtils.assertConfigurationFilePaths();
  const read = (key: string): unknown =>
    CaliperUtils.parseYaml(CaliperUtils.resolvePath(ConfigUtil.get(key)));
  const benchmark = read('caliper-benchconfig') as { test: { rounds: { label: string }[] } };
  const engine = new CaliperEngine(benchmark, read('caliper-networkconfig'), ConnectorFactory);
  const engineCode = await engine.run();
  const results = engine.roundOrchestrator?.report.resultsByRound ?? [];
  const rows = results.map((row) => Object.fromEntries(row) as unknown as CaliperRow);
  writeFileSync(caliperRowsFile(ConfigUtil.get('caliper-workspace')), JSON.stringify(rows));
  // A round that failed as a whole has no row, and the engine reports success all the same.
  return engineCode === 0 && rows.length === benchmark.test.rounds.length ? 0 : 1;
}

async function worker(): Promise<number> {
  signWithOpenSsl();
  const factory = CaliperUtils.loadModuleFunction(
    CaliperUtils.getBuiltinMessengers(),
    'process',
    Constants.Factories['WorkerMessenger'] as string,
    require,
  );
  const messenger = factory({});
  const handler = new WorkerMessageHandler(messenger, ConnectorFactory);
  await messenger.initialize();
  await messenger.configureProcessInstances([process]);
  await handler.waitForExit();
  return 0;
}

const role = process.argv[3] === 'worker' ? worker : manager;
role().then(
  // The channel between manager and worker would keep both alive.
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${String((error as Error).stack)}\n`);
    process.exit(1);
  },
);
