/** Exact amounts as people read them; nothing is rounded here. */

const MICRO_DECIMALS = 6;
/** Micro-units per Wh are thousandths of the unit per kWh; Wh are thousandths of a kWh. */
const KILO_DECIMALS = 3;

/** `12.340100` */
export function microText(micro: bigint): string {
  return fixedText(micro, MICRO_DECIMALS);
}

/** The amount to pay, `12.34`. */
export function minorText(minor: bigint, minorDigits: number): string {
  return fixedText(minor, minorDigits);
}

/** Price per kWh in currency units: `0.210`. */
export function kwhPriceText(priceMicroPerWh: number): string {
  return fixedText(BigInt(priceMicroPerWh), KILO_DECIMALS);
}

/** kWh, `7.350`. */
export function kwhText(energyWh: bigint): string {
  return fixedText(energyWh, KILO_DECIMALS);
}

/** Hours, with a fraction only where slots are shorter: `310`, `77.5`. */
export function hoursText(seconds: number): string {
  return String(Math.round((seconds / 3600) * 100) / 100);
}

function fixedText(value: bigint, decimals: number): string {
  const digits = String(value).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
