/** Cuts a stream of a P1 port into telegrams: finds its place anywhere in the stream, holds one telegram at most. */
import { ClientError } from '../errors.js';

/** Several times what a meter with all objects and a long text message sends. */
const MAX_FRAME_CHARACTERS = 16_384;
/** First byte of a telegram under DLMS security, as in Luxembourg, Austria and Lithuania. */
const ENCRYPTED_TELEGRAM = 0xdb;

export class P1Framer {
  /** Telegrams that were cut off, or had no end. */
  broken = 0;
  /** Latin-1: one character for each byte. */
  #line = '';
  #frame: string | undefined;
  #begun = false;

  /** @returns the telegrams that are complete, from `/` to the end of the line of `!`. @throws ClientError READINGS_ENCRYPTED */
  push(chunk: Uint8Array): string[] {
    if (!this.#begun && chunk[0] === ENCRYPTED_TELEGRAM) throw new ClientError('READINGS_ENCRYPTED');
    this.#begun ||= chunk.length > 0;
    const frames: string[] = [];
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    let at = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
      this.#extend(text.slice(at, end + 1));
      at = end + 1;
      const frame = this.#endLine();
      if (frame !== undefined) frames.push(frame);
    }
    this.#extend(text.slice(at));
    return frames;
  }

  /** What is left when the stream ends: a telegram whose last line has no end is taken as it is. */
  end(): string[] {
    if (this.#line === '' && this.#frame === undefined) return [];
    if (/^![0-9A-Fa-f]{4}$/.test(this.#line)) this.#line += '\r\n';
    const frame = this.#endLine();
    if (this.#frame !== undefined) this.#giveUp();
    return frame === undefined ? [] : [frame];
  }

  #extend(part: string): void {
    const held = (this.#frame?.length ?? 0) + this.#line.length;
    if (held + part.length <= MAX_FRAME_CHARACTERS) this.#line += part;
    else {
      if (this.#frame !== undefined) this.#giveUp();
      // The rest of the line is passed over; a telegram begins with a line of its own.
      this.#line = ' ';
    }
  }

  #endLine(): string | undefined {
    const line = this.#line;
    this.#line = '';
    if (line.startsWith('/')) {
      if (this.#frame !== undefined) this.#giveUp();
      this.#frame = line;
      return undefined;
    }
    if (this.#frame === undefined) return undefined;
    const frame = this.#frame + line;
    this.#frame = line.startsWith('!') ? undefined : frame;
    return this.#frame === undefined ? frame : undefined;
  }

  #giveUp(): void {
    this.#frame = undefined;
    this.broken += 1;
  }
}
