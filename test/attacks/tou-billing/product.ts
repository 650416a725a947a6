/** What the attacks on the product of paper 001 share: the outcome of the checks every aggregator and endorser makes. */
import type { BillingReport } from '@gridveil/chaincode/crypto/tou-billing.js';
import { findBadReports } from '@gridveil/chaincode/crypto/tou-billing-check.js';
import { SLOT, type ToyBilling } from '../../helpers/toy-billing.js';

/** For each report `accepted` or the code it is refused with. */
export function outcomes(toy: ToyBilling, ...reports: readonly BillingReport[]): string[] {
  const bad = findBadReports(toy.prover.statement, toy.scope, SLOT, reports, (id) => toy.keyOf(id));
  return reports.map((_, i) => bad.find(({ index }) => index === i)?.refusal.code ?? 'accepted');
}
