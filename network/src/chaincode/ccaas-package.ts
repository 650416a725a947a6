/**
 * The package that peers install for chaincode as a service: the address of the running server and the TLS identity to
 * call it with. Fixed times and owners make equal content give equal bytes, so the package id is known before a peer
 * has seen the package. Code is not in it: new code means a restarted server.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { chaincodeClientTls } from '../layout/crypto-files.js';
import type { NetworkPaths } from '../folders.js';
import { CHAINCODE_NAME, CHAINCODE_VERSION, LOOPBACK, type Topology } from '../layout/topology.js';

export const PACKAGE_LABEL = `${CHAINCODE_NAME}_${CHAINCODE_VERSION}`;

/** Writes the package when there is none yet. @returns its id, `label:sha256`. */
export function ensurePackage(paths: NetworkPaths, topology: Topology): string {
  if (!existsSync(paths.package)) {
    const tls = chaincodeClientTls(paths.organisations);
    writePackage(paths.package, {
      address: `${LOOPBACK}:${topology.chaincode.port}`,
      dial_timeout: '10s',
      tls_required: true,
      client_auth_required: true,
      root_cert: readFileSync(tls.rootCertificate, 'utf8'),
      client_key: readFileSync(tls.key, 'utf8'),
      client_cert: readFileSync(tls.certificate, 'utf8'),
    });
  }
  return packageIdOf(PACKAGE_LABEL, paths.package);
}

/** What `peer lifecycle chaincode calculatepackageid` gives. */
export function packageIdOf(label: string, file: string): string {
  return `${label}:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
}

function writePackage(file: string, connection: Readonly<Record<string, string | boolean>>): void {
  const work = join(dirname(file), 'parts');
  mkdirSync(work, { recursive: true });
  writeFixed(join(work, 'connection.json'), JSON.stringify(connection));
  writeFixed(join(work, 'metadata.json'), JSON.stringify({ type: 'ccaas', label: PACKAGE_LABEL }));
  tarGz(join(work, 'code.tar.gz'), work, ['connection.json']);
  tarGz(join(work, 'package.tgz'), work, ['metadata.json', 'code.tar.gz']);
  renameSync(join(work, 'package.tgz'), file);
  rmSync(work, { recursive: true });
}

function writeFixed(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o644);
}

function tarGz(file: string, cwd: string, names: string[]): void {
  create({ file, cwd, gzip: true, portable: true, mtime: new Date(0), sync: true }, names);
  chmodSync(file, 0o644);
}
