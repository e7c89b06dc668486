import { formatJalaliDate, toJalali } from '../src/platform/base/jalali.ts';
import type { Text } from './text/fa.ts';

const DAY_MS = 86_400_000;
const A_SUNDAY = Date.UTC(2026, 10, 22);

const dateFormat = (locale: string, timeZone: string) =>
  new Intl.DateTimeFormat(locale, {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });

const clockFormat = (locale: string, timeZone: string) =>
  new Intl.DateTimeFormat(locale, {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });

const partsOf = (instant: Date, format: Intl.DateTimeFormat): Record<string, string> =>
  Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));

/** In the digits of the language, «۰۱۲…»; everything else stays. */
const digitsOf = (locale: string): ((value: string | number) => string) => {
  const own = [
    ...new Intl.NumberFormat(locale, { useGrouping: false }).format(9_876_543_210),
  ].toReversed();
  return (value) => String(value).replace(/\d/g, (digit) => own[Number(digit)] ?? digit);
};

const fileSizeOf =
  ({ file, punctuation }: Text, digits: (value: string | number) => string) =>
  (bytes: number): string => {
    if (bytes < 1024) return `${digits(bytes)} ${file.bytes}`;
    const kilobytes = bytes / 1024;
    if (kilobytes < 1000) return `${digits(Math.round(kilobytes))} ${file.kilobytes}`;
    const megabytes = digits((kilobytes / 1024).toFixed(1)).replace('.', punctuation.decimal);
    return `${megabytes} ${file.megabytes}`;
  };

/** The order of the parts is ours: ICU's own long Persian form puts the year first. */
export const createFormats = (text: Text, timeZone: string) => {
  const { locale } = text.language;
  const format = dateFormat(locale, timeZone);
  const clock = clockFormat(locale, timeZone);
  // A day has no zone: it is shown as it is.
  const dayFormat = dateFormat(locale, 'UTC');
  const digits = digitsOf(locale);
  const showsOwnDate = format.resolvedOptions().calendar !== 'persian';
  return {
    showsOwnDate,
    digits,
    /** «یکشنبه ۱ آذر ۱۴۰۵، ساعت ۱۳:۳۰», in the organisation's time zone. */
    dateTime(instant: Date): string {
      const { weekday, day, month, year, hour, minute } = partsOf(instant, format);
      return `${weekday} ${day} ${month} ${year}${text.punctuation.beforeTime}${hour}:${minute}`;
    },
    date(instant: Date): string {
      const { day, month, year } = partsOf(instant, format);
      return `${day} ${month} ${year}`;
    },
    /** «۱۴۰۵/۰۹/۰۱», as numbers are given out; other languages have no short form. */
    shortDate(instant: Date): string {
      return showsOwnDate
        ? this.date(instant)
        : digits(formatJalaliDate(toJalali(instant, timeZone)));
    },
    /** «یکشنبه ۱ آذر ۱۴۰۵» of a Gregorian day, `2026-11-22`. */
    day(shown: string): string {
      const { weekday, day, month, year } = partsOf(new Date(`${shown}T12:00:00Z`), dayFormat);
      return `${weekday} ${day} ${month} ${year}`;
    },
    /** «یکشنبه»; 0 = Sunday. */
    weekday: (weekday: number): string =>
      partsOf(new Date(A_SUNDAY + weekday * DAY_MS), dayFormat).weekday ?? '',
    fileSize: fileSizeOf(text, digits),
    /** «۱۳:۳۰:۴۵», in the organisation's time zone. */
    clock: (instant: Date): string => clock.format(instant),
  };
};
