/**
 * A mail leaves the organisation's systems, so it holds only numbers, dates and links: no subject,
 * no name, nothing that was written.
 */
import type { SmsLocale } from './sms-texts.ts';

export interface LetterMail {
  org: string;
  letterNumber: string;
  /** `1405/09/20`; null when the clock is stopped or nothing is promised. */
  dueOn: string | null;
  link: string;
}

export interface DigestMail {
  org: string;
  open: number;
  late: number;
  letters: { letterNumber: string | null; dueOn: string | null; link: string }[];
  link: string;
}

export interface MailText {
  subject: string;
  text: string;
}

export type LetterMailKind =
  | 'reminded'
  | 'overdue'
  | 'escalated'
  | 'assigned'
  | 'reply_held'
  | 'consulted'
  | 'consultation_overdue';

export type SubstitutionMailKind = 'substitution' | 'substitution_cancelled';

export interface SubstitutionMail {
  org: string;
  since: string;
  until: string;
  link: string;
}

/** What administrators may word: the subject, and the opening line below the organisation's name. */
export interface MailWords {
  subject: string;
  lead: string;
}

export type MailKind = LetterMailKind | SubstitutionMailKind | 'digest';

export const ORIGINAL_MAILS: Record<SmsLocale, Record<MailKind, MailWords>> = {
  fa: {
    assigned: { subject: 'نامه‌ی تازه برای واحد', lead: 'نامه‌ای به واحد شما رسید.' },
    reminded: { subject: 'یادآوری مهلت نامه', lead: 'مهلت پاسخ این نامه نزدیک است.' },
    overdue: { subject: 'پایان مهلت نامه', lead: 'مهلت پاسخ این نامه گذشت.' },
    escalated: {
      subject: 'دیرکرد پاسخ نامه',
      lead: 'مهلت پاسخ این نامه گذشته و هنوز پاسخی ثبت نشده است.',
    },
    reply_held: {
      subject: 'پاسخ در انتظار تایید نفر دوم',
      lead: 'برای این نامه پاسخی ثبت شده است که باید نفر دوم آن را منتشر کند.',
    },
    consulted: { subject: 'نظرخواهی', lead: 'درباره‌ی این نامه از واحد شما نظر خواسته شده است.' },
    consultation_overdue: {
      subject: 'پایان مهلت نظرخواهی',
      lead: 'مهلت نظرخواهی درباره‌ی این نامه گذشت و هنوز نظری ثبت نشده است.',
    },
    substitution: {
      subject: 'جانشینی',
      lead: 'شما جانشین یک همکار در روزهای غیبت او هستید.',
    },
    substitution_cancelled: {
      subject: 'لغو جانشینی',
      lead: 'غیبتی که در آن جانشین بودید لغو شد.',
    },
    digest: { subject: 'نامه‌های باز امروز', lead: 'نامه‌هایی که امروز نزد شما باز است:' },
  },
  en: {
    assigned: { subject: 'New letter for your unit', lead: 'Your unit has received a letter.' },
    reminded: { subject: 'Reminder of a deadline', lead: 'The deadline of this letter is near.' },
    overdue: { subject: 'Deadline passed', lead: 'The deadline of this letter has passed.' },
    escalated: {
      subject: 'Late letter',
      lead: 'The deadline of this letter has passed, and it is still not answered.',
    },
    reply_held: {
      subject: 'A reply waits for a second look',
      lead: 'A reply to this letter has to be released by a second person.',
    },
    consulted: {
      subject: 'Consultation',
      lead: 'Your unit is asked for its opinion about this letter.',
    },
    consultation_overdue: {
      subject: 'Consultation overdue',
      lead: 'The deadline of a consultation about this letter has passed without an opinion.',
    },
    substitution: {
      subject: 'You are a substitute',
      lead: 'You act for a colleague on the days of their absence.',
    },
    substitution_cancelled: {
      subject: 'Substitution cancelled',
      lead: 'An absence in which you were the substitute is cancelled.',
    },
    digest: { subject: 'Open letters today', lead: 'The letters that are open with you today:' },
  },
};

export const MAIL_KINDS = Object.keys(ORIGINAL_MAILS.fa) as MailKind[];

const LABELS: Record<
  SmsLocale,
  Record<'number' | 'due' | 'since' | 'until' | 'open' | 'late' | 'why', string>
> = {
  fa: {
    number: 'شماره نامه:',
    due: 'مهلت پاسخ:',
    since: 'از:',
    until: 'تا:',
    open: 'نامه‌های باز:',
    late: 'مهلت‌گذشته:',
    why: 'کدام ایمیل‌ها برای شما فرستاده شود، در «حساب من» برگزیدنی است.',
  },
  en: {
    number: 'Letter number:',
    due: 'Deadline:',
    since: 'From:',
    until: 'To:',
    open: 'Open letters:',
    late: 'Late:',
    why: 'You choose in “My account” which e-mails you receive.',
  },
};

const lines = (...all: (string | null)[]): string =>
  all.filter((line): line is string => line !== null).join('\n');

export const letterMail = (
  locale: SmsLocale,
  { subject, lead }: MailWords,
  { org, letterNumber, dueOn, link }: LetterMail,
): MailText => {
  const labels = LABELS[locale];
  const due = dueOn === null ? null : `${labels.due} ${dueOn}`;
  return {
    subject: `${subject} ${letterNumber}`,
    text: lines(org, '', lead, `${labels.number} ${letterNumber}`, due, link, '', labels.why),
  };
};

export const substitutionMail = (
  locale: SmsLocale,
  { subject, lead }: MailWords,
  { org, since, until, link }: SubstitutionMail,
): MailText => {
  const labels = LABELS[locale];
  const days = [`${labels.since} ${since}`, `${labels.until} ${until}`];
  return { subject, text: lines(org, '', lead, ...days, link, '', labels.why) };
};

export const digestMail = (
  locale: SmsLocale,
  { subject, lead }: MailWords,
  { org, open, late, letters, link }: DigestMail,
): MailText => {
  const labels = LABELS[locale];
  const listed = letters.map(({ letterNumber, dueOn, link: of }) =>
    [letterNumber, dueOn, of].filter((part) => part !== null).join('  '),
  );
  return {
    subject,
    text: lines(
      org,
      '',
      lead,
      `${labels.open} ${open}`,
      `${labels.late} ${late}`,
      ...listed,
      '',
      link,
      '',
      labels.why,
    ),
  };
};
