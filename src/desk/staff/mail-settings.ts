export const MAIL_KINDS = [
  'reminded',
  'overdue',
  'escalated',
  'assigned',
  'reply_held',
  'consulted',
  'consultation_overdue',
  'substitution',
  'digest',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export interface MailSettings {
  email: string | null;
  kinds: MailKind[];
}
