import type { View } from '../view.ts';
import { HelpLine } from './footer.tsx';
import { Icon } from './icon.tsx';
import { OrgWords } from './org-words.tsx';

export const Contact = ({ view }: { view: View }) => {
  const { address } = view.help;
  return (
    <section class="contact" aria-labelledby="contact">
      <h2 id="contact">{view.text.help.contactTitle}</h2>
      <p class="contact__line">
        <Icon name="phone" />
        <HelpLine view={view} />
      </p>
      {address && (
        <p class="contact__line">
          <Icon name="building" />
          <span>
            {view.text.footer.address}: <OrgWords words={address} />
          </span>
        </p>
      )}
    </section>
  );
};
