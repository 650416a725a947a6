/** Who saw what in a run of signcryption, with the run's own numbers. */
import type { PartyView } from './result.js';

export function signcryptionViews(meters: number, slots: number, reports: number): PartyView[] {
  return [
    {
      party: 'meter',
      saw: `its own measurements, at most ${slots}, and what the operator sealed to it`,
      couldNotSee: `anything of the ${meters - 1} other meters`,
    },
    {
      party: 'accounting',
      saw: `${reports} sealed reports: who reported, to whom, how long each part is`,
      couldNotSee: 'any measurement: it has no key, and no sum of ciphertexts means anything',
    },
    {
      party: 'control centre',
      saw: `energy, voltages and currents of each meter: it looks for theft`,
      couldNotSee:
        'what meters sealed to others, though it issued everyone a partial key; what the operator told a meter',
    },
    {
      party: 'grid operator',
      saw: 'energy and power of each meter: it regulates single meters, so it reads them',
      couldNotSee: 'voltages and currents; temperatures of meters',
    },
    {
      party: 'supplier',
      saw: 'voltages, frequency and temperature: how the equipment does; its fault reports',
      couldNotSee: 'how much anybody used, but for what a voltage that drops under load tells',
    },
    {
      party: 'regulator',
      saw: 'states: in arrears, trip requested; that is what it decides about',
      couldNotSee: 'amounts, measurements',
    },
    {
      party: 'every peer',
      saw: 'sealed bytes, digests, action codes and states of meters, among them who is in arrears',
      couldNotSee: 'any measurement, limit, amount or fault',
    },
  ];
}
