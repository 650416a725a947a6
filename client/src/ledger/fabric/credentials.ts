/**
 * A Fabric client identity from its files: X.509 certificate, P-256 private key, and the subject the contracts know it by.
 * The private key must be readable by its owner alone, as ssh demands of its keys.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { certificateSubject } from '@gridveil/chaincode/ledger/certificate-subject.js';
import { ClientError } from '../../errors.js';
import { organisationOf, type FabricConnection, type FabricPeer } from './connection.js';
import type { PeerEndpoint } from './peer-channels.js';
import { isP256PrivateKey } from './signer.js';

const GROUP_AND_OTHERS = 0o077;

export interface FabricCredentials {
  readonly mspId: string;
  readonly certificatePem: Uint8Array;
  readonly privateKey: KeyObject;
  /** As chaincode sees it (certificate-subject.ts). */
  readonly subject: string;
}

/**
 * Reads the identity of `user`.
 * @throws ClientError ORGANISATION_UNKNOWN, USER_UNKNOWN, CREDENTIAL_UNREADABLE, CREDENTIAL_MALFORMED, KEY_FILE_EXPOSED,
 * KEY_CERTIFICATE_MISMATCH.
 */
export async function loadCredentials(
  connection: FabricConnection,
  mspId: string,
  user: string,
): Promise<FabricCredentials> {
  const { users } = organisationOf(connection, mspId);
  const files = Object.hasOwn(users, user) ? users[user] : undefined;
  if (files === undefined) {
    throw new ClientError('USER_UNKNOWN', { mspId, user, known: Object.keys(users).join(', ') });
  }
  const certificatePem = await readCredential(files.certPath, 'certificate');
  const { certificate, subject } = parseCertificate(certificatePem, files.certPath);
  const privateKey = await readPrivateKey(files.keyPath);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ClientError('KEY_CERTIFICATE_MISMATCH', { keyFile: files.keyPath, certFile: files.certPath });
  }
  return { mspId, certificatePem, privateKey, subject };
}

/** @throws ClientError CREDENTIAL_UNREADABLE. */
export async function loadPeer(peer: FabricPeer): Promise<PeerEndpoint> {
  const { name, address, tlsHostOverride } = peer;
  const tlsRootCertPem = await readCredential(peer.tlsRootCertPath, 'TLS root certificate');
  return { name, address, tlsHostOverride, tlsRootCertPem };
}

interface ParsedCertificate {
  readonly certificate: X509Certificate;
  /** As chaincode sees it. */
  readonly subject: string;
}

function parseCertificate(pem: Uint8Array, file: string): ParsedCertificate {
  try {
    return { certificate: new X509Certificate(pem), subject: certificateSubject(pem) };
  } catch (cause) {
    throw new ClientError(
      'CREDENTIAL_MALFORMED',
      { what: 'certificate', file, expected: 'one X.509 certificate in PEM form and nothing else' },
      { cause },
    );
  }
}

async function readPrivateKey(file: string): Promise<KeyObject> {
  const key = parsePrivateKey(await readOwnersFile(file));
  if (key === undefined || !isP256PrivateKey(key)) {
    throw new ClientError('CREDENTIAL_MALFORMED', {
      what: 'private key',
      file,
      expected: 'a P-256 private key in PEM form',
    });
  }
  return key;
}

function parsePrivateKey(pem: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey(Buffer.from(pem));
  } catch {
    return undefined; // OpenSSL's reason could quote the file
  }
}

/** Checks and reads through one handle, so that the file cannot change in between. */
async function readOwnersFile(file: string): Promise<Uint8Array> {
  const handle = await open(file).catch((cause: unknown) => unreadable('private key', file, cause));
  try {
    const mode = (await handle.stat()).mode & 0o777;
    if ((mode & GROUP_AND_OTHERS) !== 0) {
      throw new ClientError('KEY_FILE_EXPOSED', { file, mode: mode.toString(8) });
    }
    return await handle.readFile().catch((cause: unknown) => unreadable('private key', file, cause));
  } finally {
    await handle.close();
  }
}

function readCredential(file: string, what: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => unreadable(what, file, cause));
}

function unreadable(what: string, file: string, cause: unknown): never {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  throw new ClientError('CREDENTIAL_UNREADABLE', { what, file, reason }, { cause });
}
