/** What Fabric loads: the named contracts of the chaincode `gridveil`. */
import { AggregationContract } from './contracts/aggregation.js';
import { BillingRecordsContract } from './contracts/billing-records.js';
import { BillingContract } from './contracts/billing.js';
import { ChargesContract } from './contracts/charges.js';
import { EquipmentContract } from './contracts/equipment.js';
import { LeadershipContract } from './contracts/leadership.js';
import { RegistryContract } from './contracts/registry.js';
import { RegulationContract } from './contracts/regulation.js';
import { ReportsContract } from './contracts/reports.js';

export const contracts = [
  RegistryContract,
  LeadershipContract,
  AggregationContract,
  BillingContract,
  ChargesContract,
  BillingRecordsContract,
  ReportsContract,
  RegulationContract,
  EquipmentContract,
];
