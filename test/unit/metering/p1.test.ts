import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { P1Framer } from '@gridveil/client/metering/p1-frames.js';
import { liveP1, type LiveReading } from '@gridveil/client/metering/p1-live.js';
import { readP1 } from '@gridveil/client/metering/p1-readings.js';
import { crc16, readTelegram } from '@gridveil/client/metering/p1-telegram.js';
import { parseZone } from '@gridveil/client/metering/stamp.js';
import { listed, marked } from '../../helpers/listed-readings.js';
import { p1Telegram, shownKwh, winterStamp, withCrc } from '../../helpers/p1-telegrams.js';

const ARC = { crc: 'arc', zone: undefined } as const;
/** 2024-01-01T00:00:00Z. */
const START = 1_704_067_200;

/** One telegram for each `[seconds after START, Wh]`. */
const recording = (...shown: readonly (readonly [number, number])[]): string =>
  shown
    .map(([seconds, wh]) => p1Telegram({ time: winterStamp(START + seconds), import1: shownKwh(wh) }))
    .join('');

describe('P1 telegrams', () => {
  it('are checked by CRC-16, ARC or X25', () => {
    // Check values of the catalogue of parametrised CRC algorithms.
    assert.equal(crc16('123456789', 'arc'), 0xbb3d);
    assert.equal(crc16('123456789', 'x25'), 0x906e);
    const telegram = p1Telegram({ time: '240101010000W', crc: 'x25' });
    assert.equal(readTelegram(telegram, ARC), 'bad-crc');
    assert.equal(typeof readTelegram(telegram, { ...ARC, crc: 'x25' }), 'object');
  });

  it('say who, when and what the registers of both directions show', () => {
    const telegram = p1Telegram({
      time: '240101003000W',
      import1: '000004.426',
      import2: '000002.399',
      export1: '000002.444',
    });
    assert.deepEqual(readTelegram(telegram, ARC), {
      meterId: 'E0001',
      utcSeconds: START - 1800,
      importWh: 6825,
      exportWh: 2444,
    });
  });

  it('may have a total beside the tariffs, which counts alone', () => {
    const telegram = p1Telegram({
      time: '240101010000W',
      import1: '000001.000',
      more: ['1-0:1.8.0(000007.000*kWh)'],
    });
    assert.equal((readTelegram(telegram, ARC) as { importWh: number }).importWh, 7000);
  });

  it('tell the two hours of autumn apart by S and W, with and without a zone', () => {
    const at = (time: string, zone?: string) => {
      const rules = { crc: 'arc', zone: zone === undefined ? undefined : parseZone(zone) } as const;
      return (readTelegram(p1Telegram({ time }), rules) as { utcSeconds: number }).utcSeconds;
    };
    const summer = Date.parse('2024-10-27T00:30:00Z') / 1000;
    for (const zone of [undefined, 'Europe/Amsterdam']) {
      assert.equal(at('241027023000S', zone), summer);
      assert.equal(at('241027023000W', zone), summer + 3600);
    }
    assert.equal(at('240101000000W', 'Europe/Helsinki'), START - 7200);
  });

  it('show ids that are no text as they stand', () => {
    const body = '/ABC5x\r\n\r\n0-0:1.0.0(240101010000W)\r\n0-0:96.1.1(396022197)\r\n1-0:1.8.1(1*kWh)\r\n';
    assert.deepEqual(readTelegram(withCrc(body), ARC), {
      meterId: '396022197',
      utcSeconds: START,
      importWh: 1000,
      exportWh: undefined,
    });
  });

  it('are dropped when anything of them was changed', () => {
    const telegram = p1Telegram({ time: '240101010000W', import1: '000012.345' });
    for (let i = 0; i < telegram.length; i++) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64]) {
        const changed =
          telegram.slice(0, i) + String.fromCharCode(telegram.charCodeAt(i) ^ bit) + telegram.slice(i + 1);
        const read = readTelegram(changed, ARC);
        // Hex digits of the checksum may change their case.
        const sameChecksum =
          changed.toUpperCase() === telegram.toUpperCase() && i > telegram.lastIndexOf('!');
        assert.equal(typeof read, sameChecksum ? 'object' : 'string', `bit ${bit} of character ${i}`);
      }
    }
  });

  it('are dropped when they hold but say nothing that can be read', () => {
    const good = ['0-0:1.0.0(240101010000W)', '0-0:96.1.1(4530)', '1-0:1.8.1(000001.000*kWh)'];
    const bad: string[][] = [
      [],
      good.slice(1),
      [...good, good[2] as string],
      [...good, good[0] as string],
      ['0-0:1.0.0(240101010000)', ...good.slice(1)],
      ['0-0:1.0.0(240101250000W)', ...good.slice(1)],
      ['0-0:1.0.0(240230010000W)', ...good.slice(1)],
      ['0-0:1.0.0(000000000000W)', ...good.slice(1)],
      [...good.slice(0, 2), '1-0:1.8.1(-00001.000*kWh)'],
      [...good.slice(0, 2), '1-0:1.8.1(000001.0000*kWh)'],
      [...good.slice(0, 2), '1-0:1.8.1(000001.000*kW)'],
      [...good.slice(0, 2), '1-0:1.8.1(1e3*kWh)'],
      [...good.slice(0, 2), '1-0:1.8.1(NaN*kWh)'],
    ];
    for (const lines of bad) {
      const read = readTelegram(withCrc(`/ABC5x\r\n\r\n${lines.map((line) => `${line}\r\n`).join('')}`), ARC);
      assert.equal(read, 'bad-telegram', lines.join(' '));
    }
    for (const frame of ['', '!', '/', '/ABC5x\r\n!12', '/ABC5x\r\n!GGGG\r\n'])
      assert.equal(readTelegram(frame, ARC), 'bad-telegram');
  });
});

describe('P1 framer', () => {
  const telegrams = [p1Telegram({ time: '240101010000W' }), p1Telegram({ time: '240101010010W' })];
  const bytes = Buffer.from(telegrams.join(''), 'latin1');

  it('finds telegrams however the stream is cut', () => {
    for (const size of [1, 2, 7, 64, 1000]) {
      const framer = new P1Framer();
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size)
        found.push(...framer.push(bytes.subarray(at, at + size)));
      assert.deepEqual([found, framer.end(), framer.broken], [telegrams, [], 0]);
    }
  });

  it('begins anywhere, and counts what was cut off', () => {
    const framer = new P1Framer();
    const [first = '', second = ''] = telegrams;
    const found = framer.push(
      Buffer.from(first.slice(40) + first.slice(0, 50) + '\r\n' + second + first.slice(0, 60)),
    );
    assert.deepEqual(found, [second]);
    assert.equal(framer.broken, 1);
    assert.deepEqual([framer.end(), framer.broken], [[], 2]);
  });

  it('takes a last telegram without its line end', () => {
    const framer = new P1Framer();
    const [first = ''] = telegrams;
    assert.deepEqual([...framer.push(Buffer.from(first.trimEnd())), ...framer.end()], [first]);
  });

  it('holds no more than a telegram of a stream that never ends one', () => {
    const before = process.memoryUsage().heapUsed;
    for (const part of ['x'.repeat(65_536), `/ABC5\r\n${'y\r\n'.repeat(20_000)}`, '/'.repeat(65_536)]) {
      const framer = new P1Framer();
      for (let i = 0; i < 300; i++) assert.deepEqual(framer.push(Buffer.from(part)), []);
      assert.deepEqual(framer.push(Buffer.from(`\r\n${telegrams[0]}`)), [telegrams[0]]);
    }
    assert.ok(process.memoryUsage().heapUsed - before < 50 * 2 ** 20);
  });

  it('says of encrypted telegrams that they are', () => {
    assert.throws(() => new P1Framer().push(Uint8Array.of(0xdb, 0x08)), { code: 'READINGS_ENCRYPTED' });
  });
});

describe('P1 recordings', () => {
  it('become the energy of each interval', async () => {
    const { table, summary, registers } = await readP1([
      recording([-5, 1000], [5, 1001], [450, 1100], [900, 1201], [1795, 1300], [2700, 1450]),
    ]);
    assert.deepEqual(marked(table), ['00:00 200 valid', '00:15 99 valid', '00:30 150 valid']);
    assert.deepEqual(
      [summary.format.kind, summary.rows, summary.readings, summary.format.intervalMinutes],
      ['dsmr-p1', 6, 3, 15],
    );
    assert.deepEqual(registers, [{ meterId: 'E0001', time: '2024-01-01T00:45:00Z', registerWh: 1450 }]);
  });

  it('of several meters, in the interval and direction declared', async () => {
    const telegram = (id: string, seconds: number, export1: number): string =>
      p1Telegram({
        id,
        time: winterStamp(START + seconds),
        export1: shownKwh(export1),
        import1: '000001.000',
      });
    const text = ['A1', 'B2'].flatMap((id, i) => [telegram(id, 0, 10), telegram(id, 3600, 20 + i)]).join('');
    const { table, summary } = await readP1([text], { intervalMinutes: 60, flow: 'export' });
    assert.deepEqual(
      listed(table).map(([, id, wh]) => [id, wh]),
      [
        ['A1', 10],
        ['B2', 11],
      ],
    );
    assert.match(summary.notes.join(), /also count import/);
  });

  it('say what was dropped, and where', async () => {
    const good = recording([0, 100], [900, 200], [1800, 300]);
    const changed = recording([400, 150]).replace('000000.150', '000900.150');
    const { table, summary } = await readP1([
      changed + good + recording([2700, 5], [3600, 10]) + good.slice(0, 99),
    ]);
    assert.deepEqual(marked(table), ['00:00 100 valid', '00:15 100 valid', '00:45 5 valid']);
    assert.deepEqual(summary.dropped, { 'bad-crc': 1, 'counter-reset': 1, 'bad-telegram': 1 });
    assert.match(
      summary.notes.join(),
      /1 telegrams were dropped, their checksum is wrong, the first in telegram 1\./,
    );
  });

  it('of every hostile class give no reading beside the good ones', async () => {
    const good = [recording([0, 100]), recording([900, 200])] as const;
    const one = recording([450, 150]);
    const body = (...lines: readonly string[]): string =>
      withCrc(`/ABC5x\r\n\r\n${lines.map((line) => `${line}\r\n`).join('')}`);
    const time = '0-0:1.0.0(240101010730W)';
    const hostile: readonly string[] = [
      ...[
        '\u0000',
        '/',
        '!',
        '/\r\n',
        '!\r\n',
        '!0000\r\n',
        '/ABC5\r\n!\r\n',
        '/ABC5\r\n!0000\r\n',
        '(((',
        '\r\n\r\n',
      ],
      ...[
        '/ABC5\r\n/ABC5\r\n!0000\r\n',
        one.replace('\r\n', '\n'),
        one.replaceAll('\r\n', '\r'),
        one.toUpperCase(),
      ],
      ...[
        one.slice(0, 20),
        one.slice(20),
        one.slice(0, -6),
        one.replace('!', '?'),
        one.replace('/', '\\'),
        one.replace('150', '151'),
      ],
      ...[
        '0-0:1.0.0()',
        '0-0:1.0.0(2401)',
        '0-0:1.0.0(991301010101W)',
        '0-0:1.0.0(240101010730X)',
        '0-0:1.0.0(24010101073 W)',
      ].map((stamp) => body(stamp, '1-0:1.8.1(000000.150*kWh)')),
      ...[
        '',
        '1',
        'kWh',
        '*kWh',
        '-1*kWh',
        '+1*kWh',
        '1,5*kWh',
        '1.5555*kWh',
        '9999999999*kWh',
        '1*MWh',
        '1*kwh',
        '0x1*kWh',
        '1 *kWh',
        'Infinity*kWh',
      ].map((value) => body(time, `1-0:1.8.1(${value})`)),
      body(time),
      body(time, time, '1-0:1.8.1(1*kWh)'),
      body(time, '1-0:1.8.1(1*kWh)', '1-0:1.8.1(2*kWh)'),
      `/ABC5\r\n${'x'.repeat(40_000)}\r\n!0000\r\n`,
    ];
    assert.ok(hostile.length >= 40, `${hostile.length} classes`);
    for (const text of hostile) {
      const { table } = await readP1([Buffer.from(`${good[0]}${text}\r\n${good[1]}`, 'latin1')]);
      assert.deepEqual(marked(table), ['00:00 100 valid'], JSON.stringify(text.slice(0, 80)));
    }
  });

  it('without a telegram that holds are refused', async () => {
    for (const text of ['', 'x', recording([0, 1]).replace('(50)', '(51)')])
      await assert.rejects(readP1([text]), { code: 'READINGS_EMPTY' });
    await assert.rejects(readP1([recording([0, 1])], { intervalMinutes: 7 }), {
      code: 'READINGS_BAD_OPTION',
    });
    await assert.rejects(readP1([recording([0, 1])], { crc: 'md5' as 'arc' }), {
      code: 'READINGS_BAD_OPTION',
    });
  });
});

describe('live P1 port', () => {
  let server: Server;
  let sockets: Socket[];
  let connections: ((socket: Socket) => void)[];
  beforeEach(async () => {
    sockets = [];
    connections = [];
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      connections.shift()?.(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('gives each interval as it ends, over breaks and silence, until it is told to stop', async () => {
    const stop = new AbortController();
    const breaks: string[] = [];
    connections = [
      (socket) => socket.end(recording([0, 100], [900, 150]) + recording([1000, 160]).slice(0, 70)),
      (socket) => socket.write(recording([1800, 250])),
      (socket) => socket.write(`${recording([2000, 270]).slice(30)}${recording([2700, 300], [3600, 301])}`),
    ];
    const readings: LiveReading[] = [];
    for await (const reading of liveP1({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      slotSeconds: 900,
      declared: {},
      signal: stop.signal,
      silenceMs: 200,
      onBreak: (reason, notes) => breaks.push(`${reason} ${notes.join()}`),
    })) {
      readings.push(reading);
      if (readings.length === 4) stop.abort();
    }
    const slot = START / 900;
    assert.deepEqual(
      readings.map(({ meterId, slot: at, energyWh, quality }) => [meterId, at - slot, energyWh, quality]),
      [50, 100, 50, 1].map((energyWh, i) => ['E0001', i, energyWh, 'valid']),
    );
    assert.equal(breaks.length, 2);
    assert.match(
      breaks[0] ?? '',
      /^the port closed the connection 1 telegrams were dropped, they are cut off/,
    );
    assert.match(breaks[1] ?? '', /^ETIMEDOUT/);
  });

  it('waits for a port that is not there, and ends at once when told', async () => {
    const stop = new AbortController();
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const readings = liveP1({
      host: '127.0.0.1',
      port,
      slotSeconds: 900,
      declared: {},
      signal: stop.signal,
      onBreak: () => stop.abort(),
    });
    assert.deepEqual(await readings.next(), { done: true, value: undefined });
  });

  it('ends for what will not get better', async () => {
    connections = [(socket) => socket.write(Uint8Array.of(0xdb, 1, 2))];
    const { port } = server.address() as AddressInfo;
    const { signal } = new AbortController();
    const readings = liveP1({ host: '127.0.0.1', port, slotSeconds: 900, declared: {}, signal });
    await assert.rejects(readings.next(), { code: 'READINGS_ENCRYPTED' });
  });
});
