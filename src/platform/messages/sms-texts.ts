/**
 * Numbers, dates and codes are on lines of their own in Latin digits, so that no phone reorders
 * them and any keyboard types them.
 */
import { publicText } from '../base/audience.ts';
import type { PublicText } from '../base/audience.ts';
import { fitVariable } from './sms-length.ts';

export type SmsLocale = 'fa' | 'en';

const URL_LIKE = /(?:https?:\/\/|www\.)\S+/gi;

/** No variable may bring a line break or a URL into a message that people trust. */
const oneLine = (text: string): string => text.replace(URL_LIKE, '').replace(/\s+/g, ' ').trim();

interface Texts {
  code(input: { org: string; code: string; host: string }): string;
  approved(input: {
    org: string;
    letterNumber: string;
    registeredOn: string;
    trackingCode: string;
  }): string;
  rejected(input: { org: string; rejectedOn: string; reason: string }): string;
  returned(input: { org: string; reason: string; origin: string }): string;
  reopened(input: { org: string; origin: string }): string;
  followUp(input: { org: string; letterNumber: string; origin: string }): string;
  replied(input: { org: string; letterNumber: string; origin: string }): string;
  question(input: { org: string; letterNumber: string; question: string; origin: string }): string;
  annulled(input: { org: string; letterNumber: string; reason: PublicText }): string;
  closed(input: { org: string; letterNumber: string; reason: PublicText }): string;
}

const lines = (...all: string[]): string => all.join('\n');

const TEXTS: Record<SmsLocale, Texts> = {
  fa: {
    code: ({ org, code, host }) => lines(org, `کد تایید: ${code}`, '', `@${host} #${code}`),
    approved: ({ org, letterNumber, registeredOn, trackingCode }) =>
      lines(
        org,
        'نامه شما تایید و ثبت شد.',
        'شماره نامه:',
        letterNumber,
        'تاریخ ثبت:',
        registeredOn,
        'کد پیگیری:',
        trackingCode,
      ),
    rejected: ({ org, rejectedOn, reason }) =>
      lines(org, 'نامه شما رد شد.', 'تاریخ:', rejectedOn, 'دلیل رد:', reason),
    returned: ({ org, reason, origin }) =>
      lines(org, 'نامه شما برای اصلاح برگشت.', 'آنچه باید اصلاح شود:', reason, origin),
    reopened: ({ org, origin }) =>
      lines(org, 'اعتراض شما ثبت شد. نامه شما را همکار دیگری دوباره بررسی می‌کند.', origin),
    followUp: ({ org, letterNumber, origin }) =>
      lines(org, 'پیگیری شما ثبت شد و نامه دوباره نزد واحد است. شماره نامه:', letterNumber, origin),
    replied: ({ org, letterNumber, origin }) =>
      lines(org, 'پاسخ نامه شما آماده است. شماره نامه:', letterNumber, origin),
    question: ({ org, letterNumber, question, origin }) =>
      lines(org, 'پرسشی درباره نامه شما. شماره نامه:', letterNumber, 'پرسش:', question, origin),
    annulled: ({ org, letterNumber, reason }) =>
      lines(
        org,
        'ثبت نامه شما ابطال شد و شماره آن معتبر نیست. شماره نامه:',
        letterNumber,
        'دلیل ابطال:',
        reason,
      ),
    closed: ({ org, letterNumber, reason }) =>
      lines(org, 'نامه شما بسته شد. شماره نامه:', letterNumber, 'دلیل بستن:', reason),
  },
  en: {
    code: ({ org, code, host }) =>
      lines(org, `Confirmation code: ${code}`, '', `@${host} #${code}`),
    approved: ({ org, letterNumber, registeredOn, trackingCode }) =>
      lines(
        org,
        'Your letter was approved and registered.',
        'Letter number:',
        letterNumber,
        'Registration date:',
        registeredOn,
        'Tracking code:',
        trackingCode,
      ),
    rejected: ({ org, rejectedOn, reason }) =>
      lines(org, 'Your letter was rejected.', 'Date:', rejectedOn, 'Reason:', reason),
    returned: ({ org, reason, origin }) =>
      lines(org, 'Your letter came back to be corrected.', 'To correct:', reason, origin),
    reopened: ({ org, origin }) =>
      lines(org, 'Your objection was received. Somebody else reviews your letter again.', origin),
    followUp: ({ org, letterNumber, origin }) =>
      lines(
        org,
        'Your letter was reopened, and its unit works on it again. Letter number:',
        letterNumber,
        origin,
      ),
    replied: ({ org, letterNumber, origin }) =>
      lines(org, 'The reply to your letter is ready. Letter number:', letterNumber, origin),
    question: ({ org, letterNumber, question, origin }) =>
      lines(
        org,
        'A question about your letter. Letter number:',
        letterNumber,
        'Question:',
        question,
        origin,
      ),
    annulled: ({ org, letterNumber, reason }) =>
      lines(
        org,
        'The registration of your letter was annulled; its number is not valid. Letter number:',
        letterNumber,
        'Reason:',
        reason,
      ),
    closed: ({ org, letterNumber, reason }) =>
      lines(org, 'Your letter was closed. Letter number:', letterNumber, 'Reason:', reason),
  },
};

export const codeSms = (locale: SmsLocale, input: Parameters<Texts['code']>[0]): string =>
  TEXTS[locale].code(input);

export const approvedSms = (locale: SmsLocale, input: Parameters<Texts['approved']>[0]): string =>
  TEXTS[locale].approved(input);

/** Cuts the reason to stay within `maxParts`; the desk shows it whole. */
export const rejectedSms = (
  locale: SmsLocale,
  { maxParts, ...input }: Parameters<Texts['rejected']>[0] & { maxParts: number },
): string => {
  const render = (reason: string): string => TEXTS[locale].rejected({ ...input, reason });
  return render(fitVariable(render, oneLine(input.reason), maxParts));
};

export const returnedSms = (
  locale: SmsLocale,
  { maxParts, ...input }: Parameters<Texts['returned']>[0] & { maxParts: number },
): string => {
  const render = (reason: string): string => TEXTS[locale].returned({ ...input, reason });
  return render(fitVariable(render, oneLine(input.reason), maxParts));
};

export const questionSms = (
  locale: SmsLocale,
  { maxParts, ...input }: Parameters<Texts['question']>[0] & { maxParts: number },
): string => {
  const render = (question: string): string => TEXTS[locale].question({ ...input, question });
  return render(fitVariable(render, oneLine(input.question), maxParts));
};

const reasonedSms =
  (kind: 'closed' | 'annulled') =>
  (
    locale: SmsLocale,
    {
      maxParts,
      ...input
    }: { org: string; letterNumber: string; reason: PublicText; maxParts: number },
  ): string => {
    const render = (reason: string): string =>
      TEXTS[locale][kind]({ ...input, reason: publicText(reason) });
    return render(fitVariable(render, oneLine(input.reason), maxParts));
  };

export const closedSms = reasonedSms('closed');

export const annulledSms = reasonedSms('annulled');

export const reopenedSms = (locale: SmsLocale, input: Parameters<Texts['reopened']>[0]): string =>
  TEXTS[locale].reopened(input);

export const followUpSms = (locale: SmsLocale, input: Parameters<Texts['followUp']>[0]): string =>
  TEXTS[locale].followUp(input);

export const repliedSms = (locale: SmsLocale, input: Parameters<Texts['replied']>[0]): string =>
  TEXTS[locale].replied(input);

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
