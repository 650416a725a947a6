/** `npm run stage`: makes build/chaincode. */
import { relative } from 'node:path';
import { NetworkError } from './errors.js';
import { stage } from './chaincode/stage.js';

stage().then(
  ({ folder, codeSha256 }) => {
    const where = relative(process.cwd(), folder);
    process.stdout.write(`Staged the chaincode in ${where} (sha256 ${codeSha256.slice(0, 16)})\n`);
  },
  (error: unknown) => {
    if (!(error instanceof NetworkError)) throw error;
    process.stderr.write(`${error.code}: ${error.message}\n`);
    process.exitCode = error.exitCode;
  },
);
