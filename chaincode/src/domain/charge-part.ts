/**
 * Parts of a billing period: for each meter the product of its ciphertexts at each price, over so many slots of a closed period.
 *
 * Run by the billing contract. Source: paper 001 Eq. (12), (13), grouped by price as spec/schemes.md 2.C does. A month of 100 meters is 70 MB of packets, more than one transaction
 * may read; a part of a week is 16 MB. Parts are functions of committed packets alone and stand under keys of their own, so that they are summed in any order, by anyone,
 * at the same time, without conflicts. Nothing is written for a meter while reports come in: that would double what a report costs.
 */
import { fromBase64url } from '../crypto/bytes.js';
import { decodeCiphertext, encodeCiphertext, type PaillierPublicKey } from '../crypto/paillier.js';
import { priceProducts, type PriceProducts, type PricedCiphertext } from '../crypto/tou-billing-charge.js';
import type { BillingPacket } from '../crypto/tou-billing.js';
import { tariffIdentifier } from './billing-tariff.js';
import { identifier, integer, object } from './decode.js';
import { priceMicroPerWh, type TariffTable } from './tariff.js';

export const chargePartCall = object({
  grid: identifier,
  aggregator: identifier,
  tariffId: tariffIdentifier,
  part: integer(0, 100_000),
});

/** As stored for a meter and a part; the product is base64url. */
export interface ChargePartRecord {
  readonly meterId: string;
  readonly part: number;
  /** Ascending by price. */
  readonly products: readonly {
    readonly priceMicroPerWh: number;
    readonly slots: number;
    readonly product: string;
  }[];
  /** Slots of the part without a report, ascending. */
  readonly missing: readonly number[];
}

/** As stored once for a part: it has been summed. */
export interface ChargePartSum {
  readonly part: number;
  readonly meters: number;
  readonly txId: string;
}

/** The packets of a slot, from all its blocks. */
export interface SlotPackets {
  readonly slot: number;
  readonly packets: readonly BillingPacket[];
}

/** What is stored of a meter's part: products still as bytes. */
export interface ChargePart extends Omit<ChargePartRecord, 'products'> {
  readonly products: readonly {
    readonly priceMicroPerWh: number;
    readonly slots: number;
    readonly product: Uint8Array;
  }[];
}

/**
 * The part of every meter that reported under the tariff in these slots, by meter id (code units).
 * Cost: one product for each report.
 */
export function sumChargePart(
  key: PaillierPublicKey,
  tariffId: string,
  tariff: TariffTable,
  part: number,
  slots: readonly SlotPackets[],
): ChargePart[] {
  const reports = new Map<string, Map<number, Uint8Array>>();
  for (const { slot, packets } of slots)
    for (const packet of packets.filter((each) => each.tariffId === tariffId)) {
      const own = reports.get(packet.meterId) ?? new Map<number, Uint8Array>();
      reports.set(packet.meterId, own.set(slot, packet.ciphertext));
    }
  return [...reports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([meterId, own]) => {
      const priced = [...own].map(([slot, ciphertext]) => ({
        priceMicroPerWh: priceMicroPerWh(tariff, slot),
        ciphertext,
      }));
      const missing = slots.map(({ slot }) => slot).filter((slot) => !own.has(slot));
      return { meterId, part, products: productsOf(key, meterId, priced), missing };
    });
}

function productsOf(
  key: PaillierPublicKey,
  meterId: string,
  priced: readonly PricedCiphertext[],
): ChargePart['products'] {
  return [...priceProducts(key, `meter "${meterId}"`, priced)]
    .sort(([a], [b]) => a - b)
    .map(([price, product]) => ({
      priceMicroPerWh: price,
      slots: priced.filter((each) => each.priceMicroPerWh === price).length,
      product: encodeCiphertext(key, product),
    }));
}

/** The products of a stored part. */
export function storedProducts(
  key: PaillierPublicKey,
  { meterId, products }: ChargePartRecord,
): PriceProducts {
  return new Map(
    products.map(({ priceMicroPerWh: price, product }) => [
      price,
      decodeCiphertext(key, fromBase64url(product, 'product'), `meter "${meterId}"`),
    ]),
  );
}
