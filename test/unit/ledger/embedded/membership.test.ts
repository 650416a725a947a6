import assert from 'node:assert/strict';
import { createPrivateKey, createSign, webcrypto, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { createAuthority, issueCertificate } from '@gridveil/client/ledger/embedded/certificate-authority.js';
import { DEFAULT_ORGANISATIONS, EmbeddedMembership } from '@gridveil/client/ledger/embedded/membership.js';
import { certificateSubject, subjectUnits } from '@gridveil/chaincode/ledger/certificate-subject.js';
import { openLedger, temporaryFolder } from './harness.js';

const NOW = new Date('2026-06-01T00:00:00Z');
const openMembership = async (folder?: string, now = NOW) =>
  EmbeddedMembership.open(folder ?? (await temporaryFolder()), DEFAULT_ORGANISATIONS, () => now);

describe('the membership of an embedded ledger', () => {
  it('refuses a certificate that another authority of the same name has issued', async () => {
    const membership = await openMembership();
    const foreign = await createAuthority('org1.example.com', NOW);
    const { certificatePem } = await issueCertificate(foreign, 'User1@org1.example.com', 'client', NOW);
    assert.throws(() => membership.verify({ mspId: 'Org1MSP', certificatePem }), {
      name: 'LedgerError',
      code: 'REJECTED',
      message: /not issued by the authority/,
    });
  });

  it('refuses a foreign certificate at the ledger itself', async () => {
    const [ledger, elsewhere] = [await openLedger(), await openLedger()];
    const stranger = await elsewhere.membership.enrol('Org1MSP', 'User1');
    assert.throws(() => ledger.connect(stranger), { code: 'REJECTED' });
  });

  it('refuses a certificate of another or an unknown organisation', async () => {
    const membership = await openMembership();
    const { certificatePem } = await membership.enrol('Org2MSP', 'User1');
    assert.throws(() => membership.verify({ mspId: 'Org1MSP', certificatePem }), { code: 'REJECTED' });
    assert.throws(() => membership.verify({ mspId: 'Org3MSP', certificatePem }), /Org3MSP/);
    await assert.rejects(membership.enrol('Org3MSP', 'User1'), { code: 'REJECTED' });
  });

  it('refuses what is no certificate, and the certificate of the authority itself', async () => {
    const folder = await temporaryFolder();
    const membership = await openMembership(folder);
    assert.throws(() => membership.verify({ mspId: 'Org1MSP', certificatePem: 'x' }), { code: 'REJECTED' });
    const authority = await readFile(
      join(folder, 'peerOrganizations/org1.example.com/ca/ca.org1.example.com-cert.pem'),
      'utf8',
    );
    assert.throws(() => membership.verify({ mspId: 'Org1MSP', certificatePem: authority }), {
      message: /neither a client nor an admin/,
    });
  });

  it('refuses a certificate outside its time', async () => {
    const folder = await temporaryFolder();
    const identity = await (await openMembership(folder)).enrol('Org1MSP', 'User1');
    for (const time of ['2026-05-31T23:00:00Z', '2036-06-02T00:00:00Z']) {
      const membership = await openMembership(folder, new Date(time));
      assert.throws(() => membership.verify(identity), { message: /not valid at this time/ });
    }
    (await openMembership(folder, new Date('2036-05-31T00:00:00Z'))).verify(identity);
  });

  it('refuses names that are no names, and a name that has another role', async () => {
    const membership = await openMembership();
    for (const name of ['', '../up', 'a/b', '.hidden', 'with space', 'x'.repeat(64)])
      await assert.rejects(membership.enrol('Org1MSP', name), { code: 'REJECTED' }, name);
    await membership.enrol('Org1MSP', 'Someone', 'client');
    await assert.rejects(membership.enrol('Org1MSP', 'Someone', 'admin'), { message: /another role/ });
    const folder = await temporaryFolder();
    await assert.rejects(
      EmbeddedMembership.open(folder, [{ mspId: 'M', domain: '../up' }], () => NOW),
      { code: 'REJECTED' },
    );
  });

  it('refuses a private key that others may read', async () => {
    const folder = await temporaryFolder();
    await (await openMembership(folder)).enrol('Org1MSP', 'User1');
    const organisation = join(folder, 'peerOrganizations/org1.example.com');
    const userKey = join(organisation, 'users/User1@org1.example.com/msp/keystore/priv_sk');
    await chmod(userKey, 0o640);
    const membership = await openMembership(folder);
    await assert.rejects(membership.enrol('Org1MSP', 'User1'), { code: 'REJECTED', message: /chmod 600/ });
    await chmod(join(organisation, 'ca/priv_sk'), 0o644);
    await assert.rejects(openMembership(folder), { code: 'REJECTED', message: /chmod 600/ });
  });

  it('gives clients and admins the subject cryptogen gives them', async () => {
    const membership = await openMembership();
    const place = 'C=US,ST=California,L=San Francisco';
    const user = await membership.enrol('Org1MSP', 'User1');
    assert.equal(user.subject, `${place},OU=client,CN=User1@org1.example.com`);
    const admin = await membership.admin('Org2MSP');
    assert.equal(admin.subject, `${place},OU=admin,CN=Admin@org2.example.com`);
    const certificate = new X509Certificate(user.certificatePem);
    assert.equal(
      certificate.issuer,
      'C=US\nST=California\nL=San Francisco\nO=org1.example.com\nCN=ca.org1.example.com',
    );
    assert.equal(certificate.ca, false);
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    for (const identity of [user, admin]) membership.verify(identity);
  });

  it('keeps identities, with private keys of mode 0600 that fit their certificates', async () => {
    const folder = await temporaryFolder();
    const first = await (await openMembership(folder)).enrol('Org1MSP', 'User1');
    const second = await (await openMembership(folder)).enrol('Org1MSP', 'User1');
    assert.deepEqual(second, first);
    const organisation = join(folder, 'peerOrganizations/org1.example.com');
    const keyFile = join(organisation, 'users/User1@org1.example.com/msp/keystore/priv_sk');
    for (const file of [keyFile, join(organisation, 'ca/priv_sk')])
      assert.equal((await stat(file)).mode & 0o777, 0o600);
    const key = createPrivateKey(await readFile(keyFile, 'utf8'));
    const signature = createSign('sha256').update('text').sign(key);
    assert.ok(signature.length > 0);
    assert.ok(new X509Certificate(first.certificatePem).checkPrivateKey(key));
  });

  it('lists who is enrolled, and enrols nobody for it', async () => {
    const folder = await temporaryFolder();
    const membership = await openMembership(folder);
    assert.throws(() => membership.users('Org3MSP'), { code: 'REJECTED' });
    assert.deepEqual(membership.users('Org1MSP'), []);
    await membership.admin('Org1MSP');
    await membership.enrol('Org1MSP', 'User1');
    await mkdir(join(folder, 'peerOrganizations/org1.example.com/users/Half@org1.example.com/msp'), {
      recursive: true,
    });
    assert.deepEqual(membership.users('Org1MSP'), ['Admin', 'User1']);
    assert.deepEqual(membership.users('Org2MSP'), []);
  });

  it('gives concurrent callers one identity', async () => {
    const membership = await openMembership();
    const identities = await Promise.all([1, 2, 3].map(() => membership.enrol('Org1MSP', 'User1')));
    assert.deepEqual(identities[1], identities[0]);
    assert.deepEqual(identities[2], identities[0]);
  });
});

async function certificateOf(name: x509.JsonName): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
  });
  return certificate.toString('pem');
}

describe('a certificate subject', () => {
  it('rejects text that is no certificate', () => {
    assert.throws(() => certificateSubject('no'), TypeError);
  });

  it('escapes separators inside a value', async () => {
    const authority = await createAuthority('org1.example.com', NOW);
    const { certificatePem } = await issueCertificate(authority, 'a,OU=admin', 'client', NOW);
    assert.match(certificateSubject(certificatePem), /,OU=client,CN=a\\,OU=admin$/);
    assert.deepEqual(subjectUnits(certificatePem), ['client']);
  });

  it('keeps a plus inside a value together', async () => {
    for (const value of ['client + OU=admin', 'client +OU=admin', 'client\\ + OU=admin', '+ OU=admin + '])
      assert.equal(
        subjectUnits(await certificateOf([{ OU: [value] }, { CN: ['x + OU=admin'] }])).length,
        1,
        value,
      );
  });

  it('tells the units apart that Fabric CA puts into one part', async () => {
    const units = subjectUnits(await certificateOf([{ OU: ['admin', 'org1'] }, { CN: ['admin1'] }]));
    assert.deepEqual(units.sort(), ['admin', 'org1']);
  });
});
