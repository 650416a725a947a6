#!/usr/bin/env node
'use strict';
// Starts the compiled command line; Ctrl-C ends it with 130 and no stack, a reader that goes away with 1 and no word.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

// What the progress bar may have switched off: cursor and line wrapping.
const RESTORE_TERMINAL = '\u001b[?25h\u001b[?7h';

const main = join(__dirname, '..', 'dist', 'cli', 'main.js');
if (!existsSync(main)) {
  process.stderr.write('error: Gridveil is not built yet: run npm run build [NOT_BUILT]\n');
  process.exit(2);
}
process.on('SIGINT', () => {
  process.stderr.write(process.stderr.isTTY ? `${RESTORE_TERMINAL}\ninterrupted\n` : 'interrupted\n');
  process.exit(130);
});
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(1);
  });
}
require(main)
  .main(process.argv.slice(2))
  .then((code) => process.exit(code));
