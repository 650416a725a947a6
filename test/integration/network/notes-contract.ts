/** A contract of three transactions, to try the network without the product's chaincode. */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';

@Info({ title: 'notes', description: 'Keeps texts by name.' })
export class NotesContract extends Contract {
  constructor() {
    super('notes');
  }

  @Transaction()
  @Returns('string')
  async Keep(ctx: Context, name: string, text: string): Promise<string> {
    await ctx.stub.putState(name, Buffer.from(text));
    return name;
  }

  /** Takes its time, so that a server can be told to end meanwhile. */
  @Transaction(false)
  @Returns('string')
  async ReadSlowly(ctx: Context, name: string): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return await this.Read(ctx, name);
  }

  @Transaction(false)
  @Returns('string')
  async Read(ctx: Context, name: string): Promise<string> {
    return Buffer.from(await ctx.stub.getState(name)).toString();
  }
}

export const contracts = [NotesContract];
