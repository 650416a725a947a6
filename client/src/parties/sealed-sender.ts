/** Sealing to single receivers in regulation: what an operator, a customer or a supplier sends is a signcrypted message of its own sending key. */
import type { ReportScope } from '@gridveil/chaincode/crypto/signcryption.js';
import type { SigncryptionPublicKey } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { ReportSealer } from '../crypto/signcryption.js';
import type { SigncryptionKey } from '../crypto/signcryption-keys.js';

export class SealedSender {
  readonly #sealer: ReportSealer;
  readonly #scope: ReportScope & { readonly slotSeconds: number };

  private constructor(sealer: ReportSealer, scope: ReportScope & { readonly slotSeconds: number }) {
    this.#sealer = sealer;
    this.#scope = scope;
  }

  static async create(
    key: SigncryptionKey,
    { channel, grid }: ReportScope,
    slotSeconds: number,
  ): Promise<SealedSender> {
    return new SealedSender(await ReportSealer.create(key), { channel, grid, slotSeconds });
  }

  /** @param nowSeconds - dates the message by its slot */
  seal(receivers: readonly SigncryptionPublicKey[], plaintext: Uint8Array, nowSeconds: number): Uint8Array {
    const { channel, grid, slotSeconds } = this.#scope;
    const facts = { channel, grid, slot: Math.floor(nowSeconds / slotSeconds) };
    return this.#sealer.seal(
      facts,
      receivers.map((receiver) => ({ receiver, plaintext })),
    );
  }
}
