import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { gcdWith, lehmerGcd, newLehmerGcd } from '@gridveil/chaincode/crypto/lehmer-gcd.js';

const OPERAND_BYTES = 1024;

describe('Lehmer gcd in WebAssembly', () => {
  it('runs here', () => {
    assert.ok(lehmerGcd());
  });

  it('is left out where WebAssembly is missing', () => {
    assert.equal(
      newLehmerGcd(() => undefined),
      undefined,
    );
  });

  it('is left out where it computes something else', () => {
    const memory = { buffer: new ArrayBuffer(2 * OPERAND_BYTES) };
    const saysOne = (): number => {
      const bytes = new Uint8Array(memory.buffer).fill(0);
      bytes[11] = 1;
      return 3;
    };
    assert.equal(
      newLehmerGcd(() => ({ memory, operands: () => 0, reduce: saysOne })),
      undefined,
    );
  });

  it('gives the same without WebAssembly', () => {
    const [a, b] = [3n ** 1900n * 35n, 7n ** 1000n * 15n];
    const script = `
      const { gcd } = require('@gridveil/chaincode/crypto/modular.js');
      const { lehmerGcd } = require('@gridveil/chaincode/crypto/lehmer-gcd.js');
      console.log(String(lehmerGcd()), String(gcd(3n ** 1900n * 35n, 7n ** 1000n * 15n)));`;
    const printed = execFileSync(process.execPath, ['--jitless', '-e', script], {
      cwd: __dirname,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    assert.equal(printed.trim(), `undefined ${String(gcdWith(lehmerGcd(), a, b))}`);
  });

  it('keeps no operand in its memory', () => {
    const memory = { buffer: new ArrayBuffer(2 * OPERAND_BYTES) };
    const engine = newLehmerGcd(() => ({ memory, operands: () => 0, reduce: (limbs) => limbs }));
    assert.ok(engine, 'an engine that changes nothing leaves all to Euclid');
    assert.deepEqual(engine.reduce(3n ** 1900n, 7n ** 1000n), [3n ** 1900n, 7n ** 1000n]);
    assert.ok(new Uint8Array(memory.buffer).every((byte) => byte === 0));
  });
});
