/** What a benchmark network runs: the product's contracts, unchanged, and the baseline beside them in the same process. */
import { contracts as productContracts } from '@gridveil/chaincode';
import { BaselineContract } from './baseline-contract.js';

export const contracts = [...productContracts, BaselineContract];
