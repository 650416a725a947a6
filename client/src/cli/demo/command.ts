/** `gridveil demo [SCHEME]`: one scheme from readings to checked results, on either ledger. */
import { openEmbedded, openFabric } from '../open-directory.js';
import { EXIT, printDocument } from '../output.js';
import { newRunFolder, rememberRun } from '../state-folder.js';
import { introText, nextStepText, noteText, resultText } from './demo-text.js';
import { runFogAggregation } from './fog-aggregation.js';
import type { DemoOptions } from './options.js';
import { demoProgress } from './progress.js';
import { loadReadings } from './readings.js';

/** @returns the exit code: a total that is not equal is a failure. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const readings = await loadReadings(options);
  const folder = options.ledger === 'embedded' ? (options.ledgerDir ?? (await newRunFolder())) : undefined;
  const directory = await (folder === undefined ? openFabric(options.connection) : openEmbedded(folder));
  const say = (text: string): void => void (options.json ? process.stderr : process.stdout).write(text);
  const progress = demoProgress();
  try {
    say(introText(readings.source, directory.description));
    for (const note of readings.notes) say(noteText(note));
    const outcome = await runFogAggregation(directory, readings, options, progress);
    const { result } = outcome;
    progress.stop();
    // Before anything is printed: a reader that has gone away ends the process there.
    if (folder !== undefined && options.ledgerDir === undefined) await rememberRun(folder);
    if (options.json) printDocument(result);
    else say(`\n${resultText(outcome)}`);
    if (!options.json) say(nextStepText(options, String(result.parameters.grid)));
    return result.allEqual ? EXIT.done : EXIT.failure;
  } finally {
    progress.stop();
    await directory.close();
  }
}
