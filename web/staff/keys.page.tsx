import { Dialog } from '../components/dialog.tsx';
import { BackLink } from '../components/back-link.tsx';
import { Icon } from '../components/icon.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { Notice } from '../components/notice.tsx';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import type { View } from '../view.ts';

const KEYS = [
  'j',
  'k',
  'Enter',
  'a',
  'r',
  'e',
  '1 … 9',
  'z',
  'Ctrl + Enter',
  'Esc',
  'u',
  '/',
  '?',
] as const;

const KeyList = ({ view }: { view: View }) => (
  <dl class="keys">
    {KEYS.map((key) => (
      <div>
        <dt>
          <kbd>
            <bdi dir="ltr">{key}</bdi>
          </kbd>
        </dt>
        <dd>{view.text.keys.what[key]}</dd>
      </div>
    ))}
  </dl>
);

// Leads to the page of the keys; a script opens the sheet instead.
export const KeysLink = ({ view }: { view: View }) => (
  <a class="quiet-link no-print" href="/staff/keys" data-go="keys">
    <Icon name="keyboard" />
    {view.text.keys.link}
  </a>
);

export const KeysSheet = ({ view, on }: { view: View; on: boolean }) => {
  if (!on) return null;
  const words = view.text.keys;
  return (
    <>
      <Dialog id="keys" title={words.title}>
        <KeyList view={view} />
        <form method="dialog" class="actions">
          <button type="submit" class="button button--secondary">
            {words.close}
          </button>
          <a class="quiet-link" href="/staff/keys">
            {words.switchOff}
          </a>
        </form>
      </Dialog>
      <script type="module" src={view.paths.deskKeys} />
    </>
  );
};

interface KeysPageProps {
  view: View;
  staff: StaffMember;
  on: boolean;
  notice: string | undefined;
}

// All keys, and the switch that WCAG 2.1.4 asks for.
export const KeysPage = ({ view, staff, on, notice }: KeysPageProps) => {
  const words = view.text.keys;
  return (
    <StaffLayout view={view} title={words.title} staff={staff}>
      <div class="middle">
        <BackLink href="/staff" label={view.text.staffLetter.backToQueue} />
        <Notice view={view} code={notice} />
        <div class="card">
          <h1>{words.title}</h1>
          <p>{words.lead}</p>
          <KeyList view={view} />
          <form method="post" action="/staff/keys" class="actions">
            <input type="hidden" name="keys" value={on ? 'off' : 'on'} />
            <p>{on ? words.isOn : words.isOff}</p>
            <button type="submit" class="button button--secondary">
              {on ? words.turnOff : words.turnOn}
            </button>
          </form>
        </div>
      </div>
    </StaffLayout>
  );
};
