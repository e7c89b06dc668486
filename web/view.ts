/** How a page says things: its language, its sentences, its dates and digits. */
import { toPersianDigits } from '../src/domain/digits.ts';
import type { WebConfig } from './env.ts';
import type { StaticFiles } from './static-files.ts';
import { en } from './text/en.ts';
import { fa, type Text } from './text/fa.ts';

export type Language = 'fa' | 'en';

export interface View {
  language: Language;
  direction: 'rtl' | 'ltr';
  text: Text;
  orgName: string;
  paths: StaticFiles['paths'];
  /** This page in the other language. */
  languageHref: string;
  /** Digits of the language; everything else stays. */
  digits(value: string | number): string;
  /** «یکشنبه ۱ آذر ۱۴۰۵، ساعت ۱۳:۳۰», in the organisation's time zone. */
  dateTime(instant: Date): string;
  /** «۱ آذر ۱۴۰۵». */
  date(instant: Date): string;
  fileSize(bytes: number): string;
  /** Whole megabytes of the largest file. */
  maxFileMegabytes: string;
}

const LOCALES: Record<Language, string> = {
  fa: 'fa-IR-u-ca-persian-nu-arabext',
  en: 'en-GB-u-ca-gregory-nu-latn',
};

const dateFormats = (language: Language, timeZone: string) =>
  new Intl.DateTimeFormat(LOCALES[language], {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });

/**
 * Makes views. The order of the parts is ours: ICU's own long Persian form puts the year first.
 */
export const createViews = (
  config: Pick<WebConfig, 'orgName' | 'timeZone' | 'maxFileBytes'>,
  paths: StaticFiles['paths'],
): ((language: Language, languageHref: string) => View) => {
  const make = (language: Language): Omit<View, 'languageHref'> => {
    const format = dateFormats(language, config.timeZone);
    const parts = (instant: Date): Record<string, string> =>
      Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const digits = (value: string | number): string =>
      language === 'fa' ? toPersianDigits(String(value)) : String(value);
    const text = language === 'fa' ? fa : en;
    const comma = language === 'fa' ? '، ساعت' : ',';
    return {
      language,
      direction: language === 'fa' ? 'rtl' : 'ltr',
      text,
      orgName: config.orgName,
      paths,
      digits,
      dateTime(instant) {
        const { weekday, day, month, year, hour, minute } = parts(instant);
        return `${weekday} ${day} ${month} ${year}${comma} ${hour}:${minute}`;
      },
      date(instant) {
        const { day, month, year } = parts(instant);
        return `${day} ${month} ${year}`;
      },
      fileSize(bytes) {
        if (bytes < 1024) return `${digits(bytes)} ${text.file.bytes}`;
        const kilobytes = bytes / 1024;
        if (kilobytes < 1000) return `${digits(Math.round(kilobytes))} ${text.file.kilobytes}`;
        const megabytes = digits((kilobytes / 1024).toFixed(1));
        return `${language === 'fa' ? megabytes.replace('.', '٫') : megabytes} ${text.file.megabytes}`;
      },
      maxFileMegabytes: digits(Math.floor(config.maxFileBytes / 1024 / 1024)),
    };
  };
  const views = { fa: make('fa'), en: make('en') };
  return (language, languageHref) => ({ ...views[language], languageHref });
};
