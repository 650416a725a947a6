/** Actions of the grid operator as notices for the customer's phone: what each code means, in words (paper 002, Algorithm 1). */
import type { ActionCode } from '@gridveil/chaincode/domain/regulation-action.js';
import type { Notice } from './notice-store.js';

const SENTENCES: Readonly<Record<ActionCode, string>> = {
  'run-as-usual': 'Your connection runs as usual.',
  'save-power': 'The grid is short of power: your meter has gone into power-saving mode.',
  're-upload': 'A reading of your meter did not arrive as it was sent: the meter sends it again.',
  supply: 'Your connection is supplied.',
  'notify-prepayment-low': 'Your prepaid credit runs low: top it up.',
  'notify-arrears': 'Your electricity bill is not paid: pay it, or talk to your supplier.',
  'notify-serious-arrears': 'Your electricity bill is long overdue: pay it, or talk to your supplier now.',
  'announce-trip': 'Your connection will be cut when the notice period ends: pay, or appeal.',
  'notify-appeal-pending': 'Your appeal is being decided: your connection stays until then.',
  trip: 'Your connection has been cut: pay to be connected again.',
  'notify-reconnection': 'Your payment has arrived: your connection comes back.',
};

/** As far as a notice tells of it. */
export interface NotifiedAction {
  readonly meterId: string;
  readonly code: ActionCode;
  readonly issuedAtSeconds: number;
}

/** @param position - where the ledger has the action, such as its block times 100,000 and its place in the block */
export function actionNotice({ meterId, code, issuedAtSeconds }: NotifiedAction, position: number): Notice {
  return { meterId, position, code, atSeconds: issuedAtSeconds, sentence: SENTENCES[code] };
}
