// Compiles chaincode/assembly/*.ts to WebAssembly and embeds it as base64 into a TypeScript module, so that the packaged
// chaincode needs no extra file. Runs before tsc; does nothing when the output is newer than its sources.
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('.', import.meta.url);
const SOURCE = new URL('assembly/montgomery.ts', ROOT);
const TARGET = new URL('src/crypto/generated/montgomery-wasm.ts', ROOT);
const FLAGS = ['--enable', 'simd', '-O3', '--runtime', 'stub', '--noAssert', '--outFile', 'out.wasm'];

async function modifiedMs(url) {
  return (await stat(url).catch(() => undefined))?.mtimeMs ?? 0;
}

async function isFresh() {
  const [target, ...sources] = await Promise.all([TARGET, SOURCE, new URL(import.meta.url)].map(modifiedMs));
  return sources.every((source) => source <= target);
}

async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  let binary;
  const { error, stderr } = await asc.main(['montgomery.ts', ...FLAGS], {
    readFile: (name) => readFile(fileURLToPath(new URL(`assembly/${name}`, ROOT)), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error || binary === undefined) throw new Error(`assemblyscript: ${error?.message ?? ''}\n${stderr}`);
  return Buffer.from(binary).toString('base64');
}

if (!(await isFresh())) {
  const base64 = await compile();
  await mkdir(new URL('.', TARGET), { recursive: true });
  const draft = new URL(`${TARGET.href}.${process.pid}`);
  await writeFile(
    draft,
    `// Made by chaincode/build-wasm.mjs from chaincode/assembly/montgomery.ts.\nexport const MONTGOMERY_WASM_BASE64 =\n  '${base64}';\n`,
  );
  await rename(draft, TARGET);
}
