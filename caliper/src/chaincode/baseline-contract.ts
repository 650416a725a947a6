/**
 * The least a transaction of this size can be: the yardstick beside which the cost of our own rules shows as a ratio. It stores what
 * it is given under the number of the transaction, without a look at it, and sends as many bytes in event and answer as
 * a region total does: same bytes, no domain logic, nothing read. Only benchmark networks get it.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';

/** As `RegionTotalsSubmitted` and its receipt are for one total. */
const EVENT_BYTES = 250;
const ANSWER_BYTES = 170;

@Info({ title: 'baseline', description: 'Blind writes and reads, for benchmarks only' })
export class BaselineContract extends Contract {
  constructor() {
    super('baseline');
  }

  @Transaction()
  @Returns('string')
  async Put(ctx: Context, value: string): Promise<string> {
    await ctx.stub.putState(ctx.stub.getTxID(), Buffer.from(value));
    ctx.stub.setEvent('Put', Buffer.from(value.slice(0, EVENT_BYTES)));
    return value.slice(0, ANSWER_BYTES);
  }

  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, txId: string): Promise<string> {
    return Buffer.from(await ctx.stub.getState(txId)).toString();
  }
}
