/**
 * Table 2, tried out: for each property one attempt to break it, on the printed form and on the product, with toy keys. The cells of the columns beside the printed ones are what came out.
 * The full list of attempts is test/attacks/tou-billing.
 */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bigintToBytes, bytesToBigint, utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import { encodeCiphertext } from '@gridveil/chaincode/crypto/paillier.js';
import { monthlyCharge, wrongCharges } from '@gridveil/chaincode/crypto/tou-billing-charge.js';
import { findBadReports } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import type { BillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import { openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';
import { SLOT, toyBilling, type ToyBilling } from '../../helpers/toy-billing.js';
import { anAccepts, espOpens, recomputedCharge, verifyCharges } from './billing.js';
import { batchVerify, hash, randomKeyPair, sign, verify } from './bls.js';
import type { PROPERTIES } from './costs.js';
import { encrypt, setUpToy, shift, type KeyPair } from './paillier.js';
import { meter, packetOf } from './report.js';
import { literalPrice, price } from './tariff.js';

export type Property = keyof typeof PROPERTIES;

export interface PropertyCheck {
  readonly property: Property;
  readonly attempt: string;
  /** Whether the row's words are true of the form, after the attempt. */
  readonly printed: boolean;
  readonly product: boolean;
  readonly note: string;
}

const PRICES = { high: 420n, normal: 150n, low: 90n };
const READING_WH = 239n;
const OMEGA = 30;

/** @throws whatever the product refuses but a report */
export async function checkProperties(): Promise<PropertyCheck[]> {
  const keys = setUpToy();
  const toy = await toyBilling();
  return [
    {
      property: 'Confidentiality',
      attempt:
        'a meter files a re-randomised copy of a neighbour’s ciphertext as its own: its bill is the neighbour’s reading',
      printed: !copiedReportAccepted(keys),
      product: refusals(toy, copiedReport(toy)).join() === 'REPORT_BAD_PROOF',
      note: 'T001-6; from the ESP nothing is confidential, see the last row',
    },
    {
      property: 'Aggregate billing',
      attempt: 'every slot of a month has the price of Algorithm 1, and the charge opens to the clear sum',
      printed: everySlotIsPriced(),
      product: chargeOpensToClearSum(toy),
      note: 'T001-9; with the algorithm corrected the printed form bills, too',
    },
    {
      property: 'Data integrity and non-repudiation',
      attempt: 'two signatures that cancel each other’s error are in a batch, and neither is valid alone',
      printed: !cancellingSignaturesAccepted(),
      product:
        refusals(toy, ...cancellingReports(toy)).join() === 'REPORT_BAD_SIGNATURE,REPORT_BAD_SIGNATURE',
      note: 'T001-2',
    },
    {
      property: 'Resist malicious AN attack',
      attempt: 'the AN moves an amount from one monthly charge to another',
      printed: !movedChargesVerify(keys),
      product: movedChargesNamed(toy).join() === 'm1,m2',
      note: 'T001-1; Eq. (19) multiplies over users, and the product of the charges stays the same',
    },
    {
      property: 'Trusted authority',
      attempt: 'the ESP opens a single report',
      printed: espOpens(keys.publicKey, keys.privateKey, encrypt(keys.publicKey, READING_WH)) === READING_WH,
      product:
        openCiphertext(toy.privateKey, bytesToBigint(toy.report('m1', Number(READING_WH)).ciphertext)).m ===
        READING_WH,
      note: 'T001-5; the paper calls the ESP “completely credible”. In the product its openings are proven, the contract takes none of single reports, yet whoever has the key can read',
    },
  ];
}

function copiedReportAccepted({ publicKey }: KeyPair): boolean {
  const attacker = meter('attacker');
  const copy = (encrypt(publicKey, READING_WH) * encrypt(publicKey, 0n)) % publicKey.N2;
  return anAccepts(publicKey, [packetOf(publicKey, attacker, copy, 'T1')], () => attacker.keys.pk);
}

function copiedReport(toy: ToyBilling): BillingReport {
  const { nSquared, ciphertextBytes } = toy.publicKey;
  const victim = toy.report('m1', Number(READING_WH));
  const copy = (bytesToBigint(victim.ciphertext) * bytesToBigint(toy.encrypt(0n))) % nSquared;
  return toy.reportOver('m2', bigintToBytes(copy, ciphertextBytes), victim.proof);
}

function everySlotIsPriced(): boolean {
  const slots = Array.from({ length: 24 * OMEGA }, (_, i) => i + 1);
  return slots.every((gamma) => literalPrice(PRICES, gamma, OMEGA) === price(PRICES, gamma));
}

function chargeOpensToClearSum(toy: ToyBilling): boolean {
  const slots = monthOf(toy, 'm1');
  const clear = slots.reduce((sum, { energyWh, priceMicroPerWh }) => sum + energyWh * priceMicroPerWh, 0);
  return openCiphertext(toy.privateKey, monthlyCharge(toy.publicKey, 'm1', slots)).m === BigInt(clear);
}

function monthOf(toy: ToyBilling, meterId: string) {
  return [
    { energyWh: 500, priceMicroPerWh: 420 },
    { energyWh: 700, priceMicroPerWh: 150 },
    { energyWh: 110, priceMicroPerWh: 90 },
  ].map((slot) => ({ ...slot, ciphertext: toy.report(meterId, slot.energyWh).ciphertext }));
}

const ERROR_POINT = hash(utf8('any point'));

function cancellingSignaturesAccepted(): boolean {
  const signed = ['a', 'b'].map((text, i) => {
    const keys = randomKeyPair();
    const message = utf8(text);
    const sigma = sign(keys, message);
    return { pk: keys.pk, message, sigma: i === 0 ? sigma.add(ERROR_POINT) : sigma.subtract(ERROR_POINT) };
  });
  return batchVerify(signed) && !signed.some(verify);
}

function cancellingReports(toy: ToyBilling): BillingReport[] {
  return ['m1', 'm2'].map((meterId, i) => {
    const report = toy.report(meterId, 100);
    const sigma = bls12_381.G2.Point.fromBytes(report.signature);
    const moved = i === 0 ? sigma.add(ERROR_POINT) : sigma.subtract(ERROR_POINT);
    return { ...report, signature: moved.toBytes() };
  });
}

function movedChargesVerify({ publicKey }: KeyPair): boolean {
  const homes = [READING_WH, 2n * READING_WH].map((d) => [{ C: encrypt(publicKey, d), price: PRICES.high }]);
  const charges = homes.map((slots) => recomputedCharge(publicKey, slots));
  const [from = 0n, to = 0n] = charges;
  return verifyCharges(publicKey, charges, [
    shift(publicKey, from, -100_000n),
    shift(publicKey, to, 100_000n),
  ]);
}

function movedChargesNamed(toy: ToyBilling): string[] {
  const { publicKey } = toy;
  const { n, nSquared } = publicKey;
  const honest = new Map(
    ['m1', 'm2', 'm3'].map((id) => [id, monthlyCharge(publicKey, id, monthOf(toy, id))]),
  );
  const factors: Readonly<Record<string, bigint>> = { m1: 1n - 1000n * n + nSquared, m2: 1n + 1000n * n };
  const stored = [...honest].map(([meterId, charge]) => ({
    meterId,
    charge: encodeCiphertext(publicKey, (charge * (factors[meterId] ?? 1n)) % nSquared),
  }));
  return wrongCharges(publicKey, stored, (meterId) => honest.get(meterId) ?? 0n);
}

/** The codes that the checks of every aggregator and endorser refuse reports with. */
function refusals(toy: ToyBilling, ...reports: readonly BillingReport[]): string[] {
  const bad = findBadReports(toy.prover.statement, toy.scope, SLOT, reports, (id) => toy.keyOf(id));
  return bad.map(({ refusal }) => refusal.code);
}
