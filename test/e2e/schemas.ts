/** The published JSON schemas, compiled; `assertValid` says the first thing that does not fit. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

const FOLDER = join(__dirname, '..', '..', '..', 'client', 'schemas');
const ajv = new Ajv2020({ strict: true, allErrors: false, allowUnionTypes: true });

export type SchemaName =
  | 'bench'
  | 'bill'
  | 'bill-evidence'
  | 'bill-verification'
  | 'caliper'
  | 'demo'
  | 'dispute'
  | 'error'
  | 'evidence'
  | 'papers'
  | 'theft'
  | 'readings'
  | 'verification';

function validator(name: SchemaName): ReturnType<typeof ajv.compile> {
  const id = `urn:gridveil:${name}:v1`;
  return (
    ajv.getSchema(id) ??
    ajv.compile(JSON.parse(readFileSync(join(FOLDER, `${name}-v1.schema.json`), 'utf8')) as object)
  );
}

export function fits(name: SchemaName, document: unknown): boolean {
  return validator(name)(document) === true;
}

export function assertValid(name: SchemaName, document: unknown): void {
  const validate = validator(name);
  assert.ok(validate(document), ajv.errorsText(validate.errors));
}

/** The one JSON document of a text that must be exactly one line. */
export function oneDocument(text: string): unknown {
  assert.equal(text.split('\n').length, 2, `expected one line, got ${JSON.stringify(text.slice(0, 300))}`);
  assert.ok(text.endsWith('\n'));
  return JSON.parse(text);
}
