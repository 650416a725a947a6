/**
 * `gridveil init`: makes the keys and configuration files of a whole field in one folder, one sub-folder for each party, as one would for a trial on one machine.
 * In the field every party makes its own and hands the registrar what is public.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { LOWEST_MIN_GROUP } from '@gridveil/chaincode/domain/grid.js';
import { generatePaillierKey } from '../crypto/paillier-key.js';
import { writeKeyFile } from '../crypto/paillier-key-file.js';
import { ClientError } from '../errors.js';
import { assignRegions } from '../metering/region-assignment.js';
import { loadSource, type StoredReadings } from './replayed-readings.js';
import {
  newFogSecrets,
  newMeterSecrets,
  writeAuditor,
  writeFogIdentity,
  writeFogSecrets,
  writeMeterSecrets,
} from './secret-files.js';

export interface FieldPlan {
  readonly folder: string;
  readonly grid: string;
  readonly fogNodes: number;
  readonly bits: number;
  /** Seconds after which a slot closes. */
  readonly graceSeconds: number;
  readonly slotEverySeconds: number;
  /** First of a run of ports; 0 lets the ledger choose, fog nodes need ports that others know. */
  readonly portBase: number;
  readonly readings: StoredReadings;
  /** Broker for reports over MQTT 5; HTTP without it. */
  readonly mqttUrl?: string | undefined;
  /** Connection description of a Fabric network; without it programs share an embedded ledger. */
  readonly connection: string | undefined;
}

const MAX_POWER_KW = 100;
const MAX_METERS_PER_REGION = 4096;
const LEASE_SECONDS = 10;
const DEFAULT_MIN_GROUP = 5;
/** Readings of any year may be replayed. */
const REPLAY_AGE_SECONDS = 5_000_000_000;
const OWNER = { mspId: 'Org1MSP', user: 'User1' };

/** @throws ClientError FILE_EXISTS for a folder that holds a field already; READINGS_*, DEMO_GROUPS_TOO_SMALL */
export async function initField(plan: FieldPlan): Promise<void> {
  const { table } = await loadSource(plan.readings);
  const { regions, smallestGroup } = assignRegions(table.meterIds, plan.fogNodes);
  if (smallestGroup < LOWEST_MIN_GROUP)
    throw new ClientError('DEMO_GROUPS_TOO_SMALL', { smallest: smallestGroup, lowest: LOWEST_MIN_GROUP });
  const field = new FieldFolder(plan);
  const maxReadingWh = Math.ceil((MAX_POWER_KW * 1000 * table.slotSeconds) / 3600);
  const names = regions.map((_, j) => `fog-${j + 1}`);
  await field.mdms();
  for (const [j, fogNode] of names.entries()) await field.fogNode(fogNode, `region-${j + 1}`, j);
  await field.meters(names, regions);
  await field.ledger();
  await field.write('registry', {
    ledger: field.directory(),
    owner: OWNER,
    grid: {
      grid: plan.grid,
      radixBits: Math.ceil(Math.log2(MAX_METERS_PER_REGION * maxReadingWh + 1)) + 1,
      minGroup: Math.min(DEFAULT_MIN_GROUP, smallestGroup),
      maxReadingWh,
      maxMeters: MAX_METERS_PER_REGION,
      slotSeconds: table.slotSeconds,
      maxSlotAgeSeconds: REPLAY_AGE_SECONDS,
      leaseSeconds: LEASE_SECONDS,
      regions: regions.map((_, j) => `region-${j + 1}`),
    },
    key: '../mdms/key.json',
    fogNodes: names.map(publicFile),
    meters: ['../meters/secrets.json'],
    gridFile: '../grid.json',
  });
  await field.audit(names);
}

const publicFile = (fogNode: string): string => `../${fogNode}/fog-node.json`;

class FieldFolder {
  readonly #plan: FieldPlan;

  constructor(plan: FieldPlan) {
    this.#plan = plan;
  }

  /** Folder of a party. */
  async #party(name: string): Promise<string> {
    const folder = join(this.#plan.folder, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  async write(party: string, settings: object): Promise<void> {
    const file = join(await this.#party(party), 'config.json');
    await writeFile(file, `${JSON.stringify(settings, undefined, 2)}\n`, { flag: 'wx' }).catch(
      (cause: NodeJS.ErrnoException) => {
        throw new ClientError(
          cause.code === 'EEXIST' ? 'FILE_EXISTS' : 'FILE_UNWRITABLE',
          { file, reason: cause.code ?? '' },
          { cause },
        );
      },
    );
  }

  directory(): object {
    const { connection } = this.#plan;
    return connection === undefined
      ? { kind: 'served', address: '../ledger/address.json' }
      : { kind: 'fabric', connection: resolve(connection) };
  }

  access(mspId: string, user: string): object {
    return { ...this.directory(), mspId, user };
  }

  async audit(fogNodes: readonly string[]): Promise<void> {
    const folder = await this.#party('audit');
    await writeAuditor(join(folder, 'secrets.json'), join(folder, 'auditor.json'));
    await this.write('audit', {
      grid: this.#plan.grid,
      ledger: this.access(OWNER.mspId, OWNER.user),
      fogNodes: fogNodes.map(publicFile),
      receipts: ['../meters/receipts.jsonl'],
      secrets: 'secrets.json',
    });
  }

  async ledger(): Promise<void> {
    if (this.#plan.connection !== undefined) return;
    const listen = { port: this.#plan.portBase };
    await this.write('ledger', { folder: 'data', listen, address: 'address.json' });
  }

  async mdms(): Promise<void> {
    const { grid, bits } = this.#plan;
    await writeKeyFile(join(await this.#party('mdms'), 'key.json'), await generatePaillierKey(bits));
    await this.write('mdms', { grid, ledger: this.access(OWNER.mspId, OWNER.user), key: 'key.json' });
  }

  async fogNode(fogNode: string, region: string, j: number): Promise<void> {
    const { grid, graceSeconds, portBase, connection } = this.#plan;
    const folder = await this.#party(fogNode);
    const secrets = newFogSecrets();
    await writeFogSecrets(join(folder, 'secrets.json'), secrets);
    const listen = { host: '127.0.0.1', port: portBase + 1 + 2 * j };
    // Organisations take turns; User1 of Org1 is the owner.
    const who = { mspId: j % 2 === 0 ? 'Org2MSP' : 'Org1MSP', user: `User${Math.floor(j / 2) + 2}` };
    await writeFogIdentity(join(folder, 'fog-node.json'), {
      fogNode,
      regions: [region],
      ...who,
      url: `http://${listen.host}:${listen.port}`,
      agreementKey: secrets.agreement.publicKey,
      receiptKey: secrets.receipt.publicKey,
    });
    const outbox = connection === undefined ? {} : { outbox: 'outbox' };
    await this.write(fogNode, {
      grid,
      fogNode,
      regions: [region],
      ledger: { ...this.access(who.mspId, who.user), ...outbox },
      secrets: 'secrets.json',
      journal: 'journal',
      listen,
      ...this.#mqtt(),
      operations: { port: listen.port + 1 },
      graceSeconds,
      auditors: ['../audit/auditor.json'],
    });
  }

  async meters(fogNodes: readonly string[], regions: readonly (readonly string[])[]): Promise<void> {
    const folder = await this.#party('meters');
    const meters = regions.flatMap((ids, j) =>
      ids.map((meterId) => ({ meterId, region: `region-${j + 1}` })),
    );
    await writeMeterSecrets(join(folder, 'secrets.json'), newMeterSecrets(meters));
    const { readings, slotEverySeconds } = this.#plan;
    await this.write('meters', {
      gridFile: '../grid.json',
      fogNodes: fogNodes.map(publicFile),
      secrets: 'secrets.json',
      journal: 'journal',
      receipts: 'receipts.jsonl',
      readings:
        readings.kind === 'file' ? { ...readings, file: relative(folder, resolve(readings.file)) } : readings,
      slotEverySeconds,
      ...this.#mqtt(),
    });
  }

  #mqtt(): object {
    const { mqttUrl } = this.#plan;
    return mqttUrl === undefined ? {} : { mqtt: { url: mqttUrl } };
  }
}
