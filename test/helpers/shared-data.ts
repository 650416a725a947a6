/**
 * Real meter data for tests, which is never part of the repository: the folder named by GRIDVEIL_DATA, or the first
 * `shared/data` beside a folder above this one.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context } from 'mocha';

function findFolder(): string | undefined {
  const named = process.env['GRIDVEIL_DATA'];
  if (named !== undefined) return named;
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'shared', 'data');
    if (existsSync(candidate)) return candidate;
  }
  return undefined;
}

/** Path of a shared data file; undefined when it is not there. */
export function findSharedData(...path: readonly string[]): string | undefined {
  const folder = findFolder();
  const file = folder === undefined ? undefined : join(folder, ...path);
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** Path of a shared data file; a test without it is reported as pending, with the reason in its title. */
export function sharedDataFile(context: Context, ...path: readonly string[]): string {
  const file = findSharedData(...path);
  if (file !== undefined) return file;
  if (context.test !== undefined)
    context.test.title += ` (no ${path.join('/')}: set GRIDVEIL_DATA to the folder of the data extracts)`;
  return context.skip();
}
