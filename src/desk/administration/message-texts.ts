import { cleanLine, cleanText } from '../../platform/base/text.ts';
import type { Deps } from '../../platform/deps.ts';
import {
  digestMail,
  letterMail,
  MAIL_KINDS,
  ORIGINAL_MAILS,
  substitutionMail,
} from '../../platform/messages/mail-texts.ts';
import type { MailKind } from '../../platform/messages/mail-texts.ts';
import {
  findMessageText,
  listMessageTextRows,
  saveMessageText,
} from '../../platform/messages/message-texts.sql.ts';
import type { MessageTextRow } from '../../platform/messages/message-texts.sql.ts';
import { isGsm, smsParts } from '../../platform/messages/sms-length.ts';
import { publicText } from '../../platform/base/audience.ts';
import {
  ALONE,
  fillSms,
  ORIGINAL_SMS,
  REQUIRED,
  SMS_LOCALES,
  SMS_TEXTS,
  VARIABLE,
  variableNamed,
} from '../../platform/messages/sms-texts.ts';
import type {
  SmsLocale,
  SmsSender,
  SmsText,
  SmsValues,
  SmsVariable,
} from '../../platform/messages/sms-texts.ts';
import { smsSender } from '../../platform/messages/write-sms.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import {
  administer,
  auditChange,
  DONE,
  ensureMayAdminister,
  ensureProven,
  invalid,
  STALE,
} from './administrator.ts';
import type { Administered, Administrator } from './administrator.ts';

export type MessageText = SmsText | `mail_${MailKind}`;

export const MESSAGE_TEXTS: readonly MessageText[] = [
  ...SMS_TEXTS,
  ...MAIL_KINDS.map((kind) => `mail_${kind}` as const),
];

export interface TypedWording {
  subject: string;
  wording: string;
}

export interface WordedText extends TypedWording {
  text: MessageText;
  locale: SmsLocale;
  isOriginal: boolean;
  version: number;
}

export type WordingProblem =
  | { problem: 'missing' }
  | { problem: 'unknown'; name: string }
  | { problem: 'required' | 'not_alone'; variable: SmsVariable }
  | { problem: 'too_long'; most: number };

export interface WordingProblems {
  subject?: WordingProblem;
  wording?: WordingProblem;
}

export interface WordingPreview {
  subject: string;
  text: string;
  length: { parts: number; signs: number; isGsm: boolean } | undefined;
}

const MOST_SUBJECT = 100;
const MOST_LEAD = 300;
/** Room that is left for a reason or a question. */
const SHORT_REASONS: Record<SmsLocale, string> = {
  fa: 'ناخواناست؛ روشن‌تر بفرستید.',
  en: 'Unreadable; send a clearer copy.',
};

const SAMPLE_REASONS: Record<SmsLocale, string> = {
  fa: 'نامه امضا ندارد؛ نامه‌ی امضاشده را بفرستید.',
  en: 'The letter is not signed; send the signed letter.',
};

const sampleOf = (reason: string): { [Text in SmsText]: SmsValues[Text] } => {
  const letterNumber = '1405/1284';
  return {
    code: { code: '123456' },
    approved: { letterNumber, registeredOn: '1405/09/01', trackingCode: '7K3M-9QRT-2XAB' },
    rejected: { rejectedOn: '1405/09/01', reason },
    returned: { reason },
    question: { letterNumber, question: reason },
    replied: { letterNumber },
    closed: { letterNumber, reason: publicText(reason) },
    annulled: { letterNumber, reason: publicText(reason) },
    reopened: {},
    follow_up: { letterNumber },
    moved: {},
  };
};

export const isMail = (text: MessageText): text is `mail_${MailKind}` => text.startsWith('mail_');

export const textKey = ({ text, locale }: Pick<WordedText, 'text' | 'locale'>): string =>
  `${text}-${locale}`;

export const originalWording = (text: MessageText, locale: SmsLocale): TypedWording => {
  if (!isMail(text)) return { subject: '', wording: ORIGINAL_SMS[locale][text] };
  const { subject, lead } = ORIGINAL_MAILS[locale][mailKind(text)];
  return { subject, wording: lead };
};

export const listMessageTexts = async ({ db }: Deps, staff: StaffMember): Promise<WordedText[]> => {
  ensureMayAdminister(staff);
  const rows = await listMessageTextRows(db);
  return MESSAGE_TEXTS.flatMap((text) =>
    SMS_LOCALES.map((locale) =>
      wordedText(
        { text, locale },
        rows.find((row) => row.text === text && row.locale === locale),
      ),
    ),
  );
};

export const previewWording = async (
  deps: Deps,
  { text, locale }: Pick<WordedText, 'text' | 'locale'>,
  typed: TypedWording,
): Promise<WordingPreview> => {
  const { subject, wording } = cleanWording(text, typed);
  const sender = await smsSender(deps, deps.db);
  if (isMail(text)) {
    const mail = previewMail(sender, { text, locale }, { subject, wording });
    return { ...mail, length: undefined };
  }
  const sms = fillSms(text, wording, sampleOf(SAMPLE_REASONS[locale])[text], sender);
  const length = { parts: smsParts(sms), signs: sms.length, isGsm: isGsm(sms) };
  return { subject: '', text: sms, length };
};

export const checkWording = async (
  deps: Deps,
  { text, locale }: Pick<WordedText, 'text' | 'locale'>,
  typed: TypedWording,
): Promise<WordingProblems> => {
  const { subject, wording } = cleanWording(text, typed);
  if (!isMail(text)) {
    const problem = smsProblem(await smsSender(deps, deps.db), { text, locale }, wording);
    return problem ? { wording: problem } : {};
  }
  const ofSubject = plainProblem(subject, MOST_SUBJECT);
  const ofLead = plainProblem(wording, MOST_LEAD);
  return { ...(ofSubject && { subject: ofSubject }), ...(ofLead && { wording: ofLead }) };
};

export const changeWording = async (
  deps: Deps,
  by: Administrator,
  { text, locale, version, ...typed }: TypedWording & Omit<WordedText, 'isOriginal'>,
): Promise<Administered<WordingProblems>> => {
  ensureProven(by);
  const problems = await checkWording(deps, { text, locale }, typed);
  if (Object.keys(problems).length > 0) return invalid(problems);
  const clean = cleanWording(text, typed);
  const row = { text, locale, version, ...clean, subject: isMail(text) ? clean.subject : null };
  return saveWording(deps, by, row);
};

export const restoreWording = async (
  { db }: Deps,
  by: Administrator,
  which: Pick<WordedText, 'text' | 'locale' | 'version'>,
): Promise<Administered<WordingProblems>> => {
  ensureProven(by);
  return saveWording({ db }, by, { ...which, subject: null, wording: null });
};

const saveWording = (
  { db }: Pick<Deps, 'db'>,
  by: Administrator,
  row: MessageTextRow & { text: MessageText },
): Promise<Administered<WordingProblems>> =>
  administer(db, by, async (tx) => {
    const before = wordedText(row, await findMessageText(tx, row));
    if (!(await saveMessageText(tx, row))) return STALE;
    const details = { wordingBefore: joined(before), wording: joined(wordedText(row, row)) };
    await auditChange(tx, by, 'message_text_changed', { id: textKey(row), ...details });
    return DONE;
  });

const joined = ({ subject, wording }: TypedWording): string =>
  subject === '' ? wording : `${subject}\n${wording}`;

const wordedText = (
  { text, locale }: Pick<WordedText, 'text' | 'locale'>,
  row: MessageTextRow | undefined,
): WordedText => {
  const version = row?.version ?? 1;
  const isOriginal = row?.wording === undefined || row.wording === null;
  const own = isOriginal
    ? originalWording(text, locale)
    : { subject: row.subject ?? '', wording: row.wording ?? '' };
  return { text, locale, version, isOriginal, ...own };
};

const mailKind = (text: `mail_${MailKind}`): MailKind => text.slice('mail_'.length) as MailKind;

// Marks of direction too, which nobody sees in a field.
const HIDDEN = /[\u00ad\u061c\u200b\u200d-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

const cleanWording = (text: MessageText, { subject, wording }: TypedWording): TypedWording =>
  isMail(text)
    ? { subject: cleanLine(subject), wording: cleanLine(wording) }
    : { subject: '', wording: cleanText(wording.replace(HIDDEN, '')) };

const previewMail = (
  { organisation: org, origin }: SmsSender,
  { text, locale }: { text: `mail_${MailKind}`; locale: SmsLocale },
  { subject, wording: lead }: TypedWording,
): { subject: string; text: string } => {
  const staff = `${origin}/staff`;
  const letter = { letterNumber: '1405/1284', dueOn: '1405/09/20', link: `${staff}/letters/…` };
  const words = { subject, lead };
  switch (mailKind(text)) {
    case 'digest':
      return digestMail(locale, words, { org, open: 12, late: 1, letters: [letter], link: staff });
    case 'substitution':
    case 'substitution_cancelled': {
      const days = { since: '1405/09/20', until: '1405/09/27' };
      return substitutionMail(locale, words, { org, ...days, link: staff });
    }
    default:
      return letterMail(locale, words, { org, ...letter });
  }
};

const plainProblem = (line: string, most: number): WordingProblem | undefined => {
  if (line === '') return { problem: 'missing' };
  const [brace] = /[{}].*/.exec(line) ?? [];
  if (brace !== undefined) return { problem: 'unknown', name: brace };
  return [...line].length > most ? { problem: 'too_long', most } : undefined;
};

const smsProblem = (
  sender: SmsSender,
  { text, locale }: { text: SmsText; locale: SmsLocale },
  wording: string,
): WordingProblem | undefined => {
  if (wording === '') return { problem: 'missing' };
  const unknown = unknownIn(text, wording);
  if (unknown !== undefined) return { problem: 'unknown', name: unknown };
  const variable = REQUIRED[text].find((needed) => !usedIn(text, wording).includes(needed));
  if (variable) return { problem: 'required', variable };
  const crowded = wording
    .split('\n')
    .filter((line) => line.replace(VARIABLE, '').trim() !== '' || usedIn(text, line).length > 1)
    .flatMap((line) => usedIn(text, line))
    .find((used) => ALONE.has(used));
  if (crowded) return { problem: 'not_alone', variable: crowded };
  const whole = { ...sender, maxParts: Infinity };
  const sms = fillSms(text, wording, sampleOf(SHORT_REASONS[locale])[text], whole);
  const most = sender.maxParts;
  return smsParts(sms) > most ? { problem: 'too_long', most } : undefined;
};

const usedIn = (text: SmsText, wording: string): SmsVariable[] =>
  [...wording.matchAll(VARIABLE)].flatMap(([, name = '']) => variableNamed(text, name) ?? []);

const unknownIn = (text: SmsText, wording: string): string | undefined => {
  const named = [...wording.matchAll(VARIABLE)].find(([, name = '']) => !variableNamed(text, name));
  return named?.[0] ?? /[{}]/.exec(wording.replace(VARIABLE, ''))?.[0];
};
