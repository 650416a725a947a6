/** `gridveil keys`: makes an MDMS key. */
import { generatePaillierKey } from '../crypto/paillier-key.js';
import { writeKeyFile } from '../crypto/paillier-key-file.js';
import { EXIT } from './output.js';

export async function runNewKey(file: string, bits: number): Promise<number> {
  await writeKeyFile(file, await generatePaillierKey(bits));
  process.stderr.write(
    `${bits}-bit Paillier key written to ${file}; keep it secret, whoever has it can open totals\n`,
  );
  return EXIT.done;
}
