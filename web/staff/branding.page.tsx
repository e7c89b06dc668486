import type { Organisation, OrganisationRow } from '../../src/platform/base/organisation.ts';
import type { Problems } from '../components/error-summary.tsx';
import { controlProps, Frame, TextField } from '../components/field.tsx';
import { EMBLEM } from '../components/layout.tsx';
import { OrgWords } from '../components/org-words.tsx';
import { organisationView } from '../view.ts';
import type { View } from '../view.ts';
import { adminPath } from './admin-areas.ts';
import { AdminPage } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

const HOME = adminPath('branding');

type Field = keyof Organisation;

export const BRANDING_FIELDS: readonly Field[] = [
  'name',
  'nameEn',
  'colour',
  'helpPhone',
  'helpHours',
  'helpHoursEn',
  'address',
  'addressEn',
  'logoText',
  'logoTextEn',
];

const LATIN: readonly Field[] = ['colour', 'helpPhone'];

/** As pages would show it; the logo is the one that is saved. */
export const typedIdentity = (typed: Organisation) => ({
  names: { fa: typed.name, en: typed.nameEn },
  colour: typed.colour,
  logo: undefined,
  icons: [],
  help: {
    phone: typed.helpPhone,
    hours: { fa: typed.helpHours, en: typed.helpHoursEn },
    address: { fa: typed.address, en: typed.addressEn },
  },
});

const Mark = ({ view, colour, text }: { view: View; colour: string; text: string }) =>
  view.paths.logo === undefined ? (
    <svg viewBox="0 0 40 40" width="40" height="40" aria-hidden="true" focusable="false">
      <rect width="40" height="40" rx="10" fill={colour} />
      <path d={EMBLEM} fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" />
    </svg>
  ) : (
    <img class="brand__logo" src={view.paths.logo} alt={text} width="40" height="40" />
  );

const Header = ({
  view,
  typed,
  language,
}: {
  view: View;
  typed: Organisation;
  language: string;
}) => {
  const { orgName, help, colour } = organisationView(typedIdentity(typed), language);
  const text = (language === 'en' && typed.logoTextEn) || typed.logoText;
  return (
    <div class="branding-sample" lang={language} dir={language === 'en' ? 'ltr' : 'rtl'}>
      <svg class="branding-sample__edge" aria-hidden="true" focusable="false">
        <rect width="100%" height="4" fill={colour} />
      </svg>
      <div class="brand">
        <Mark {...{ view, colour, text }} />
        <bdi class="brand__org">{orgName}</bdi>
      </div>
      <p class="muted">
        {help.phone !== undefined && <bdi dir="ltr">{help.phone}</bdi>}{' '}
        {help.hours && <OrgWords words={help.hours} />}
      </p>
      {help.address && (
        <p class="muted">
          <OrgWords words={help.address} />
        </p>
      )}
    </div>
  );
};

const Preview = ({ view, typed }: { view: View; typed: Organisation }) => {
  const words = view.text.admin.branding;
  return (
    <section class="card" aria-labelledby="preview" data-preview>
      <h2 id="preview">{words.previewHeading}</h2>
      <Header view={view} typed={typed} language="fa" />
      <Header view={view} typed={typed} language="en" />
    </section>
  );
};

const BrandingForm = ({
  view,
  version,
  typed,
  problems,
}: {
  view: View;
  version: number;
  typed: Organisation;
  problems: Problems;
}) => {
  const words = view.text.admin.branding;
  return (
    <form class="card" method="post" action={HOME} novalidate data-live-preview>
      <input type="hidden" name="version" value={String(version)} />
      {BRANDING_FIELDS.map((field) => (
        <TextField
          id={field}
          label={words.fields[field]}
          hint={words.hints[field]}
          problem={problems[field]}
          value={typed[field]}
          latin={LATIN.includes(field)}
          width={LATIN.includes(field) ? 'phone' : 'full'}
        />
      ))}
      <div class="actions">
        <button type="submit" class="button">
          {words.save}
        </button>
        <button type="submit" name="act" value="preview" class="button button--secondary">
          {words.preview}
        </button>
        <button type="submit" formaction={`${HOME}/receipt`} class="button button--secondary">
          {words.receipt}
        </button>
      </div>
    </form>
  );
};

const LogoForm = ({
  view,
  organisation,
  problem,
}: {
  view: View;
  organisation: OrganisationRow;
  problem: string | undefined;
}) => {
  const words = view.text.admin.branding;
  const field = { id: 'logo', label: words.logo, hint: words.logoHint, problem };
  return (
    <section class="card" aria-labelledby="logo-heading">
      <h2 id="logo-heading">{words.logoHeading}</h2>
      <form method="post" action={`${HOME}/logo`} enctype="multipart/form-data" novalidate>
        <input type="hidden" name="version" value={String(organisation.version)} />
        <Frame field={field}>
          <input {...controlProps(field)} class="input input--file" type="file" accept=".png" />
        </Frame>
        <div class="actions">
          <button type="submit" class="button">
            {words.saveLogo}
          </button>
          {organisation.logo !== null && (
            <button type="submit" name="act" value="remove" class="button button--secondary">
              {words.removeLogo}
            </button>
          )}
        </div>
      </form>
    </section>
  );
};

export const BrandingPage = ({
  view,
  staff,
  organisation,
  typed = organisation,
  problems = {},
  stale = false,
  notice,
}: AdminProps & {
  organisation: OrganisationRow;
  typed?: Organisation;
  problems?: Problems;
  stale?: boolean;
  notice?: string | undefined;
}) => {
  const words = view.text.admin.branding;
  return (
    <AdminPage {...{ view, staff, problems, stale, notice }} area="branding">
      <p class="muted">{words.lead}</p>
      <div class="admin-part">
        <Preview {...{ view, typed }} />
        {staff.role === 'admin' ? (
          <>
            <BrandingForm {...{ view, typed, problems }} version={organisation.version} />
            <LogoForm {...{ view, organisation }} problem={problems.logo} />
            <script type="module" src={view.paths.wordingPreview} />
          </>
        ) : (
          <p class="muted">{view.text.admin.readOnly}</p>
        )}
      </div>
    </AdminPage>
  );
};
