/** `gridveil ledger`: one embedded ledger for all programs of this host, on loopback. For trying; organisations that distrust each other use Fabric. */
import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { z } from 'zod';
import { openEmbeddedDirectory } from '../ledger/embedded/embedded-directory.js';
import { readAddressFile } from '../ledger/served/served-directory.js';
import { startLedgerServer } from '../ledger/served/ledger-server.js';
import { createLog } from '../operations/log.js';
import { startOperations } from '../operations/operations-server.js';
import { common, listenAddress, path, readConfiguration } from './configuration.js';
import { stopSignal } from './until-stopped.js';

const TOKEN_BYTES = 32;

const configuration = z.strictObject({
  ...common,
  folder: path,
  listen: listenAddress,
  /** Written at the start: where the ledger is served, and the token that gives access, the same over restarts; readable by its owner only. */
  address: path,
});

/** Runs until Ctrl-C or SIGTERM. @throws ClientError CONFIG_INVALID; LedgerError LOCKED, CORRUPT, UNAVAILABLE */
export async function runLedger(file: string): Promise<void> {
  const settings = await readConfiguration(file, configuration);
  const log = createLog('ledger', settings.logLevel);
  const signal = stopSignal(log);
  const directory = await openEmbeddedDirectory(settings.folder);
  // Programs that run already go on with the token they have.
  const earlier = await readAddressFile(settings.address).catch(() => undefined);
  const token = earlier?.token ?? randomBytes(TOKEN_BYTES).toString('base64url');
  const server = await startLedgerServer({ ...settings.listen, directory, token, log });
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const operations =
    settings.operations &&
    (await startOperations({ ...settings.operations, metrics, health: () => ({ ready: true }) }));
  const text = `${JSON.stringify({ url: server.url, token })}\n`;
  await writeFile(`${settings.address}.new`, text, { mode: 0o600 });
  await rename(`${settings.address}.new`, settings.address);
  log.info('ready', { url: server.url });
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await operations?.close();
  await server.close();
  await directory.close();
  log.info('stopped');
}
