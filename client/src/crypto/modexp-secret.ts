/**
 * Powers with a secret exponent and a secret modulus, for whoever holds a Paillier private key.
 *
 * The power goes through OpenSSL's Diffie-Hellman code (spec 0.3, chaincode/src/crypto/modular.ts), which treats the exponent as secret
 * and takes the constant-time path. Two exceptions are variable time: a modulus outside 512 to 10,000 bits (toy keys), and an OpenSSL that fails
 * the self-test; both fall back to BigInt. Conversions between BigInt and bytes are variable time in every case.
 */
import { ModularPower } from '@gridveil/chaincode/crypto/modular.js';

/** x -> x^exponent mod modulus. Shows neither exponent nor modulus. */
export class SecretPower {
  readonly #power: ModularPower;
  readonly #exponent: bigint;

  constructor(modulus: bigint, exponent: bigint) {
    this.#power = new ModularPower(modulus);
    this.#exponent = exponent;
  }

  of(base: bigint): bigint {
    return this.#power.pow(base, this.#exponent);
  }
}
