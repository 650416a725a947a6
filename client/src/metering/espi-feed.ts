/**
 * Green Button: an Atom feed of ESPI resources (NAESB REQ.21), read as a stream into plain facts. Meaning is given to them in espi-readings.ts, since entries come in any order.
 *
 * The parser knows the five entities of XML and no others; a document type, and with it every declared entity, is refused. Depth, attributes, text, entries and readings are bounded.
 */
import { parser as saxParser, type SAXOptions, type SAXParser, type Tag } from 'sax';
import { ClientError } from '../errors.js';

const MAX_DEPTH = 32;
const MAX_ATTRIBUTES = 64;
const MAX_ENTRIES = 200_000;
const MAX_INTERVALS = 5_000_000;
/** Of a value that is read; longer ones are names and remarks. */
const MAX_TEXT = 64;
const MAX_LINK = 1024;
const PART_CHARACTERS = 16_384;

/** One value of an interval, as text of the file. */
export interface EspiInterval {
  readonly start: string;
  readonly duration: string;
  readonly value: string;
  readonly quality: string;
  readonly line: number;
}

/** One entry of the feed. */
export interface EspiEntry {
  /** UsagePoint, MeterReading, ReadingType, IntervalBlock … */
  kind: string;
  self: string;
  up: string;
  readonly related: string[];
  /** Leaves under the resource by path: `ServiceCategory/kind`. */
  readonly fields: Map<string, string>;
  readonly intervals: EspiInterval[];
}

/** What is read of each kind; interval blocks have readings instead. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  UsagePoint: ['ServiceCategory/kind'],
  ReadingType: [
    'accumulationBehaviour',
    'commodity',
    'flowDirection',
    'intervalLength',
    'powerOfTenMultiplier',
    'uom',
  ],
};
const INTERVAL_FIELDS: Readonly<Record<string, 'start' | 'duration' | 'value' | 'quality'>> = {
  'IntervalReading/timePeriod/start': 'start',
  'IntervalReading/timePeriod/duration': 'duration',
  'IntervalReading/value': 'value',
  'IntervalReading/ReadingQuality/quality': 'quality',
};
/** Without the parser's own namespaces: with them attributes would be kept before they are counted. */
const OPTIONS: SAXOptions & { readonly strictEntities: boolean } = { position: true, strictEntities: true };
const EMPTY_INTERVAL = { start: '', duration: '', value: '', quality: '' };

export class EspiFeed {
  readonly entries: EspiEntry[] = [];
  readonly #parser: SAXParser;
  readonly #path: string[] = [];
  #entry: EspiEntry | undefined;
  #interval = { ...EMPTY_INTERVAL };
  #intervals = 0;
  #attributes = 0;
  #text = '';
  #begun = false;

  constructor() {
    const sax = saxParser(true, OPTIONS);
    this.#parser = sax;
    sax.onerror = (error) => {
      // The first line only: the others repeat what stands in the file.
      throw this.#bad((error.message.split('\n')[0] ?? '').replace(/[^ -~]/g, '').slice(0, 80));
    };
    sax.ondoctype = () => {
      throw this.#bad('it declares a document type, which may hold entities');
    };
    sax.onattribute = () => {
      this.#attributes += 1;
      if (this.#attributes > MAX_ATTRIBUTES) throw this.#bad('an element has too many attributes');
    };
    sax.onopentag = (tag) => this.#open(tag as Tag);
    sax.ontext = (text) => this.#addText(text);
    sax.oncdata = (text) => this.#addText(text);
    sax.onclosetag = () => this.#close();
  }

  /** @throws ClientError READINGS_BAD_XML, READINGS_TOO_MANY */
  push(text: string): void {
    // The parser looks at the sizes of what it holds between two writes.
    for (let at = 0; at < text.length; at += PART_CHARACTERS)
      this.#run(() => this.#parser.write(text.slice(at, at + PART_CHARACTERS)));
  }

  /** @throws ClientError READINGS_BAD_XML for a file that is cut off. */
  end(): void {
    this.#run(() => this.#parser.close());
    if (this.#path.length > 0 || !this.#begun) throw this.#bad('it is cut off');
  }

  /** What the parser itself stumbles over is the fault of the file. */
  #run(parse: () => unknown): void {
    try {
      parse();
    } catch (error) {
      throw error instanceof ClientError ? error : this.#bad('the parser gave up');
    }
  }

  #bad(reason: string): ClientError {
    return new ClientError('READINGS_BAD_XML', { line: this.#parser.line + 1, reason });
  }

  #open({ name, attributes }: Tag): void {
    const local = name.slice(name.indexOf(':') + 1);
    this.#begun = true;
    this.#attributes = 0;
    this.#text = '';
    const parent = this.#path.at(-1);
    this.#path.push(local);
    if (this.#path.length > MAX_DEPTH) throw this.#bad('elements are nested too deep');
    if (this.#path.length === 1 && local !== 'feed') throw this.#bad('a Green Button file is an Atom feed');
    if (local === 'entry' && parent === 'feed') this.#entry = newEntry();
    else if (local === 'link' && parent === 'entry') this.#link(attributes);
    else if (parent === 'content' && this.#entry) this.#entry.kind ||= local;
    else if (local === 'IntervalReading') this.#interval = { ...EMPTY_INTERVAL };
  }

  #link(attributes: Tag['attributes']): void {
    const href = attributes['href'] ?? '';
    if (href.length > MAX_LINK) throw this.#bad('a link is too long');
    if (!this.#entry) return;
    const rel = attributes['rel'];
    if (rel === 'self') this.#entry.self = href;
    else if (rel === 'up') this.#entry.up = href;
    else if (rel === 'related' && this.#entry.related.length < MAX_ATTRIBUTES) this.#entry.related.push(href);
  }

  #addText(text: string): void {
    if (this.#text.length <= MAX_TEXT) this.#text += text.slice(0, MAX_TEXT + 1);
  }

  #close(): void {
    // feed / entry / content / resource / …
    const [, , , resource, ...leaf] = this.#path;
    const name = this.#path.pop();
    const text = this.#text.trim();
    this.#text = '';
    const entry = this.#entry;
    if (entry === undefined) return;
    if (name === 'entry' && this.#path.length === 1) return this.#endEntry(entry);
    if (resource === undefined || leaf.length === 0 || text.length > MAX_TEXT) return;
    const path = leaf.join('/');
    if (resource === 'IntervalBlock') this.#endInIntervals(entry, path, text);
    else if (FIELDS[resource]?.includes(path)) entry.fields.set(path, text.replace(/[^ -~]/g, '?'));
  }

  #endInIntervals(entry: EspiEntry, path: string, text: string): void {
    if (path === 'IntervalReading') {
      this.#intervals += 1;
      if (this.#intervals > MAX_INTERVALS)
        throw new ClientError('READINGS_TOO_MANY', { limit: MAX_INTERVALS, what: 'intervals' });
      entry.intervals.push({ ...this.#interval, line: this.#parser.line + 1 });
      return;
    }
    const field = INTERVAL_FIELDS[path];
    if (field !== undefined) this.#interval[field] = text;
  }

  #endEntry(entry: EspiEntry): void {
    this.#entry = undefined;
    if (this.entries.length === MAX_ENTRIES)
      throw new ClientError('READINGS_TOO_MANY', { limit: MAX_ENTRIES, what: 'entries' });
    this.entries.push(entry);
  }
}

function newEntry(): EspiEntry {
  return { kind: '', self: '', up: '', related: [], fields: new Map(), intervals: [] };
}
