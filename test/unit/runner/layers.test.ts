import assert from 'node:assert/strict';
import { join } from 'node:path';
import { isChosen, layerOf, testSources } from '../../runner/layers.js';

describe('layers of the test suite', () => {
  const layers: readonly [string, string | undefined][] = [
    ['unit/crypto/paillier.test.ts', 'unit'],
    ['unit/ledger/fabric/signer.test.ts', 'unit'],
    ['unit/not-fabric-signer.test.ts', 'unit'],
    ['vectors/hmac.test.ts', 'unit'],
    ['attacks/t000-1.test.ts', 'papers'],
    ['contract/registry.test.ts', 'contract'],
    ['e2e/demo.test.ts', 'embedded'],
    ['e2e/demo.fabric.test.ts', 'fabric'],
    ['integration/ledger/fabric.test.ts', 'fabric'],
    ['elsewhere/demo.test.ts', undefined],
    ['demo.test.ts', undefined],
  ];
  for (const [file, layer] of layers) {
    it(`puts ${file} into ${layer ?? 'none'}`, () => assert.equal(layerOf(file)?.name, layer));
  }

  it('has a layer for every test file there is', () => {
    const sources = testSources(join(__dirname, '..', '..', '..'));
    assert.ok(sources.includes('unit/runner/layers.test.ts'));
    assert.deepEqual(
      sources.filter((source) => layerOf(source) === undefined),
      [],
    );
  });

  const choices: readonly [string, string, boolean][] = [
    ['unit/crypto/paillier.test.ts', 'unit', true],
    ['unit/crypto/paillier.test.ts', 'fabric', false],
    ['unit/crypto/paillier.test.ts', 'paillier', true],
    ['unit/crypto/paillier.test.ts', 'paillier.test.ts', true],
    ['unit/crypto/paillier.test.ts', 'test/unit/**', true],
    ['unit/crypto/paillier.test.ts', 'unit/*', false],
    ['unit/crypto/paillier.test.ts', 'unit/**/pail*', true],
    ['unit/crypto/paillier.test.ts', 'pail', false],
  ];
  for (const [file, choice, wanted] of choices) {
    it(`${wanted ? 'finds' : 'does not find'} ${file} by ${choice}`, () =>
      assert.equal(isChosen(file, choice), wanted));
  }
});
