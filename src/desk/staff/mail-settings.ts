export const MAIL_KINDS = ['reminded', 'overdue', 'escalated', 'assigned', 'digest'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export interface MailSettings {
  email: string | null;
  kinds: MailKind[];
}
