/** Opens the journal of fog-restart-rows.ts as a starting fog node does, says when it is ready, and ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gridPublicKey, type ProvenGrid } from '@gridveil/chaincode/domain/grid.js';
import { generateAgreementKey, generateSigningKey } from '@gridveil/client/crypto/curve25519.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { DurableFogNode } from '@gridveil/client/parties/durable-fog-node.js';

async function main(folder: string): Promise<void> {
  const record = JSON.parse(readFileSync(join(folder, 'grid.json'), 'utf8')) as ProvenGrid;
  const node = await DurableFogNode.open({
    fogNode: 'fog-1',
    regions: record.regions,
    agreement: generateAgreementKey(),
    receiptKey: generateSigningKey(),
    ledger: {} as Ledger,
    grid: { channel: 'gridveil', record, publicKey: gridPublicKey(record) },
    nowSeconds: () => 0,
    journal: { folder: join(folder, 'journal'), key: new Uint8Array(32).fill(1) },
  });
  const unsettled = node.unsettledSlots().length;
  const open = node.openSlots().reduce((sum, { reports }) => sum + reports, 0);
  process.send?.({ records: node.recovered.records, unsettled, open, rssBytes: process.memoryUsage.rss() });
  await node.close();
  process.disconnect();
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1);
});
