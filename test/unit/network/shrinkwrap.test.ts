import assert from 'node:assert/strict';
import { NetworkError } from '@gridveil/network/errors.js';
import { shrinkwrap, type LockEntry, type LockPackages } from '@gridveil/network/chaincode/shrinkwrap.js';

const MANIFEST = {
  name: 'staged',
  version: '1.0.0',
  license: 'Apache-2.0',
  dependencies: { a: '1.0.0' },
  optionalDependencies: { native: '1.0.0' },
  engines: { node: '>=20' },
};
const packagesOf = (lock: LockPackages): Record<string, unknown> =>
  (shrinkwrap(lock, 'chaincode', MANIFEST) as { packages: Record<string, unknown> }).packages;

describe('network: lock file of the staged package', () => {
  it('refuses a lock file that lacks a needed package', () => {
    const lock = { 'node_modules/a': { version: '1.0.0', dependencies: { b: '^1.0.0' } } };
    assert.throws(
      () => packagesOf(lock),
      (error) => error instanceof NetworkError && error.code === 'LOCK_MISMATCH',
    );
  });

  it('refuses two versions in one place', () => {
    const lock = {
      'chaincode/node_modules/b': { version: '2.0.0' },
      'chaincode/node_modules/a': { version: '1.0.0', dependencies: { b: '*', c: '*' } },
      'node_modules/c': { version: '1.0.0', dependencies: { b: '*' } },
      'node_modules/b': { version: '1.0.0' },
    };
    assert.throws(
      () => packagesOf(lock),
      (error) => error instanceof NetworkError && error.code === 'LOCK_MISMATCH',
    );
  });

  it('takes what the dependencies reach, nested versions included, and nothing else', () => {
    const lock = {
      '': { version: '9.9.9' },
      'node_modules/a': {
        version: '1.0.0',
        dependencies: { b: '^1.0.0' },
        optionalDependencies: { absent: '1' },
      },
      'node_modules/a/node_modules/b': { version: '1.5.0', dependencies: { c: '*' } },
      'node_modules/b': { version: '2.0.0' },
      'node_modules/c': { version: '3.0.0', dependencies: { b: '*' } },
      'node_modules/unrelated': { version: '1.0.0', dev: true },
    };
    assert.deepEqual(Object.keys(packagesOf(lock)), [
      '',
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/b',
      'node_modules/c',
    ]);
  });

  it('takes optional dependencies where the lock file has them', () => {
    const lock = {
      'node_modules/a': { version: '1.0.0' },
      'node_modules/native': { version: '1.0.0', optional: true, optionalDependencies: { 'native-x': '1' } },
      'node_modules/native-x': { version: '1.0.0', optional: true, os: ['x'] },
    };
    const packages = packagesOf(lock);
    assert.deepEqual(packages['node_modules/native-x'], { version: '1.0.0', optional: true, os: ['x'] });
    assert.deepEqual(Object.keys(packages), [
      '',
      'node_modules/a',
      'node_modules/native',
      'node_modules/native-x',
    ]);
    assert.deepEqual((packages[''] as { optionalDependencies: object }).optionalDependencies, {
      native: '1.0.0',
    });
  });

  it('moves packages of the workspace itself to the top', () => {
    const lock = { 'chaincode/node_modules/a': { version: '1.0.0' }, 'node_modules/a': { version: '0.9.0' } };
    assert.deepEqual(packagesOf(lock)['node_modules/a'], { version: '1.0.0' });
  });

  it('leaves out registry addresses and keeps digests', () => {
    const lock = {
      'node_modules/a': {
        version: '1.0.0',
        resolved: 'https://registry.invalid/a.tgz',
        integrity: 'sha512-x',
      },
    };
    assert.deepEqual(packagesOf(lock)['node_modules/a'], { version: '1.0.0', integrity: 'sha512-x' });
  });

  it('does not depend on the order of the lock file', () => {
    const entries: [string, LockEntry][] = [
      ['node_modules/a', { version: '1.0.0', dependencies: { b: '*', c: '*' } }],
      ['node_modules/b', { version: '1.0.0' }],
      ['node_modules/c', { version: '1.0.0' }],
    ];
    assert.equal(
      JSON.stringify(packagesOf(Object.fromEntries(entries))),
      JSON.stringify(packagesOf(Object.fromEntries(entries.toReversed()))),
    );
  });
});
