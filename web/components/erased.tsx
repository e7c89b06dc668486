import type { View } from '../view.ts';
import { Moment } from './letter-facts.tsx';
import { NoticeBox } from './notice.tsx';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';

interface ErasedProps {
  view: View;
  letter: Pick<LetterSummary, 'subject' | 'erasedAt' | 'damaged'>;
}

export const subjectOf = (
  view: View,
  { subject, erasedAt, damaged }: ErasedProps['letter'],
): string => {
  if (erasedAt !== null) return view.text.erased.subject;
  return damaged && subject === '' ? view.text.damaged.subject : subject;
};

export const Unreadable = ({ view }: Pick<ErasedProps, 'view'>) => (
  <span class="muted">{view.text.damaged.value}</span>
);

export const Personal = ({ view, letter, text }: ErasedProps & { text: string }) => {
  if (letter.erasedAt !== null) return <span class="muted">{view.text.erased.value}</span>;
  return letter.damaged && text === '' ? <Unreadable view={view} /> : <bdi>{text}</bdi>;
};

export const DamagedNotice = ({
  view,
  letter,
  forStaff = false,
}: ErasedProps & { forStaff?: boolean }) =>
  letter.damaged ? (
    <NoticeBox tone="warning">
      {forStaff ? view.text.damaged.staffNotice : view.text.damaged.notice}
    </NoticeBox>
  ) : null;

export const ErasedNotice = ({ view, letter }: ErasedProps) =>
  letter.erasedAt === null ? null : (
    <NoticeBox tone="info">
      {view.text.erased.notice} <Moment view={view} at={letter.erasedAt} />
    </NoticeBox>
  );
