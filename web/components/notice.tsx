import type { View } from '../view.ts';
import { Icon } from './icon.tsx';

interface NoticeProps {
  view: View;
  /** From the address: a code that `text.notices` knows; anything else shows nothing. */
  code: string | undefined;
}

const WAITING = new Set([
  'decision_recorded',
  'action_recorded',
  'sign_in_first',
  'code_expired',
  'retry_recorded',
  'retry_nothing',
]);

export const noticeText = (view: View, code: string | undefined): string | undefined =>
  code !== undefined && Object.hasOwn(view.text.notices, code)
    ? view.text.notices[code]
    : undefined;

export const Notice = ({ view, code }: NoticeProps) => {
  const text = noticeText(view, code);
  if (text === undefined || code === undefined) return null;
  return (
    <p class={WAITING.has(code) ? 'notice notice--info' : 'notice notice--done'} role="status">
      <Icon name={WAITING.has(code) ? 'info' : 'check'} />
      <span>{text}</span>
    </p>
  );
};
