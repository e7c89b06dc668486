import { MAIL_KINDS } from '../../src/desk/staff/mail-settings.ts';
import type { StaffAccount } from '../../src/desk/staff/own-account.ts';
import { TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import type { View } from '../view.ts';

export const mailFieldOf = (kind: (typeof MAIL_KINDS)[number]): string => `mail-${kind}`;

interface OwnMailProps {
  view: View;
  account: StaffAccount;
  typed?: { email: string; kinds: string[] } | undefined;
  problem?: string | undefined;
}

export const OwnMail = ({ view, account, typed, problem }: OwnMailProps) => {
  const words = view.text.account.mail;
  const { email, kinds } = typed ?? { ...account.mail, email: account.mail.email ?? '' };
  return (
    <section class="card">
      <h2>
        <Icon name="send" />
        {words.heading}
      </h2>
      <p class="muted">{words.lead}</p>
      <form method="post" action="/staff/account/mail">
        <TextField
          id="email"
          label={words.email}
          hint={words.hint}
          value={email}
          autocomplete="email"
          latin
          problem={problem}
        />
        <fieldset class="choices">
          <legend>{words.which}</legend>
          {MAIL_KINDS.map((kind) => (
            <label class="choices__one">
              <input
                type="checkbox"
                name={mailFieldOf(kind)}
                value="on"
                checked={kinds.includes(kind)}
              />
              <span>{words.kinds[kind]}</span>
            </label>
          ))}
        </fieldset>
        <div class="actions">
          <button type="submit" class="button">
            {words.submit}
          </button>
        </div>
      </form>
    </section>
  );
};
