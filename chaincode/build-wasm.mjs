// Compiles chaincode/assembly/*.ts to WebAssembly and embeds each as base64 into a TypeScript module, so that the packaged
// chaincode needs no extra file. Runs before tsc; does nothing when an output is newer than its sources.
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('.', import.meta.url);
const TARGETS = new URL('src/crypto/generated/', ROOT);
/** Name of the source, and flags it needs beyond FLAGS. */
const PROGRAMS = [
  ['montgomery', ['--enable', 'simd']],
  ['gcd', []],
  ['ristretto', []],
];
const FLAGS = ['-O3', '--runtime', 'stub', '--noAssert', '--outFile', 'out.wasm'];

async function modifiedMs(url) {
  return (await stat(url).catch(() => undefined))?.mtimeMs ?? 0;
}

async function isFresh(target, source) {
  const [made, ...sources] = await Promise.all([target, source, new URL(import.meta.url)].map(modifiedMs));
  return sources.every((modified) => modified <= made);
}

async function compile(name, flags) {
  const { default: asc } = await import('assemblyscript/asc');
  let binary;
  const { error, stderr } = await asc.main([`${name}.ts`, ...flags, ...FLAGS], {
    readFile: (file) => readFile(fileURLToPath(new URL(`assembly/${file}`, ROOT)), 'utf8').catch(() => null),
    writeFile: (_file, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error || binary === undefined) throw new Error(`assemblyscript: ${error?.message ?? ''}\n${stderr}`);
  return Buffer.from(binary).toString('base64');
}

for (const [name, flags] of PROGRAMS) {
  const target = new URL(`${name}-wasm.ts`, TARGETS);
  if (await isFresh(target, new URL(`assembly/${name}.ts`, ROOT))) continue;
  const base64 = await compile(name, flags);
  await mkdir(TARGETS, { recursive: true });
  const draft = new URL(`${target.href}.${process.pid}`);
  await writeFile(
    draft,
    `// Made by chaincode/build-wasm.mjs from chaincode/assembly/${name}.ts.\nexport const ${name.toUpperCase()}_WASM_BASE64 =\n  '${base64}';\n`,
  );
  await rename(draft, target);
}
