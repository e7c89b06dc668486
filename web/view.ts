import type { ParkedForm } from '../src/desk/staff/parked-forms.ts';
import type { SiteSettings } from './env.ts';
import type { Identity, Translated } from './identity.ts';
import type { StaticFiles } from './http/static-files.ts';
import { createFormats } from './formats.ts';
import type { Text } from './text/fa.ts';
import { LANGUAGES, type Catalogues, type Language } from './text/languages.ts';

export type { Language } from './text/languages.ts';

export interface OrgText {
  text: string;
  lang: string | undefined;
}

export interface View extends ReturnType<typeof createFormats> {
  language: string;
  speech: Language;
  direction: 'rtl' | 'ltr';
  text: Text;
  orgName: string;
  help: { phone: string | undefined; hours: OrgText | undefined; address: OrgText | undefined };
  logoText: string;
  colour: string;
  paths: StaticFiles['paths'];
  otherLanguages: { code: string; name: string; label: string; href: string }[];
  facts: SiteSettings['facts'];
  maxFileMegabytes: string;
  maxFileBytes: number;
  maxFiles: number;
  session?: { area: 'portal' | 'staff'; seconds: number };
  kept?: ParkedForm;
}

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

type OfOrganisation = Pick<View, 'orgName' | 'help' | 'logoText' | 'colour'>;

export const organisationView = (
  { help, names, logo, colour }: Identity,
  code: string,
): OfOrganisation => ({
  orgName: names[code] || names.fa,
  help: {
    phone: help.phone === '' ? undefined : help.phone,
    hours: translated(help.hours, code),
    address: translated(help.address, code),
  },
  logoText: logo ? (translated(logo.text, code)?.text ?? '') : '',
  colour,
});

type Fixed = Omit<View, 'otherLanguages' | 'paths' | keyof OfOrganisation>;

const createView = (site: ViewConfig, text: Text): Fixed => {
  const { code, direction } = text.language;
  const formats = createFormats(text, site.timeZone);
  return {
    ...formats,
    language: code,
    speech: code === 'fa' ? 'fa' : 'en',
    direction,
    text,
    facts: site.facts,
    maxFileMegabytes: formats.digits(Math.floor(site.maxFileBytes / 1024 / 1024)),
    maxFileBytes: site.maxFileBytes,
    maxFiles: site.maxFiles,
  };
};

export const createViews = (
  site: ViewConfig,
  staticFiles: Pick<StaticFiles, 'paths'>,
  catalogues: Catalogues = LANGUAGES,
): MakeView => {
  const views = Object.fromEntries(
    Object.values(catalogues).map((text) => [text.language.code, createView(site, text)]),
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
    const { paths } = staticFiles;
    return { ...view, ...organisationView(site.identity(), code), paths, otherLanguages };
  };
};
