/**
 * The subject of a client certificate, as roles and fog nodes are bound to it on both ledgers:
 * parts in certificate order joined with commas, e.g. `C=US,ST=California,L=San Francisco,OU=client,CN=User1@org1.example.com`.
 */
import { X509Certificate } from 'node:crypto';

/** @param certificatePem - one PEM certificate, and no other text. @throws TypeError when it is not that. */
export function certificateSubject(certificatePem: string | Uint8Array): string {
  return subjectParts(certificatePem).join(',');
}

/** Between the values of one part: a plus inside a value is escaped, so that a backslash stands between it and the space. */
const VALUE_SEPARATOR = ' + ';

/**
 * Values of the organisational units: a NodeOU role stands there. Fabric CA puts role and affiliation into one part:
 * `OU=admin + OU=org1`. Parts are told apart before any comma is read.
 */
export function subjectUnits(certificatePem: string | Uint8Array): string[] {
  return subjectParts(certificatePem)
    .flatMap((part) => part.split(VALUE_SEPARATOR))
    .filter((part) => part.startsWith('OU='))
    .map((part) => part.slice('OU='.length));
}

const known = new Map<string, readonly string[]>();
const KNOWN_SIZE = 1_000;

/** The few clients of a network come again and again: reading a certificate costs more than most of a transaction. */
function subjectParts(certificatePem: string | Uint8Array): readonly string[] {
  const text =
    typeof certificatePem === 'string' ? certificatePem : Buffer.from(certificatePem).toString('latin1');
  const cached = known.get(text);
  if (cached) return cached;
  const parts = readParts(text);
  if (known.size >= KNOWN_SIZE) known.clear();
  known.set(text, parts);
  return parts;
}

/** One block and nothing before, between or after it. */
const ONE_CERTIFICATE =
  /^-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)-----END CERTIFICATE-----(?:\r?\n)?$/;

/**
 * Node prints one part per line, with special characters inside a value escaped as in RFC 2253.
 *
 * A peer verifies the first PEM block of a creator, whatever its type; Node reads the first one of type CERTIFICATE and
 * passes over all before it. With more than one block in it, a client could sign as itself and be taken for its admin.
 */
function readParts(certificatePem: string): string[] {
  const body = ONE_CERTIFICATE.exec(certificatePem)?.[1];
  try {
    if (body === undefined) throw new SyntaxError('not one PEM block of type CERTIFICATE alone');
    return new X509Certificate(Buffer.from(body, 'base64')).subject.split('\n');
  } catch (cause) {
    throw new TypeError('"certificatePem" expected one PEM certificate and nothing else', { cause });
  }
}
