import { formatMobileLocal, maskMobile } from '../../src/platform/base/mobile.ts';
import type { ApplicantSession } from '../../src/desk/applicants/applicant-account.ts';
import type { Applicant } from '../../src/desk/applicants/applicant-sessions.ts';
import { BackLink } from '../components/back-link.tsx';
import { Layout } from '../components/layout.tsx';
import { Notice } from '../components/notice.tsx';
import { OwnSessions } from '../components/own-sessions.tsx';
import { ForeignCodes } from './foreign-codes.tsx';
import type { View } from '../view.ts';

interface OwnAccountPageProps {
  view: View;
  applicant: Applicant;
  sessions: ApplicantSession[];
  notice: string | undefined;
}

export const OwnAccountPage = ({ view, applicant, sessions, notice }: OwnAccountPageProps) => {
  const words = view.text.ownAccount;
  return (
    <Layout view={view} title={words.title} signedIn={{ area: 'portal' }}>
      <BackLink href="/letters" label={words.back} />
      <Notice view={view} code={notice} />
      <ForeignCodes view={view} applicant={applicant} />
      <h1>{words.title}</h1>
      <p class="muted own-intro">
        {words.mobile}:{' '}
        <bdi dir="ltr">{view.digits(formatMobileLocal(maskMobile(applicant.mobile)))}</bdi>
      </p>
      <OwnSessions view={view} sessions={sessions} lead={words.lead} path="/account" />
    </Layout>
  );
};
