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

/** What has happened to a device so far. */
class DeviceRecord {
  readonly services: Service[] = [];
  #alarms = 0;
  #downtimeSeconds = 0;
  #repairs = 0;
  #repairSeconds = 0;
  #state: EquipmentState = 'normal';
  #inServiceSince: number | undefined;
  #failedAt: number | undefined;

  constructor(
    readonly deviceId: string,
    sinceSeconds: number,
  ) {
    this.#inServiceSince = sinceSeconds;
  }

  add({ event, state, atSeconds }: DeviceEvent): void {
    const [before, now] = [SEVERITY[this.#state], SEVERITY[state]];
    if (now !== undefined && before !== undefined && now > before) this.#alarms += 1;
    if (now === undefined) this.#leaveService(atSeconds, event === 'fail');
    // A device that fails during planned work is down from then on.
    if (event === 'fail') this.#failedAt ??= atSeconds;
    if (event === 'restore') this.#restore(atSeconds);
    this.#state = state;
  }

  #leaveService(atSeconds: number, failed: boolean): void {
    if (this.#inServiceSince === undefined) return;
    this.services.push({ seconds: atSeconds - this.#inServiceSince, end: failed ? 'failed' : 'planned' });
    this.#inServiceSince = undefined;
  }

  #restore(atSeconds: number): void {
    this.#inServiceSince = atSeconds;
    if (this.#failedAt === undefined) return;
    this.#repairs += 1;
    this.#repairSeconds += atSeconds - this.#failedAt;
    this.#downtimeSeconds += atSeconds - this.#failedAt;
    this.#failedAt = undefined;
  }

  /** The observation ends. */
  end(untilSeconds: number): DeviceStatistics {
    if (this.#failedAt !== undefined) this.#downtimeSeconds += untilSeconds - this.#failedAt;
    const age = this.#inServiceSince === undefined ? undefined : untilSeconds - this.#inServiceSince;
    if (age !== undefined) this.services.push({ seconds: age, end: 'goes-on' });
    return {
      ...{ deviceId: this.deviceId, alarms: this.#alarms, downtimeSeconds: this.#downtimeSeconds },
      ...{ repairs: this.#repairs, repairSeconds: this.#repairSeconds },
      failures: this.services.filter(({ end }) => end === 'failed').length,
      serviceSeconds: this.services.reduce((sum, { seconds }) => sum + seconds, 0),
      ...(age === undefined ? {} : { ageSeconds: age }),
    };
  }
}

interface Observed {
  readonly services: readonly Service[];
  readonly statistics: DeviceStatistics;
}

function observe(history: DeviceHistory, untilSeconds: number): Observed {
  checked(history, untilSeconds);
  const record = new DeviceRecord(history.deviceId, history.sinceSeconds);
  for (const event of history.events) record.add(event);
  const statistics = record.end(untilSeconds);
  return { services: record.services, statistics };
}

/** @param untilSeconds - when the observation ends. @throws RangeError for events that are not one history up to then. */
export function deviceStatistics(history: DeviceHistory, untilSeconds: number): DeviceStatistics {
  return observe(history, untilSeconds).statistics;
}

/** Times in service of all devices in seconds, failed or censored; stays of no time are left out. @throws RangeError as `deviceStatistics`. */
export function lifetimesOf(histories: readonly DeviceHistory[], untilSeconds: number): Lifetime[] {
  return histories
    .flatMap((history) => observe(history, untilSeconds).services)
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
