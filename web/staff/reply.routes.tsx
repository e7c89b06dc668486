import type { Context, Hono } from 'hono';
import { publicText } from '../../src/platform/base/audience.ts';
import { isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import type { HeldFor } from '../../src/platform/files/stored-file.ts';
import type { StaffEnv } from '../env.ts';
import {
  chooseFile,
  discardFormFiles,
  isRemoval,
  keepChosenFiles,
  keepFormFilesAnew,
  removeFormFiles,
} from '../http/form-file.ts';
import type { ChosenFile, FileProblemStatus } from '../http/form-file.ts';
import { cutStatus, type PostedForm } from '../http/form-reader.ts';
import { wrongFilesText } from '../portal/letter.form.ts';
import { letterPage } from './show-letter.tsx';
import type { LetterRouteDeps } from './show-letter.tsx';
import { readText, type StaffDraft } from './staff-letter.form.ts';
import { act, codeOf, mayActAgain } from './unit-actions.routes.tsx';
import { isUuid } from '../../src/platform/base/uuid.ts';
import { dropHeldFiles } from '../../src/platform/files/held-uploads.ts';

export const addReplyRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.post('/:id/replies', reply(deps));
};

interface PostedReply {
  form: PostedForm;
  text: string;
  problems: StaffDraft['problems'];
  chosen: ChosenFile;
  which: HeldFor;
}

const reply = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const { view } = c.var;
  const posted = await readReply(deps, c);
  const { form, text, problems, chosen, which } = posted;
  const cut = cutStatus(form);
  if (cut) {
    const { body_cut: replyText } = view.text.staffLetter.problems;
    return redrawReply(deps, c, posted, { problems: { replyText }, status: cut });
  }
  if (isRemoval(form)) {
    await removeFormFiles(deps, which, form);
    return redrawReply(deps, c, posted, { problems: {}, status: 200 });
  }
  if (!chosen.ok) {
    const others = form.state === 'whole' ? problems : {};
    const replyFile = wrongFilesText(view, form, chosen.wrong);
    const { status } = chosen;
    return redrawReply(deps, c, posted, { problems: { ...others, replyFile }, status });
  }
  if (Object.keys(problems).length > 0)
    return redrawReply(deps, c, posted, { problems, status: 422 });
  try {
    const file = chosen.file ?? null;
    const answer = await act(deps, c, form, { kind: 'reply', text: publicText(text), file });
    await dropHeldFiles(deps, which);
    return answer;
  } catch (error) {
    return answerRefusedReply(deps, c, posted, error);
  }
};

const readReply = async (deps: LetterRouteDeps, c: Context<StaffEnv>): Promise<PostedReply> => {
  const { staff, view, from } = c.var;
  const form = await deps.forms.readUpload(
    c,
    { name: 'replyFile' },
    { by: { kind: 'staff', id: staff.id }, from },
  );
  const key = form.field('actionKey');
  const missing = view.text.staffLetter.problems.reply_missing;
  return {
    form,
    ...readText(form, 'replyText', missing, deps.site.limits, view),
    which: {
      holder: { staffId: staff.id },
      formKey: isUuid(key) ? key : crypto.randomUUID(),
    },
    chosen: chooseFile(form),
  };
};

const redrawReply = async (
  deps: LetterRouteDeps,
  c: Context<StaffEnv>,
  posted: PostedReply,
  {
    problems,
    status,
  }: { problems: StaffDraft['problems']; status: 200 | 400 | 408 | FileProblemStatus },
) => {
  const { form, which } = posted;
  const { held, isGone } = await keepChosenFiles(deps, posted);
  const all = {
    ...problems,
    ...(isGone && status === 422 && { replyFile: c.var.view.text.file.heldGone }),
  };
  const values = { replyText: form.field('replyText'), replyKey: which.formKey };
  return c.html(await letterPage(deps, c, { values, problems: all, held }), status);
};

const answerRefusedReply = async (
  deps: LetterRouteDeps,
  c: Context<StaffEnv>,
  posted: PostedReply,
  error: unknown,
) => {
  const { text } = c.var.view;
  const { form, which } = posted;
  if (codeOf(error) === 'held_file_gone') {
    const problems = { replyFile: text.file.heldGone };
    return redrawReply(deps, c, posted, { problems, status: 422 });
  }
  if (await mayActAgain(deps, c, error)) {
    const replyKey = crypto.randomUUID();
    const held = await keepFormFilesAnew(deps, which, form, replyKey);
    const values = { replyText: form.field('replyText'), replyKey };
    const problems = { replyText: text.staffLetter.problems.sent_before };
    return c.html(await letterPage(deps, c, { values, problems, held }), 409);
  }
  if (isCertainlyNotStored(error)) await discardFormFiles(deps, form);
  throw error;
};
