/** How a check of many reports says which of them do not count. */
import { GridveilError } from '../errors.js';

/** A report or packet that does not count: its place, and why. */
export interface BadReport {
  readonly index: number;
  readonly refusal: GridveilError;
}

/** `error` if it is a refusal. @throws anything else, which is a bug. */
export function asRefusal(error: unknown): GridveilError {
  if (error instanceof GridveilError) return error;
  throw error;
}
