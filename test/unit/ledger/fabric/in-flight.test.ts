import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { InFlightLimiter } from '@gridveil/client/ledger/fabric/in-flight.js';

describe('ledger/fabric/in-flight', () => {
  it('rejects a limit below one', () => {
    for (const most of [0, -1, 1.5, NaN]) assert.throws(() => new InFlightLimiter(most), RangeError);
  });

  it('runs calls in order of arrival, also when a newcomer arrives as a place falls free', async () => {
    const limiter = new InFlightLimiter(1);
    const order: number[] = [];
    const call = (id: number) => () => {
      order.push(id);
      return Promise.resolve();
    };
    const first = limiter.run(call(1)).then(() => limiter.run(call(4)));
    await Promise.all([first, limiter.run(call(2)), limiter.run(call(3))]);
    assert.deepEqual(order, [1, 2, 3, 4]);
  });

  it('gives its place back when a call fails', async () => {
    const limiter = new InFlightLimiter(1);
    await assert.rejects(
      limiter.run(() => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await limiter.run(() => Promise.resolve('next')), 'next');
  });

  it('closes when the last running call has ended', async () => {
    const limiter = new InFlightLimiter(2);
    let finish: () => void = () => undefined;
    const running = limiter.run(() => new Promise<void>((resolve) => (finish = resolve)));
    let isClosed = false;
    const closing = limiter.close().then(() => (isClosed = true));
    await turn();
    assert.equal(isClosed, false);
    finish();
    await Promise.all([running, closing]);
    await assert.rejects(
      limiter.run(() => Promise.resolve()),
      /closed/,
    );
  });
});
