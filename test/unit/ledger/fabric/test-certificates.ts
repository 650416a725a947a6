/** A throw-away certificate authority with one server and one client certificate, written like cryptogen's files. */
import { webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const CLIENT_SUBJECT = 'C=US,ST=California,L=San Francisco,OU=client,CN=User1@org1.example.com';

export interface TestCertificates {
  readonly folder: string;
  readonly caCertPath: string;
  readonly serverCertPem: string;
  readonly serverKeyPem: string;
  readonly clientCertPath: string;
  readonly clientKeyPath: string;
  readonly clientCertPem: string;
  readonly clientSubject: string;
  remove(): Promise<void>;
}

/** @param serverName - the only name the server certificate carries. */
export async function createTestCertificates(serverName = 'localhost'): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), 'fabricadapter-'));
  const caKeys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=ca.org1.example.com',
    keys: caKeys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const issue = async (subject: string, extensions: x509.Extension[]) => {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: ca.subject,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      extensions,
    });
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { certPem: certificate.toString('pem'), keyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
  };
  const server = await issue('CN=peer', [
    new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: serverName }]),
  ]);
  const client = await issue(CLIENT_SUBJECT, []);
  const paths = {
    caCertPath: join(folder, 'ca.pem'),
    clientCertPath: join(folder, 'cert.pem'),
    clientKeyPath: join(folder, 'priv_sk'),
  };
  await writeFile(paths.caCertPath, ca.toString('pem'));
  await writeFile(paths.clientCertPath, client.certPem);
  await writeFile(paths.clientKeyPath, client.keyPem, { mode: 0o600 });
  return {
    folder,
    ...paths,
    serverCertPem: server.certPem,
    serverKeyPem: server.keyPem,
    clientCertPem: client.certPem,
    clientSubject: CLIENT_SUBJECT,
    remove: () => rm(folder, { recursive: true }),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
