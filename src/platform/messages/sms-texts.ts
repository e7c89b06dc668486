/**
 * Numbers, dates and codes are on lines of their own in Latin digits, so that no phone reorders
 * them and any keyboard types them.
 */
import type { PublicText } from '../base/audience.ts';
import { fitVariable } from './sms-length.ts';

export type SmsLocale = 'fa' | 'en';

export const SMS_LOCALES: readonly SmsLocale[] = ['fa', 'en'];

export interface SmsValues {
  code: { code: string };
  approved: { letterNumber: string; registeredOn: string; trackingCode: string };
  rejected: { rejectedOn: string; reason: string };
  returned: { reason: string };
  question: { letterNumber: string; question: string };
  replied: { letterNumber: string };
  closed: { letterNumber: string; reason: PublicText };
  annulled: { letterNumber: string; reason: PublicText };
  /** After an objection. */
  reopened: { letterNumber?: never };
  /** The same kind of message, of a letter with a number. */
  follow_up: { letterNumber: string };
  /** To the number that the letters had before. */
  moved: { letterNumber?: never };
}

export type SmsText = keyof SmsValues;

export type SmsVariable =
  | 'organisation'
  | 'link'
  | 'code'
  | 'letterNumber'
  | 'registeredOn'
  | 'rejectedOn'
  | 'trackingCode'
  | 'reason'
  | 'question';

/** What must stand in each; the name of the organisation and its address may stand in all. */
export const REQUIRED: Record<SmsText, readonly SmsVariable[]> = {
  code: ['code'],
  approved: ['letterNumber', 'registeredOn', 'trackingCode'],
  rejected: ['rejectedOn', 'reason'],
  returned: ['reason'],
  question: ['letterNumber', 'question'],
  replied: ['letterNumber'],
  closed: ['letterNumber', 'reason'],
  annulled: ['letterNumber', 'reason'],
  reopened: [],
  follow_up: ['letterNumber'],
  moved: [],
};

export const SMS_TEXTS = Object.keys(REQUIRED) as SmsText[];

export const variablesOf = (text: SmsText): SmsVariable[] => [
  ...REQUIRED[text],
  'organisation',
  'link',
];

export const ALONE: ReadonlySet<SmsVariable> = new Set<SmsVariable>([
  'letterNumber',
  'registeredOn',
  'rejectedOn',
  'trackingCode',
  'link',
]);

export const VARIABLE_NAMES: Record<SmsLocale, Record<SmsVariable, string>> = {
  fa: {
    organisation: 'سازمان',
    link: 'نشانی',
    code: 'کد',
    letterNumber: 'شماره نامه',
    registeredOn: 'تاریخ',
    rejectedOn: 'تاریخ',
    trackingCode: 'کد پیگیری',
    reason: 'دلیل',
    question: 'پرسش',
  },
  en: {
    organisation: 'organisation',
    link: 'address',
    code: 'code',
    letterNumber: 'letter number',
    registeredOn: 'date',
    rejectedOn: 'date',
    trackingCode: 'tracking code',
    reason: 'reason',
    question: 'question',
  },
};

export const VARIABLE = /\{([^{}\n]*)\}/g;

export const variableNamed = (text: SmsText, name: string): SmsVariable | undefined =>
  variablesOf(text).find((variable) =>
    SMS_LOCALES.some((locale) => VARIABLE_NAMES[locale][variable] === name.trim().toLowerCase()),
  );

const lines = (...all: string[]): string => all.join('\n');

export const ORIGINAL_SMS: Record<SmsLocale, Record<SmsText, string>> = {
  fa: {
    code: lines('{سازمان}', 'کد تایید: {کد}'),
    approved: lines(
      '{سازمان}',
      'نامه شما تایید و ثبت شد.',
      'شماره نامه:',
      '{شماره نامه}',
      'تاریخ ثبت:',
      '{تاریخ}',
      'کد پیگیری:',
      '{کد پیگیری}',
    ),
    rejected: lines('{سازمان}', 'نامه شما رد شد.', 'تاریخ:', '{تاریخ}', 'دلیل رد:', '{دلیل}'),
    returned: lines(
      '{سازمان}',
      'نامه شما برای اصلاح برگشت.',
      'آنچه باید اصلاح شود:',
      '{دلیل}',
      '{نشانی}',
    ),
    question: lines(
      '{سازمان}',
      'پرسشی درباره نامه شما. شماره نامه:',
      '{شماره نامه}',
      'پرسش:',
      '{پرسش}',
      '{نشانی}',
    ),
    replied: lines('{سازمان}', 'پاسخ نامه شما آماده است. شماره نامه:', '{شماره نامه}', '{نشانی}'),
    closed: lines(
      '{سازمان}',
      'نامه شما بسته شد. شماره نامه:',
      '{شماره نامه}',
      'دلیل بستن:',
      '{دلیل}',
    ),
    annulled: lines(
      '{سازمان}',
      'ثبت نامه شما ابطال شد و شماره آن معتبر نیست. شماره نامه:',
      '{شماره نامه}',
      'دلیل ابطال:',
      '{دلیل}',
    ),
    reopened: lines(
      '{سازمان}',
      'اعتراض شما ثبت شد. نامه شما را همکار دیگری دوباره بررسی می‌کند.',
      '{نشانی}',
    ),
    follow_up: lines(
      '{سازمان}',
      'پیگیری شما ثبت شد و نامه دوباره نزد واحد است. شماره نامه:',
      '{شماره نامه}',
      '{نشانی}',
    ),
    moved: lines(
      '{سازمان}',
      'نامه‌های شما به شماره همراه دیگری منتقل شد. اگر شما نخواسته‌اید، هرچه زودتر با دبیرخانه تماس بگیرید.',
    ),
  },
  en: {
    code: lines('{organisation}', 'Confirmation code: {code}'),
    approved: lines(
      '{organisation}',
      'Your letter was approved and registered.',
      'Letter number:',
      '{letter number}',
      'Registration date:',
      '{date}',
      'Tracking code:',
      '{tracking code}',
    ),
    rejected: lines(
      '{organisation}',
      'Your letter was rejected.',
      'Date:',
      '{date}',
      'Reason:',
      '{reason}',
    ),
    returned: lines(
      '{organisation}',
      'Your letter came back to be corrected.',
      'To correct:',
      '{reason}',
      '{address}',
    ),
    question: lines(
      '{organisation}',
      'A question about your letter. Letter number:',
      '{letter number}',
      'Question:',
      '{question}',
      '{address}',
    ),
    replied: lines(
      '{organisation}',
      'The reply to your letter is ready. Letter number:',
      '{letter number}',
      '{address}',
    ),
    closed: lines(
      '{organisation}',
      'Your letter was closed. Letter number:',
      '{letter number}',
      'Reason:',
      '{reason}',
    ),
    annulled: lines(
      '{organisation}',
      'The registration of your letter was annulled; its number is not valid. Letter number:',
      '{letter number}',
      'Reason:',
      '{reason}',
    ),
    reopened: lines(
      '{organisation}',
      'Your objection was received. Somebody else reviews your letter again.',
      '{address}',
    ),
    follow_up: lines(
      '{organisation}',
      'Your letter was reopened, and its unit works on it again. Letter number:',
      '{letter number}',
      '{address}',
    ),
    moved: lines(
      '{organisation}',
      'Your letters were moved to another mobile number. If you did not request this, contact the secretariat immediately.',
    ),
  },
};

export interface SmsSender {
  organisation: string;
  origin: string;
  maxParts: number;
}

const URL_LIKE = /(?:https?:\/\/|www\.)\S+/gi;

/** What people write may bring neither a line break nor a URL into a message that is trusted. */
const oneLine = (text: string): string => text.replace(URL_LIKE, '').replace(/\s+/g, ' ').trim();

/** Cuts a reason or a question to stay within `maxParts`; the desk shows it whole. */
export const fillSms = <Text extends SmsText>(
  text: Text,
  wording: string,
  given: SmsValues[Text],
  { organisation, origin, maxParts }: SmsSender,
): string => {
  const values: Partial<Record<SmsVariable, string>> = { ...given, organisation, link: origin };
  // Browsers fill the code in from this last line.
  const end = values.code === undefined ? '' : `\n\n@${new URL(origin).hostname} #${values.code}`;
  const fill = (more: typeof values): string =>
    wording.replace(VARIABLE, (whole, name: string) => {
      const variable = variableNamed(text, name);
      return (variable && { ...values, ...more }[variable]) ?? whole;
    }) + end;
  const long = (['reason', 'question'] as const).find((name) => values[name] !== undefined);
  if (!long) return fill({});
  const render = (cut: string): string => fill({ [long]: cut });
  return render(fitVariable(render, oneLine(values[long] ?? ''), maxParts));
};

const INFECTED: Record<SmsLocale, { reason: string; by: string }> = {
  fa: {
    reason: 'در فایل نامه ویروس پیدا شد. فایل را از دستگاهی بدون ویروس دوباره بفرستید.',
    by: 'بررسی ویروس',
  },
  en: {
    reason: 'A virus was found in the file. Send it again from a device without viruses.',
    by: 'Virus scan',
  },
};

export const infectedReason = (locale: SmsLocale): string => INFECTED[locale].reason;

export const scannerName = (locale: SmsLocale): string => INFECTED[locale].by;
