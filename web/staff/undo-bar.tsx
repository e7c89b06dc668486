import { subjectOf } from '../components/erased.tsx';
import { Icon } from '../components/icon.tsx';
import type { View } from '../view.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';

interface UndoBarProps {
  view: View;
  letter: StaffLetter;
  queue?: string | undefined;
  href?: string;
}

// A script counts down; without it the text stays.
export const UndoBar = ({ view, letter, queue, href }: UndoBarProps) => {
  const { openDecision } = letter;
  if (openDecision?.undoId === undefined || openDecision.kind === 'withdraw') return null;
  const words = view.text.undo;
  const { undoSeconds = 0, undoId, kind } = openDecision;
  return (
    <div class="notice notice--info undo-bar no-print" data-undo={href ? 'beside' : 'here'}>
      <Icon name="clock" />
      <div>
        <p role="status">
          {words.decided[kind]}{' '}
          {href === undefined ? (
            <bdi>{subjectOf(view, letter)}</bdi>
          ) : (
            <a class="standing-link" href={href}>
              <bdi>{subjectOf(view, letter)}</bdi>
            </a>
          )}
        </p>
        <p class="muted" data-undo-left={undoSeconds} data-template={words.left('{n}')}>
          {undoSeconds > 0 ? words.left(view.digits(undoSeconds)) : words.soon}
        </p>
        <p class="muted" data-undo-soon="" hidden>
          {words.soon}
        </p>
      </div>
      <form method="post" action={`/staff/letters/${letter.id}/undo`}>
        <input type="hidden" name="decision" value={undoId} />
        {queue !== undefined && <input type="hidden" name="queue" value={queue} />}
        <button type="submit" class="button button--secondary" data-go="undo" aria-keyshortcuts="z">
          <Icon name="undo" />
          {words.undo}
        </button>
      </form>
    </div>
  );
};
