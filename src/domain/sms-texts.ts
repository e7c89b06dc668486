/**
 * What the desk says by SMS, in the organisation's language. Numbers, dates and codes stand on
 * lines of their own in Latin digits, so that no phone reorders them and any keyboard types them.
 */
import { fitVariable } from './sms-length.ts';

export type SmsLocale = 'fa' | 'en';

const URL_LIKE = /(?:https?:\/\/|www\.)\S+/gi;

/** A variable never brings a new line or an address into a message: trust in the sender's name. */
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
  replied(input: { org: string; letterNumber: string; origin: string }): string;
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
    replied: ({ org, letterNumber, origin }) =>
      lines(org, 'پاسخ نامه شما آماده است. شماره نامه:', letterNumber, origin),
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
    replied: ({ org, letterNumber, origin }) =>
      lines(org, 'The reply to your letter is ready. Letter number:', letterNumber, origin),
  },
};

export const codeSms = (locale: SmsLocale, input: Parameters<Texts['code']>[0]): string =>
  TEXTS[locale].code(input);

export const approvedSms = (locale: SmsLocale, input: Parameters<Texts['approved']>[0]): string =>
  TEXTS[locale].approved(input);

/** The reason is cut so that the message stays within `maxParts`; it stands whole in the desk. */
export const rejectedSms = (
  locale: SmsLocale,
  { maxParts, ...input }: Parameters<Texts['rejected']>[0] & { maxParts: number },
): string => {
  const render = (reason: string): string => TEXTS[locale].rejected({ ...input, reason });
  return render(fitVariable(render, oneLine(input.reason), maxParts));
};

export const repliedSms = (locale: SmsLocale, input: Parameters<Texts['replied']>[0]): string =>
  TEXTS[locale].replied(input);
