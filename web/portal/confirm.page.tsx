import { formatMobileLocal, maskMobile } from '../../src/platform/base/mobile.ts';
import type { Applicant } from '../../src/desk/applicants/applicant-sessions.ts';
import { BackLink } from '../components/back-link.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { Layout } from '../components/layout.tsx';
import { Notice } from '../components/notice.tsx';
import type { View } from '../view.ts';
import { CodeField, NotReceived, WaitMore } from './code.page.tsx';

interface ConfirmPageProps {
  view: View;
  applicant: Applicant;
  end: string;
  codeMinutes: number;
  resendSeconds: number;
  waitSeconds?: number;
  problems?: Problems;
  notice?: string | undefined;
}

export const ConfirmPage = ({
  view,
  applicant,
  end,
  codeMinutes,
  resendSeconds,
  waitSeconds,
  problems = {},
  notice,
}: ConfirmPageProps) => {
  const { confirm: words, title: account } = view.text.ownAccount;
  const mobile = view.digits(formatMobileLocal(maskMobile(applicant.mobile)));
  return (
    <Layout
      view={view}
      title={words.title}
      hasProblems={Object.keys(problems).length > 0}
      signedIn={{ area: 'portal' }}
    >
      <BackLink href="/account" label={account} />
      <ErrorSummary view={view} problems={problems} />
      <Notice view={view} code={notice} />
      {waitSeconds !== undefined && <WaitMore view={view} seconds={waitSeconds} />}
      <div class="card">
        <h1>{words.title}</h1>
        <p class="lead">{end === 'others' ? words.leadOthers : words.leadOne}</p>
        <p>
          {words.sentTo} <bdi dir="ltr">{mobile}</bdi>. {words.goodFor(view.digits(codeMinutes))}
        </p>
        <form method="post" action={`/account/confirm?end=${end}`} novalidate>
          <CodeField view={view} problems={problems} />
          <div class="actions">
            <button type="submit" class="button">
              {end === 'others' ? words.endOthers : words.endOne}
            </button>
          </div>
        </form>
      </div>
      <NotReceived
        view={view}
        resendSeconds={resendSeconds}
        action={`/account/confirm/resend?end=${end}`}
        href={`/account/confirm?end=${end}`}
      >
        <a class="button button--quiet" href="/account">
          {words.cancel}
        </a>
      </NotReceived>
      <script type="module" src={view.paths.code} />
    </Layout>
  );
};
