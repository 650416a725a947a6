/**
 * Who submits: organisation, certificate subject, and whether the certificate is an admin's (NodeOU `OU=admin`).
 *
 * The peer has verified the certificate against the organisation's MSP before a contract runs.
 */
import type { Context } from 'fabric-contract-api';
import { certificateSubject, subjectUnits } from './certificate-subject.js';

export interface Caller {
  readonly mspId: string;
  /** As certificate-subject.ts writes it. */
  readonly subject: string;
  readonly isAdmin: boolean;
}

export function callerOf(ctx: Context): Caller {
  const certificate = ctx.clientIdentity.getIDBytes();
  return {
    mspId: ctx.clientIdentity.getMSPID(),
    subject: certificateSubject(certificate),
    isAdmin: subjectUnits(certificate).includes('admin'),
  };
}
