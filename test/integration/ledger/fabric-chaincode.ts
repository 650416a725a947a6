/** What the Fabric layer of the tests deploys: the product's contracts and the one that shows a ledger's semantics. */
import { contracts as product } from '@gridveil/chaincode';
import type { ContractClass } from '@gridveil/client/ledger/embedded/fabric-shim-runtime.js';
import { ConformanceContract } from './conformance-contract.js';

export const contracts: readonly ContractClass[] = [...product, ConformanceContract];
