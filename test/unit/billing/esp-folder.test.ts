/** The ESP's folder: what was enrolled comes back as it was, anything else is refused by file and place. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientRefused } from '../../helpers/refused.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { makeEspFolder, openEspFolder } from '@gridveil/client/billing/esp-folder.js';
import { generateSigningKey } from '@gridveil/client/crypto/curve25519.js';
import { checkEnrolled, type Enrolment } from '@gridveil/client/parties/enrolment.js';

const SCOPE = { channel: 'mychannel', grid: 'harbour' };

describe('folder of an ESP', () => {
  let base: string;
  let folder: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'gridveil-esp-'));
    folder = join(base, 'esp', 'harbour');
  });
  afterEach(() => rm(base, { recursive: true }));

  const signingKey = () => toBase64url(generateSigningKey().publicKey);
  const enrolment = (): Enrolment => ({
    ...{ ...SCOPE, minGroup: 5, minAreaPercent: 80 },
    meters: new Map([
      ['m1', [signingKey()]],
      ['m/2', [signingKey(), signingKey()]],
    ]),
  });
  const listFile = () => join(folder, 'enrolled.json');

  it('keeps the list of meters and what was opened, for its owner only', async () => {
    const made = enrolment();
    await makeEspFolder(folder, made);
    const first = await openEspFolder(folder, SCOPE);
    assert.deepEqual(first.enrolment, made);
    await first.disclosures.keep([{ name: 'area/7', ciphertext: 5n }]);
    await first.disclosures.close();
    const next = await openEspFolder(folder, SCOPE);
    assert.equal(next.disclosures.firstOther([{ name: 'area/7', ciphertext: 6n }]), 0);
    await next.disclosures.close();
    for (const name of ['enrolled.json', 'secrets.json'])
      assert.equal((await stat(join(folder, name))).mode & 0o077, 0);
  });

  it('is made once, and opened for its own grid only', async () => {
    await makeEspFolder(folder, enrolment());
    await assert.rejects(makeEspFolder(folder, enrolment()), clientRefused('FILE_EXISTS'));
    for (const other of [{ channel: 'other' }, { grid: 'other' }])
      await assert.rejects(
        openEspFolder(folder, { ...SCOPE, ...other }),
        clientRefused('ENROLMENT_OTHER_GRID', SCOPE),
      );
  });

  it('refuses a list that is missing, that others can read, or that says something else', async () => {
    await assert.rejects(openEspFolder(folder, SCOPE), clientRefused('FILE_UNREADABLE'));
    await makeEspFolder(folder, enrolment());
    const text = await readFile(listFile(), 'utf8');
    const cases: [string, (text: string) => string][] = [
      ['the file', () => 'meters'],
      ['schema', (t) => t.replace('meters/v1', 'meters/v2')],
      ['minGroup', (t) => t.replace('"minGroup":5', '"minGroup":2')],
      ['minAreaPercent', (t) => t.replace(':80', ':49')],
      ['minAreaPercent', (t) => t.replace(':80', ':101')],
      ['meters.0.signingKeys', (t) => t.replace(/("m1","signingKeys":)\[.*?\]/, '$1[]')],
      ['meters.0.signingKeys.0', (t) => t.replace(/("m1","signingKeys":\[").*?"/, '$1AAAA"')],
      ['meters', (t) => t.replace('m/2', 'm1')],
    ];
    for (const [place, change] of cases) {
      assert.notEqual(change(text), text, place);
      await writeFile(listFile(), change(text));
      await assert.rejects(openEspFolder(folder, SCOPE), clientRefused('ENROLMENT_MALFORMED', { place }));
    }
    await writeFile(listFile(), text);
    await chmod(listFile(), 0o644);
    await assert.rejects(openEspFolder(folder, SCOPE), clientRefused('KEY_FILE_EXPOSED'));
  });

  it('knows a meter by any of the keys it was enrolled with, and no other meter by them', () => {
    const list = enrolment();
    const keys = list.meters.get('m/2') ?? [];
    for (const key of keys) checkEnrolled(list, 'm/2', { signingKey: key });
    const [first = ''] = keys;
    for (const [meterId, key] of [
      ['m1', first],
      ['m3', first],
      ['m/2', signingKey()],
    ] as const)
      assert.throws(
        () => checkEnrolled(list, meterId, { signingKey: key }),
        clientRefused('METER_NOT_ENROLLED', { meterId, signingKey: key }),
      );
  });
});
