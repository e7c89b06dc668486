import { html } from 'hono/html';
import type { Child } from 'hono/jsx';
import { mayAdminister } from '../../src/desk/administration/administrator.ts';
import { mayHelpPeople } from '../../src/desk/people/people-access.ts';
import type { StaffRole } from '../../src/desk/staff/staff-member.ts';
import type { View } from '../view.ts';
import { Footer } from './footer.tsx';
import { Icon } from './icon.tsx';
import { KeptValues } from './kept-values.tsx';
import { NoticeBox } from './notice.tsx';
import { SendWords } from './send-words.tsx';
import { SessionWarning } from './session-warning.tsx';

export interface LayoutProps {
  view: View;
  title: string;
  signedIn?: { area: 'portal' } | { area: 'staff'; name: string; role: StaffRole };
  area?: 'portal' | 'staff';
  hasProblems?: boolean;
  showsThemes?: boolean;
  style?: string | undefined;
  children: Child;
}

export const page = (document: Child) => html`<!doctype html>${document}`;

export const EMBLEM = 'M10 26.5h20M12.5 26.5V20a7.5 7.5 0 0 1 15 0v6.5M20 12.5V10M8.5 30.5h23';

const Logo = ({ view }: { view: View }) =>
  view.paths.logo === undefined ? (
    <Emblem />
  ) : (
    <img class="brand__logo" src={view.paths.logo} alt={view.logoText} width="40" height="40" />
  );

const Emblem = () => (
  <svg
    class="emblem"
    viewBox="0 0 40 40"
    width="40"
    height="40"
    aria-hidden="true"
    focusable="false"
  >
    <rect width="40" height="40" rx="10" class="emblem__ground" />
    <path class="emblem__mark" d={EMBLEM} fill="none" stroke-width="2.4" stroke-linecap="round" />
  </svg>
);

interface SignedInProps {
  view: View;
  signedIn: LayoutProps['signedIn'] | undefined;
}

const HeaderLinks = ({ view, signedIn }: SignedInProps) => {
  const { text } = view;
  return (
    <>
      {signedIn?.area === 'staff' && mayHelpPeople(signedIn) && (
        <a class="quiet-link" href="/staff/people">
          {text.people.link}
        </a>
      )}
      {signedIn?.area === 'staff' && mayAdminister(signedIn) && (
        <a class="quiet-link" href="/staff/admin">
          {text.admin.link}
        </a>
      )}
      {view.otherLanguages.map(({ code, name, label, href }) => (
        <a class="quiet-link" href={href} lang={code} hreflang={code} aria-label={label}>
          {name}
        </a>
      ))}
    </>
  );
};

// A phone has no room for all links: there they are in a menu. CSS shows one of the two.
const MastheadLinks = ({ view, signedIn }: SignedInProps) => {
  const isLong = signedIn?.area === 'staff' && (mayHelpPeople(signedIn) || mayAdminister(signedIn));
  if (!isLong) return <HeaderLinks view={view} signedIn={signedIn} />;
  return (
    <>
      <div class="masthead__links">
        <HeaderLinks view={view} signedIn={signedIn} />
      </div>
      <details class="masthead__menu">
        <summary class="quiet-link">{view.text.layout.menu}</summary>
        <div class="masthead__sheet">
          <HeaderLinks view={view} signedIn={signedIn} />
        </div>
      </details>
    </>
  );
};

const AccountLink = ({ view: { text }, signedIn }: SignedInProps) => {
  if (signedIn?.area === 'portal')
    return (
      <a class="who" href="/account">
        <Icon name="user" />
        {text.ownAccount.link}
      </a>
    );
  if (signedIn?.area === 'staff')
    return (
      <a class="who" href="/staff/account" aria-label={text.account.linkOf(signedIn.name)}>
        <Icon name="user" />
        <bdi>{signedIn.name}</bdi>
      </a>
    );
  return null;
};

const SignOut = ({ view, area }: { view: View; area: 'portal' | 'staff' }) => (
  <form method="post" action={area === 'staff' ? '/staff/sign-out' : '/sign-out'}>
    <button type="submit" class="button button--quiet">
      {view.text.layout.signOut}
    </button>
  </form>
);

const Masthead = ({ view, signedIn, area }: SignedInProps & { area: 'portal' | 'staff' }) => {
  const { text } = view;
  return (
    <header class={signedIn ? 'masthead masthead--signed-in' : 'masthead'}>
      <div class="masthead__inner">
        <a class="brand" href={area === 'staff' ? '/staff' : '/'}>
          <Logo view={view} />
          <span class="brand__names">
            <bdi class="brand__org">{view.orgName}</bdi>{' '}
            <span class="brand__product">
              {area === 'staff' ? text.layout.staffProduct : text.layout.product}
            </span>
          </span>
        </a>
        <div class="masthead__tools">
          <AccountLink view={view} signedIn={signedIn} />
          <MastheadLinks view={view} signedIn={signedIn} />
          {signedIn && <SignOut view={view} area={signedIn.area} />}
        </div>
      </div>
    </header>
  );
};

const Head = ({
  view,
  title,
  showsThemes,
  style,
}: Pick<LayoutProps, 'view' | 'title' | 'showsThemes' | 'style'>) => (
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="format-detection" content="telephone=no" />
    <meta name="robots" content="noindex" />
    <title>{`${title} – ${view.orgName}`}</title>
    <link rel="preload" href={view.paths.font} as="font" type="font/woff2" crossorigin="" />
    <link rel="stylesheet" href={view.paths.style} />
    {style !== undefined && <link rel="stylesheet" href={style} media="screen" />}
    {showsThemes && <link rel="stylesheet" href={view.paths.themes} />}
    <link rel="icon" href={view.paths.icon} type={view.paths.iconType} />
    {view.paths.touchIcon !== undefined && (
      <link rel="apple-touch-icon" href={view.paths.touchIcon} />
    )}
    <link rel="manifest" href={view.paths.manifests[view.language]} />
    <meta name="theme-color" content={view.colour} />
  </head>
);

export const Layout = ({
  view,
  title,
  signedIn,
  area = 'portal',
  hasProblems = false,
  showsThemes = false,
  style,
  children,
}: LayoutProps) => {
  const { text } = view;
  const prefix = hasProblems ? text.layout.errorTitle : '';
  return (
    <html lang={view.language} dir={view.direction}>
      <Head view={view} title={`${prefix}${title}`} {...{ showsThemes, style }} />
      <body class={`area-${area}`}>
        <a class="skip" href="#main">
          {text.layout.skip}
        </a>
        <Masthead view={view} signedIn={signedIn} area={area} />
        <main id="main" class="main" tabindex={-1}>
          {view.kept && (
            <NoticeBox tone="info" role="status">
              {text.kept.back}
            </NoticeBox>
          )}
          <KeptValues form={view.kept}>{children}</KeptValues>
        </main>
        <Footer view={view} />
        {signedIn && <SendWords view={view} />}
        {signedIn && <SessionWarning view={view} />}
      </body>
    </html>
  );
};
