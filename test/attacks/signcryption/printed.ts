/** What the attacks on the printed form of paper 002 share: a control centre, two meters, two receivers, an honest report of each meter. */
import { utf8 } from '@gridveil/chaincode/crypto/bytes.js';
import {
  receiver,
  sender,
  setUp,
  signcrypt,
  verifyAggregate,
  type Report,
  type Sender,
  type SenderKey,
} from '../../papers/signcryption/scheme.js';

export const centre = setUp();
export const meters = [sender(centre, 'm1'), sender(centre, 'm2')] as const;
/** The control centre receives with its master key. */
export const receivers = [receiver('CC', centre.x), receiver('ES')] as const;
export const TIME = '2024-01-01T19:00Z';

export const registered = (id: string): SenderKey => meters.find((meter) => meter.id === id) ?? meters[0];

export const report = (from: Sender, time = TIME): Report =>
  signcrypt(
    centre,
    from,
    receivers.map((to) => [to, utf8(`${from.id} to ${to.id}`)] as const),
    time,
  );

export const accepts = (...reports: readonly Report[]): boolean =>
  verifyAggregate(centre, reports, registered);
