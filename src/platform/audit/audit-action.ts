import type { AuditDetail } from './audit-detail.ts';

/** Each has a text in every language (`web/text`). Entries of older versions may hold others. */
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
  'referral_withdrawn',
  'reply_held',
  'reply_sent_back',
  'replied',
  'question_asked',
  'question_answered',
  'question_withdrawn',
  'consulted',
  'opined',
  'consultation_withdrawn',
  'consultation_overdue',
  'closed',
  'reopened',
  'reminded',
  'overdue',
  'escalated',
  'related',
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
  'absence_registered',
  'absence_cancelled',
  'second_factor_added',
  'second_factor_removed',
  'passkey_renamed',
  'identity_linked',
  'staff_sessions_ended',
  // Of the help desk.
  'people_searched',
  'person_opened',
  // Of those who administer.
  'organisation_set_up',
  'staff_added',
  'staff_changed',
  'staff_disabled',
  'staff_enabled',
  'staff_reset',
  'unit_added',
  'unit_renamed',
  'unit_second_look',
  'unit_ladder',
  'unit_retired',
  'stock_reason_added',
  'stock_reason_changed',
  'stock_reason_retired',
  'message_text_changed',
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
  'webhook_tested',
  'webhook_redelivered',
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

/** What the sender sees of the audit trail. Every other action and detail is internal. */
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
  referral_withdrawn: ['unit'],
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

/** What a webhook gets unless it names others. */
export const USUAL_EVENTS = [
  ...PUBLIC_ACTIONS,
  'reminded',
  'overdue',
  'escalated',
] as const satisfies AuditAction[];

/** Steps that the sender never hears of: only a webhook that names them is told. */
export const INTERNAL_EVENTS = [
  'consulted',
  'opined',
  'consultation_withdrawn',
  'consultation_overdue',
  'reply_held',
  'reply_sent_back',
] as const satisfies AuditAction[];

export const WEBHOOK_EVENTS = [...USUAL_EVENTS, ...INTERNAL_EVENTS] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];
