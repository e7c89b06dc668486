export const MAIL_KINDS = ['reminded', 'overdue', 'escalated', 'assigned', 'digest'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** To which address a member's e-mails go, and which of them they want. */
export interface MailSettings {
  /** Null: none, or it cannot be read any more. */
  email: string | null;
  kinds: MailKind[];
}
