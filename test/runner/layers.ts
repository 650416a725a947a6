/**
 * The layers of the test suite (DESIGN section 8): which files belong to which, where they run, how long they may take.
 *
 * A file belongs to exactly one layer, by its name: `x.fabric.test.ts` and `fabric.test.ts` need real Fabric, all others
 * go by their folder.
 */
import { readdirSync } from 'node:fs';

export interface Layer {
  readonly name: string;
  /** What the tests run on, for people. */
  readonly runsOn: string;
  /** Folders below test/. */
  readonly folders: readonly string[];
  readonly needsFabric: boolean;
  /** The layer is ended and counted as failed after this time. */
  readonly limitMs: number;
}

const MINUTE_MS = 60_000;

export const LAYERS: readonly Layer[] = [
  {
    name: 'unit',
    runsOn: 'nothing',
    folders: ['unit', 'property', 'vectors'],
    needsFabric: false,
    limitMs: 8 * MINUTE_MS,
  },
  {
    name: 'papers',
    runsOn: 'nothing',
    folders: ['papers', 'attacks'],
    needsFabric: false,
    limitMs: 5 * MINUTE_MS,
  },
  {
    name: 'contract',
    runsOn: 'embedded ledger',
    folders: ['contract'],
    needsFabric: false,
    limitMs: 5 * MINUTE_MS,
  },
  {
    name: 'embedded',
    runsOn: 'embedded ledger',
    folders: ['integration', 'e2e'],
    needsFabric: false,
    limitMs: 15 * MINUTE_MS,
  },
  {
    name: 'fabric',
    runsOn: 'real Fabric',
    folders: ['unit', 'property', 'vectors', 'papers', 'attacks', 'contract', 'integration', 'e2e'],
    needsFabric: true,
    limitMs: 20 * MINUTE_MS,
  },
];

const TEST_FILE = /\.test\.ts$/;
const FABRIC_FILE = /(^|[./])fabric\.test\.ts$/;

/** @param file - source path below test/, with slashes. */
export function layerOf(file: string): Layer | undefined {
  const needsFabric = FABRIC_FILE.test(file);
  const folder = file.split('/')[0] ?? '';
  return LAYERS.find((layer) => layer.needsFabric === needsFabric && layer.folders.includes(folder));
}

/** Test sources below `root`, sorted. The sources count, since compiled files stay when their source is removed. */
export function testSources(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => TEST_FILE.test(file) && !/^(dist|node_modules)\//.test(file))
    .sort();
}

/** @param choice - a layer's name, or a glob over paths below test/, over whole paths or over file names. */
export function isChosen(file: string, choice: string): boolean {
  if (layerOf(file)?.name === choice) return true;
  const glob = choice
    .replace(/^(\.\/)?test\//, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?|\*|\?/g, (wild) => (wild === '*' ? '[^/]*' : wild === '?' ? '[^/]' : '.*'));
  return new RegExp(`^(.*/)?${glob}(\\.test)?(\\.ts)?$`).test(file);
}
