import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { certificateSubject, subjectUnits } from '@gridveil/chaincode/ledger/certificate-subject.js';
import { createAuthority, issueCertificate } from '@gridveil/client/ledger/embedded/certificate-authority.js';
import type { NodeRole } from '@gridveil/client/ledger/embedded/certificate-authority.js';

const NOW = new Date('2026-06-01T00:00:00Z');

describe('ledger/certificate-subject', function () {
  this.timeout(60_000);
  let issue: (name: string, role: NodeRole) => Promise<string>;

  before(async () => {
    const authority = await createAuthority('org1.example.com', NOW);
    issue = async (name, role) => (await issueCertificate(authority, name, role, NOW)).certificatePem;
  });

  const rejects = (pem: string | Uint8Array): void => {
    assert.throws(() => certificateSubject(pem), TypeError);
    assert.throws(() => subjectUnits(pem), TypeError);
  };

  it('reads text, bytes and both forms of line ends alike', async () => {
    const pem = await issue('User1', 'client');
    const subject = 'C=US,ST=California,L=San Francisco,OU=client,CN=User1';
    const bytes = Buffer.from(pem);
    for (const form of [pem, bytes, new Uint8Array(bytes), pem.trimEnd(), pem.replaceAll('\n', '\r\n')]) {
      assert.equal(certificateSubject(form), subject);
      assert.deepEqual(subjectUnits(form), ['client']);
    }
  });

  it('rejects every text in which a peer could find another certificate', async () => {
    const [client, admin] = [await issue('User1', 'client'), await issue('Admin', 'admin')];
    const unnamed = client.replaceAll('CERTIFICATE', 'X');
    // Node passes over the block that a peer would verify.
    assert.match(new X509Certificate(unnamed + admin).subject, /CN=Admin/);
    for (const before of [unnamed, client, 'x\n', ' ', '\n', '\ufeff', '-----BEGIN CERTIFICATE-----\n']) {
      rejects(before + admin);
      rejects(Buffer.from(before + admin));
    }
    const [begin, ...rest] = admin.split('\n') as [string, ...string[]];
    for (const after of [client, unnamed, 'x', '\n', ' ']) rejects(admin + after);
    rejects([begin, 'Proc-Type: 4,ENCRYPTED', '', ...rest].join('\n'));
    rejects([begin, '', ...rest].join('\n'));
    rejects(admin.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'));
    rejects(unnamed);
    rejects(Buffer.from(new X509Certificate(admin).raw));
  });

  it('rejects what is no certificate, each time', () => {
    const shaped = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    for (let round = 0; round < 2; round++)
      for (const pem of ['', 'x', shaped, Buffer.from(shaped), new Uint8Array(3)]) rejects(pem);
  });

  it('reads each of more certificates than it keeps, and the first ones again', async () => {
    const pem = await issue('User1', 'client');
    // The same certificate in other line lengths: as many texts as there are lengths, and a name of its own in between.
    const [begin, end] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'];
    const body = pem.replaceAll(/-----[A-Z ]+-----|\n/g, '');
    const texts = Array.from({ length: 2_100 }, (_, i) => {
      const [row, column] = [Math.floor(i / 60), i % 60];
      const cut = [
        body.slice(0, row + 1),
        body.slice(row + 1, row + column + 2),
        body.slice(row + column + 2),
      ];
      return [begin, ...cut, end, ''].join('\n');
    });
    assert.equal(new Set(texts).size, texts.length);
    const others = [await issue('User2', 'client'), await issue('Admin', 'admin')] as const;
    for (let round = 0; round < 2; round++)
      for (const [i, text] of texts.entries()) {
        assert.match(certificateSubject(text), /CN=User1$/);
        if (i % 400 !== 0) continue;
        assert.match(certificateSubject(others[0]), /CN=User2$/);
        assert.match(certificateSubject(others[1]), /CN=Admin$/);
        assert.deepEqual([subjectUnits(others[0]), subjectUnits(others[1])], [['client'], ['admin']]);
      }
  });
});
