/** The transactions and queries of regulation (contracts `regulation` and `equipment`) as typed functions: one function for each. */
import type { StoredEquipment, StoredEquipmentEvent } from '@gridveil/chaincode/domain/equipment-record.js';
import type { ActionIssue, StoredAction } from '@gridveil/chaincode/domain/regulation-action.js';
import type {
  ConsumptionEvent,
  ConsumptionRecord,
  ConsumptionState,
} from '@gridveil/chaincode/domain/regulation-consumption.js';
import type { EquipmentEvent } from '@gridveil/chaincode/domain/regulation-equipment.js';
import type {
  PaymentEvent,
  PaymentRecord,
  PaymentState,
} from '@gridveil/chaincode/domain/regulation-payment.js';
import type {
  DevicePolicyRecord,
  OperatorPolicy,
  OperatorPolicyRecord,
} from '@gridveil/chaincode/domain/regulation-policy.js';
import type { StoredReceipt } from './billing-calls.js';
import { collect, evaluate, pages, submit, type WriteReceipt } from './call.js';
import type { Ledger } from './port.js';

/** @param sealed - the limits, from an operator's key to the meter */
export function setOperatorPolicy(
  ledger: Ledger,
  policy: OperatorPolicy,
  sealed: Uint8Array,
): Promise<StoredReceipt> {
  return submit(ledger, 'regulation', 'SetOperatorPolicy', policy, { sealed });
}

/** @param sealed - the policy, from a customer's key to the meter. @param policy - with the meter's signature that it took it */
export function setDevicePolicy(
  ledger: Ledger,
  policy: {
    readonly grid: string;
    readonly meterId: string;
    readonly version: number;
    readonly signature: Uint8Array;
  },
  sealed: Uint8Array,
): Promise<StoredReceipt> {
  return submit(ledger, 'regulation', 'SetDevicePolicy', { ...policy }, { sealed });
}

export interface StateReceipt<State extends string> extends WriteReceipt {
  readonly meterId: string;
  readonly state: State;
}

export function concludeConsumption(
  ledger: Ledger,
  grid: string,
  meterId: string,
  event: ConsumptionEvent,
): Promise<StateReceipt<ConsumptionState>> {
  return submit(ledger, 'regulation', 'ConcludeConsumption', { grid, meterId, event });
}

export function recordPayment(
  ledger: Ledger,
  grid: string,
  meterId: string,
  event: Exclude<PaymentEvent, 'appeal'>,
): Promise<StateReceipt<PaymentState>> {
  return submit(ledger, 'regulation', 'RecordPayment', { grid, meterId, event });
}

/** @param signature - the meter's, over `appealMessage` */
export function appealTrip(
  ledger: Ledger,
  grid: string,
  meterId: string,
  signature: Uint8Array,
): Promise<StateReceipt<PaymentState>> {
  return submit(ledger, 'regulation', 'AppealTrip', { grid, meterId, signature });
}

/** @param sealed - the action, from an operator's key to the meter */
export function issueAction(ledger: Ledger, action: ActionIssue, sealed: Uint8Array): Promise<StoredReceipt> {
  return submit(ledger, 'regulation', 'IssueAction', action, { sealed });
}

/** @param signature - the meter's, over `acknowledgementMessage` */
export function acknowledgeAction(
  ledger: Ledger,
  acknowledgement: {
    readonly grid: string;
    readonly meterId: string;
    readonly nonce: string;
    readonly signature: Uint8Array;
  },
): Promise<StoredReceipt> {
  return submit(ledger, 'regulation', 'AcknowledgeAction', { ...acknowledgement });
}

/** All that the ledger holds of the regulation of a meter; what is not there yet is absent. */
export interface MeterRegulation {
  readonly meterId: string;
  readonly operatorPolicy?: OperatorPolicyRecord;
  readonly devicePolicy?: DevicePolicyRecord;
  readonly consumption?: ConsumptionRecord;
  readonly payment?: PaymentRecord;
  /** Nonces of actions that are neither acknowledged nor withdrawn. */
  readonly pending: readonly string[];
}

export function getRegulation(ledger: Ledger, grid: string, meterId: string): Promise<MeterRegulation> {
  return evaluate(ledger, 'regulation', 'GetRegulation', { grid, meterId });
}

/** All that was ever issued to a meter. */
export function listActions(ledger: Ledger, grid: string, meterId: string): Promise<StoredAction[]> {
  return collect(pages(ledger, 'regulation', 'ListActions', { grid, meterId }));
}

export function registerEquipment(
  ledger: Ledger,
  device: { readonly grid: string; readonly deviceId: string; readonly supplier: string },
): Promise<WriteReceipt> {
  return submit(ledger, 'equipment', 'RegisterEquipment', { ...device });
}

/** @param sealed - the fault report, from an operator's or a supplier's key to those entitled */
export function fileEquipmentEvent(
  ledger: Ledger,
  filing: {
    readonly grid: string;
    readonly deviceId: string;
    readonly event: EquipmentEvent;
    readonly number: number;
  },
  sealed: Uint8Array,
): Promise<StoredReceipt> {
  return submit(ledger, 'equipment', 'FileEquipmentEvent', { ...filing }, { sealed });
}

export function listEquipment(ledger: Ledger, grid: string): Promise<StoredEquipment[]> {
  return collect(pages(ledger, 'equipment', 'ListEquipment', { grid }));
}

export function listEquipmentEvents(
  ledger: Ledger,
  grid: string,
  deviceId: string,
): Promise<StoredEquipmentEvent[]> {
  return collect(pages(ledger, 'equipment', 'ListEquipmentEvents', { grid, deviceId }));
}
