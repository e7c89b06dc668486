import type { InternalText } from '../base/audience.ts';

/**
 * What an entry of the audit trail can say beside its action. Every one has words in every language
 * (`web/text`). Entries of older versions may say others.
 */
export const AUDIT_DETAILS = [
  // Of a letter.
  'by',
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
  // Of those who administer.
  'unitId',
  'staffId',
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

/** Refuses what has no words, also where one object is spread into another. */
export type OnlyAuditDetails<Given> = Given & Record<Exclude<keyof Given, AuditDetail>, never>;
