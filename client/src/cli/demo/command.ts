/** `gridveil demo [SCHEME]`: one scheme from readings to checked results, on either ledger. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BillingCast } from '../../billing/billing-cast.js';
import { writeReceiptsFile } from '../../billing/receipts-file.js';
import { ReplayClock } from '../../billing/replay-clock.js';
import { FolderContentStore } from '../../content/content-store.js';
import { writeBlsKeyFile } from '../../crypto/bls-key-file.js';
import { ClientError } from '../../errors.js';
import type { LedgerDirectory } from '../../ledger/directory.js';
import { realTime, replayedTime, type StoryClock } from '../../signcryption/story-clock.js';
import { openEmbedded, openFabric } from '../open-directory.js';
import { EXIT, printDocument } from '../output.js';
import { newRunFolder, rememberRun, stateFolder } from '../state-folder.js';
import { loadBillingReadings } from './billing-readings.js';
import { billingIntroText, billingNextStepText, billingResultText } from './billing-text.js';
import { introText, nextStepText, noteText, resultText } from './demo-text.js';
import { runFogAggregation } from './fog-aggregation.js';
import type { DemoOptions, DemoScheme } from './options.js';
import { demoProgress } from './progress.js';
import { loadReadings } from './readings.js';
import { loadSigncryptionReadings } from './signcryption-readings.js';
import { signcryptionIntroText, signcryptionResultText } from './signcryption-text.js';
import { runSigncryption } from './signcryption.js';
import { LEAD_SECONDS, runTouBilling } from './tou-billing.js';

/** @returns the exit code: a total or bill that is not equal is a failure. */
export function runDemo(scheme: DemoScheme, options: DemoOptions): Promise<number> {
  switch (scheme) {
    case 'fog-aggregation':
      return runFogDemo(options);
    case 'tou-billing':
      return runBillingDemo(options);
    case 'signcryption':
      return runSigncryptionDemo(options);
  }
}

async function runFogDemo(options: DemoOptions): Promise<number> {
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

async function runBillingDemo(options: DemoOptions): Promise<number> {
  const readings = await loadBillingReadings(options);
  if (options.keys !== undefined) await makeKeyFolder(options.keys);
  const folder = options.ledger === 'embedded' ? (options.ledgerDir ?? (await newRunFolder())) : undefined;
  const clock = new ReplayClock(readings.period.startSeconds - LEAD_SECONDS);
  const now = (): Date => new Date(clock.nowMs);
  const directory = await (folder === undefined
    ? openFabric(options.connection, now)
    : openEmbedded(folder, now));
  const say = (text: string): void => void (options.json ? process.stderr : process.stdout).write(text);
  const progress = demoProgress();
  try {
    const { period, tariff, source } = readings;
    say(billingIntroText(source, directory.description, period.label, tariff.table.name));
    for (const note of readings.notes) say(noteText(note));
    const espFolder = join(folder ?? stateFolder(), 'esp');
    const outcome = await runTouBilling(directory, clock, readings, options, progress, espFolder);
    progress.stop();
    if (folder !== undefined && options.ledgerDir === undefined) await rememberRun(folder);
    if (options.keys !== undefined) await writeMeterFiles(options.keys, outcome.cast);
    if (options.json) printDocument(outcome.result);
    else say(`\n${billingResultText(outcome)}\n${billingNextStepText(outcome, options)}`);
    return outcome.result.allEqual ? EXIT.done : EXIT.failure;
  } finally {
    progress.stop();
    await directory.close();
  }
}

async function runSigncryptionDemo(options: DemoOptions): Promise<number> {
  const readings = await loadSigncryptionReadings(options);
  const { slots, slotSeconds } = readings.table;
  const { directory, clock, folder } = await openStory(options, (slots[0] ?? 0) * slotSeconds);
  const say = (text: string): void => void (options.json ? process.stderr : process.stdout).write(text);
  const progress = demoProgress();
  const store = options.offLedger === undefined ? undefined : new FolderContentStore(options.offLedger);
  try {
    say(signcryptionIntroText(readings.source, directory.description, store !== undefined));
    for (const note of readings.notes) say(noteText(note));
    const outcome = await runSigncryption(directory, clock, readings, options, progress, store);
    progress.stop();
    if (folder !== undefined && options.ledgerDir === undefined) await rememberRun(folder);
    if (options.json) printDocument(outcome.result);
    else say(`\n${signcryptionResultText(outcome)}`);
    return outcome.result.allEqual ? EXIT.done : EXIT.failure;
  } finally {
    progress.stop();
    await directory.close();
  }
}

/** The embedded ledger replays the time of the readings; Fabric keeps its own. */
async function openStory(
  { ledger, ledgerDir, connection }: DemoOptions,
  startSeconds: number,
): Promise<{ directory: LedgerDirectory; clock: StoryClock; folder?: string }> {
  if (ledger === 'fabric') return { directory: await openFabric(connection), clock: realTime() };
  const folder = ledgerDir ?? (await newRunFolder());
  const replay = new ReplayClock(startSeconds);
  const directory = await openEmbedded(folder, () => new Date(replay.nowMs));
  return { directory, clock: replayedTime(replay), folder };
}

/** Before anything is billed: keys never mix with those of another run. @throws ClientError FILE_EXISTS, FILE_UNWRITABLE */
async function makeKeyFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') throw new ClientError('FILE_EXISTS', { file: folder }, { cause });
    throw new ClientError('FILE_UNWRITABLE', { file: folder, reason: cause.code ?? 'unknown' }, { cause });
  });
}

/** A customer contests a bill with the key of the own meter, and with the receipts for what it reported. */
async function writeMeterFiles(folder: string, { meterKeys, receipts }: BillingCast): Promise<void> {
  for (const [meterId, key] of meterKeys) {
    const name = join(folder, encodeURIComponent(meterId));
    await writeBlsKeyFile(`${name}.key`, key);
    await writeReceiptsFile(`${name}.receipts`, receipts.of(meterId));
  }
}
