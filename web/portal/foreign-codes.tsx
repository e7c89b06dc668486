import type { Applicant } from '../../src/desk/applicants/applicant-sessions.ts';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';

export const ForeignCodes = ({ view, applicant }: { view: View; applicant: Applicant }) => {
  const { foreignCodes } = applicant;
  if (!foreignCodes) return null;
  const { count, from, to } = foreignCodes;
  return (
    <NoticeBox tone="warning">
      {view.text.ownAccount.foreignCodes(
        view.digits(count),
        view.dateTime(from),
        view.dateTime(to),
      )}
    </NoticeBox>
  );
};
