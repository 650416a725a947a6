/**
 * How a typed call goes through the ledger port: canonical JSON out, JSON back, lists page by page.
 *
 * Results come from contracts that every organisation endorsed; their JSON is trusted in form.
 */
import { canonicalJson, type JsonValue } from '@gridveil/chaincode/ledger/canonical-json.js';
import type { Ledger } from './port.js';

const PAGE_SIZE = 200;

/** @param transient - as in `Transaction` */
export async function submit<T>(
  ledger: Ledger,
  contract: string,
  name: string,
  argument: JsonValue,
  transient?: Readonly<Record<string, Uint8Array>>,
): Promise<T> {
  const call = { contract, name, argument: canonicalJson(argument) };
  const { result } = await ledger.submit(transient === undefined ? call : { ...call, transient });
  return JSON.parse(result) as T;
}

export async function evaluate<T>(
  ledger: Ledger,
  contract: string,
  name: string,
  argument: JsonValue,
): Promise<T> {
  return JSON.parse(await ledger.evaluate({ contract, name, argument: canonicalJson(argument) })) as T;
}

/** Reads page after page, as far as the caller goes on. */
export async function* pages<T>(
  ledger: Ledger,
  contract: string,
  name: string,
  argument: Readonly<Record<string, JsonValue>>,
): AsyncGenerator<T> {
  let bookmark: string | undefined;
  do {
    const request = { ...argument, pageSize: PAGE_SIZE, bookmark };
    const page = await evaluate<{ items: T[]; bookmark: string }>(ledger, contract, name, request);
    yield* page.items;
    bookmark = page.items.length < PAGE_SIZE ? '' : page.bookmark;
  } while (bookmark);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export interface WriteReceipt {
  readonly status: 'accepted' | 'duplicate';
}
