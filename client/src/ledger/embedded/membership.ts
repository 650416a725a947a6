/**
 * The organisations of an embedded ledger and their client identities.
 *
 * Keys and certificates lie in the ledger's folder in cryptogen's tree (`peerOrganizations/<domain>/ca`, `users/…/msp`),
 * private keys with mode 0600. Whoever can read the folder can act as anybody: the embedded ledger is one party's ledger.
 * A session checks the client's certificate against its organisation's authority; it asks for no proof of the
 * private key and proposals are not signed, because client and ledger are the same process.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { certificateSubject, subjectUnits } from '@gridveil/chaincode/ledger/certificate-subject.js';
import { LedgerError } from '../ledger-error.js';
import type { LedgerIdentity } from '../port.js';
import {
  createAuthority,
  issueCertificate,
  type IssuedCertificate,
  type NodeRole,
} from './certificate-authority.js';

export interface Organisation {
  readonly mspId: string;
  readonly domain: string;
}

/** The organisations of fabric-samples' test-network. */
export const DEFAULT_ORGANISATIONS: readonly Organisation[] = [
  { mspId: 'Org1MSP', domain: 'org1.example.com' },
  { mspId: 'Org2MSP', domain: 'org2.example.com' },
];

/** A client that can be connected to the embedded ledger. */
export interface EmbeddedIdentity extends LedgerIdentity {
  readonly certificatePem: string;
}

const CLIENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const DOMAIN_NAME = /^[a-z0-9][a-z0-9.-]{0,252}$/;

interface Member {
  readonly folder: string;
  readonly domain: string;
  readonly authority: IssuedCertificate;
  readonly certificate: X509Certificate;
}

export class EmbeddedMembership {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #now: () => Date;
  readonly #enrolments = new Map<string, Promise<EmbeddedIdentity>>();

  private constructor(members: ReadonlyMap<string, Member>, now: () => Date) {
    this.#members = members;
    this.#now = now;
  }

  /**
   * Opens the organisations in `folder` and creates those that are not there yet.
   * @throws LedgerError REJECTED when a private key may be read by other users, or a domain is not a domain name.
   */
  static async open(
    folder: string,
    organisations: readonly Organisation[],
    now: () => Date,
  ): Promise<EmbeddedMembership> {
    const members = new Map<string, Member>();
    for (const { mspId, domain } of organisations) {
      if (!DOMAIN_NAME.test(domain)) throw new LedgerError('REJECTED', `"${domain}" is not a domain name.`);
      const memberFolder = join(folder, 'peerOrganizations', domain);
      const authority = await loadOrIssue(
        join(memberFolder, 'ca', `ca.${domain}-cert.pem`),
        join(memberFolder, 'ca', 'priv_sk'),
        () => createAuthority(domain, now()),
      );
      const certificate = new X509Certificate(authority.certificatePem);
      members.set(mspId, { folder: memberFolder, domain, authority, certificate });
    }
    return new EmbeddedMembership(members, now);
  }

  /** The organisation's administrator, `Admin@<domain>`. */
  admin(mspId: string): Promise<EmbeddedIdentity> {
    return this.enrol(mspId, 'Admin', 'admin');
  }

  /**
   * The identity `<name>@<domain>`: the stored one, else a new one.
   * @param name - 1 to 63 letters, digits, dots, dashes or underscores
   * @throws LedgerError REJECTED for an unknown organisation, another name, or a name that has the other role.
   */
  enrol(mspId: string, name: string, role: NodeRole = 'client'): Promise<EmbeddedIdentity> {
    const before = this.#enrolments.get(`${mspId}/${name}`) ?? Promise.resolve();
    // One after the other, so that two callers get the same certificate.
    const identity = before.then(
      () => this.#enrolNow(mspId, name, role),
      () => this.#enrolNow(mspId, name, role),
    );
    this.#enrolments.set(`${mspId}/${name}`, identity);
    return identity;
  }

  /** Names of the identities that are enrolled, the administrator's among them. @throws LedgerError REJECTED for an unknown organisation. */
  users(mspId: string): string[] {
    const { domain, folder } = this.#member(mspId);
    const users = join(folder, 'users');
    const suffix = `@${domain}`;
    const commonNames = existsSync(users) ? readdirSync(users) : [];
    return commonNames
      .filter((commonName) => commonName.endsWith(suffix) && existsSync(certificateFile(users, commonName)))
      .map((commonName) => commonName.slice(0, -suffix.length));
  }

  async #enrolNow(mspId: string, name: string, role: NodeRole): Promise<EmbeddedIdentity> {
    const { domain, folder, authority } = this.#member(mspId);
    if (!CLIENT_NAME.test(name))
      throw new LedgerError(
        'REJECTED',
        `"${name}" is not a client name: use letters, digits, dot, dash, underscore.`,
      );
    const commonName = `${name}@${domain}`;
    const users = join(folder, 'users');
    const { certificatePem } = await loadOrIssue(
      certificateFile(users, commonName),
      join(users, commonName, 'msp', 'keystore', 'priv_sk'),
      () => issueCertificate(authority, commonName, role, this.#now()),
    );
    if (!subjectUnits(certificatePem).includes(role))
      throw new LedgerError('REJECTED', `Identity ${commonName} exists with another role than ${role}.`);
    return { mspId, subject: certificateSubject(certificatePem), certificatePem };
  }

  /**
   * Checks that the certificate is a client or admin certificate of `identity.mspId`, issued by its authority and valid now.
   * @throws LedgerError REJECTED
   */
  verify(identity: { readonly mspId: string; readonly certificatePem: string }): void {
    const { certificate: issuer } = this.#member(identity.mspId);
    const certificate = parseCertificate(identity.certificatePem);
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
      throw refused(identity.mspId, 'was not issued by the authority of this organisation');
    const now = this.#now();
    if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo))
      throw refused(identity.mspId, 'is not valid at this time');
    const units = subjectUnits(identity.certificatePem);
    if (units.length !== 1 || (units[0] !== 'client' && units[0] !== 'admin'))
      throw refused(identity.mspId, 'is neither a client nor an admin certificate');
  }

  #member(mspId: string): Member {
    const member = this.#members.get(mspId);
    if (member === undefined)
      throw new LedgerError('REJECTED', `Organisation "${mspId}" is not a member of this ledger.`, { mspId });
    return member;
  }
}

function certificateFile(users: string, commonName: string): string {
  return join(users, commonName, 'msp', 'signcerts', `${commonName}-cert.pem`);
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new LedgerError('REJECTED', 'The creator is not an X.509 certificate.', {}, { cause });
  }
}

function refused(mspId: string, why: string): LedgerError {
  return new LedgerError('REJECTED', `The certificate given for ${mspId} ${why}.`, { mspId });
}

/** The certificate is written last and in one step: where it is, the key is, too. */
async function loadOrIssue(
  certificateFile: string,
  keyFile: string,
  issue: () => Promise<IssuedCertificate>,
): Promise<IssuedCertificate> {
  const stored = await readFile(certificateFile, 'utf8').catch(() => undefined);
  if (stored !== undefined) return { certificatePem: stored, privateKeyPem: await readPrivateKey(keyFile) };
  const issued = await issue();
  await writeDurably(keyFile, issued.privateKeyPem, 0o600);
  await writeDurably(certificateFile, issued.certificatePem, 0o644);
  return issued;
}

async function readPrivateKey(file: string): Promise<string> {
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new LedgerError('REJECTED', `Other users may read the private key ${file}: run chmod 600 on it.`);
  return readFile(file, 'utf8');
}

async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, text, { mode, flush: true });
  await rename(`${file}.new`, file);
}
