/** Equipment on the ledger: who looks after a device, and what happened to it. What is told about a fault is sealed to those entitled; number, event and time stand in clear. */
import { identifier, integer, object, oneOf } from './decode.js';
import {
  EQUIPMENT_EVENTS,
  type EquipmentEvent,
  type EquipmentRecord,
  type EquipmentState,
} from './regulation-equipment.js';

export const equipmentRegistration = object({
  grid: identifier,
  deviceId: identifier,
  /** Organisation of the supplier. */
  supplier: identifier,
});

export const equipmentEvent = object({
  grid: identifier,
  deviceId: identifier,
  event: oneOf(EQUIPMENT_EVENTS),
  /** From 1. */
  number: integer(1, 1_000_000_000),
});

/** As stored. */
export interface StoredEquipment extends EquipmentRecord {
  readonly deviceId: string;
  readonly supplier: string;
}

export interface StoredEquipmentEvent {
  readonly deviceId: string;
  readonly number: number;
  readonly event: EquipmentEvent;
  /** After the event. */
  readonly state: EquipmentState;
  /** Transaction time. */
  readonly atSeconds: number;
  /** Of the sealed fault report, base64url. */
  readonly digest: string;
  /** Organisation that filed it. */
  readonly filedBy: string;
  readonly txId: string;
}
