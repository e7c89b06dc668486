import type { Context, Hono } from 'hono';
import { answerQuestion } from '../../src/desk/letters/answer-question.ts';
import { getLetter } from '../../src/desk/letters/applicant-letters.ts';
import type { OwnLetter } from '../../src/desk/letters/applicant-letters.ts';
import type { Question } from '../../src/desk/letters/letter-detail.ts';
import { DomainError, isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';
import type { HeldFor } from '../../src/platform/files/stored-file.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import {
  chooseFile,
  discardFormFiles,
  isRemoval,
  keepChosenFiles,
  removeFormFiles,
} from '../http/form-file.ts';
import type { ChosenFile, FileProblemStatus } from '../http/form-file.ts';
import { cutStatus, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { AnswerPage, questionFor, type AnswerDraft } from './answer.page.tsx';
import { textProblem, wrongFilesText } from './letter.form.ts';
import { TooLatePage } from './withdrawal.page.tsx';

export const addAnswerRoutes = (
  routes: Hono<ApplicantEnv>,
  deps: RouteDeps,
  forms: FormReader,
): void => {
  routes.get('/:id/answer', showAnswer(deps));
  routes.post('/:id/answer', answer(deps, forms));
};

interface PostedAnswer {
  letter: OwnLetter;
  form: PostedForm;
  draft: AnswerDraft;
  which: HeldFor;
  chosen: ChosenFile;
}

const showAnswer = (deps: RouteDeps) => async (c: Context<ApplicantEnv>) => {
  const { view } = c.var;
  const letter = await findOwn(deps, c);
  const question = questionFor(letter);
  if (!question) return c.redirect(`/letters/${letter.id}`, 303);
  const draft = { formKey: crypto.randomUUID(), questionId: question.id, text: '' };
  return c.html(page(<AnswerPage {...{ view, letter, question, draft }} />));
};

const answer = (deps: RouteDeps, forms: FormReader) => async (c: Context<ApplicantEnv>) => {
  const { view, applicant, from } = c.var;
  const posted = await readAnswer(deps, forms, c);
  const { form, draft, which, chosen } = posted;
  const cut = cutStatus(form);
  if (cut) return redraw(deps, c, posted, { file: view.text.newLetter.problems.body_cut }, cut);
  if (isRemoval(form)) {
    await removeFormFiles(deps, which, form);
    return redraw(deps, c, posted, {}, 200);
  }
  const { missing } = view.text.question;
  const answerText =
    form.state === 'whole' ? textProblem(draft.text, missing, deps.site.limits, view) : undefined;
  const problems = answerText === undefined ? {} : { answerText };
  if (!chosen.ok) {
    const file = wrongFilesText(view, form, chosen.wrong);
    return redraw(deps, c, posted, { ...problems, file }, chosen.status);
  }
  if (Object.keys(problems).length > 0) return redraw(deps, c, posted, problems);
  const letterId = letterIdOf(c);
  try {
    const file = chosen.file ?? null;
    const sent = { applicantId: applicant.id, letterId, ...draft, file, from };
    const outcome = await answerQuestion(deps, sent);
    return c.redirect(`/letters/${letterId}?notice=answer_${outcome}`, 303);
  } catch (error) {
    return answerRefused(deps, c, posted, error);
  }
};

const findOwn = (deps: RouteDeps, c: Context<ApplicantEnv>): Promise<OwnLetter> =>
  getLetter(deps, { applicantId: c.var.applicant.id, letterId: letterIdOf(c) });

const readAnswer = async (
  deps: RouteDeps,
  forms: FormReader,
  c: Context<ApplicantEnv>,
): Promise<PostedAnswer> => {
  const { applicant, from } = c.var;
  const letter = await findOwn(deps, c);
  const by = { kind: 'applicant', id: applicant.id } as const;
  const form = await forms.readUpload(c, { name: 'file' }, { by, from });
  const formKey = form.field('formKey');
  const questionId = form.field('question');
  const draft = {
    formKey: isUuid(formKey) ? formKey : crypto.randomUUID(),
    questionId: isUuid(questionId) ? questionId : '',
    text: cleanText(form.field('answerText')),
  };
  const which = { holder: { applicantId: applicant.id }, formKey: draft.formKey };
  return { letter, form, draft, which, chosen: chooseFile(form) };
};

const findQuestion = ({ letter, draft }: PostedAnswer): Question | undefined => {
  const question = questionFor(letter);
  return question?.id === draft.questionId ? question : undefined;
};

const redraw = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  posted: PostedAnswer,
  problems: Problems,
  status: 200 | 400 | 408 | FileProblemStatus = 422,
) => {
  const { view } = c.var;
  const { letter, draft } = posted;
  const question = findQuestion(posted);
  if (!question) {
    await discardFormFiles(deps, posted.form);
    return notOpen(c, posted);
  }
  const { held, isGone } = await keepChosenFiles(deps, posted);
  const all = { ...(isGone && { file: view.text.file.heldGone }), ...problems };
  const props = { view, letter, question, draft, held, problems: all };
  return c.html(page(<AnswerPage {...props} />), status);
};

const notOpen = (c: Context<ApplicantEnv>, { draft }: PostedAnswer) => {
  const { view } = c.var;
  const typed = { answerText: draft.text };
  const { notOpen: words } = view.text.question;
  const letterId = letterIdOf(c);
  return c.html(page(<TooLatePage {...{ view, letterId, typed }} {...words} />), 409);
};

const answerRefused = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  posted: PostedAnswer,
  error: unknown,
) => {
  const code = error instanceof DomainError ? error.code : undefined;
  if (code === 'held_file_gone')
    return redraw(deps, c, posted, { file: c.var.view.text.file.heldGone });
  if (isCertainlyNotStored(error)) await discardFormFiles(deps, posted.form);
  if (code !== 'not_open' && code !== 'key_reused') throw error;
  return notOpen(c, posted);
};
