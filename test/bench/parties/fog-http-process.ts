/** The fog node of fog-http-rows.ts in a process of its own: set up by the first message of its parent, gone with it. */
import { createLog } from '@gridveil/client/operations/log.js';
import { FogMetrics } from '@gridveil/client/operations/fog-metrics.js';
import { importSecret } from '@gridveil/client/crypto/curve25519.js';
import type { ProvenGrid } from '@gridveil/chaincode/domain/grid.js';
import { gridPublicKey } from '@gridveil/chaincode/domain/grid.js';
import type { MeterRecord } from '@gridveil/chaincode/domain/meter.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { DurableFogNode } from '@gridveil/client/parties/durable-fog-node.js';
import { startReportServer } from '@gridveil/client/transport/report-server.js';

export interface FogSetup {
  readonly record: ProvenGrid;
  readonly meters: readonly MeterRecord[];
  readonly region: string;
  readonly agreementSecret: string;
  readonly receiptSecret: string;
  readonly folder: string;
  readonly nowSeconds: number;
}

const key = (text: string) => importSecret(Buffer.from(text, 'base64url'));

async function main(setup: FogSetup): Promise<void> {
  const grid = { channel: 'gridveil', record: setup.record, publicKey: gridPublicKey(setup.record) };
  const ledger: Ledger = {
    kind: 'embedded',
    channel: 'gridveil',
    identity: { mspId: 'Org1MSP', subject: 'CN=fog' },
    evaluate: ({ argument }) => {
      const { bookmark = '0', pageSize } = JSON.parse(argument) as { bookmark?: string; pageSize: number };
      const items = setup.meters.slice(Number(bookmark), Number(bookmark) + pageSize);
      return Promise.resolve(JSON.stringify({ items, bookmark: String(Number(bookmark) + items.length) }));
    },
    submit: ({ argument }) => {
      const { totals } = JSON.parse(argument) as { totals: { region: string; slot: number }[] };
      const receipts = totals.map((total) => ({ ...total, status: 'accepted', txId: 't' }));
      return Promise.resolve({ transactionId: 't', blockNumber: 0, result: JSON.stringify({ receipts }) });
    },
    events: () => {
      throw new Error('a fog node reads no events');
    },
    close: () => Promise.resolve(),
  };
  const node = await DurableFogNode.open({
    fogNode: 'fog-1',
    regions: [setup.region],
    agreement: key(setup.agreementSecret),
    receiptKey: key(setup.receiptSecret),
    ledger,
    grid,
    nowSeconds: () => setup.nowSeconds,
    journal: { folder: setup.folder, key: new Uint8Array(32).fill(1) },
  });
  await node.syncMeters();
  const watch = new FogMetrics(() => ({ openSlots: 0, unsettledSlots: 0, journalBytes: node.journalBytes }));
  const log = createLog('fog', 'info');
  const server = await startReportServer({ host: '127.0.0.1', port: 0, taker: node, log, watch });
  process.on('message', (slot: number) => {
    void node.settle([slot]).then(() => {
      process.send?.({ settled: slot, rssBytes: process.memoryUsage.rss() });
    });
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ url: server.url });
}

process.once('message', (setup: FogSetup) => {
  main(setup).catch((error: unknown) => {
    process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  });
});
