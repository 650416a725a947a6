/**
 * Who may read the notices of a meter: its owner, who signs for a session with the meter's key and gets a token for some hours.
 *
 * Run by the notice server. Tokens are stateless: `payload.mac`, HMAC-SHA-256 under a secret of the server, so that a restart with the same secret keeps phones connected. A signature opens one
 * session and is fresh for a minute; whoever copies it from the wire comes too late, and whoever copies a token has it until it expires: there must be TLS in front of the server.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { lp, u64 } from '@gridveil/chaincode/crypto/bytes.js';
import type { ReportScope } from '@gridveil/chaincode/crypto/signcryption.js';

const SESSION_LABEL = 'gridveil/notices/session/v1';
const TOKEN_LABEL = 'gridveil/notices/token/v1';
/** A phone's clock may be off by this. */
const FRESH_SECONDS = 60;
const MIN_SECRET_BYTES = 32;

const payload = z.strictObject({ meterId: z.string().min(1).max(64), expiresAtSeconds: z.int().min(0) });

/** What the owner signs. @param audience - which server, as it calls itself. @param atSeconds - now */
export function sessionMessage(
  { channel, grid }: ReportScope,
  audience: string,
  meterId: string,
  atSeconds: number,
): Uint8Array {
  return lp(SESSION_LABEL, channel, grid, audience, meterId, u64(atSeconds));
}

export interface OwnerSessionOptions {
  readonly scope: ReportScope;
  readonly audience: string;
  /** At least 32 bytes. */
  readonly secret: Uint8Array;
  readonly tokenSeconds: number;
  /** Whether the key that counts for the meter signed the message; false as well for an unknown or revoked meter. */
  readonly signedByMeter: (
    meterId: string,
    message: Uint8Array,
    signature: Uint8Array,
  ) => boolean | Promise<boolean>;
  /** Seconds since 1970. */
  readonly nowSeconds: () => number;
}

export interface OwnerSession {
  readonly token: string;
  readonly expiresAtSeconds: number;
}

export class OwnerSessions {
  readonly #options: OwnerSessionOptions;
  /** Signatures that opened a session, with the time they are forgotten: then they are not fresh any more. */
  readonly #used = new Map<string, number>();

  constructor(options: OwnerSessionOptions) {
    if (options.secret.length < MIN_SECRET_BYTES)
      throw new RangeError(`"secret" expected at least ${MIN_SECRET_BYTES} bytes`);
    this.#options = options;
  }

  /** @returns undefined for a signature that does not hold, is not fresh or was used before */
  async open(meterId: string, atSeconds: number, signature: Uint8Array): Promise<OwnerSession | undefined> {
    const { scope, audience, signedByMeter, nowSeconds, tokenSeconds } = this.#options;
    const now = nowSeconds();
    if (Math.abs(now - atSeconds) > FRESH_SECONDS) return undefined;
    const message = sessionMessage(scope, audience, meterId, atSeconds);
    if (!(await signedByMeter(meterId, message, signature))) return undefined;
    this.#forget(now);
    // Not the signature, which has more than one form for whoever made it.
    const name = JSON.stringify([meterId, atSeconds]);
    if (this.#used.has(name)) return undefined;
    this.#used.set(name, atSeconds + FRESH_SECONDS);
    const expiresAtSeconds = now + tokenSeconds;
    return { token: this.#token({ meterId, expiresAtSeconds }), expiresAtSeconds };
  }

  /** @returns what a token is for, or undefined for one that was not issued here or has expired */
  read(token: string): z.infer<typeof payload> | undefined {
    const [text = '', mac = '', ...rest] = token.split('.');
    const [given, right] = [Buffer.from(mac, 'base64url'), this.#mac(text)];
    if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const known = payload.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return known.expiresAtSeconds > this.#options.nowSeconds() ? known : undefined;
  }

  #token(known: z.infer<typeof payload>): string {
    const text = Buffer.from(JSON.stringify(known)).toString('base64url');
    return `${text}.${this.#mac(text).toString('base64url')}`;
  }

  #mac(text: string): Buffer {
    const { scope, audience, secret } = this.#options;
    const message = lp(TOKEN_LABEL, scope.channel, scope.grid, audience, text);
    return createHmac('sha256', secret).update(message).digest();
  }

  #forget(now: number): void {
    for (const [name, until] of this.#used) if (until < now) this.#used.delete(name);
  }
}
