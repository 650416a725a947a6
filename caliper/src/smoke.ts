import { runBenchmark } from './benchmark.js';
import { lineReporter } from '@gridveil/network/reporter.js';
import { SHORT_SIZES } from './rounds/plan.js';
import { FULL_OWN_CLIENT } from './own-client/own-client-rows.js';
void runBenchmark({
  network: { kind: 'own' },
  rounds: new Set([]),
  ownClient: new Set(['closed-loop']),
  sizes: SHORT_SIZES,
  ownClientSizes: FULL_OWN_CLIENT,
  repeats: 1,
  longRepeats: 1,
  workers: 2,
  seed: 's',
  modulusBits: 3072,
  reporter: lineReporter(process.stdout),
}).then(
  (r) => {
    for (const x of r[0]!.ownClientRows)
      console.log(
        x.label,
        'tps',
        x.tps.toFixed(0),
        JSON.stringify(x.latencyMs),
        Object.entries(x.cpuMsPerTransaction)
          .map(([k, v]) => `${k} ${v.toFixed(2)}`)
          .join(' '),
      );
  },
  (e) => {
    console.error(e);
    process.exitCode = 1;
  },
);
