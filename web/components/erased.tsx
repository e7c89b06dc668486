/** What stands on the pages of a letter whose content was erased. */
import type { LetterSummary } from '../../src/usecases/desk.ts';
import type { View } from '../view.ts';
import { Moment } from './letter-facts.tsx';
import { NoticeBox } from './notice.tsx';

interface ErasedProps {
  view: View;
  letter: Pick<LetterSummary, 'subject' | 'erasedAt'>;
}

export const subjectOf = (view: View, { subject, erasedAt }: ErasedProps['letter']): string =>
  erasedAt === null ? subject : view.text.erased.subject;

/** What a person wrote, or that it was erased. */
export const Personal = ({ view, letter, text }: ErasedProps & { text: string }) =>
  letter.erasedAt === null ? (
    <bdi>{text}</bdi>
  ) : (
    <span class="muted">{view.text.erased.value}</span>
  );

/** Nothing for a letter that is whole. */
export const ErasedNotice = ({ view, letter }: ErasedProps) =>
  letter.erasedAt === null ? null : (
    <NoticeBox tone="info">
      {view.text.erased.notice} <Moment view={view} at={letter.erasedAt} />
    </NoticeBox>
  );
