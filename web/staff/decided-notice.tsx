import { subjectOf } from '../components/erased.tsx';
import { LetterNumber } from '../components/letter-facts.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import { UndoBar } from './undo-bar.tsx';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';

interface DecidedNoticeProps {
  view: View;
  letter: StaffLetter;
  href: string;
  queue: string;
}

export const DecidedNotice = ({ view, letter, href, queue }: DecidedNoticeProps) => {
  if (letter.openDecision?.undoId !== undefined)
    return <UndoBar {...{ view, letter, href, queue }} />;
  const words = view.text.decided;
  const isOpen = letter.openDecision !== null || letter.status === 'pending';
  return (
    <NoticeBox tone={isOpen ? 'info' : 'done'} role="status" data-decided="">
      {words.before}
      <a class="standing-link" href={href}>
        <bdi>{subjectOf(view, letter)}</bdi>
      </a>
      {isOpen ? words.recorded : words.after[letter.status]}
      {letter.letterNumber !== null && (
        <>
          {' '}
          {words.number} <LetterNumber view={view} number={letter.letterNumber} />
        </>
      )}
    </NoticeBox>
  );
};
