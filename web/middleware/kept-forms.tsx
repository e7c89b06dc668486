/**
 * Nothing typed is lost with a session: a form posted after its end is parked until the same person
 * signs in again in the same browser or, when the person is unknown, handed back in the page.
 */
import type { Context } from 'hono';
import type { Holder } from '../../src/platform/files/stored-file.ts';
import {
  formKeyOf,
  findEndedSessionHolder,
  parkForm,
  findParkedForm,
  dropParkedForm,
} from '../../src/desk/staff/parked-forms.ts';
import { MAIL_KINDS } from '../../src/desk/staff/mail-settings.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import { FILE_ACTION_FIELD, HELD_FIELD, keepFormFiles } from '../http/form-file.ts';
import type { FormReader, PostedForm } from '../http/form-reader.ts';
import { mailFieldOf } from '../staff/own-mail.tsx';
import { NotSignedInPage } from '../system/error.page.tsx';

const SECONDS = 3600;

const SECRETS: ReadonlySet<string> = new Set([
  'password',
  'current',
  'newPassword',
  'repeat',
  'code',
  'captcha',
  'captchaId',
  'proof',
  'answer',
  'setup',
  'secret',
]);

const FILLED: ReadonlySet<string> = new Set([
  'submissionKey',
  'formKey',
  'question',
  'referral',
  'consultation',
  'heldReply',
  'absence',
  'substitute',
  'actionKey',
  'confirmed',
  'round',
  'version',
  'year',
  'queue',
  'act',
  'move',
  'decision',
  'kind',
  'letter',
  'file',
  'day',
  'keys',
  'unit',
  'referUnit',
  'role',
  'scope',
  'delivery',
  'left',
  ...MAIL_KINDS.map(mailFieldOf),
  HELD_FIELD,
  FILE_ACTION_FIELD,
]);

export interface KeptFields {
  typed: Record<string, string>;
  hidden: Record<string, string>;
}

export const keptFieldsOf = (form: PostedForm): KeptFields | undefined => {
  const fields = [...form.fields].filter(([, value]) => value.trim() !== '');
  if (fields.some(([name]) => SECRETS.has(name))) return undefined;
  const typed = fields.filter(([name]) => !FILLED.has(name));
  if (typed.length === 0 && !form.files.some(({ ok }) => ok)) return undefined;
  const hidden = fields.filter(
    ([name]) => FILLED.has(name) && name !== HELD_FIELD && name !== FILE_ACTION_FIELD,
  );
  return { typed: Object.fromEntries(typed), hidden: Object.fromEntries(hidden) };
};

type Area = 'portal' | 'staff';
/** These pages hold several forms; any other form has its own address. */
const SHARED_PAGES = [
  /^(\/staff\/letters\/[^/]+|\/staff\/admin\/calendar)\/[a-z]+$/,
  /^(\/staff\/account)\/(?:mail|absences)$/,
  /^(\/staff\/admin\/members\/[^/]+)\/absences$/,
  /^(\/staff\/people\/[^/]+)\/[a-z]+$/,
];
const pageOf = (path: string): string =>
  SHARED_PAGES.flatMap((pattern) => pattern.exec(path)?.[1] ?? []).at(0) ?? path;

export interface KeptForms {
  rescue(
    c: Context<AppEnv>,
    area: Area,
    sessionToken: string | undefined,
  ): Promise<Response | undefined>;
  keep(c: Context<AppEnv>, holder: Holder): Promise<void>;
  restore(c: Context<AppEnv>, holder: Holder): Promise<void>;
  settle(c: Context<AppEnv>, holder: Holder): Promise<void>;
}

export const createKeptForms = (
  deps: RouteDeps,
  cookies: Cookies,
  forms: FormReader,
): KeptForms => {
  const park = async (c: Context<AppEnv>, holder: Holder, form: PostedForm): Promise<boolean> => {
    const kept = keptFieldsOf(form);
    if (!kept) return false;
    const fields = { ...kept.typed, ...kept.hidden };
    const formKey = formKeyOf(fields);
    if (formKey !== undefined) await keepFormFiles(deps, { holder, formKey, several: true }, form);
    const token = await parkForm(deps, {
      token: cookies.read(c, 'parked'),
      holder,
      form: { path: c.req.path, page: pageOf(c.req.path), fields },
    });
    cookies.write(c, 'parked', token, SECONDS);
    return true;
  };

  const senderOf = (c: Context<AppEnv>, holder: Holder) => ({
    by:
      'applicantId' in holder
        ? ({ kind: 'applicant', id: holder.applicantId } as const)
        : ({ kind: 'staff', id: holder.staffId } as const),
    from: c.var.from,
  });

  return {
    async rescue(c, area, sessionToken) {
      if (c.req.method !== 'POST') return undefined;
      const ended =
        sessionToken === undefined ? undefined : await findEndedSessionHolder(deps, sessionToken);
      const holder = ended && 'staffId' in ended === (area === 'staff') ? ended : undefined;
      if (!holder) {
        const kept = keptFieldsOf(await forms.readFields(c));
        if (!kept) return undefined;
        const handedBack = { ...kept, path: c.req.path, canSend: true };
        return c.html(page(<NotSignedInPage {...{ area, handedBack }} view={c.var.view} />), 401);
      }
      const form = await forms.readAny(c, senderOf(c, holder));
      if (!(await park(c, holder, form))) return undefined;
      return c.redirect(`${area === 'staff' ? '/staff' : '/'}?notice=draft_kept`, 303);
    },

    async keep(c, holder) {
      if (c.req.method === 'POST')
        await park(c, holder, await forms.readAny(c, senderOf(c, holder)));
    },

    async restore(c, holder) {
      const token = cookies.read(c, 'parked');
      if (token === undefined || c.req.method !== 'GET') return;
      const kept = await findParkedForm(deps, { token, holder, path: c.req.path });
      if (kept) c.set('view', { ...c.var.view, kept });
    },

    async settle(c, holder) {
      if (c.req.method !== 'POST' || c.res.status !== 303) return;
      // Who asks has to be proven first: the form is sent again after that.
      if (c.res.headers.get('location')?.startsWith('/staff/account/confirm')) {
        await park(c, holder, await forms.readAny(c, senderOf(c, holder)));
        return;
      }
      const token = cookies.read(c, 'parked');
      if (token !== undefined) await dropParkedForm(deps, { token, path: c.req.path });
    },
  };
};
