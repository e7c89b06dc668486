import type { InternalText } from '../base/audience.ts';

export const AUDIT_DETAILS = [
  // Of a letter.
  'by',
  'for',
  'unit',
  'from',
  'letterNumber',
  'round',
  'text',
  // Written for staff alone.
  'note',
  'kind',
  'why',
  'decisionId',
  'actionId',
  'fileId',
  'sha256',
  'signature',
  'storageKey',
  'files',
  'messages',
  'messageId',
  'stamped',
  'withFiles',
  'workflow',
  // Of who signs in.
  'factor',
  'secondFactor',
  'passkeyId',
  'issuer',
  'sessions',
  'sessionsEnded',
  'codes',
  // Of the help desk.
  'applicantId',
  // Of those who administer.
  'unitId',
  'secondLook',
  'staffId',
  'substituteId',
  'reasonId',
  'username',
  'name',
  'nameBefore',
  'role',
  'roleBefore',
  'units',
  'unitsBefore',
  'hasMobile',
  'mobileChanged',
  'wording',
  'wordingBefore',
  'id',
  'register',
  'template',
  'firstSerial',
  'firstSerialYear',
  'key',
  'publicKey',
  'scope',
  'until',
  'letters',
  'applicants',
  'staff',
  'started',
  'signalled',
  'settled',
  'ended',
  'failed',
  'bytes',
  'madeAt',
  'erased',
  // Of who looks into the trail.
  'action',
  'day',
] as const;

export type AuditDetail = (typeof AUDIT_DETAILS)[number];

export type AuditDetails = Partial<
  Record<Exclude<AuditDetail, 'note'>, string | number | boolean | null>
> & { note?: InternalText };

/** Rejects unknown details, also where one object is spread into another. */
export type OnlyAuditDetails<Given> = Given & Record<Exclude<keyof Given, AuditDetail>, never>;
