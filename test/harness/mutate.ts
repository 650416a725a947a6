/**
 * Preloaded (`--require`) into a test process: compiles one product file with the edits of the mutant that GRIDVEIL_TEST_MUTANT names. Ends the process with
 * code 97 when an edit does not fit the file, since a mutant that is not there cannot be caught.
 */
import { sep } from 'node:path';
import { MUTANTS, type Mutant } from './mutants.js';

const DOES_NOT_FIT = 97;

interface LoadedModule {
  _compile(content: string, filename: string): unknown;
}
type Loader = (module: LoadedModule, filename: string) => void;

function mutated({ name, edits }: Mutant, content: string): string {
  let text = content;
  for (const [from, to] of edits) {
    if (text.split(from).length !== 2) {
      process.stderr.write(`mutant ${name} does not fit: ${from}\n`);
      process.exit(DOES_NOT_FIT);
    }
    text = text.replace(from, () => to);
  }
  process.stderr.write(`mutant ${name} is in\n`);
  return text;
}

const mutant = MUTANTS.find(({ name }) => name === process.env['GRIDVEIL_TEST_MUTANT']);
if (mutant) {
  // Deprecated, and the only hook for CommonJS in Node 20.
  const loaders = require.extensions as unknown as Record<string, Loader>;
  const load = loaders['.js'] as Loader;
  loaders['.js'] = (module, filename) => {
    if (filename.split(sep).join('/').endsWith(`/${mutant.file}`)) {
      const compile = module._compile.bind(module);
      module._compile = (content, name) => compile(mutated(mutant, content), name);
    }
    load(module, filename);
  };
}
