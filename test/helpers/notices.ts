/** Notices for tests. */
import type { Notice } from '@gridveil/client/notices/notice-store.js';

export function notice(position: number, meterId = 'm1'): Notice {
  return {
    meterId,
    position,
    code: 'notify-arrears',
    atSeconds: 1000 + position,
    sentence: `notice ${position}`,
  };
}
