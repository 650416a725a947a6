/**
 * Who may do what. Roles are granted by an admin of the holder's own organisation.
 *
 * registrar: fog nodes and meters of the grids of its organisation · mdms: creates grids, opens totals ·
 * fog: submits region totals and slot blocks, stands for leader · auditor: reads meters and evidence, resolves disputes ·
 * esp: sets prices, closes periods, opens area totals and charges · customer: reads what bills are made of, contests them;
 * appeals against a trip, sets device policies ·
 * kgc: opens signcryption of a grid, registers its keys · accounting: submits blocks of signcrypted reports ·
 * operator: regulates the meters of its organisation's grids · regulator: approves or refuses trips, decides appeals ·
 * supplier: files what happens to its equipment
 */
export const ROLES = [
  'registrar',
  'mdms',
  'fog',
  'auditor',
  'esp',
  'customer',
  'kgc',
  'accounting',
  'operator',
  'regulator',
  'supplier',
] as const;

export type Role = (typeof ROLES)[number];
