import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ClientError } from '@gridveil/client/errors.js';
import {
  identifier,
  listenAddress,
  path,
  readConfiguration,
} from '@gridveil/client/programs/configuration.js';
import {
  newFogSecrets,
  newMeterSecrets,
  readFogSecrets,
  readMeterSecrets,
  writeFogSecrets,
  writeMeterSecrets,
} from '@gridveil/client/programs/secret-files.js';
import { exportSecret } from '@gridveil/client/crypto/curve25519.js';
import { JournalFolders } from '../../helpers/journal-folder.js';

const schema = z.strictObject({ grid: identifier, secrets: path, listen: listenAddress });

describe('program configuration', () => {
  const folders = new JournalFolders();
  let folder: string;
  beforeEach(async () => {
    folder = await folders.make();
  });
  afterEach(() => folders.remove());

  const read = async (text: string) => {
    const file = join(folder, 'config.json');
    await writeFile(file, text);
    return readConfiguration(file, schema);
  };
  const invalid = (place: string) => (error: unknown) => {
    assert.ok(error instanceof ClientError, String(error));
    assert.deepEqual([error.code, error.facts.place], ['CONFIG_INVALID', place]);
    return true;
  };

  it('takes paths from its own folder and loopback as the default', async () => {
    assert.deepEqual(await read('{"grid":"g","secrets":"../s.json","listen":{"port":8401}}'), {
      grid: 'g',
      secrets: join(folder, '..', 's.json'),
      listen: { host: '127.0.0.1', port: 8401 },
    });
    assert.equal((await read('{"grid":"g","secrets":"/s","listen":{"port":0}}')).secrets, '/s');
  });

  it('names the first field that is wrong, missing or unknown', async () => {
    await assert.rejects(read('{"secrets":"s","listen":{"port":1}}'), invalid('grid'));
    await assert.rejects(read('{"grid":"g","secrets":"","listen":{"port":1}}'), invalid('secrets'));
    await assert.rejects(read('{"grid":"g","secrets":"s","listen":{"port":"1"}}'), invalid('listen.port'));
    await assert.rejects(read('{"grid":"g","secrets":"s","listen":{"port":70000}}'), invalid('listen.port'));
    await assert.rejects(read('{"grid":"g","secrets":"s","listen":{"port":1},"x":1}'), invalid('the file'));
    for (const text of ['', '[]', 'grid: g', '{"grid":"g"'])
      await assert.rejects(read(text), invalid('the file'));
    await assert.rejects(readConfiguration(join(folder, 'none'), schema), { code: 'FILE_UNREADABLE' });
  });

  it('keeps secrets of a fog node and of meters, for their owner only, and never in an error', async () => {
    const fog = newFogSecrets();
    const file = join(folder, 'fog.json');
    await writeFogSecrets(file, fog);
    const back = await readFogSecrets(file);
    assert.deepEqual(
      [exportSecret(back.agreement), back.journal],
      [exportSecret(fog.agreement), fog.journal],
    );
    await assert.rejects(writeFogSecrets(file, fog), { code: 'FILE_EXISTS' });

    const meters = newMeterSecrets([{ meterId: 'm1', region: 'r1' }]);
    await writeMeterSecrets(join(folder, 'meters.json'), meters);
    const [meter] = (await readMeterSecrets(join(folder, 'meters.json'))).meters;
    assert.deepEqual(
      exportSecret((meter as (typeof meters.meters)[0]).keys.signing),
      exportSecret((meters.meters[0] as (typeof meters.meters)[0]).keys.signing),
    );

    const secret = Buffer.from(exportSecret(fog.agreement)).toString('base64url');
    await writeFile(join(folder, 'bad.json'), JSON.stringify({ agreement: secret }), { mode: 0o600 });
    await assert.rejects(readFogSecrets(join(folder, 'bad.json')), (error: Error) => {
      assert.ok(
        !`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`.includes(secret.slice(0, 20)),
      );
      return (error as ClientError).code === 'SECRETS_MALFORMED';
    });
    await writeFile(join(folder, 'open.json'), '{}', { mode: 0o644 });
    await assert.rejects(readFogSecrets(join(folder, 'open.json')), { code: 'KEY_FILE_EXPOSED' });
  });
});
