/** A field whose meters come from a Green Button file, report over MQTT what a live P1 port says, and whose fog node is killed meanwhile. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Field } from '../helpers/field.js';
import { greenButton } from '../helpers/green-button.js';
import { startMosquitto, type Mosquitto } from '../helpers/mosquitto.js';
import { p1Telegram, shownKwh, winterStamp } from '../helpers/p1-telegrams.js';

const START = 1_704_067_200;
const METERS = Array.from({ length: 9 }, (_, i) => `usage-point-${i + 1}`);
const SLOTS = 3;
const FOGS = ['fog-1', 'fog-2', 'fog-3'];
const PORT_BASE = 18_600;

describe('a field over MQTT with a live P1 port', function () {
  this.timeout(180_000);
  let broker: Mosquitto;
  let folder: string;
  let field: Field | undefined;
  let port: Server;

  before(async function () {
    broker = await startMosquitto(this);
    folder = await mkdtemp(join(tmpdir(), 'gridveil-data-'));
    // Telegrams of all meters, hour after hour; meter i uses i Wh an hour. One of them is damaged on its way.
    const telegrams = Array.from({ length: SLOTS + 1 }, (_, hour) =>
      METERS.map((_id, i) =>
        p1Telegram({
          id: `E${i + 1}`,
          time: winterStamp(START + 3600 * hour),
          import1: shownKwh((i + 1) * hour),
        }),
      ).join(''),
    );
    const damaged = p1Telegram({ id: 'E1', time: winterStamp(START + 60) }).replace('(50)', '(51)');
    port = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(telegrams[0] + damaged + telegrams.slice(1).join(''));
    }).listen(0, '127.0.0.1');
    await once(port, 'listening');
  });
  after(async () => {
    await field?.remove();
    port?.close();
    await broker?.remove();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('has every report receipted and counted once', async () => {
    const file = join(folder, 'green-button.xml');
    await writeFile(file, greenButton(...METERS.map(() => ({ intervals: [[START, 1] as const] }))));
    const quick = ['--bits', '2048', '--grace', '6', '--slot-every', '0', '--port-base', String(PORT_BASE)];
    field = await Field.make('--data', file, '--mqtt', broker.url, ...quick);
    const config = field.config('meters');
    const settings = JSON.parse(await readFile(config, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(settings['mqtt'], { url: broker.url });
    settings['readings'] = {
      kind: 'p1',
      host: '127.0.0.1',
      port: (port.address() as AddressInfo).port,
      meterIds: Object.fromEntries(METERS.map((meterId, i) => [`E${i + 1}`, meterId])),
    };
    await writeFile(config, JSON.stringify(settings));
    await field.start('ledger');
    await field.run('registry', '--config', field.config('registry'));
    await Promise.all([...FOGS, 'mdms'].map((party) => (field as Field).start(party)));
    const meters = await field.start('meters');
    const receipts = join(field.folder, 'meters', 'receipts.jsonl');
    const receipted = async (): Promise<number> =>
      (await readFile(receipts, 'utf8'))
        .split('\n')
        .filter(Boolean)
        .reduce((sum, line) => sum + ((JSON.parse(line) as { items?: string[] }).items?.length ?? 0), 0);
    await field.program('fog-1').end('SIGKILL');
    await field.start('fog-1');
    while ((await receipted()) < METERS.length * SLOTS) await pause(200);
    let audit = await field.audit();
    for (; audit.reports['not yet on the ledger'] > 0; audit = await field.audit()) await pause(1_000);
    assert.deepEqual([audit.findings, audit.refused, audit.reports.counted], [[], [], METERS.length * SLOTS]);
    const listing = (await (await fetch(`http://127.0.0.1:${PORT_BASE + 2}/exceptions`)).json()) as object;
    assert.deepEqual(listing, {
      schema: 'gridveil/fog-exceptions/v1',
      fogNode: 'fog-1',
      slots: [],
      lateReports: 0,
      late: [],
      contradicted: [],
      struckOut: [],
    });
    await meters.end('SIGTERM');
    assert.equal(meters.exitCode, 0);
    const logs = field.programs.map(({ log, noise }) => JSON.stringify(log) + noise.join('')).join('');
    assert.doesNotMatch(logs, /000000\.0|1-0:1\.8\.1/, 'no log holds a register');
  });
});
