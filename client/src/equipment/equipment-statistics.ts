/**
 * What a supplier learns from the states of its devices (paper 002 section V.C): alarms, outages and how long they last, failures, times between and to repair.
 *
 * Run by equipment suppliers on the events that the ledger holds (chaincode/src/domain/regulation-equipment.ts). Pure: the same events give the same statistics.
 *
 *   alarm      a device comes into alarm or emergency from a better state
 *   failure    a device that was in service fails
 *   downtime   from a failure until the device is restored      planned work is out of service and no downtime
 *   MTBF       time in service / failures                       MTTR   downtime of completed repairs / their number
 */
import type { EquipmentEvent, EquipmentState } from '@gridveil/chaincode/domain/regulation-equipment.js';
import type { Lifetime } from './lifetime-fit.js';

/** A transition of a device, as the ledger holds it. */
export interface DeviceEvent {
  readonly deviceId: string;
  /** From 1, without a gap. */
  readonly number: number;
  readonly event: EquipmentEvent;
  /** After the event. */
  readonly state: EquipmentState;
  readonly atSeconds: number;
}

/** A device with all that happened to it. */
export interface DeviceHistory {
  readonly deviceId: string;
  /** When it went into service, in state normal. */
  readonly sinceSeconds: number;
  /** By number. */
  readonly events: readonly DeviceEvent[];
}

export interface DeviceStatistics {
  readonly deviceId: string;
  readonly alarms: number;
  readonly failures: number;
  readonly serviceSeconds: number;
  readonly downtimeSeconds: number;
  /** Failures that were repaired, and how long they took together. */
  readonly repairs: number;
  readonly repairSeconds: number;
  /** Since it last went into service; undefined when it is not. */
  readonly ageSeconds?: number;
}

export interface FleetStatistics {
  readonly devices: number;
  readonly alarms: number;
  readonly failures: number;
  /** Share of devices that failed at least once. */
  readonly failedShare: number;
  /** Failures of a device in a year of service; NaN without service. */
  readonly failuresPerYear: number;
  readonly downtimeSeconds: number;
  /** Downtime of all time that no planned work took. */
  readonly unavailability: number;
  /** Mean time between failures; Infinity without any. */
  readonly mtbfSeconds: number;
  /** Mean time to repair; NaN without a repair. */
  readonly mttrSeconds: number;
}

const YEAR_SECONDS = 365.25 * 86_400;
const SEVERITY: Readonly<Partial<Record<EquipmentState, number>>> = { normal: 0, alarm: 1, emergency: 2 };

/** @throws RangeError for events out of order, with a gap, of another device, or after `untilSeconds`. */
function checked({ deviceId, sinceSeconds, events }: DeviceHistory, untilSeconds: number): void {
  let last = sinceSeconds;
  events.forEach((event, i) => {
    if (event.deviceId !== deviceId || event.number !== i + 1 || event.atSeconds < last)
      throw new RangeError('"events" expected those of one device, in order and without a gap');
    last = event.atSeconds;
  });
  if (last > untilSeconds) throw new RangeError('"untilSeconds" expected a time after all events');
}

/** One stay in service, with how it ended. */
interface Service {
  readonly seconds: number;
  readonly end: 'failed' | 'planned' | 'goes-on';
}

/** What `walk` finds in a history. */
interface Walked {
  readonly services: readonly Service[];
  readonly statistics: DeviceStatistics;
}

/** @param untilSeconds - when the observation ends */
function walk(history: DeviceHistory, untilSeconds: number): Walked {
  checked(history, untilSeconds);
  const { deviceId, sinceSeconds, events } = history;
  const services: Service[] = [];
  let [alarms, downtimeSeconds, repairs, repairSeconds] = [0, 0, 0, 0];
  let state: EquipmentState = 'normal';
  let inServiceSince: number | undefined = sinceSeconds;
  let failedAt: number | undefined;
  for (const event of events) {
    const [before, now] = [SEVERITY[state], SEVERITY[event.state]];
    if (now !== undefined && before !== undefined && now > before) alarms += 1;
    if (inServiceSince !== undefined && now === undefined) {
      const failed = event.event === 'fail';
      services.push({ seconds: event.atSeconds - inServiceSince, end: failed ? 'failed' : 'planned' });
      inServiceSince = undefined;
      if (failed) failedAt = event.atSeconds;
    }
    if (event.event === 'restore') {
      if (failedAt !== undefined) {
        repairs += 1;
        repairSeconds += event.atSeconds - failedAt;
        downtimeSeconds += event.atSeconds - failedAt;
        failedAt = undefined;
      }
      inServiceSince = event.atSeconds;
    }
    // A device that fails during planned work is down from then on.
    if (event.event === 'fail' && inServiceSince === undefined) failedAt ??= event.atSeconds;
    state = event.state;
  }
  if (failedAt !== undefined) downtimeSeconds += untilSeconds - failedAt;
  if (inServiceSince !== undefined) services.push({ seconds: untilSeconds - inServiceSince, end: 'goes-on' });
  return {
    services,
    statistics: {
      ...{ deviceId, alarms, downtimeSeconds, repairs, repairSeconds },
      failures: services.filter(({ end }) => end === 'failed').length,
      serviceSeconds: services.reduce((sum, { seconds }) => sum + seconds, 0),
      ...(inServiceSince === undefined ? {} : { ageSeconds: untilSeconds - inServiceSince }),
    },
  };
}

/** @param untilSeconds - when the observation ends. @throws RangeError for events that are not one history up to then. */
export function deviceStatistics(history: DeviceHistory, untilSeconds: number): DeviceStatistics {
  return walk(history, untilSeconds).statistics;
}

/** Times in service of all devices in seconds, failed or censored; stays of no time are left out. @throws RangeError as `deviceStatistics`. */
export function lifetimesOf(histories: readonly DeviceHistory[], untilSeconds: number): Lifetime[] {
  return histories
    .flatMap((history) => walk(history, untilSeconds).services)
    .filter(({ seconds }) => seconds > 0)
    .map(({ seconds, end }) => ({ time: seconds, failed: end === 'failed' }));
}

export function fleetStatistics(devices: readonly DeviceStatistics[]): FleetStatistics {
  const total = (of: (device: DeviceStatistics) => number): number =>
    devices.reduce((sum, device) => sum + of(device), 0);
  const failures = total((device) => device.failures);
  const serviceSeconds = total((device) => device.serviceSeconds);
  const downtimeSeconds = total((device) => device.downtimeSeconds);
  return {
    devices: devices.length,
    alarms: total(({ alarms }) => alarms),
    failures,
    failedShare: total((device) => (device.failures > 0 ? 1 : 0)) / devices.length,
    failuresPerYear: (failures * YEAR_SECONDS) / serviceSeconds,
    downtimeSeconds,
    unavailability: downtimeSeconds / (serviceSeconds + downtimeSeconds),
    mtbfSeconds: serviceSeconds / failures,
    mttrSeconds: total(({ repairSeconds }) => repairSeconds) / total(({ repairs }) => repairs),
  };
}
