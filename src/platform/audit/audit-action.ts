import type { AuditDetail } from './audit-detail.ts';

/**
 * What the audit trail can tell of. Every one has words in every language (`web/text`). Entries of
 * older versions may tell of others.
 */
export const AUDIT_ACTIONS = [
  // Of a letter.
  'submitted',
  'resubmitted',
  'returned',
  'approved',
  'rejected',
  'objected',
  'withdrawn',
  'decided',
  'undone',
  'acted',
  'updated',
  'noted',
  'referred',
  'replied',
  'question_asked',
  'question_answered',
  'question_withdrawn',
  'closed',
  'reopened',
  'reminded',
  'overdue',
  'escalated',
  'read',
  'downloaded',
  'erased',
  'own_letter_refused',
  'file_refused',
  'file_infected',
  'file_clean',
  'evidence_made',
  'payloads_opened',
  'annulled',
  'retried',
  'messages_given_up',
  'told_before',
  // Of applicants.
  'signed_in',
  'sign_in_refused',
  'signed_out',
  'sessions_ended',
  'confirmed',
  'confirmation_refused',
  // Of staff.
  'staff_signed_in',
  'staff_signed_out',
  'staff_sign_in_refused',
  'staff_confirmed',
  'staff_confirmation_refused',
  'recovery_code_used',
  'recovery_codes_issued',
  'password_changed',
  'mail_changed',
  'second_factor_added',
  'second_factor_removed',
  'passkey_renamed',
  'identity_linked',
  'staff_sessions_ended',
  // Of those who administer.
  'organisation_set_up',
  'staff_added',
  'staff_changed',
  'staff_disabled',
  'staff_enabled',
  'staff_reset',
  'unit_added',
  'unit_renamed',
  'unit_retired',
  'stock_reason_added',
  'stock_reason_changed',
  'stock_reason_retired',
  'working_hours_changed',
  'calendar_day_added',
  'calendar_day_removed',
  'register_added',
  'register_changed',
  'register_assigned',
  'receipt_key_added',
  'codec_token_made',
  'key_added',
  'key_revoked',
  'webhook_added',
  'webhook_disabled',
  'resealed',
  'reconciled',
  'backed_up',
  'restored',
  'outgoing_held',
  'outgoing_released',
  'orphan_removed',
  'audit_read',
  'audit_exported',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/**
 * Entries of a letter that its sender sees, each with the details that are
 * shown of it. Every other action and detail is internal.
 */
export const PUBLIC_DETAILS = {
  submitted: ['unit'],
  returned: ['text'],
  resubmitted: ['unit'],
  approved: ['unit', 'letterNumber'],
  rejected: ['text'],
  objected: ['text'],
  withdrawn: [],
  updated: ['unit', 'text'],
  referred: ['unit'],
  replied: ['unit'],
  question_asked: ['unit', 'text'],
  question_answered: ['text'],
  question_withdrawn: ['unit'],
  closed: ['unit', 'text'],
  reopened: ['unit', 'text'],
  annulled: ['letterNumber', 'text'],
} as const satisfies Partial<Record<AuditAction, readonly AuditDetail[]>>;

export type PublicAction = keyof typeof PUBLIC_DETAILS;

export const PUBLIC_ACTIONS = Object.keys(PUBLIC_DETAILS) as [PublicAction, ...PublicAction[]];

/** What webhooks report: beside what the sender sees, what a deadline has set off. */
export const WEBHOOK_EVENTS = [
  ...PUBLIC_ACTIONS,
  'reminded',
  'overdue',
  'escalated',
] as const satisfies AuditAction[];

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];
