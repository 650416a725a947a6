/** Where a network lies by default: the same place for the launcher and for the client that looks for it. */
import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { defaultConnectionFile } from '@gridveil/client/cli/state-folder.js';
import { networkFolder } from '@gridveil/network/folders.js';

const VARIABLES = ['GRIDVEIL_NETWORK_DIR', 'GRIDVEIL_HOME', 'XDG_STATE_HOME', 'GRIDVEIL_CONNECTION'] as const;
const HOME = join(homedir(), '.local', 'state', 'gridveil', 'network');

describe('network: its default folder', () => {
  const saved = VARIABLES.map((name) => process.env[name]);
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  afterEach(() => VARIABLES.forEach((name, i) => set(name, saved[i])));

  for (const [expected, ...values] of [
    ['/a', '/a', '/b', '/c'],
    ['/b/network', undefined, '/b', '/c'],
    ['/b/network', '', '/b', '/c'],
    ['/c/gridveil/network', undefined, undefined, '/c'],
    ['/c/gridveil/network', '', '', '/c'],
    [HOME, undefined, undefined, undefined],
    [HOME, '', '', ''],
  ]) {
    it(`is ${values.map((value) => value ?? 'unset').join(', ')} -> ${String(expected).replace(homedir(), '~')}`, () => {
      VARIABLES.forEach((name, i) => set(name, values[i] ?? (i < 3 ? undefined : '')));
      assert.equal(networkFolder(), expected);
      assert.equal(dirname(defaultConnectionFile()), expected);
      assert.equal(networkFolder('/d'), '/d');
    });
  }
});
