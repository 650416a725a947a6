/**
 * How a meter merges what its operator and its user want (paper 002 section V, "smart contracts" of operator and user).
 *
 * Run by the meter, on what was sealed to it; neither side sees what the other one wants. The rule: whoever wants less power wins.
 *   1. A tripped meter supplies nothing.
 *   2. The limit is the operator's: its saving limit in power-saving mode, else its general one. A user can never raise it.
 *   3. A device runs only when its user's rule allows it (price at most the cap, time inside the hours) and what it draws fits under the limit together with the devices before it
 *      in the user's order.
 *   4. Power of devices without a rule is the user's own affair up to the limit.
 */
import type { ConsumptionState } from '@gridveil/chaincode/domain/regulation-consumption.js';
import type { DevicePolicyText, DeviceRule, OperatorLimits } from './sealed-texts.js';

/** What holds now. */
export interface Circumstances {
  readonly consumption: ConsumptionState;
  readonly tripped: boolean;
  /** 0 to 1439, in UTC. */
  readonly minuteOfDay: number;
  /** Millionths of the currency unit for each Wh. */
  readonly priceMicroPerWh: number;
}

export interface MergedPolicy {
  readonly limitW: number;
  /** Devices that may run, in the user's order. */
  readonly running: readonly string[];
}

export function mergePolicies(
  operator: OperatorLimits,
  user: DevicePolicyText | undefined,
  circumstances: Circumstances,
): MergedPolicy {
  const { consumption, tripped } = circumstances;
  if (tripped) return { limitW: 0, running: [] };
  const limitW =
    consumption === 'saving' ? Math.min(operator.savingPowerW, operator.maxPowerW) : operator.maxPowerW;
  const running: string[] = [];
  let takenW = 0;
  for (const rule of user?.devices ?? []) {
    if (!userAllows(rule, circumstances) || takenW + rule.powerW > limitW) continue;
    takenW += rule.powerW;
    running.push(rule.device);
  }
  return { limitW, running };
}

function userAllows(
  { maxPriceMicroPerWh, fromMinute, toMinute }: DeviceRule,
  { minuteOfDay, priceMicroPerWh }: Circumstances,
): boolean {
  if (maxPriceMicroPerWh !== undefined && priceMicroPerWh > maxPriceMicroPerWh) return false;
  const from = fromMinute ?? 0;
  const to = toMinute ?? 0;
  if (from === to) return true;
  return from < to ? minuteOfDay >= from && minuteOfDay < to : minuteOfDay >= from || minuteOfDay < to;
}
