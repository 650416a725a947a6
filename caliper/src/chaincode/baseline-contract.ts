/**
 * The least a transaction can be: the yardstick beside which the cost of our own rules shows as a ratio. It stores what
 * it is given under the number of the transaction, without a look at it. Only benchmark networks get it.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';

@Info({ title: 'baseline', description: 'Blind writes and reads, for benchmarks only' })
export class BaselineContract extends Contract {
  constructor() {
    super('baseline');
  }

  @Transaction()
  @Returns('string')
  async Put(ctx: Context, value: string): Promise<string> {
    await ctx.stub.putState(ctx.stub.getTxID(), Buffer.from(value));
    return '';
  }

  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, txId: string): Promise<string> {
    return Buffer.from(await ctx.stub.getState(txId)).toString();
  }
}
