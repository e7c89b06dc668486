import type { Context, Hono } from 'hono';
import { getLetter } from '../../src/desk/letters/applicant-letters.ts';
import type { Letter } from '../../src/desk/letters/letter-detail.ts';
import { resubmitLetter } from '../../src/desk/letters/resubmit-letter.ts';
import { DomainError, isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import type { AttachedFile, HeldFor } from '../../src/platform/files/stored-file.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import {
  chooseFiles,
  discardFormFiles,
  isRemoval,
  keepChosenFiles,
  removeFormFiles,
} from '../http/form-file.ts';
import type { ChosenFiles, FileProblemStatus } from '../http/form-file.ts';
import { cutStatus, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { CorrectionPage, type CorrectionDraft } from './correction.page.tsx';
import { draftProblems, lettersFiles, tooManyFilesText, wrongFilesText } from './letter.form.ts';
import { TooLatePage } from './withdrawal.page.tsx';
import { isUuid } from '../../src/platform/base/uuid.ts';
import { listUnits } from '../../src/desk/administration/units.ts';

export const addCorrectionRoutes = (
  routes: Hono<ApplicantEnv>,
  deps: RouteDeps,
  forms: FormReader,
): void => {
  routes.get('/:id/correction', showCorrection(deps));
  routes.post('/:id/correction', correct(deps, forms));
};

interface PostedCorrection {
  letter: Letter;
  form: PostedForm;
  draft: CorrectionDraft;
  which: HeldFor & { several: true };
  chosen: ChosenFiles;
}

const showCorrection = (deps: RouteDeps) => async (c: Context<ApplicantEnv>) => {
  const letter = await findOwn(deps, c);
  if (letter.status !== 'returned') return c.redirect(`/letters/${letterIdOf(c)}`, 303);
  const { round, senderName, unitId, subject } = letter;
  const draft = { formKey: crypto.randomUUID(), round, senderName, unitId, subject };
  return c.html(await correctionPage(deps, c, { letter, draft }));
};

const correct = (deps: RouteDeps, forms: FormReader) => async (c: Context<ApplicantEnv>) => {
  const { view, applicant, from } = c.var;
  const posted = await readCorrection(deps, forms, c);
  const { letter, form, draft, which, chosen } = posted;
  const cut = cutStatus(form);
  if (cut) return redraw(deps, c, posted, { file: view.text.newLetter.problems.body_cut }, cut);
  if (isRemoval(form)) {
    const held = await removeFormFiles(deps, which, form);
    return c.html(await correctionPage(deps, c, { letter, draft, held }));
  }
  const written = { ...draft, submissionKey: draft.formKey };
  const problems = form.state === 'whole' ? draftProblems(written, deps.site.limits, view) : {};
  if (!chosen.ok) {
    const file = wrongFilesText(view, form, chosen.wrong);
    return redraw(deps, c, posted, { ...problems, file }, chosen.status);
  }
  if (Object.keys(problems).length > 0) return redraw(deps, c, posted, problems);
  const letterId = letterIdOf(c);
  try {
    const { files } = chosen;
    await resubmitLetter(deps, { applicantId: applicant.id, letterId, ...draft, files, from });
    return c.redirect(`/letters/${letterId}?notice=resubmitted`, 303);
  } catch (error) {
    return answerRefused(deps, c, posted, error);
  }
};

const findOwn = (deps: RouteDeps, c: Context<ApplicantEnv>): Promise<Letter> =>
  getLetter(deps, { applicantId: c.var.applicant.id, letterId: letterIdOf(c) });

const readCorrection = async (
  deps: RouteDeps,
  forms: FormReader,
  c: Context<ApplicantEnv>,
): Promise<PostedCorrection> => {
  const { applicant, from } = c.var;
  const letter = await findOwn(deps, c);
  const by = { kind: 'applicant', id: applicant.id } as const;
  const form = await forms.readUpload(c, lettersFiles(deps), { by, from });
  const formKey = form.field('formKey');
  const round = form.field('round');
  const draft = {
    formKey: isUuid(formKey) ? formKey : crypto.randomUUID(),
    // 0 is no letter's round.
    round: /^[1-9]\d{0,3}$/.test(round) ? Number(round) : 0,
    senderName: cleanLine(form.fields.get('senderName') ?? letter.senderName),
    unitId: form.field('unit'),
    subject: cleanLine(form.field('subject')),
  };
  const holder = { applicantId: applicant.id };
  const which = { holder, formKey: draft.formKey, several: true } as const;
  return { letter, form, draft, which, chosen: chooseFiles(form) };
};

const correctionPage = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  state: {
    letter: Letter;
    draft: CorrectionDraft;
    held?: AttachedFile[];
    problems?: Problems;
  },
) => {
  const units = (await listUnits(deps)).filter(({ retired }) => !retired);
  return page(<CorrectionPage view={c.var.view} units={units} {...state} />);
};

const redraw = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  posted: PostedCorrection,
  problems: Problems,
  status: 400 | 408 | FileProblemStatus = 422,
) => {
  const { letter, draft } = posted;
  const { held, isGone } = await keepChosenFiles(deps, posted);
  const all = { ...(isGone && { file: c.var.view.text.file.heldGone }), ...problems };
  return c.html(await correctionPage(deps, c, { letter, draft, held, problems: all }), status);
};

const answerRefused = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  posted: PostedCorrection,
  error: unknown,
) => {
  const { view } = c.var;
  const { form, draft } = posted;
  const words = view.text.correction;
  const code = error instanceof DomainError ? error.code : undefined;
  if (code === 'too_many_files') return redraw(deps, c, posted, { file: tooManyFilesText(view) });
  if (code === 'held_file_gone') return redraw(deps, c, posted, { file: view.text.file.heldGone });
  if (code === 'file_infected') return redraw(deps, c, posted, { file: words.fileInfected });
  if (code === 'unit_not_available') {
    const unit = view.text.newLetter.problems.unit_gone;
    return redraw(deps, c, { ...posted, draft: { ...draft, unitId: '' } }, { unit });
  }
  if (isCertainlyNotStored(error)) await discardFormFiles(deps, form);
  if (code !== 'not_open' && code !== 'key_reused') throw error;
  const why = words[code === 'not_open' ? 'notOpen' : 'sentBefore'];
  const props = {
    view,
    letterId: letterIdOf(c),
    typed: { senderName: draft.senderName, subject: draft.subject },
    ...why,
  };
  return c.html(page(<TooLatePage {...props} />), 409);
};
