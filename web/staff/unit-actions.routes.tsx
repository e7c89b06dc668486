/** What a unit does with a registered letter. */
import type { Context, Hono } from 'hono';
import { InternalText, publicText } from '../../src/platform/base/audience.ts';
import { DomainError, isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import type { ActOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import { page } from '../components/layout.tsx';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { chooseFile, createFormFiles, isRemoval } from '../http/form-file.ts';
import type { FileProblemStatus } from '../http/form-file.ts';
import { cutStatus, ensureWhole, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { isUuid, letterIdOf } from '../http/letter-address.ts';
import { fileProblemText } from '../portal/letter.form.ts';
import { ConfirmClosingPage } from './closing.page.tsx';
import { readText, type StaffDraft } from './staff-letter.form.ts';
import { holds, mayAct } from './unit-forms.tsx';
import { discardFile } from '../../src/platform/files/receive-file.ts';
import { getStaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { actOnLetter } from '../../src/desk/letters/act-on-letter.ts';

type FormProblems = StaffDraft['problems'];

/** The letter's page as it comes back with problems. */
export interface LetterForms {
  letterPage: (c: Context<StaffEnv>, draft: StaffDraft) => Promise<ReturnType<typeof page>>;
  redraw: (
    c: Context<StaffEnv>,
    form: PostedForm,
    fields: string[],
    problems: FormProblems,
    status?: 409,
  ) => Promise<Response>;
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof DomainError ? error.code : undefined;

export const addUnitActionRoutes = (
  routes: Hono<StaffEnv>,
  deps: RouteDeps & { forms: FormReader },
  { letterPage, redraw }: LetterForms,
): void => {
  const { site, forms } = deps;
  const files = createFormFiles(deps);

  const readForm = async (c: Context<StaffEnv>): Promise<PostedForm> => {
    const form = await forms.readFields(c);
    ensureWhole(form);
    return form;
  };

  /** A form without a good action key is taken once more each time it is sent. */
  const act = async (c: Context<StaffEnv>, form: PostedForm, action: ActOnLetter['action']) => {
    const actionKey = form.field('actionKey');
    const result = await actOnLetter(deps, {
      letterId: letterIdOf(c),
      staff: c.var.staff,
      ...(isUuid(actionKey) && { actionKey }),
      action,
      from: c.var.from,
    });
    const isApplied = result.outcome === 'applied';
    // Out of this member's hands, and perhaps out of sight: the queue says what was done.
    if (isApplied && action.kind === 'refer' && !holds(c.var.staff, result.letter))
      return c.redirect(`/staff?referred=${letterIdOf(c)}`, 303);
    return c.redirect(`/staff/letters/${letterIdOf(c)}?notice=action_${result.outcome}`, 303);
  };

  /** A used form with another text, as with the page that the browser goes back to. */
  const mayActAgain = async (c: Context<StaffEnv>, error: unknown): Promise<boolean> => {
    if (codeOf(error) !== 'key_reused') return false;
    const { staff, from } = c.var;
    const letter = await getStaffLetter(deps, { staff, letterId: letterIdOf(c), from });
    return mayAct(staff, letter);
  };

  /** The form of that page with a new key, where it still is; `fields`: the text is the last one. */
  const actOrRedraw = async (
    c: Context<StaffEnv>,
    form: PostedForm,
    action: ActOnLetter['action'],
    fields: string[],
  ) => {
    try {
      return await act(c, form, action);
    } catch (error) {
      if (!(await mayActAgain(c, error))) throw error;
      const problem = c.var.view.text.staffLetter.problems.sent_before;
      return redraw(c, form, fields, { [fields.at(-1) ?? '']: problem }, 409);
    }
  };

  routes.post('/:id/updates', async (c) => {
    const { view } = c.var;
    const form = await readForm(c);
    const missing = view.text.staffLetter.problems.update_missing;
    const { text, problems } = readText(form, 'update', missing, site.limits, view);
    if (problems.update !== undefined) return redraw(c, form, ['update'], problems);
    return actOrRedraw(c, form, { kind: 'update', text: publicText(text) }, ['update']);
  });

  routes.post('/:id/notes', async (c) => {
    const { view } = c.var;
    const form = await readForm(c);
    const missing = view.text.staffLetter.problems.note_missing;
    const { text, problems } = readText(form, 'note', missing, site.limits, view);
    if (problems.note !== undefined) return redraw(c, form, ['note'], problems);
    return actOrRedraw(c, form, { kind: 'note', note: new InternalText(text) }, ['note']);
  });

  routes.post('/:id/referrals', async (c) => {
    const { view } = c.var;
    const words = view.text.staffLetter.problems;
    const form = await readForm(c);
    const unitId = form.field('referUnit');
    const read = readText(form, 'referText', words.refer_missing, site.limits, view);
    const problems = {
      ...(!isUuid(unitId) && { referUnit: words.unit_missing }),
      ...read.problems,
    };
    const fields = ['referUnit', 'referText'];
    if (Object.keys(problems).length > 0) return redraw(c, form, fields, problems);
    try {
      const note = new InternalText(read.text);
      return await actOrRedraw(c, form, { kind: 'refer', unitId, note }, fields);
    } catch (error) {
      if (codeOf(error) !== 'unit_not_available') throw error;
      return redraw(c, form, fields, { referUnit: words.unit_gone });
    }
  });

  routes.post('/:id/replies', async (c) => {
    const { view } = c.var;
    const words = view.text.staffLetter.problems;
    const form = await forms.readUpload(c, 'replyFile', {
      by: { kind: 'staff', id: c.var.staff.id },
      from: c.var.from,
    });
    const { text, problems } = readText(form, 'replyText', words.reply_missing, site.limits, view);
    const key = form.field('actionKey');
    const which = {
      holder: { staffId: c.var.staff.id },
      formKey: isUuid(key) ? key : crypto.randomUUID(),
    };
    const chosen = chooseFile(form);

    const redrawReply = async (
      wrong: FormProblems,
      status: 200 | 400 | 408 | FileProblemStatus,
    ) => {
      const held = await files.keep(which, form);
      const isGone = chosen.ok && chosen.file === 'held' && !held && status === 422;
      const all = { ...wrong, ...(isGone && { replyFile: view.text.file.heldGone }) };
      const values = { replyText: form.field('replyText'), replyKey: which.formKey };
      return c.html(await letterPage(c, { values, problems: all, held }), status);
    };

    const cut = cutStatus(form);
    if (cut) return redrawReply({ replyText: words.body_cut }, cut);
    if (isRemoval(form)) {
      await files.remove(which, form);
      return redrawReply({}, 200);
    }
    if (!chosen.ok) {
      const others = form.state === 'whole' ? problems : {};
      const replyFile = fileProblemText(view, chosen.problem);
      return redrawReply({ ...others, replyFile }, chosen.status);
    }
    if (Object.keys(problems).length > 0) return redrawReply(problems, 422);
    const file = chosen.file ?? null;
    try {
      const answer = await act(c, form, { kind: 'reply', text: publicText(text), file });
      await files.done(which);
      return answer;
    } catch (error) {
      if (codeOf(error) === 'held_file_gone')
        return redrawReply({ replyFile: view.text.file.heldGone }, 422);
      if (await mayActAgain(c, error)) {
        const replyKey = crypto.randomUUID();
        const held = await files.keepAnew(which, form, replyKey);
        const values = { replyText: form.field('replyText'), replyKey };
        const anew = { values, problems: { replyText: words.sent_before }, held };
        return c.html(await letterPage(c, anew), 409);
      }
      if (form.file?.ok && isCertainlyNotStored(error)) await discardFile(deps, form.file.file);
      throw error;
    }
  });

  /** Asks once more: there is no reason to write, and it cannot be undone. */
  routes.get('/:id/closing', async (c) => {
    const { staff, view, from } = c.var;
    const letter = await getStaffLetter(deps, { staff, letterId: letterIdOf(c), from });
    if (letter.replies === 0 || !mayAct(staff, letter))
      return c.redirect(`/staff/letters/${letter.id}`, 303);
    return c.html(page(<ConfirmClosingPage {...{ view, staff, letter }} />));
  });

  routes.post('/:id/closing', async (c) => {
    const { view } = c.var;
    const words = view.text.staffLetter.problems;
    const form = await readForm(c);
    const fields = ['closeReason'];
    const isReasoned = cleanText(form.field('closeReason')) !== '';
    const read = isReasoned
      ? readText(form, 'closeReason', words.close_missing, site.limits, view)
      : { text: '', problems: {} };
    if (Object.keys(read.problems).length > 0) return redraw(c, form, fields, read.problems);
    const reason = isReasoned ? publicText(read.text) : null;
    try {
      if (reason === null && form.field('confirmed') !== '1') {
        const { staff, from } = c.var;
        const { replies } = await getStaffLetter(deps, { staff, letterId: letterIdOf(c), from });
        if (replies > 0) return c.redirect(`/staff/letters/${letterIdOf(c)}/closing`, 303);
      }
      return await actOrRedraw(c, form, { kind: 'close', reason }, fields);
    } catch (error) {
      if (codeOf(error) !== 'closing_reason_missing') throw error;
      return redraw(c, form, fields, { closeReason: words.close_missing });
    }
  });
};
