import type { Context, Hono } from 'hono';
import { actOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import type { ActOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import { getStaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { InternalText, publicText } from '../../src/platform/base/audience.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import { page } from '../components/layout.tsx';
import type { StaffEnv } from '../env.ts';
import type { PostedForm } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { readForm } from '../route-parts.ts';
import type { View } from '../view.ts';
import { ConfirmClosingPage } from './closing.page.tsx';
import { redrawLetter } from './show-letter.tsx';
import type { LetterRouteDeps } from './show-letter.tsx';
import { readText } from './staff-letter.form.ts';
import type { TextFieldId } from './staff-letter.form.ts';
import { holds, mayAct } from './unit-forms.tsx';
import { isUuid } from '../../src/platform/base/uuid.ts';

export const addUnitActionRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.post('/:id/updates', update(deps));
  routes.post('/:id/notes', note(deps));
  routes.post('/:id/referrals', refer(deps));
  routes.post('/:id/referral-withdrawal', takeBack(deps));
  routes.post('/:id/questions', ask(deps));
  routes.post('/:id/question-withdrawal', withdrawQuestion(deps));
  routes.get('/:id/closing', confirmClosing(deps));
  routes.post('/:id/closing', close(deps));
};

export const codeOf = (error: unknown): string | undefined =>
  error instanceof DomainError ? error.code : undefined;

/** Without a valid action key a form is not idempotent. */
export const act = async (
  deps: LetterRouteDeps,
  c: Context<StaffEnv>,
  form: PostedForm,
  action: ActOnLetter['action'],
) => {
  const actionKey = form.field('actionKey');
  const letterId = letterIdOf(c);
  const { staff, from } = c.var;
  const key = isUuid(actionKey) && { actionKey };
  const { outcome } = await actOnLetter(deps, { letterId, staff, ...key, action, from });
  // Out of this member's hands, and perhaps out of sight: the queue says what was done.
  if (outcome === 'applied' && action.kind === 'refer' && !holds(staff, action))
    return c.redirect(`/staff?referred=${letterId}`, 303);
  return c.redirect(`/staff/letters/${letterId}?notice=action_${outcome}`, 303);
};

export const mayActAgain = async (
  deps: LetterRouteDeps,
  c: Context<StaffEnv>,
  error: unknown,
): Promise<boolean> => {
  if (codeOf(error) !== 'key_reused') return false;
  const { staff, from } = c.var;
  return mayAct(staff, await getStaffLetter(deps, { staff, letterId: letterIdOf(c), from }));
};

export const actOrRedraw = async (
  deps: LetterRouteDeps,
  c: Context<StaffEnv>,
  form: PostedForm,
  { action, fields }: { action: ActOnLetter['action']; fields: string[] },
) => {
  try {
    return await act(deps, c, form, action);
  } catch (error) {
    if (!(await mayActAgain(deps, c, error))) throw error;
    const problems = { [fields.at(-1) ?? '']: c.var.view.text.staffLetter.problems.sent_before };
    return redrawLetter(deps, c, form, { fields, problems, status: 409 });
  }
};

/** A form whose one text is needed; `field` names it. */
export const actWithText =
  (
    deps: LetterRouteDeps,
    field: TextFieldId,
    missingOf: (text: View['text']) => string,
    actionOf: (text: string, form: PostedForm) => ActOnLetter['action'],
  ) =>
  async (c: Context<StaffEnv>) => {
    const { view } = c.var;
    const form = await readForm(deps, c);
    const { text, problems } = readText(form, field, missingOf(view.text), deps.site.limits, view);
    const fields = [field];
    if (problems[field] !== undefined) return redrawLetter(deps, c, form, { fields, problems });
    return actOrRedraw(deps, c, form, { action: actionOf(text, form), fields });
  };

const update = (deps: LetterRouteDeps) =>
  actWithText(
    deps,
    'update',
    (text) => text.staffLetter.problems.update_missing,
    (text) => ({ kind: 'update', text: publicText(text) }),
  );

const note = (deps: LetterRouteDeps) =>
  actWithText(
    deps,
    'note',
    (text) => text.staffLetter.problems.note_missing,
    (text) => ({ kind: 'note', note: new InternalText(text) }),
  );

const ask = (deps: LetterRouteDeps) =>
  actWithText(
    deps,
    'questionText',
    (text) => text.question.askMissing,
    (text) => ({ kind: 'ask', text: publicText(text) }),
  );

const withdrawQuestion = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const form = await readForm(deps, c);
  return act(deps, c, form, { kind: 'unask', questionId: form.field('question') });
};

const refer = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const { view } = c.var;
  const words = view.text.staffLetter.problems;
  const form = await readForm(deps, c);
  const unitId = form.field('referUnit');
  const read = readText(form, 'referText', words.refer_missing, deps.site.limits, view);
  const problems = {
    ...(!isUuid(unitId) && { referUnit: words.unit_missing }),
    ...read.problems,
  };
  const fields = ['referUnit', 'referText'];
  if (Object.keys(problems).length > 0) return redrawLetter(deps, c, form, { fields, problems });
  try {
    const action = { kind: 'refer', unitId, note: new InternalText(read.text) } as const;
    return await actOrRedraw(deps, c, form, { action, fields });
  } catch (error) {
    if (codeOf(error) !== 'unit_not_available') throw error;
    return redrawLetter(deps, c, form, { fields, problems: { referUnit: words.unit_gone } });
  }
};

const takeBack = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const form = await readForm(deps, c);
  return act(deps, c, form, { kind: 'recall', referralId: form.field('referral') });
};

const confirmClosing = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const { staff, view, from } = c.var;
  const letter = await getStaffLetter(deps, { staff, letterId: letterIdOf(c), from });
  if (letter.replies === 0 || !mayAct(staff, letter))
    return c.redirect(`/staff/letters/${letter.id}`, 303);
  return c.html(page(<ConfirmClosingPage {...{ view, staff, letter }} />));
};

const close = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const { staff, view, from } = c.var;
  const words = view.text.staffLetter.problems;
  const form = await readForm(deps, c);
  const letterId = letterIdOf(c);
  const fields = ['closeReason'];
  const isReasoned = cleanText(form.field('closeReason')) !== '';
  const { text, problems } = isReasoned
    ? readText(form, 'closeReason', words.close_missing, deps.site.limits, view)
    : { text: '', problems: {} };
  if (Object.keys(problems).length > 0) return redrawLetter(deps, c, form, { fields, problems });
  const reason = isReasoned ? publicText(text) : null;
  try {
    if (reason === null && form.field('confirmed') !== '1') {
      const { replies } = await getStaffLetter(deps, { staff, letterId, from });
      if (replies > 0) return c.redirect(`/staff/letters/${letterId}/closing`, 303);
    }
    return await actOrRedraw(deps, c, form, { action: { kind: 'close', reason }, fields });
  } catch (error) {
    if (codeOf(error) !== 'closing_reason_missing') throw error;
    return redrawLetter(deps, c, form, { fields, problems: { closeReason: words.close_missing } });
  }
};
