import type { OwnPasskey, StaffAccount } from '../../src/desk/staff/own-account.ts';
import type { StaffSession } from '../../src/desk/staff/own-sessions.ts';
import { BackLink } from '../components/back-link.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { Icon } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { Notice } from '../components/notice.tsx';
import { ActButton, OwnSessions } from '../components/own-sessions.tsx';
import type { View } from '../view.ts';
import type { Absences } from '../../src/desk/staff/absences.ts';
import { AbsencePart } from './absence-parts.tsx';
import type { AbsenceDraft } from './absence-parts.tsx';
import { OwnMail } from './own-mail.tsx';

const FEW_CODES = 3;

interface AccountProps {
  view: View;
  account: StaffAccount;
}

const Password = ({ view, account }: AccountProps) => {
  const words = view.text.account.password;
  return (
    <section class="card">
      <h2>
        <Icon name="lock" />
        {words.heading}
      </h2>
      <p class="muted">
        {account.passwordChangedAt === null ? (
          words.byOperator
        ) : (
          <>
            {words.changedAt} <Moment view={view} at={account.passwordChangedAt} />
          </>
        )}
      </p>
      <p class="actions">
        <a class="button button--secondary" href="/staff/account/password">
          {words.change}
        </a>
      </p>
    </section>
  );
};

const PasskeyItem = ({ view, passkey }: { view: View; passkey: OwnPasskey }) => {
  const words = view.text.account.factors;
  const at = `/staff/account/passkeys/${passkey.id}`;
  return (
    <li class="own-item">
      <p class="own-item__what">
        <bdi>{passkey.name}</bdi>
      </p>
      <p class="own-item__facts">
        {words.addedAt} <Moment view={view} at={passkey.createdAt} />
        <br />
        {passkey.lastUsedAt === null ? (
          words.neverUsed
        ) : (
          <>
            {words.usedAt} <Moment view={view} at={passkey.lastUsedAt} />
          </>
        )}
      </p>
      <div class="own-item__acts">
        <a
          class="button button--small"
          href={`${at}/name`}
          aria-label={words.renamePasskey(passkey.name)}
        >
          {words.rename}
        </a>
        <ActButton
          action={`${at}/removal`}
          label={words.remove}
          name={words.removePasskey(passkey.name)}
        />
      </div>
    </li>
  );
};

const Factors = ({ view, account }: AccountProps) => {
  const words = view.text.account.factors;
  const { totp, passkeys, recoveryCodes } = account;
  const hasFactor = totp || passkeys.length > 0;
  return (
    <section class="card">
      <h2>
        <Icon name="shield" />
        {words.heading}
      </h2>
      <p class="muted">{hasFactor ? words.lead : `${words.lead} ${words.none}`}</p>
      {!account.mayRemoveLast && <p class="muted">{words.last}</p>}

      <h3 class="own-part">{words.totp}</h3>
      <p class="own-item__facts">{totp ? words.totpOn : words.totpOff}</p>
      <div class="own-item__acts">
        <a class="button button--small" href="/staff/account/totp">
          {totp ? words.totpAgain : words.totpAdd}
        </a>
        {totp && (
          <ActButton
            action="/staff/account/totp/removal"
            label={words.remove}
            name={words.removeTotp}
          />
        )}
      </div>

      <h3 class="own-part">{words.passkeys}</h3>
      {passkeys.length === 0 ? (
        <p class="own-item__facts">{words.noPasskeys}</p>
      ) : (
        <ul class="own-list">
          {passkeys.map((passkey) => (
            <PasskeyItem view={view} passkey={passkey} />
          ))}
        </ul>
      )}
      <div class="own-item__acts">
        <a class="button button--small" href="/staff/account/passkeys">
          {words.passkeyAdd}
        </a>
      </div>

      {hasFactor && (
        <>
          <h3 class="own-part">{words.recovery}</h3>
          <p class="own-item__facts">
            {recoveryCodes === 0
              ? words.recoveryNone
              : words.recoveryLeft(view.digits(recoveryCodes))}
            {recoveryCodes > 0 && recoveryCodes <= FEW_CODES && ` ${words.recoveryFew}`}
          </p>
          <div class="own-item__acts">
            <a class="button button--small" href="/staff/account/recovery-codes">
              {words.recoveryNew}
            </a>
          </div>
        </>
      )}
    </section>
  );
};

interface AccountPageProps extends AccountProps {
  sessions: StaffSession[];
  absences: Absences;
  absence?: AbsenceDraft;
  notice?: string | undefined;
  mail?: { email: string; kinds: string[]; problem: string };
}

export const AccountPage = ({
  view,
  account,
  sessions,
  absences,
  notice,
  mail,
  absence,
}: AccountPageProps) => {
  const problems = { ...(mail && { email: mail.problem }), ...absence?.problems };
  const hasProblems = Object.keys(problems).length > 0;
  const words = view.text.account;
  const { staff } = account;
  return (
    <StaffLayout view={view} title={words.title} staff={staff} hasProblems={hasProblems}>
      <div class="middle">
        <BackLink href="/staff" label={view.text.staffLetter.backToQueue} />
        <Notice view={view} code={notice} />
        <ErrorSummary view={view} problems={problems} />
        <h1>{words.title}</h1>
        <p class="muted own-intro">
          <bdi>{staff.name}</bdi> · {words.facts.username}: <bdi dir="ltr">{staff.username}</bdi> ·{' '}
          {words.facts.role}: {words.roles[staff.role]}
        </p>
        <Password view={view} account={account} />
        <Factors view={view} account={account} />
        <OwnMail view={view} account={account} typed={mail} problem={mail?.problem} />
        {staff.role !== 'auditor' && (
          <AbsencePart {...{ view, absences }} href="/staff/account/absences" draft={absence} />
        )}
        <OwnSessions
          view={view}
          sessions={sessions}
          lead={words.sessions.lead}
          path="/staff/account"
        />
      </div>
    </StaffLayout>
  );
};

// Shown before there is a session: only what is missing can be set up.
export const SetupPage = ({
  view,
  account,
  notice,
}: AccountProps & { notice?: string | undefined }) => {
  const words = view.text.account;
  const { setup } = words;
  const isMissing = (step: 'password' | 'second_factor'): boolean => account.missing.includes(step);
  return (
    <Layout view={view} title={setup.title} area="staff">
      <div class="narrow">
        <Notice view={view} code={notice} />
        <div class="card">
          <h1>{setup.title}</h1>
          <p class="lead">{setup.lead}</p>
          <ol class="setup" aria-label={setup.stepsLabel}>
            {(['password', 'second_factor'] as const).map((step) => (
              <li class="setup__step" data-step={isMissing(step) ? 'left' : 'done'}>
                <h2>
                  <Icon name={isMissing(step) ? 'clock' : 'check'} />
                  {setup.steps[step]}{' '}
                  <span class="muted">{isMissing(step) ? setup.left : setup.done}</span>
                </h2>
                {step === 'password' && isMissing(step) && (
                  <p class="actions">
                    <a class="button" href="/staff/account/password">
                      {setup.choosePassword}
                    </a>
                  </p>
                )}
                {step === 'second_factor' && isMissing(step) && (
                  <>
                    <p>{setup.whichFactor}</p>
                    <p class="actions">
                      <a class="button" href="/staff/account/totp">
                        {words.factors.totpAdd}
                      </a>
                      <a class="button button--secondary" href="/staff/account/passkeys">
                        {words.factors.passkeyAdd}
                      </a>
                    </p>
                  </>
                )}
              </li>
            ))}
          </ol>
        </div>
        <form method="post" action="/staff/sign-out">
          <button type="submit" class="button button--quiet">
            {view.text.layout.signOut}
          </button>
        </form>
      </div>
    </Layout>
  );
};
