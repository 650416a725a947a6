#!/usr/bin/env node
// Starts the compiled benchmark command. Committed as JavaScript so that it can say what to do before anything is built.
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const main = join(__dirname, '..', 'dist', 'main.js');
if (existsSync(main)) {
  require(main);
} else {
  process.stderr.write(
    'The benchmark is not built: run "npm ci && npm run build" in the repository first.\n',
  );
  process.exitCode = 2;
}
