/** What the ESP has opened: the same again is no news, anything else under its name is refused, also by the next process. */
import assert from 'node:assert/strict';
import { JOURNAL_KEY, JournalFolders, openJournal } from '../../helpers/journal-folder.js';
import { clientRefused } from '../../helpers/refused.js';
import { Disclosures, type Disclosure } from '@gridveil/client/parties/disclosures.js';
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';

const A: Disclosure = { name: 'area/1', ciphertext: 11n };
const B: Disclosure = { name: 'area/2', ciphertext: 22n };
const OTHER_B: Disclosure = { name: 'area/2', ciphertext: 23n };

describe('disclosures', () => {
  const folders = new JournalFolders();
  afterEach(() => folders.remove());
  const open = (folder: string) => Disclosures.open({ folder, key: JOURNAL_KEY });

  it('take the same again, and nothing else under a name', async () => {
    const disclosures = await open(await folders.make());
    assert.equal(disclosures.firstOther([A, OTHER_B]), -1);
    assert.equal(await disclosures.keep([A, B]), -1);
    assert.equal(await disclosures.keep([A]), -1);
    assert.equal(disclosures.firstOther([A, OTHER_B]), 1);
    assert.equal(await disclosures.keep([A, OTHER_B]), 1);
    await disclosures.close();
  });

  it('are known to the next process, whose journal it is alone', async () => {
    const folder = await folders.make();
    const first = await open(folder);
    await first.keep([A]);
    await first.keep([B]);
    await assert.rejects(open(folder), clientRefused('FOLDER_LOCKED'));
    await first.close();
    const next = await open(folder);
    assert.equal(next.firstOther([A, B]), -1);
    assert.equal(await next.keep([OTHER_B]), 0);
    await next.close();
  });

  it('keep all of a list or none', async () => {
    const folder = await folders.make();
    const first = await open(folder);
    await first.keep([B]);
    assert.equal(await first.keep([A, OTHER_B]), 1);
    await first.close();
    const next = await open(folder);
    assert.equal(await next.keep([{ ...A, ciphertext: 12n }]), -1, 'A was never opened');
    await next.close();
  });

  it('let one of two through that come together', async () => {
    const disclosures = await open(await folders.make());
    const places = await Promise.all([disclosures.keep([B]), disclosures.keep([OTHER_B])]);
    assert.deepEqual(places, [-1, 0]);
    await disclosures.close();
  });

  it('are not told where they could not be written', async () => {
    const disclosures = await open(await folders.make());
    await disclosures.close();
    await assert.rejects(disclosures.keep([A]), RangeError);
    assert.equal(disclosures.firstOther([{ ...A, ciphertext: 12n }]), 0, 'the name stays taken');
  });

  it('are not read from a journal of something else', async () => {
    const folder = await folders.make();
    const { journal } = await openJournal(folder);
    await journal.append([utf8('a report')]);
    await journal.close();
    await assert.rejects(open(folder));
  });
});
