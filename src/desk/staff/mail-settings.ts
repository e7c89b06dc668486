export const MAIL_KINDS = [
  'reminded',
  'overdue',
  'escalated',
  'assigned',
  'consulted',
  'consultation_overdue',
  'digest',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export interface MailSettings {
  email: string | null;
  kinds: MailKind[];
}
