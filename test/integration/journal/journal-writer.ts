/**
 * Appends numbered records for ever and prints each number that was confirmed. Arguments: folder, how many records at once.
 * Started by journal-kill.test.ts, which kills it.
 */
import { Journal } from '@gridveil/client/journal/journal.js';
import { ClientError } from '@gridveil/client/errors.js';
import { JOURNAL_KEY } from '../../helpers/journal-folder.js';

const RECORD_BYTES = 1000;
const COMPACT_ABOVE_BYTES = 400_000;

async function main(folder: string, atOnce: number): Promise<void> {
  let next = 0;
  const journal = await Journal.open({ folder, key: JOURNAL_KEY, segmentBytes: 100_000 }, (record) => {
    next = Math.max(next, Number(Buffer.from(record).toString().split(' ')[0]) + 1);
  });
  const line = (number: number) => Buffer.from(`${number} `.padEnd(RECORD_BYTES, '.'));
  const write = async (): Promise<void> => {
    for (;;) {
      const number = next++;
      await journal.append([line(number)]);
      process.stdout.write(`${number}\n`);
      if (journal.replayBytes > COMPACT_ABOVE_BYTES && number % atOnce === 0)
        await journal.compact(() => [line(next - 1)], 1000);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, write));
}

main(process.argv[2] ?? '', Number(process.argv[3])).catch((error: unknown) => {
  process.stderr.write(`${error instanceof ClientError ? error.code : String(error)}\n`);
  process.exit(1);
});
