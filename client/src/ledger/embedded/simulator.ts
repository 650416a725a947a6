/**
 * The peer's side of one transaction: answers the ledger calls of fabric-shim's stub from a view of the committed state
 * and records what is read and written.
 *
 * Embedded ledger. Follows Fabric v3.1.1: core/ledger/kvledger/txmgmt/txmgr (tx_simulator.go, query_executor.go),
 * core/chaincode (handler.go, query_response_generator.go) and statedb/stateleveldb: no read-your-writes, an empty value
 * deletes, ranges are read in batches of 100, pages end with the next key as bookmark and exclude writes.
 * Private data, key-level endorsement, history, rich queries and calls of other chaincodes are refused.
 */
import { ledger, peer } from '@hyperledger/fabric-protos';
import { createStateIterator, type QueryResponse, type ShimIterator } from './fabric-shim-runtime.js';
import { compareKeys, type KeyRead, type KeyWrite, type ReadSet, type Version } from './rw-set.js';
import type { RangeCursor, StateView, VersionedKeyValue } from './store.js';

/** Entries per answer to a range query (Fabric's MaxResultLimit). */
const BATCH_ENTRIES = 100;
/** Entries a range query returns at most; Fabric cuts it silently (core.yaml ledger.state.totalQueryLimit). */
const TOTAL_QUERY_LIMIT = 100_000;

interface OpenRange {
  readonly startKey: string;
  readonly endKey: string;
  readonly cursor: RangeCursor;
  readonly reads: KeyRead[];
  readonly pending: VersionedKeyValue[];
  returned: number;
  exhausted: boolean;
}

interface RangeAnswer {
  readonly iterator: ShimIterator;
  readonly metadata?: { readonly bookmark: string; readonly fetchedRecordsCount: number };
}

export interface SimulationSets {
  readonly readSet: ReadSet;
  /** In key order. */
  readonly writes: readonly KeyWrite[];
}

export class TransactionSimulator {
  readonly #view: StateView;
  readonly #reads = new Map<string, Version | undefined>();
  readonly #writes = new Map<string, Uint8Array | undefined>();
  readonly #ranges: OpenRange[] = [];
  #paginated = false;

  constructor(view: StateView) {
    this.#view = view;
  }

  /** Ends the simulation. */
  async finish(): Promise<SimulationSets> {
    await Promise.all(this.#ranges.map((range) => range.cursor.close()));
    const keys = [...this.#reads].map(([key, version]) => ({ key, version }));
    const writes = [...this.#writes].map(([key, value]) => ({ key, value }));
    return {
      readSet: {
        keys: keys.sort((a, b) => compareKeys(a.key, b.key)),
        ranges: this.#ranges.map((range) => ({
          startKey: range.startKey,
          endKey: range.exhausted ? range.endKey : (range.reads.at(-1)?.key ?? ''),
          exhausted: range.exhausted,
          reads: range.reads,
        })),
      },
      writes: writes.sort((a, b) => compareKeys(a.key, b.key)),
    };
  }

  // The methods below are called by fabric-shim: lib/stub.js and lib/iterators.js.

  handleGetState(collection: string, key: string): Promise<Uint8Array> {
    refuseCollection(collection);
    checkKey(key);
    const found = this.#view.get(key);
    this.#reads.set(key, found?.version);
    // Contracts get a Buffer from Fabric and may rely on its toString().
    return Promise.resolve(Buffer.from(found?.value ?? []));
  }

  handlePutState(collection: string, key: string, value: Uint8Array | undefined): Promise<void> {
    refuseCollection(collection);
    checkKey(key);
    if (this.#paginated) throw new Error('Writes are not allowed in a transaction that has read a page.');
    // Copied, because the contract may go on using its buffer. An empty value deletes, as in Fabric.
    this.#writes.set(key, value === undefined || value.length === 0 ? undefined : Uint8Array.from(value));
    return Promise.resolve();
  }

  handleDeleteState(collection: string, key: string): Promise<void> {
    return this.handlePutState(collection, key, undefined);
  }

  async handleGetStateByRange(
    collection: string,
    startKey: string,
    endKey: string,
    _channel: string,
    _transactionId: string,
    metadata?: Uint8Array,
  ): Promise<RangeAnswer> {
    refuseCollection(collection);
    const page = peer.QueryMetadata.deserializeBinary(metadata ?? new Uint8Array());
    const bookmark = page.getBookmark();
    if (page.getPagesize() === 0 && bookmark === '') {
      const id = this.#openRange(startKey, endKey);
      return { iterator: createStateIterator(this, await this.#nextBatch(id)) };
    }
    if (this.#writes.size > 0)
      throw new Error('Pages may only be read in a transaction that writes nothing.');
    this.#paginated = true;
    return this.#readPage(this.#openRange(bookmark === '' ? startKey : bookmark, endKey), page.getPagesize());
  }

  handleQueryStateNext(id: string): Promise<QueryResponse> {
    return this.#nextBatch(Number(id));
  }

  /** Cursors stay open until `finish`: closing twice is harmless to a contract, as it is in Fabric. */
  handleQueryStateClose(): Promise<void> {
    return Promise.resolve();
  }

  handlePurgeState(): Promise<never> {
    return unsupported('private data');
  }
  handleGetPrivateDataHash(): Promise<never> {
    return unsupported('private data');
  }
  handlePutStateMetadata(): Promise<never> {
    return unsupported('key-level endorsement');
  }
  handleGetStateMetadata(): Promise<never> {
    return unsupported('key-level endorsement');
  }
  handleGetQueryResult(): Promise<never> {
    return unsupported('rich queries');
  }
  handleGetHistoryForKey(): Promise<never> {
    return unsupported('key history');
  }
  handleInvokeChaincode(): Promise<never> {
    return unsupported('calls of other chaincodes');
  }

  #openRange(startKey: string, endKey: string): number {
    checkKey(startKey);
    checkKey(endKey);
    const cursor = this.#view.range(startKey, endKey);
    return (
      this.#ranges.push({ startKey, endKey, cursor, reads: [], pending: [], returned: 0, exhausted: false }) -
      1
    );
  }

  /** One entry more than a batch is read before a batch is cut, so that the read set ends where Fabric's ends. */
  async #nextBatch(id: number): Promise<QueryResponse> {
    const range = this.#range(id);
    while (range.returned < TOTAL_QUERY_LIMIT) {
      const entry = await readNext(range);
      if (entry === undefined) break;
      range.returned++;
      if (range.pending.length === BATCH_ENTRIES) {
        const batch = range.pending.splice(0);
        range.pending.push(entry);
        return queryResponse(id, batch, true);
      }
      range.pending.push(entry);
    }
    return queryResponse(id, range.pending.splice(0), false);
  }

  async #readPage(id: number, pageSize: number): Promise<RangeAnswer> {
    const range = this.#range(id);
    const limit = pageSize > 0 ? Math.min(pageSize, TOTAL_QUERY_LIMIT) : TOTAL_QUERY_LIMIT;
    const page: VersionedKeyValue[] = [];
    while (page.length < limit) {
      const entry = await readNext(range);
      if (entry === undefined) break;
      page.push(entry);
    }
    const next = range.exhausted ? undefined : await range.cursor.next();
    return {
      iterator: createStateIterator(this, queryResponse(id, page, false)),
      metadata: { bookmark: next?.key ?? '', fetchedRecordsCount: page.length },
    };
  }

  #range(id: number): OpenRange {
    const range = this.#ranges[id];
    if (range === undefined) throw new Error('query iterator not found');
    return range;
  }
}

async function readNext(range: OpenRange): Promise<VersionedKeyValue | undefined> {
  const entry = await range.cursor.next();
  if (entry === undefined) range.exhausted = true;
  else range.reads.push({ key: entry.key, version: entry.version });
  return entry;
}

function queryResponse(id: number, entries: readonly VersionedKeyValue[], hasMore: boolean): QueryResponse {
  const results = entries.map(({ key, value }) => {
    const pair = new ledger.queryresult.KV();
    pair.setKey(key);
    pair.setValue(value);
    const bytes = pair.serializeBinary();
    return { getResultbytes: () => bytes };
  });
  return { getResultsList: () => results, getHasMore: () => hasMore, getId: () => String(id) };
}

function refuseCollection(collection: string): void {
  if (collection !== '') throw new Error(unsupportedMessage('private data'));
}

/** Keys travel as protobuf strings, which must be UTF-8. */
function checkKey(key: string): void {
  if (typeof key !== 'string' || Buffer.from(key).toString() !== key)
    throw new Error('A state key must be well-formed text.');
}

function unsupported(what: string): Promise<never> {
  return Promise.reject(new Error(unsupportedMessage(what)));
}

function unsupportedMessage(what: string): string {
  return `The embedded ledger has no ${what}: use Fabric.`;
}
