/**
 * A fog node with two regions, its meters and a clock, without any ledger behind it: the port answers from memory.
 * Reports can be made from any header, ciphertext and key.
 */
import { sealReport, deriveMacKey } from '@gridveil/client/crypto/fog-aggregation.js';
import { generateAgreementKey } from '@gridveil/client/crypto/curve25519.js';
import type { PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import type { Ledger, Transaction } from '@gridveil/client/ledger/port.js';
import { FogNode, type FogNodeOptions } from '@gridveil/client/parties/fog-node.js';
import type { GridView } from '@gridveil/client/parties/grid-view.js';
import { generateMeterKeys, type MeterKeys } from '@gridveil/client/parties/meter.js';
import type { ReportHeader } from '@gridveil/chaincode/crypto/fog-aggregation.js';
import type { MeterRecord } from '@gridveil/chaincode/domain/meter.js';
import { encryptToy, recordOf, SLOT_SECONDS, toyKey, toyParameters } from './bench-values.js';

export const FOG_REGIONS = ['north', 'south'];
/** Five meters in the north, two in the south, one in a region of another fog node. */
const METERS = {
  n1: 'north',
  n2: 'north',
  n3: 'north',
  n4: 'north',
  n5: 'north',
  s1: 'south',
  s2: 'south',
  w1: 'west',
};
export type FogMeter = keyof typeof METERS;
export const NORTH: readonly FogMeter[] = ['n1', 'n2', 'n3', 'n4', 'n5'];

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

export class FogBench {
  nowSeconds = 1_748_736_000;
  readonly submitted: Transaction[] = [];
  readonly agreement = generateAgreementKey();
  readonly keys = new Map<string, MeterKeys>();
  readonly records = new Map<string, MeterRecord>();
  readonly grid: GridView;
  readonly fogNode: FogNode;

  private constructor(readonly key: PaillierPrivateKey) {
    const record = recordOf(toyParameters(key, 'toy'));
    this.grid = { channel: 'gridveil', record, publicKey: key.publicKey };
    for (const [meterId, region] of Object.entries(METERS)) this.register(meterId, region);
    this.fogNode = new FogNode(this.options());
  }

  /** What a fog node of this bench is made of; `submit` answers for the ledger. */
  options(submit?: Ledger['submit']): FogNodeOptions {
    return {
      fogNode: 'fog',
      regions: FOG_REGIONS,
      agreement: this.agreement,
      ledger: { ...this.#ledger(), ...(submit ? { submit } : {}) },
      grid: this.grid,
      nowSeconds: () => this.nowSeconds,
    };
  }

  static async open(): Promise<FogBench> {
    const bench = new FogBench(await toyKey());
    await bench.fogNode.syncMeters();
    return bench;
  }

  register(meterId: string, region: string, epoch = 1): void {
    const keys = generateMeterKeys();
    this.keys.set(meterId, keys);
    this.records.set(meterId, {
      meterId,
      region,
      epoch,
      agreementKey: base64url(keys.agreement.publicKey),
      signingKey: base64url(keys.signing.publicKey),
      revoked: false,
    });
  }

  revoke(meterId: string): void {
    this.records.set(meterId, { ...(this.records.get(meterId) as MeterRecord), revoked: true });
  }

  /** The last slot that has ended. */
  get slot(): number {
    return Math.floor(this.nowSeconds / SLOT_SECONDS) - 1;
  }

  header(meterId: string, changes: Partial<ReportHeader> = {}): ReportHeader {
    const { region, epoch } = this.records.get(meterId) ?? { region: 'north', epoch: 1 };
    const { grid } = this.grid.record;
    const { fingerprint } = this.key.publicKey;
    return { fingerprint, channel: 'gridveil', grid, epoch, region, slot: this.slot, meterId, ...changes };
  }

  /** The key the meter shares with the fog node under this header. */
  macKey(keysOf: string, { region, meterId, epoch }: ReportHeader): Uint8Array {
    const { agreement } = this.keys.get(keysOf) as MeterKeys;
    return deriveMacKey(agreement, this.agreement.publicKey, region, meterId, epoch);
  }

  /** A report of the meter, authenticated with its own keys whatever the header says. */
  report(
    meterId: string,
    plaintext: bigint | Uint8Array,
    changes: Partial<ReportHeader> = {},
    keysOf = meterId,
  ): Uint8Array {
    const header = this.header(meterId, changes);
    const ciphertext = typeof plaintext === 'bigint' ? encryptToy(this.key, plaintext) : plaintext;
    return sealReport(header, ciphertext, this.macKey(keysOf, header));
  }

  #ledger(): Ledger {
    return {
      kind: 'embedded',
      channel: 'gridveil',
      identity: { mspId: 'Org1MSP', subject: 'CN=fog' },
      evaluate: () => Promise.resolve(JSON.stringify({ items: [...this.records.values()], bookmark: '' })),
      submit: (transaction) => {
        this.submitted.push(transaction);
        const { totals } = JSON.parse(transaction.argument) as { totals: { region: string; slot: number }[] };
        const receipts = totals.map(({ region, slot }) => ({ region, slot, status: 'accepted', txId: 't' }));
        return Promise.resolve({ transactionId: 't', blockNumber: 0, result: JSON.stringify({ receipts }) });
      },
      events: () => {
        throw new Error('a fog node reads no events');
      },
      close: () => Promise.resolve(),
    };
  }
}
