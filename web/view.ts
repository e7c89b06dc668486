import type { ParkedForm } from '../src/desk/staff/parked-forms.ts';
import type { SiteSettings } from './env.ts';
import type { Translated } from './identity.ts';
import type { StaticFiles } from './http/static-files.ts';
import type { Text } from './text/fa.ts';
import { LANGUAGES, type Catalogues, type Language } from './text/languages.ts';

export type { Language } from './text/languages.ts';

export interface OrgText {
  text: string;
  lang: string | undefined;
}

export interface View {
  language: string;
  speech: Language;
  direction: 'rtl' | 'ltr';
  text: Text;
  orgName: string;
  help: { phone: string | undefined; hours: OrgText | undefined; address: OrgText | undefined };
  hasLogo: boolean;
  colour: string;
  paths: StaticFiles['paths'];
  otherLanguages: { code: string; name: string; label: string; href: string }[];
  facts: SiteSettings['facts'];
  showsOwnDate: boolean;
  digits(value: string | number): string;
  /** «یکشنبه ۱ آذر ۱۴۰۵، ساعت ۱۳:۳۰», in the organisation's time zone. */
  dateTime(instant: Date): string;
  date(instant: Date): string;
  /** «یکشنبه ۱ آذر ۱۴۰۵» of a Gregorian day, `2026-11-22`. */
  day(day: string): string;
  /** «یکشنبه»; 0 = Sunday. */
  weekday(weekday: number): string;
  fileSize(bytes: number): string;
  maxFileMegabytes: string;
  maxFileBytes: number;
  maxFiles: number;
  /** «۱۳:۳۰:۴۵», in the organisation's time zone. */
  clock(instant: Date): string;
  session?: { area: 'portal' | 'staff'; seconds: number };
  kept?: ParkedForm;
}

const dateFormats = (locale: string, timeZone: string) =>
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

const DAY_MS = 86_400_000;
const A_SUNDAY = Date.UTC(2026, 10, 22);

const translated = (of: Translated, language: string): OrgText | undefined => {
  const own = of[language];
  if (own) return { text: own, lang: undefined };
  return of.fa ? { text: of.fa, lang: 'fa' } : undefined;
};

type ViewConfig = Pick<
  SiteSettings,
  'identity' | 'timeZone' | 'maxFileBytes' | 'maxFiles' | 'facts'
>;

export type MakeView = (language: string, hrefIn: (code: string) => string) => View;

/** The order of the parts is ours: ICU's own long Persian form puts the year first. */
export const createViews = (
  site: ViewConfig,
  paths: StaticFiles['paths'],
  catalogues: Catalogues = LANGUAGES,
): MakeView => {
  const make = (text: Text): Omit<View, 'otherLanguages'> => {
    const { code, locale, direction } = text.language;
    const { beforeTime, decimal } = text.punctuation;
    const { help, names, logo, colour } = site.identity;
    const format = dateFormats(locale, site.timeZone);
    const clock = new Intl.DateTimeFormat(locale, {
      timeZone: site.timeZone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    const { calendar } = format.resolvedOptions();
    // A day has no zone: it is shown as it is.
    const dayFormat = dateFormats(locale, 'UTC');
    // «۰۱۲…» of the language's own numbering.
    const ownDigits = [
      ...new Intl.NumberFormat(locale, { useGrouping: false }).format(9_876_543_210),
    ].toReversed();
    const parts = (instant: Date, by = format): Record<string, string> =>
      Object.fromEntries(by.formatToParts(instant).map(({ type, value }) => [type, value]));
    const digits = (value: string | number): string =>
      String(value).replace(/\d/g, (digit) => ownDigits[Number(digit)] ?? digit);
    return {
      language: code,
      speech: code === 'fa' ? 'fa' : 'en',
      direction,
      text,
      get orgName() {
        return names[code] || names.fa;
      },
      help: {
        phone: help.phone === '' ? undefined : help.phone,
        hours: translated(help.hours, code),
        address: translated(help.address, code),
      },
      hasLogo: logo !== undefined,
      colour,
      paths,
      facts: site.facts,
      showsOwnDate: calendar !== 'persian',
      digits,
      dateTime(instant) {
        const { weekday, day, month, year, hour, minute } = parts(instant);
        return `${weekday} ${day} ${month} ${year}${beforeTime}${hour}:${minute}`;
      },
      date(instant) {
        const { day, month, year } = parts(instant);
        return `${day} ${month} ${year}`;
      },
      day(shown) {
        const { weekday, day, month, year } = parts(new Date(`${shown}T12:00:00Z`), dayFormat);
        return `${weekday} ${day} ${month} ${year}`;
      },
      weekday(weekday) {
        return parts(new Date(A_SUNDAY + weekday * DAY_MS), dayFormat).weekday ?? '';
      },
      fileSize(bytes) {
        if (bytes < 1024) return `${digits(bytes)} ${text.file.bytes}`;
        const kilobytes = bytes / 1024;
        if (kilobytes < 1000) return `${digits(Math.round(kilobytes))} ${text.file.kilobytes}`;
        const megabytes = digits((kilobytes / 1024).toFixed(1)).replace('.', decimal);
        return `${megabytes} ${text.file.megabytes}`;
      },
      maxFileMegabytes: digits(Math.floor(site.maxFileBytes / 1024 / 1024)),
      maxFileBytes: site.maxFileBytes,
      maxFiles: site.maxFiles,
      clock: (instant) => clock.format(instant),
    };
  };
  const views = Object.fromEntries(
    Object.values(catalogues).map((text) => [text.language.code, make(text)]),
  );
  return (code, hrefIn) => {
    const view = views[code];
    if (!view) throw new Error(`no catalogue of the language ${code}`);
    const others = Object.values(catalogues).filter((text) => text.language.code !== code);
    const otherLanguages = others.map(({ language }) => ({
      code: language.code,
      name: language.name,
      label: language.switchTo,
      href: hrefIn(language.code),
    }));
    return { ...view, otherLanguages };
  };
};
