import type { Child } from 'hono/jsx';
import { Icon, type IconName } from '../components/icon.tsx';
import type { View } from '../view.ts';
import type { StaffDraft } from './staff-letter.form.ts';

const FORMS = {
  reject: { path: 'rejection', fields: ['reason', 'stockReason'] },
  return: { path: 'return', fields: ['returnReason', 'stockReturn'] },
  reply: { path: 'replies', fields: ['replyText', 'replyFile', 'replyKey'] },
  update: { path: 'updates', fields: ['update'] },
  note: { path: 'notes', fields: ['note'] },
  ask: { path: 'questions', fields: ['questionText'] },
  consult: {
    path: 'consultations',
    fields: [
      'consultUnit1',
      'consultUnit2',
      'consultUnit3',
      'consultDays1',
      'consultDays2',
      'consultDays3',
      'consultText',
    ],
  },
  opine: { path: 'opinions', fields: ['opinion'] },
  refer: { path: 'referrals', fields: ['referUnit', 'referText'] },
  close: { path: 'closing', fields: ['closeReason'] },
  annul: { path: 'annulment', fields: ['annulReason', 'annulInternal'] },
} as const;

export type FormName = keyof typeof FORMS;

const NAMES = Object.keys(FORMS) as FormName[];

const NONE = 'none';

/**
 * A redrawn form is open, whatever the address says.
 * @param options.usual default without an address parameter
 */
export const openForm = (
  view: View,
  {
    draft,
    asked,
    usual,
  }: { draft: StaffDraft; asked: string | undefined; usual: FormName | undefined },
): FormName | undefined => {
  const { kept } = view;
  const touched = [draft.problems, draft.values].map((fields) =>
    NAMES.find((name) => FORMS[name].fields.some((field) => fields[field] !== undefined)),
  );
  return (
    touched.find((name) => name !== undefined) ??
    NAMES.find((name) => kept?.path.endsWith(`/${FORMS[name].path}`)) ??
    NAMES.find((name) => name === asked) ??
    (asked === NONE ? undefined : usual)
  );
};

export interface Forms {
  view: View;
  href: string;
  open: FormName | undefined;
  queue?: string | undefined;
  keys: boolean;
}

export const QueryFields = ({ query = '' }: { query?: string | undefined }) => (
  <>
    {[...new URLSearchParams(query)].map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
);

interface OpenerProps {
  forms: Forms;
  name: FormName;
  label: string;
  icon: IconName;
  shortcut?: string;
  tone?: 'reject' | 'secondary';
}

export const Opener = ({
  forms: { open, keys },
  name,
  label,
  icon,
  shortcut,
  tone = 'secondary',
}: OpenerProps) => (
  <button
    type="submit"
    name="form"
    value={name}
    class={`button button--${tone}`}
    aria-controls={`form-${name}`}
    aria-expanded={name === open ? 'true' : 'false'}
    aria-keyshortcuts={keys ? shortcut : undefined}
    data-opens={name}
    hidden={name === open}
  >
    <Icon name={icon} />
    {label}
  </button>
);

export const Openers = ({
  forms: { href, queue },
  children,
}: {
  forms: Forms;
  children: Child;
}) => (
  <form class="openers" method="get" action={href}>
    <QueryFields query={queue} />
    {children}
  </form>
);

export const FormPanel = ({
  forms: { view, href, open, queue },
  name,
  heading,
  children,
}: {
  forms: Forms;
  name: FormName;
  heading: string;
  children: Child;
}) => (
  <section
    class="card panel no-print"
    id={`form-${name}`}
    data-form={name}
    hidden={name !== open}
    aria-labelledby={`form-${name}-title`}
  >
    <div class="panel__head">
      <h2 id={`form-${name}-title`}>{heading}</h2>
      <a
        class="quiet-link"
        href={`${href}?${queue === undefined ? '' : `${queue}&`}form=${NONE}`}
        data-closes={name}
      >
        <Icon name="close" />
        {view.text.staffLetter.closeForm}
      </a>
    </div>
    {children}
  </section>
);
