import type { LetterStatus } from '../../src/desk/letters/letter.ts';
import type { View } from '../view.ts';
import { Icon, type IconName } from './icon.tsx';

const SHAPE: Record<LetterStatus, IconName> = {
  pending: 'clock',
  approved: 'check',
  rejected: 'cross',
  returned: 'pencil',
  withdrawn: 'minus',
};

interface StatusBadgeProps {
  view: View;
  status: LetterStatus;
  annulled?: boolean;
}

// The only place of the state colours; each has a word and a shape too.
export const StatusBadge = ({ view, status, annulled = false }: StatusBadgeProps) =>
  annulled ? (
    <span class="badge badge--annulled">
      <Icon name="minus" />
      {view.text.facts.annulled}
    </span>
  ) : (
    <span class={`badge badge--${status}`}>
      <Icon name={SHAPE[status]} />
      {view.text.states[status]}
    </span>
  );
