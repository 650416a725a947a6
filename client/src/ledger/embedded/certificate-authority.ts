/**
 * One organisation's certificate authority: X.509 certificates laid out as Fabric's cryptogen lays them out
 * (P-256, ECDSA with SHA-256, the NodeOU role in the subject, key identifier = SHA-256 of the public point).
 *
 * Embedded ledger, run by whoever owns its folder.
 */
import { createHash, KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
// Also loads the Reflect metadata that @peculiar/x509 needs.
import './fabric-shim-runtime.js';
import * as x509 from '@peculiar/x509';

/** What a client may be in its organisation; written as organisational unit into its certificate. */
export type NodeRole = 'admin' | 'client';

export interface IssuedCertificate {
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly privateKeyPem: string;
}

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' };
const VALIDITY_YEARS = 10;
const BACKDATE_MS = 5 * 60 * 1000;
const UNCOMPRESSED_POINT_SIZE_BYTES = 65;
const PLACE = [{ C: ['US'] }, { ST: ['California'] }, { L: ['San Francisco'] }];

/** Makes the key and the self-signed certificate of `ca.<domain>`. */
export async function createAuthority(domain: string, now: Date): Promise<IssuedCertificate> {
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const usage = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [...PLACE, { O: [domain] }, { CN: [`ca.${domain}`] }],
    ...validity(now),
    keys,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.KeyUsagesExtension(
        usage.digitalSignature | usage.keyEncipherment | usage.keyCertSign | usage.cRLSign,
        true,
      ),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.clientAuth,
        x509.ExtendedKeyUsage.serverAuth,
      ]),
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectKeyIdentifierExtension(keyIdentifier(KeyObject.from(keys.publicKey))),
    ],
  });
  return { certificatePem: pemText(certificate), privateKeyPem: await privateKeyText(keys.privateKey) };
}

/** Issues a certificate for a fresh key of `<name>@<domain>`. */
export async function issueCertificate(
  authority: IssuedCertificate,
  commonName: string,
  role: NodeRole,
  now: Date,
): Promise<IssuedCertificate> {
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const issuerKey = new X509Certificate(authority.certificatePem).publicKey;
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [...PLACE, { OU: [role] }, { CN: [commonName] }],
    issuer: issuer.subjectName,
    ...validity(now),
    publicKey: keys.publicKey,
    signingKey: await readPrivateKey(authority.privateKeyPem),
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.AuthorityKeyIdentifierExtension(keyIdentifier(issuerKey)),
    ],
  });
  return { certificatePem: pemText(certificate), privateKeyPem: await privateKeyText(keys.privateKey) };
}

function validity(now: Date): { notBefore: Date; notAfter: Date } {
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + VALIDITY_YEARS);
  return { notBefore: new Date(now.getTime() - BACKDATE_MS), notAfter };
}

/** 16 random bytes, positive as X.509 asks. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** Lowercase hex of SHA-256 over the uncompressed point, which ends the key's SubjectPublicKeyInfo. */
function keyIdentifier(publicKey: KeyObject): string {
  const info = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(info.subarray(-UNCOMPRESSED_POINT_SIZE_BYTES)).digest('hex');
}

function pemText(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function privateKeyText(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

function readPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey('pkcs8', der as ArrayBuffer, KEY_ALGORITHM, false, ['sign']);
}
