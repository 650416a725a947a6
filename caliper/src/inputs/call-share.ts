/** What a round may use, whatever its calls are. */
import type { BillingArea } from './billing-area.js';
import type { SigncryptedGrid } from './signcrypted-grid.js';
import type { RoundShare } from './target.js';

/** What a round may use; one of slot blocks has areas: it takes their first slots, then their second ones. A block has one total, of all meters of its area. */
export interface CallShare extends RoundShare {
  readonly areas?: readonly BillingArea[];
  /** Of a round of signcrypted blocks: it takes slot after slot of its grid, back in time. */
  readonly signcrypted?: SigncryptedGrid;
}
