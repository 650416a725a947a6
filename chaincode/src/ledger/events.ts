/** The one table of event names. A transaction emits exactly one event when it writes, and none when it does not. */
import type { Context } from 'fabric-contract-api';
import { utf8 } from '../crypto/bytes.js';
import { canonicalJson, type JsonValue } from './canonical-json.js';

export const EVENTS = {
  roleGranted: 'RoleGranted',
  roleRevoked: 'RoleRevoked',
  gridCreated: 'GridCreated',
  fogNodeRegistered: 'FogNodeRegistered',
  regionAssigned: 'RegionAssigned',
  metersRegistered: 'MetersRegistered',
  meterRevoked: 'MeterRevoked',
  electionStarted: 'ElectionStarted',
  voteCast: 'VoteCast',
  leaderElected: 'LeaderElected',
  leaseRenewed: 'LeaseRenewed',
  regionTotalsSubmitted: 'RegionTotalsSubmitted',
  regionWithheld: 'RegionWithheld',
  totalSubmitted: 'TotalSubmitted',
  slotOpened: 'SlotOpened',
  billingOpened: 'BillingOpened',
  aggregatorRegistered: 'AggregatorRegistered',
  billingMetersRegistered: 'BillingMetersRegistered',
  tariffPublished: 'TariffPublished',
  slotBlockSubmitted: 'SlotBlockSubmitted',
  areaOpened: 'AreaOpened',
  billingPeriodClosed: 'BillingPeriodClosed',
  chargePartSummed: 'ChargePartSummed',
  missingSlotsRecorded: 'MissingSlotsRecorded',
  monthlyChargesSubmitted: 'MonthlyChargesSubmitted',
  chargesOpened: 'ChargesOpened',
  disputeOpened: 'DisputeOpened',
  disputeResolved: 'DisputeResolved',
  signcryptionOpened: 'SigncryptionOpened',
  signcryptionKeysRegistered: 'SigncryptionKeysRegistered',
  signcryptionKeyRevoked: 'SigncryptionKeyRevoked',
  reportsSubmitted: 'ReportsSubmitted',
  operatorPolicySet: 'OperatorPolicySet',
  devicePolicySet: 'DevicePolicySet',
  consumptionConcluded: 'ConsumptionConcluded',
  paymentChanged: 'PaymentChanged',
  tripAppealed: 'TripAppealed',
  actionIssued: 'ActionIssued',
  actionAcknowledged: 'ActionAcknowledged',
  equipmentRegistered: 'EquipmentRegistered',
  equipmentChanged: 'EquipmentChanged',
} as const;

export type EventName = (typeof EVENTS)[keyof typeof EVENTS];

export function emit(ctx: Context, name: EventName, payload: JsonValue): void {
  ctx.stub.setEvent(name, utf8(canonicalJson(payload)));
}
