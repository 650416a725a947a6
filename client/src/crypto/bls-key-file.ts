/** The BLS key of a meter or an aggregator on disk, readable by its owner only: what a customer contests a bill with. */
import { fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { BLS_SECRET_KEY_BYTES, BlsKey } from './bls-key.js';
import { readSecretFile, writeSecretFile } from './secret-file.js';

const SCHEMA = 'gridveil/bls-key/v1';

/** @throws ClientError FILE_EXISTS, FILE_UNWRITABLE: an existing key is never overwritten. */
export function writeBlsKeyFile(file: string, key: BlsKey): Promise<void> {
  const scalar = toBase64url(key.exportScalar());
  return writeSecretFile(file, { schema: SCHEMA, publicKey: toBase64url(key.publicKey), scalar });
}

/** @throws ClientError KEY_FILE_EXPOSED, FILE_UNREADABLE, KEY_FILE_MALFORMED */
export function readBlsKeyFile(file: string): Promise<BlsKey> {
  return readSecretFile(file, 'BLS', importBlsKey);
}

/** @throws TypeError for another shape. @throws RangeError for another scalar. */
function importBlsKey(value: unknown): BlsKey {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Record<string, unknown>
  >;
  const { schema, publicKey, scalar } = fields;
  if (schema !== SCHEMA || typeof scalar !== 'string') throw new TypeError(`"schema" expected ${SCHEMA}`);
  const key = new BlsKey(fromBase64url(scalar, 'scalar', BLS_SECRET_KEY_BYTES));
  if (toBase64url(key.publicKey) !== publicKey)
    throw new RangeError('"publicKey" expected the key of the scalar');
  return key;
}
