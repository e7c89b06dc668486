import type { Child } from 'hono/jsx';
import type { OwnPasskey, StaffAccount } from '../../src/desk/staff/own-account.ts';
import { BackLink } from '../components/back-link.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { Layout } from '../components/layout.tsx';
import { Notice } from '../components/notice.tsx';
import { PasskeyForm } from '../components/passkey-form.tsx';
import { QrCode } from '../components/qr-code.tsx';
import type { View } from '../view.ts';

interface AccountFormProps {
  view: View;
  account: StaffAccount;
  problems?: Problems;
}

const AccountFrame = ({
  view,
  account,
  title,
  problems = {},
  children,
}: AccountFormProps & { title: string; children: Child }) => {
  const { staff, state } = account;
  const words = view.text.account;
  return (
    <Layout
      view={view}
      title={title}
      area="staff"
      hasProblems={Object.keys(problems).length > 0}
      {...(state === 'session' && {
        signedIn: { area: 'staff' as const, name: staff.name, role: staff.role },
      })}
    >
      <div class="narrow">
        <BackLink
          href="/staff/account"
          label={state === 'session' ? words.back : words.setup.title}
        />
        <ErrorSummary view={view} problems={problems} />
        <div class="card">
          <h1>{title}</h1>
          {children}
        </div>
      </div>
    </Layout>
  );
};

const Submit = ({ label }: { label: string }) => (
  <div class="actions">
    <button type="submit" class="button">
      {label}
    </button>
  </div>
);

export const PasswordPage = (props: AccountFormProps) => {
  const { view, account, problems = {} } = props;
  const words = view.text.account.password;
  return (
    <AccountFrame {...props} title={words.title}>
      {account.state === 'session' && <p class="lead">{words.lead}</p>}
      <form method="post" action="/staff/account/password" novalidate>
        {/* For password managers, which file a password under its name. */}
        <input
          type="text"
          name="username"
          value={account.staff.username}
          autocomplete="username"
          hidden
          readonly
        />
        <TextField
          id="current"
          label={words.current}
          problem={problems.current}
          type="password"
          autocomplete="current-password"
          latin
        />
        <TextField
          id="password"
          label={words.chosen}
          hint={words.hint}
          problem={problems.password}
          type="password"
          autocomplete="new-password"
          latin
        />
        <Submit label={words.submit} />
      </form>
    </AccountFrame>
  );
};

interface TotpPageProps extends AccountFormProps {
  setup: string;
  secret: string;
  uri: string;
}

export const TotpPage = (props: TotpPageProps) => {
  const { view, account, problems = {}, setup, secret, uri } = props;
  const words = view.text.account.totp;
  return (
    <AccountFrame {...props} title={words.title}>
      {account.totp && <p class="muted">{words.replaces}</p>}
      <p>{words.scan}</p>
      <QrCode text={uri} label={words.picture} />
      <p id="secret-label">{words.type}</p>
      <p>
        <bdi dir="ltr" class="code secret">
          {secret.replace(/(.{4})(?=.)/g, '$1 ')}
        </bdi>
      </p>
      <form method="post" action="/staff/account/totp" novalidate>
        <input type="hidden" name="setup" value={setup} />
        <TextField
          id="code"
          label={view.text.staffSignIn.secondFactor}
          hint={words.confirm}
          problem={problems.code}
          inputmode="numeric"
          autocomplete="one-time-code"
          latin
          width="code"
        />
        <Submit label={words.submit} />
      </form>
    </AccountFrame>
  );
};

export const AddPasskeyPage = (props: AccountFormProps & { name?: string }) => {
  const { view, problems = {}, name = '' } = props;
  const words = view.text.account.passkey;
  return (
    <AccountFrame {...props} title={words.addTitle}>
      <p class="lead">{words.addLead}</p>
      <PasskeyForm
        view={view}
        act="create"
        action="/staff/account/passkeys"
        options="/staff/account/passkeys/options"
        button={words.add}
        without={words.needsScript}
      >
        <TextField
          id="name"
          label={words.name}
          hint={words.nameHint}
          problem={problems.name}
          value={name}
        />
      </PasskeyForm>
    </AccountFrame>
  );
};

export const PasskeyNamePage = (
  props: AccountFormProps & { passkey: OwnPasskey; name?: string },
) => {
  const { view, problems = {}, passkey, name = passkey.name } = props;
  const words = view.text.account.passkey;
  return (
    <AccountFrame {...props} title={words.renameTitle}>
      <form method="post" action={`/staff/account/passkeys/${passkey.id}/name`} novalidate>
        <TextField id="name" label={words.name} problem={problems.name} value={name} />
        <Submit label={words.rename} />
      </form>
    </AccountFrame>
  );
};

interface RecoveryCodesPageProps extends AccountFormProps {
  notice: string | undefined;
  codes?: string[];
}

export const RecoveryCodesPage = (props: RecoveryCodesPageProps) => {
  const { view, account, codes, notice } = props;
  const words = view.text.account.recovery;
  if (codes)
    return (
      <AccountFrame {...props} title={words.shownTitle}>
        <p class="lead">{words.shownLead}</p>
        <ol class="recovery-codes" aria-label={words.listLabel}>
          {codes.map((code) => (
            <li>
              <bdi dir="ltr" class="code">
                {code}
              </bdi>
            </li>
          ))}
        </ol>
        <p class="actions">
          <a class="button" href="/staff/account">
            {words.done}
          </a>
        </p>
      </AccountFrame>
    );
  return (
    <AccountFrame {...props} title={words.title}>
      <Notice view={view} code={notice} />
      <p class="lead">{words.lead}</p>
      {account.recoveryCodes > 0 && (
        <p class="muted">
          {view.text.account.factors.recoveryLeft(view.digits(account.recoveryCodes))}{' '}
          {words.replaces}
        </p>
      )}
      <form method="post" action="/staff/account/recovery-codes">
        <Submit label={words.submit} />
      </form>
    </AccountFrame>
  );
};

interface ConfirmPageProps extends AccountFormProps {
  next: string;
  notice: string | undefined;
  minutes: number;
  singleSignOn: string | null;
}

export const ConfirmPage = (props: ConfirmPageProps) => {
  const { view, account, problems = {}, next, notice, minutes, singleSignOn } = props;
  const words = view.text.account.confirm;
  const query = `next=${encodeURIComponent(next)}`;
  const hasPasskey = account.passkeys.length > 0;
  return (
    <AccountFrame {...props} title={words.title}>
      <Notice view={view} code={notice} />
      <p class="lead">{words.lead(view.digits(minutes))}</p>
      {account.singleSignOn === 'proven' && <p class="note">{words.factorLeft}</p>}
      <form method="post" action={`/staff/account/confirm?${query}`} novalidate>
        <input
          type="text"
          name="username"
          value={account.staff.username}
          autocomplete="username"
          hidden
          readonly
        />
        {account.singleSignOn !== 'proven' && (
          <TextField
            id="password"
            label={view.text.staffSignIn.password}
            problem={problems.password}
            type="password"
            autocomplete="current-password"
            latin
          />
        )}
        {(account.totp || hasPasskey) && (
          <TextField
            id="code"
            label={account.totp ? words.code : view.text.staffSignIn.recovery}
            hint={account.totp ? words.codeHint : undefined}
            problem={problems.code}
            autocomplete="one-time-code"
            latin
            width="phone"
          />
        )}
        <Submit label={words.submit} />
      </form>
      {singleSignOn !== null && account.singleSignOn === 'linked' && (
        <div class="other-way">
          <p class="muted">{words.or}</p>
          <div class="actions">
            <a
              class="button button--secondary"
              href={`/staff/account/confirm/single-sign-on?${query}`}
            >
              {words.singleSignOn(singleSignOn)}
            </a>
          </div>
        </div>
      )}
      {hasPasskey && (
        <div class="other-way">
          <p class="muted">{words.or}</p>
          <PasskeyForm
            view={view}
            act="get"
            action={`/staff/account/confirm/passkey?${query}`}
            options="/staff/account/confirm/passkey"
            button={view.text.staffSignIn.passkey}
            without={view.text.staffSignIn.passkeyNeedsScript}
          />
        </div>
      )}
    </AccountFrame>
  );
};
