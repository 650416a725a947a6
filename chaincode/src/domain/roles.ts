/**
 * Who may do what. Roles are granted by an admin of the holder's own organisation.
 *
 * registrar: fog nodes and meters of the grids of its organisation · mdms: creates grids, opens totals ·
 * fog: submits region totals, stands for leader · auditor: reads meters and evidence.
 */
export const ROLES = ['registrar', 'mdms', 'fog', 'auditor'] as const;

export type Role = (typeof ROLES)[number];
