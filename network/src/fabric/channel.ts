/** Makes the crypto material and the channel, and joins the nodes to it. All of it can be repeated. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseEnvironment } from '../layout/base-environment.js';
import { configtx, PROFILE } from '../layout/configtx.js';
import { cryptoConfig } from '../layout/crypto-config.js';
import { ordererAdminTls, ordererFolder, serverTls } from '../layout/crypto-files.js';
import { NetworkError } from '../errors.js';
import { adminEnvironment, type NodeSurroundings } from '../layout/node-environment.js';
import { lastLine, runChecked, runCommand } from '../processes/run-command.js';
import { CHANNEL, LOOPBACK, type OrdererNode, type PeerNode } from '../layout/topology.js';

export async function makeCrypto(
  { tools, paths, topology }: NodeSurroundings,
  signal?: AbortSignal,
): Promise<void> {
  mkdirSync(paths.config, { recursive: true });
  const config = join(paths.config, 'crypto-config.yaml');
  writeFileSync(config, cryptoConfig(topology));
  await runChecked({
    step: 'making keys and certificates',
    file: join(tools.bin, 'cryptogen'),
    args: ['generate', `--config=${config}`, `--output=${paths.organisations}`],
    env: baseEnvironment(),
    signal,
  });
}

export async function makeGenesisBlock(
  { tools, paths, topology }: NodeSurroundings,
  blockTimeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  writeFileSync(
    join(paths.config, 'configtx.yaml'),
    configtx(topology, { blockTimeoutMs, organisations: paths.organisations }),
  );
  const args = ['-configPath', paths.config, '-profile', PROFILE, '-channelID', CHANNEL];
  await runChecked({
    step: 'making the first block of the channel',
    file: join(tools.bin, 'configtxgen'),
    args: [...args, '-outputBlock', paths.genesisBlock],
    env: { ...baseEnvironment(), FABRIC_CFG_PATH: paths.config },
    signal,
  });
}

export async function joinOrderer(
  orderer: OrdererNode,
  surroundings: NodeSurroundings,
  signal?: AbortSignal,
): Promise<void> {
  const { paths } = surroundings;
  const result = await runCommand({
    step: `joining ${orderer.name}`,
    file: join(surroundings.tools.bin, 'osnadmin'),
    args: [
      ...['channel', 'join', '--channelID', CHANNEL, '--config-block', paths.genesisBlock],
      ...osnadminConnection(orderer, surroundings),
    ],
    env: baseEnvironment(),
    signal,
  });
  // osnadmin ends with 0 even when it is refused; only the status tells.
  if (/Status: 201|channel already exists/.test(result.stdout)) return;
  throw new NetworkError('COMMAND_FAILED', { step: `joining ${orderer.name}`, reason: lastLine(result) });
}

/** Block height of the channel on an orderer; undefined when it does not tell. */
export async function ordererHeight(
  orderer: OrdererNode,
  surroundings: NodeSurroundings,
): Promise<number | undefined> {
  const result = await runCommand({
    step: `asking ${orderer.name}`,
    file: join(surroundings.tools.bin, 'osnadmin'),
    args: ['channel', 'list', '--channelID', CHANNEL, ...osnadminConnection(orderer, surroundings)],
    env: baseEnvironment(),
  });
  const height = /"height":\s*(\d+)/.exec(result.stdout)?.[1];
  return height === undefined ? undefined : Number(height);
}

function osnadminConnection(orderer: OrdererNode, { paths }: NodeSurroundings): string[] {
  const admin = ordererAdminTls(paths.organisations);
  const { rootCertificate } = serverTls(ordererFolder(paths.organisations, orderer));
  return [
    ...['-o', `${LOOPBACK}:${orderer.adminPort}`, '--ca-file', rootCertificate],
    ...['--client-cert', admin.certificate, '--client-key', admin.key],
  ];
}

export async function joinPeer(
  peer: PeerNode,
  surroundings: NodeSurroundings,
  signal?: AbortSignal,
): Promise<void> {
  const step = `joining ${peer.name}`;
  const result = await runCommand({
    step,
    file: join(surroundings.tools.bin, 'peer'),
    args: ['channel', 'join', '-b', surroundings.paths.genesisBlock],
    env: adminEnvironment(peer, surroundings),
    signal,
  });
  if (result.exitCode === 0 || /already exists/.test(result.stderr)) return;
  throw new NetworkError('COMMAND_FAILED', { step, reason: lastLine(result) });
}
