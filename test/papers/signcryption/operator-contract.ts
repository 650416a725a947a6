/**
 * Paper 002, Algorithm 1: the grid operator's contract as printed. Reference for tests only.
 *
 * Everything is public state, meter_value included; anybody may set it and call the functions; comparisons are with enumerations, so that a value
 * between "normal" and the threshold gives no output.
 */
export interface OperatorState {
  meter_value: number | 'abnormality' | 'normality';
  threshold_value: number;
  electricity_bill: 'paid' | 'arrears' | 'serious arrears';
  meter_prepaid: 'enough' | 'lack';
  readonly GridOperator: string;
  readonly meter: string;
}

export class GridOperatorFeedback {
  constructor(readonly state: OperatorState) {}

  /** @returns undefined where the printed cases say nothing */
  consumption(): string | undefined {
    const { meter_value, threshold_value, meter, GridOperator } = this.state;
    const to = `${meter} || ${GridOperator} || `;
    if (meter_value === 'abnormality') return `${to}Data has been tampered with, please re-upload`;
    if (typeof meter_value === 'number' && meter_value >= threshold_value)
      return `${to}Excessive power consumption, transfer to power saving mode`;
    if (meter_value === 'normality') return `${to}Smart meter runs as usual`;
    return undefined;
  }

  cost(): string {
    const { electricity_bill, meter_prepaid, meter, GridOperator } = this.state;
    const to = `${meter} || ${GridOperator} || `;
    if (meter_prepaid === 'lack')
      return `${to}Insufficient prepayment, notify users to pay electricity bills`;
    if (electricity_bill === 'arrears') return `${to}Please pay the electricity fee`;
    if (electricity_bill === 'serious arrears') return `${to}Forced trip`;
    return 'Report the latest electricity price';
  }
}
