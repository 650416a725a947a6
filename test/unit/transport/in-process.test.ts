import assert from 'node:assert/strict';
import { InProcessTransport } from '@gridveil/client/transport/in-process.js';

describe('in-process transport', () => {
  it('rejects an address that is taken or that nobody listens at', async () => {
    const transport = new InProcessTransport();
    transport.listen('fog', (body) => Promise.resolve(body));
    assert.throws(() => transport.listen('fog', (body) => Promise.resolve(body)), RangeError);
    for (const address of ['', 'fo', '__proto__'])
      await assert.rejects(transport.request(address, new Uint8Array(0)), RangeError);
  });

  it('shares no memory between the parties', async () => {
    const transport = new InProcessTransport();
    const kept: Uint8Array[] = [];
    transport.listen('fog', (body) => {
      kept.push(body);
      return Promise.resolve(body);
    });
    const sent = Uint8Array.of(1, 2, 3);
    const answer = await transport.request('fog', sent);
    sent.fill(9);
    answer.fill(8);
    assert.deepEqual(kept, [Uint8Array.of(1, 2, 3)]);
  });

  it('hands the failure of a handler to who asked', async () => {
    const transport = new InProcessTransport();
    transport.listen('fog', () => Promise.reject(new Error('down')));
    await assert.rejects(transport.request('fog', new Uint8Array(0)), new Error('down'));
  });
});
