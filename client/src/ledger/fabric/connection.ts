/**
 * The connection description: how clients of each organisation reach a Fabric channel. Written by the network launcher,
 * read by every Fabric client.
 *
 * `{"channel","chaincode","organisations":{"Org1MSP":{"peers":[{"name","address","tlsRootCertPath","tlsHostOverride"?}],
 * "users":{"User1":{"certPath","keyPath"}}}}}`; relative paths start at the file's own folder. Fields this client does
 * not need are allowed. Names and keys it may hold; secrets it may not: keys stay in their own files.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ClientError } from '../../errors.js';

const ADDRESS = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}$/;

const PEER = z.object({
  name: z.string().min(1),
  address: z.string().regex(ADDRESS, 'expected host:port'),
  tlsRootCertPath: z.string().min(1),
  tlsHostOverride: z.string().min(1).optional(),
});
const USER = z.object({ certPath: z.string().min(1), keyPath: z.string().min(1) });
const CONNECTION = z.object({
  channel: z.string().min(1),
  chaincode: z.string().min(1),
  organisations: z.record(
    z.string().min(1),
    z.object({ peers: z.array(PEER).min(1), users: z.record(z.string().min(1), USER) }),
  ),
});

export type FabricConnection = z.infer<typeof CONNECTION>;
export type FabricOrganisation = FabricConnection['organisations'][string];
export type FabricPeer = z.infer<typeof PEER>;
export type FabricUser = z.infer<typeof USER>;

/**
 * Reads a connection description; the result has absolute paths.
 * @throws ClientError CONNECTION_UNREADABLE, CONNECTION_MALFORMED.
 */
export async function readConnection(file: string): Promise<FabricConnection> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new ClientError('CONNECTION_UNREADABLE', { file, reason: cause.code ?? 'unknown' }, { cause });
  });
  return parseConnection(text, file);
}

function parseConnection(text: string, file: string): FabricConnection {
  const parsed = CONNECTION.safeParse(parseJson(text, file));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const reason = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
    throw new ClientError('CONNECTION_MALFORMED', { file, reason });
  }
  return withAbsolutePaths(parsed.data, dirname(resolve(file)));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ClientError('CONNECTION_MALFORMED', { file, reason: 'not JSON' }, { cause });
  }
}

function withAbsolutePaths(connection: FabricConnection, folder: string): FabricConnection {
  const peer = (from: FabricPeer): FabricPeer => ({
    ...from,
    tlsRootCertPath: resolve(folder, from.tlsRootCertPath),
  });
  const user = (from: FabricUser): FabricUser => ({
    certPath: resolve(folder, from.certPath),
    keyPath: resolve(folder, from.keyPath),
  });
  return {
    ...connection,
    organisations: mapValues(connection.organisations, ({ peers, users }) => ({
      peers: peers.map(peer),
      users: mapValues(users, user),
    })),
  };
}

function mapValues<V, W>(record: Record<string, V>, map: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** @throws ClientError ORGANISATION_UNKNOWN. */
export function organisationOf(connection: FabricConnection, mspId: string): FabricOrganisation {
  if (Object.hasOwn(connection.organisations, mspId)) {
    const organisation = connection.organisations[mspId];
    if (organisation !== undefined) return organisation;
  }
  const known = Object.keys(connection.organisations).join(', ');
  throw new ClientError('ORGANISATION_UNKNOWN', { mspId, known });
}
