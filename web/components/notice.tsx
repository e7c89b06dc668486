import type { Child } from 'hono/jsx';
import type { View } from '../view.ts';
import { Icon, type IconName } from './icon.tsx';

interface NoticeProps {
  view: View;
  code: string | undefined;
}

const WAITING = new Set([
  'decision_recorded',
  'action_recorded',
  'sign_in_first',
  'session_ended',
  'draft_kept',
  'code_expired',
  'retry_recorded',
  'retry_nothing',
  'staff_time_over',
  'sign_on_time_over',
  'last_factor',
  'sessions_none',
  'not_confirmed',
  'undo_too_late',
  'none_free',
  'move_proposed',
  'move_late',
]);

export const noticeText = (view: View, code: string | undefined): string | undefined =>
  code !== undefined && Object.hasOwn(view.text.notices, code)
    ? view.text.notices[code]
    : undefined;

const TONE_ICONS = { info: 'info', done: 'check', warning: 'alert' } as const;

interface NoticeBoxProps {
  tone: keyof typeof TONE_ICONS;
  icon?: IconName;
  role?: 'status';
  // Read by scripts.
  'data-decided'?: string;
  children: Child;
}

export const NoticeBox = ({ tone, icon, children, ...attributes }: NoticeBoxProps) => (
  <p class={`notice notice--${tone}`} {...attributes}>
    <Icon name={icon ?? TONE_ICONS[tone]} />
    <span>{children}</span>
  </p>
);

export const Notice = ({ view, code }: NoticeProps) => {
  const text = noticeText(view, code);
  if (text === undefined || code === undefined) return null;
  return (
    <NoticeBox tone={WAITING.has(code) ? 'info' : 'done'} role="status">
      {text}
    </NoticeBox>
  );
};
