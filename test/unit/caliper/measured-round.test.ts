/** A round of known times and known use of processes. */
import assert from 'node:assert/strict';
import { measureRound, type TimedCall } from '@gridveil/caliper/measure/measured-round.js';
import { ProcessSampler } from '@gridveil/caliper/measure/process-sampler.js';

const call = (createdMs: number, finishedMs: number, committed = true): TimedCall => ({
  createdMs,
  finishedMs,
  committed,
});
const idle = { use: () => [] };

describe('caliper: a measured round', () => {
  it('counts rates as Caliper does, over the first creation, the last creation and the last finish', () => {
    const round = measureRound([call(1_000, 1_400), call(1_500, 1_600), call(2_000, 3_000)], idle);
    assert.deepEqual([round.durationMs, round.tps, round.sendRateTps], [2_000, 1.5, 3]);
    assert.deepEqual(round.latencyMs, { p50: 400, p95: 1_000, p99: 1_000, max: 1_000 });
  });

  it('keeps what failed out of goodput and latency', () => {
    const round = measureRound([call(0, 100), call(0, 1_000, false)], idle);
    assert.deepEqual([round.failed, round.tps, round.goodputTps, round.latencyMs.max], [1, 2, 1, 100]);
  });

  it('adds up processes of a class, and asks for the time of the round only', () => {
    const spans: number[][] = [];
    const use = (fromMs: number, toMs: number) => {
      spans.push([fromMs, toMs]);
      return [
        { processClass: 'peer', name: 'peer0', cpuMs: 30, peakRssBytes: 5 },
        { processClass: 'peer', name: 'peer1', cpuMs: 10, peakRssBytes: 7 },
        { processClass: 'client', name: 'me', cpuMs: 20, peakRssBytes: 9 },
      ];
    };
    const round = measureRound([call(5, 9), call(6, 25)], { use });
    assert.deepEqual(spans, [[5, 25]]);
    assert.deepEqual(round.cpuMsPerTransaction, { peer: 20, client: 10, total: 30 });
    assert.deepEqual(round.peakRssBytes, { peer0: 5, peer1: 7, me: 9 });
  });

  it('has no result without calls', () => assert.throws(() => measureRound([], idle), RangeError));

  it('samples a real process: work costs CPU time, and memory is not nothing', () => {
    const self = { processClass: 'client', name: 'self', pid: process.pid };
    const sampler = new ProcessSampler([self]);
    const fromMs = Date.now();
    sampler.start();
    const endMs = Date.now() + 300;
    let turns = 0;
    while (Date.now() < endMs) turns += 1;
    sampler.stop();
    const [use] = sampler.use(fromMs, Date.now());
    assert.ok(turns > 0 && (use?.cpuMs ?? 0) >= 50, `${use?.cpuMs} ms`);
    assert.ok((use?.peakRssBytes ?? 0) > 10_000_000);
    assert.equal(sampler.use(fromMs - 2_000, fromMs - 1_000)[0]?.cpuMs, 0);
  });
});
