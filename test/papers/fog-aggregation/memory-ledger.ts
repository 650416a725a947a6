/**
 * A ledger port that only remembers: no contract, no checks, no block. Behind the parties when their own work is timed;
 * what a ledger costs is measured elsewhere (`npm run caliper`).
 */
import type { MeterRecord } from '@gridveil/chaincode/domain/meter.js';
import type { RegionTotalRecord } from '@gridveil/chaincode/domain/region-total.js';
import type { CommitReceipt, Ledger, Transaction } from '@gridveil/client/ledger/port.js';
import type { SlotRecord } from '@gridveil/client/ledger/calls.js';

interface SubmittedArgument {
  readonly slot: number;
  readonly totals?: readonly Omit<RegionTotalRecord, 'fogNode' | 'txId'>[];
}

export class MemoryLedger implements Ledger {
  readonly kind = 'embedded';
  readonly channel = 'gridveil';
  readonly identity = { mspId: 'Org1MSP', subject: 'CN=study' };
  /** Argument bytes of the last transaction of each name. */
  readonly argumentBytes = new Map<string, number>();
  readonly #meters: readonly MeterRecord[];
  readonly #slots = new Map<number, SlotRecord>();

  constructor(meters: readonly MeterRecord[]) {
    this.#meters = meters;
  }

  submit({ name, argument }: Transaction): Promise<CommitReceipt> {
    this.argumentBytes.set(name, Buffer.byteLength(argument));
    const value = JSON.parse(argument) as SubmittedArgument;
    const result = JSON.stringify(
      name === 'SubmitRegionTotals' ? this.#addTotals(value) : this.#add(name, value),
    );
    return Promise.resolve({ transactionId: name, blockNumber: 0, result });
  }

  #addTotals({ totals = [] }: SubmittedArgument): unknown {
    const receipts = totals.map((total) => {
      const record = this.slot(total.slot);
      const regionTotals = [...record.regionTotals, { ...total, fogNode: '', txId: '' }];
      this.#slots.set(total.slot, { ...record, regionTotals });
      return { region: total.region, slot: total.slot, status: 'accepted', txId: '' };
    });
    return { receipts };
  }

  #add(name: string, value: SubmittedArgument): unknown {
    const part = { SubmitTotal: 'total', PublishOpening: 'opening' }[name];
    if (part) this.#slots.set(value.slot, { ...this.slot(value.slot), [part]: value });
    return { status: 'accepted', txId: '' };
  }

  slot(slot: number): SlotRecord {
    return this.#slots.get(slot) ?? { slot, regionTotals: [] };
  }

  evaluate({ name, argument }: Transaction): Promise<string> {
    const { slot } = JSON.parse(argument) as { slot: number };
    return Promise.resolve(
      JSON.stringify(name === 'GetSlot' ? this.slot(slot) : { items: this.#meters, bookmark: '' }),
    );
  }

  events(): never {
    throw new Error('nobody reads events here');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
