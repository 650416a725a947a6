/** The product's contracts with one difference: tariffs may be for minutes, so that a test can see the end of a period. */
import { contracts as product } from '@gridveil/chaincode';
import { BillingContract } from '@gridveil/chaincode/contracts/billing.js';
import { TARIFF_LIMITS } from '@gridveil/chaincode/domain/tariff.js';
import type { ContractClass } from '@gridveil/client/ledger/embedded/fabric-shim-runtime.js';

class ShortBillingContract extends BillingContract {
  protected override readonly tariffLimits = {
    ...TARIFF_LIMITS,
    minPeriodSeconds: 120,
    minBandSlots: 1,
    minBandSeconds: 60,
    minAlternatives: 1,
    quietHomeWatts: 1_000_000,
  };
}

export const contracts: readonly ContractClass[] = [
  ...product.filter((contract) => contract !== BillingContract),
  ShortBillingContract,
];
