import type { View } from '../view.ts';
import { Icon } from './icon.tsx';
import { OrgWords } from './org-words.tsx';

const DIALLED = /[^\d+]/g;

export const HelpLine = ({ view }: { view: View }) => {
  const { phone, hours } = view.help;
  const { footer, layout } = view.text;
  if (phone === undefined) return <span>{layout.help}</span>;
  return (
    <span>
      {footer.helpLine}:{' '}
      <a class="footer__phone" href={`tel:${phone.replace(DIALLED, '')}`}>
        <bdi dir="ltr">{view.digits(phone)}</bdi>
      </a>
      {hours && (
        <>
          {' '}
          <span class="footer__hours">
            (<OrgWords words={hours} />)
          </span>
        </>
      )}
    </span>
  );
};

// The same help in the same place of every page (WCAG 3.2.6).
export const Footer = ({ view }: { view: View }) => {
  const { footer } = view.text;
  const { address } = view.help;
  return (
    <footer class="footer">
      <div class="footer__inner">
        <p class="footer__help">
          <Icon name={view.help.phone === undefined ? 'info' : 'phone'} />
          <HelpLine view={view} />
        </p>
        {address && (
          <p class="footer__help">
            <Icon name="building" />
            <OrgWords words={address} />
          </p>
        )}
        <nav class="footer__links" aria-label={footer.label}>
          <ul>
            <li>
              <a href="/help">{footer.help}</a>
            </li>
            <li>
              <a href="/accessibility">{footer.accessibility}</a>
            </li>
            <li>
              <a href="/privacy">{footer.privacy}</a>
            </li>
          </ul>
        </nav>
      </div>
    </footer>
  );
};
