/**
 * A small contract that shows a ledger's semantics: what a transaction reads, writes, scans, returns, reports and refuses.
 * The conformance suite runs it on both adapters, so it needs nothing but Fabric's contract API and the chaincode package.
 * Each transaction takes one JSON text and returns a text.
 */
import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api';
import { refusal } from '@gridveil/chaincode/errors.js';
import { certificateSubject } from '@gridveil/chaincode/ledger/certificate-subject.js';

interface Entry {
  readonly key: string;
  readonly value: string;
}

interface Item {
  readonly group: string;
  readonly id: string;
}

async function readText(context: Context, key: string): Promise<string> {
  return Buffer.from(await context.stub.getState(key)).toString();
}

@Info({ title: 'ConformanceContract', description: 'Shows what a ledger does.' })
export class ConformanceContract extends Contract {
  constructor() {
    super('conformance');
  }

  @Transaction()
  @Returns('string')
  async Put(context: Context, argument: string): Promise<string> {
    const { key, value } = JSON.parse(argument) as Entry;
    await context.stub.putState(key, Buffer.from(value));
    context.stub.setEvent('Put', Buffer.from(argument));
    return `stored ${key}`;
  }

  @Transaction()
  @Returns('string')
  async PutWithoutEvent(context: Context, argument: string): Promise<string> {
    const { key, value } = JSON.parse(argument) as Entry;
    await context.stub.putState(key, Buffer.from(value));
    return '';
  }

  /** Stores what came beside the argument as `value`. */
  @Transaction()
  @Returns('string')
  async PutTransient(context: Context, key: string): Promise<string> {
    const value = context.stub.getTransient().get('value');
    await context.stub.putState(key, Buffer.from(value ?? []));
    return [...context.stub.getTransient().keys()].sort().join();
  }

  @Transaction()
  @Returns('string')
  async PutThenRead(context: Context, argument: string): Promise<string> {
    const { key, value } = JSON.parse(argument) as Entry;
    await context.stub.putState(key, Buffer.from(value));
    return readText(context, key);
  }

  @Transaction()
  @Returns('string')
  async PutThenRefuse(context: Context, argument: string): Promise<string> {
    await this.Put(context, argument);
    throw refusal('SLOT_UNKNOWN', { slot: 7 });
  }

  @Transaction()
  @Returns('string')
  async Fail(_context: Context, argument: string): Promise<string> {
    await Promise.resolve();
    throw new Error(argument);
  }

  @Transaction()
  @Returns('string')
  async Delete(context: Context, argument: string): Promise<string> {
    await context.stub.deleteState(argument);
    return '';
  }

  @Transaction()
  @Returns('string')
  async Increment(context: Context, argument: string): Promise<string> {
    const next = String(Number(await readText(context, argument)) + 1);
    await context.stub.putState(argument, Buffer.from(next));
    return next;
  }

  /** Adds an item whose value is the number of items its group had. */
  @Transaction()
  @Returns('string')
  async AddCounted(context: Context, argument: string): Promise<string> {
    const { group, id } = JSON.parse(argument) as Item;
    const held: string[] = [];
    for await (const { key } of context.stub.getStateByPartialCompositeKey('item', [group])) held.push(key);
    const count = String(held.length);
    await context.stub.putState(context.stub.createCompositeKey('item', [group, id]), Buffer.from(count));
    return count;
  }

  @Transaction()
  @Returns('string')
  async TwoEvents(context: Context, argument: string): Promise<string> {
    context.stub.setEvent('First', Buffer.from(argument));
    context.stub.setEvent('Second', Buffer.from(argument));
    await context.stub.putState(argument, Buffer.from('x'));
    return '';
  }

  @Transaction()
  @Returns('string')
  async WriteAfterPage(context: Context, argument: string): Promise<string> {
    await context.stub.getStateByRangeWithPagination(argument, `${argument}~`, 1);
    await context.stub.putState(argument, Buffer.from('x'));
    return '';
  }

  @Transaction()
  @Returns('string')
  async PageAfterWrite(context: Context, argument: string): Promise<string> {
    await context.stub.putState(argument, Buffer.from('x'));
    await context.stub.getStateByRangeWithPagination(argument, `${argument}~`, 1);
    return '';
  }

  @Transaction(false)
  @Returns('string')
  async Get(context: Context, argument: string): Promise<string> {
    return readText(context, argument);
  }

  /** `[[key, value], …]` from start (inclusive) to end (exclusive). */
  @Transaction(false)
  @Returns('string')
  async Range(context: Context, argument: string): Promise<string> {
    const { start, end } = JSON.parse(argument) as { start: string; end: string };
    const found: [string, string][] = [];
    for await (const { key, value } of context.stub.getStateByRange(start, end))
      found.push([key, Buffer.from(value).toString()]);
    return JSON.stringify(found);
  }

  @Transaction(false)
  @Returns('string')
  async Page(context: Context, argument: string): Promise<string> {
    const { start, end, size, bookmark } = JSON.parse(argument) as Record<
      'start' | 'end' | 'bookmark',
      string
    > & {
      size: number;
    };
    const { iterator, metadata } = await context.stub.getStateByRangeWithPagination(
      start,
      end,
      size,
      bookmark,
    );
    const keys: string[] = [];
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      keys.push(next.value.key);
    await iterator.close();
    return JSON.stringify({ keys, bookmark: metadata.bookmark, count: metadata.fetchedRecordsCount });
  }

  /** `[[attributes, value], …]` of the items of a group. */
  @Transaction(false)
  @Returns('string')
  async Items(context: Context, argument: string): Promise<string> {
    const found: [string[], string][] = [];
    for await (const { key, value } of context.stub.getStateByPartialCompositeKey('item', [argument]))
      found.push([context.stub.splitCompositeKey(key).attributes, Buffer.from(value).toString()]);
    return JSON.stringify(found);
  }

  @Transaction(false)
  @Returns('string')
  async WhoAmI(context: Context, question: string): Promise<string> {
    await Promise.resolve();
    const { clientIdentity, stub } = context;
    return JSON.stringify({
      question,
      mspId: clientIdentity.getMSPID(),
      subject: certificateSubject(clientIdentity.getIDBytes()),
      id: clientIdentity.getID(),
      channel: stub.getChannelID(),
      time: stub.getDateTimestamp().toISOString(),
    });
  }

  @Transaction(false)
  @Returns('string')
  async Echo(_context: Context, argument: string): Promise<string> {
    await Promise.resolve();
    return argument;
  }
}
