/** Validators for assert.throws and assert.rejects: an error with exactly this code, and at least these facts. */
import assert from 'node:assert/strict';
import type { ErrorCode } from '@gridveil/chaincode/error-codes.js';
import { GridveilError, type Facts } from '@gridveil/chaincode/errors.js';
import { ClientError, type ClientErrorCode } from '@gridveil/client/errors.js';

function hasFacts(error: { readonly facts: Facts; readonly message: string }, facts: Facts): void {
  assert.deepEqual({ ...error.facts, ...facts }, error.facts, error.message);
}

export function refused(code: ErrorCode, facts: Facts = {}) {
  return (error: unknown): true => {
    assert.ok(error instanceof GridveilError, String(error));
    assert.equal(error.code, code, error.message);
    hasFacts(error, facts);
    return true;
  };
}

export function clientRefused(code: ClientErrorCode, facts: Facts = {}) {
  return (error: unknown): true => {
    assert.ok(error instanceof ClientError, String(error));
    assert.equal(error.code, code, error.message);
    hasFacts(error, facts);
    return true;
  };
}
