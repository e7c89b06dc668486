import type { Handle } from '../base/database.ts';
import type { SmsLocale } from './sms-texts.ts';

export interface MessageTextRow {
  text: string;
  locale: SmsLocale;
  subject: string | null;
  /** Null: the original again. */
  wording: string | null;
  version: number;
}

type Which = Pick<MessageTextRow, 'text' | 'locale'>;

export const findMessageText = async (
  db: Handle,
  { text, locale }: Which,
): Promise<MessageTextRow | undefined> => {
  const [row] = await db<MessageTextRow[]>`
    select text, locale, subject, wording, version from message_texts
    where text = ${text} and locale = ${locale}`;
  return row;
};

export const listMessageTextRows = (db: Handle): Promise<MessageTextRow[]> =>
  db<MessageTextRow[]>`select text, locale, subject, wording, version from message_texts`;

/** A text that was never changed has no row, and counts as version 1. */
export const saveMessageText = async (
  db: Handle,
  { text, locale, subject, wording, version }: MessageTextRow,
): Promise<boolean> => {
  const rows = await db`
    with changed as (
      update message_texts
      set subject = ${subject}, wording = ${wording}, version = version + 1
      where text = ${text} and locale = ${locale} and version = ${version} returning 1
    ), added as (
      insert into message_texts (text, locale, subject, wording, version)
      select ${text}, ${locale}, ${subject}::text, ${wording}::text, 2 where ${version}::int = 1
      on conflict do nothing returning 1
    )
    select from changed union all select from added`;
  return rows.length === 1;
};
