/** Rules about one meter's slots do not know whose they are; their refusals shall. */
import { GridveilError, refusal } from '../errors.js';

/** Runs a check; what it refuses names the meter, too. @throws as `check` does */
export function namingMeter<T>(meterId: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof GridveilError ? refusal(error.code, { ...error.facts, meterId }) : error;
  }
}
