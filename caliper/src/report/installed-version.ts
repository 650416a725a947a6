/** Version of an installed package, also of one that does not export its package.json. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function installedVersion(name: string): string {
  for (let folder = dirname(require.resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const description = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    if (description.name === name) return description.version ?? 'unknown';
  }
  return 'unknown';
}
