import assert from 'node:assert/strict';
import { findBadByHalving } from '@gridveil/chaincode/crypto/halving.js';

/** What is found when exactly `bad` are bad, and how many tests it took. */
function search(count: number, bad: readonly number[]) {
  let tests = 0;
  const found = findBadByHalving(count, (start, end) => {
    tests++;
    assert.ok(start < end, 'no empty part is tested');
    return !bad.some((i) => i >= start && i < end);
  });
  return { found, tests };
}

describe('findBadByHalving', () => {
  it('accepts with one test, and nothing with none', () => {
    assert.deepEqual(search(100, []), { found: [], tests: 1 });
    assert.deepEqual(search(0, []), { found: [], tests: 0 });
  });

  it('names every bad set of up to 9 entries, in order', () => {
    for (let count = 1; count <= 9; count++) {
      for (let set = 0; set < 2 ** count; set++) {
        const bad = Array.from({ length: count }, (_, i) => i).filter((i) => (set >> i) & 1);
        assert.deepEqual(search(count, bad).found, bad);
      }
    }
  });

  it('takes about 2·log2(n) tests for one bad entry', () => {
    for (let i = 0; i < 1024; i += 31) assert.ok(search(1024, [i]).tests <= 21);
  });

  it('names no entry that holds on its own, even when its half was only told from the other', () => {
    // A batch test that fails for everything of more than one entry.
    assert.deepEqual(
      findBadByHalving(8, (start, end) => end - start === 1),
      [],
    );
  });
});
