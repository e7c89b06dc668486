import type { LetterStatus } from '../../src/domain/letter.ts';
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
}

/** The only place of the state colours: each with its word and its shape. */
export const StatusBadge = ({ view, status }: StatusBadgeProps) => (
  <span class={`badge badge--${status}`}>
    <Icon name={SHAPE[status]} />
    {view.text.states[status]}
  </span>
);
