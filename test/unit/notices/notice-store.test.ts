/** The store of notices: order, repetition, bounds. */
import assert from 'node:assert/strict';
import { NoticeStore } from '@gridveil/client/notices/notice-store.js';
import { notice } from '../../helpers/notices.js';

describe('notice store', () => {
  it('gives what came after a position, of the meter alone', () => {
    const store = new NoticeStore();
    for (const [position, meterId] of [
      [3, 'm1'],
      [4, 'm2'],
      [7, 'm1'],
    ] as const)
      store.add(notice(position, meterId));
    assert.deepEqual(store.after('m1', 0, 10), { notices: [notice(3), notice(7)], dropped: false });
    assert.deepEqual(store.after('m1', 3, 10).notices, [notice(7)]);
    assert.deepEqual(store.after('m1', 0, 1).notices, [notice(3)]);
    assert.deepEqual(store.after('m1', 7, 10), { notices: [], dropped: false });
    assert.deepEqual(store.after('nobody', 0, 10), { notices: [], dropped: false });
  });

  it('takes nothing twice, so that it can be filled again from the ledger', () => {
    const store = new NoticeStore();
    assert.equal(store.add(notice(3)), true);
    assert.equal(store.add(notice(3)), false);
    assert.equal(store.add(notice(2)), false);
    assert.equal(store.after('m1', 0, 10).notices.length, 1);
  });

  it('keeps the newest ones, and says so to whoever is too late', () => {
    const store = new NoticeStore(2);
    for (const position of [1, 2, 3, 4]) store.add(notice(position));
    assert.deepEqual(store.after('m1', 1, 10), { notices: [notice(3), notice(4)], dropped: true });
    assert.deepEqual(store.after('m1', 2, 10), { notices: [notice(3), notice(4)], dropped: false });
  });

  it('calls back until it is told not to', () => {
    const store = new NoticeStore();
    let calls = 0;
    const unwatch = store.watch('m1', () => (calls += 1));
    store.add(notice(1));
    store.add(notice(2, 'm2'));
    store.add(notice(1));
    unwatch();
    store.add(notice(2));
    assert.equal(calls, 1);
  });

  it('refuses positions and bounds that are none', () => {
    for (const position of [0, -1, 1.5, NaN, 2 ** 53])
      assert.throws(() => new NoticeStore().add(notice(position)), RangeError);
    assert.throws(() => new NoticeStore(0), RangeError);
  });
});
