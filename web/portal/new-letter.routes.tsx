import { Hono } from 'hono';
import type { Context } from 'hono';
import type { LetterDraft } from './letter.form.ts';
import { submitLetter } from '../../src/desk/letters/submit-letter.ts';
import { DomainError, isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import { discardFile } from '../../src/platform/files/receive-file.ts';
import type { AttachedFile, HeldFor } from '../../src/platform/files/stored-file.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import {
  chooseFile,
  isRemoval,
  keepChosenFile,
  keepFormFileAnew,
  removeFormFile,
} from '../http/form-file.ts';
import type { ChosenFile, FileProblemStatus } from '../http/form-file.ts';
import { cutStatus, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireApplicant } from '../middleware/sessions.ts';
import { draftProblems, emptyDraft, fileProblemText, readDraft } from './letter.form.ts';
import { NewLetterPage } from './new-letter.page.tsx';
import { listUnits } from '../../src/desk/administration/units.ts';

export const createNewLetterRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const routes = new Hono<ApplicantEnv>();
  routes.use(requireApplicant(deps, cookies, createKeptForms(deps, cookies, forms)));
  routes.get('/', showNewLetter(deps));
  routes.post('/', submit(deps, forms));
  return routes;
};

interface PostedLetter {
  form: PostedForm;
  draft: LetterDraft;
  which: HeldFor;
  chosen: ChosenFile;
}

const showNewLetter = (deps: RouteDeps) => async (c: Context<ApplicantEnv>) => {
  // What a button of a form without fields leaves behind in the address.
  if (c.req.url.endsWith('?')) return c.redirect('/letters/new', 303);
  return c.html(await newLetterPage(deps, c, { draft: emptyDraft() }));
};

const submit = (deps: RouteDeps, forms: FormReader) => async (c: Context<ApplicantEnv>) => {
  const { view, applicant, from } = c.var;
  const posted = await readLetter(forms, c);
  const { form, draft, which, chosen } = posted;
  const cut = cutStatus(form);
  if (cut) return redraw(deps, c, posted, { file: view.text.newLetter.problems.body_cut }, cut);
  if (isRemoval(form)) {
    await removeFormFile(deps, which, form);
    return c.html(await newLetterPage(deps, c, { draft }));
  }
  // A form that was too big to read is not asked for what may have been in its lost part.
  const problems = form.state === 'whole' ? draftProblems(draft, deps.site.limits, view) : {};
  if (!chosen.ok) {
    const file = fileProblemText(view, chosen.problem);
    return redraw(deps, c, posted, { ...problems, file }, chosen.status);
  }
  const { file } = chosen;
  if (file === undefined)
    return redraw(deps, c, posted, { ...problems, file: fileProblemText(view, 'missing') });
  if (Object.keys(problems).length > 0) return redraw(deps, c, posted, problems);
  try {
    const letter = { applicantId: applicant.id, ...draft, file, from };
    const { letterId } = await submitLetter(deps, letter);
    return c.redirect(`/letters/${letterId}?notice=submitted`, 303);
  } catch (error) {
    return answerRefused(deps, c, posted, error);
  }
};

const readLetter = async (forms: FormReader, c: Context<ApplicantEnv>): Promise<PostedLetter> => {
  const { applicant, from } = c.var;
  const by = { kind: 'applicant', id: applicant.id } as const;
  const form = await forms.readUpload(c, 'file', { by, from });
  const draft = readDraft(form);
  const which = { holder: { applicantId: applicant.id }, formKey: draft.submissionKey };
  return { form, draft, which, chosen: chooseFile(form) };
};

const newLetterPage = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  state: {
    draft: LetterDraft;
    held?: AttachedFile | undefined;
    problems?: Problems;
    earlierId?: string | undefined;
  },
) => {
  const units = (await listUnits(deps)).filter(({ retired }) => !retired);
  return page(<NewLetterPage view={c.var.view} units={units} {...state} />);
};

const redraw = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  posted: PostedLetter,
  problems: Problems,
  status: 400 | 408 | FileProblemStatus = 422,
) => {
  const { held, isGone } = await keepChosenFile(deps, posted);
  const all = { ...(isGone && { file: c.var.view.text.file.heldGone }), ...problems };
  return c.html(await newLetterPage(deps, c, { draft: posted.draft, held, problems: all }), status);
};

const redrawAsNew = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  { form, draft, which }: PostedLetter,
  earlierId: string | undefined,
) => {
  const submissionKey = crypto.randomUUID();
  const held = await keepFormFileAnew(deps, which, form, submissionKey);
  const fresh = { ...draft, submissionKey };
  return c.html(await newLetterPage(deps, c, { draft: fresh, held, earlierId }), 409);
};

const answerRefused = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  posted: PostedLetter,
  error: unknown,
) => {
  const { text } = c.var.view;
  const { form, draft } = posted;
  const code = error instanceof DomainError ? error.code : undefined;
  if (error instanceof DomainError && code === 'key_reused')
    return redrawAsNew(deps, c, posted, error.facts.letterId);
  if (code === 'held_file_gone') return redraw(deps, c, posted, { file: text.file.heldGone });
  if (code === 'unit_not_available') {
    const unit = text.newLetter.problems.unit_gone;
    return redraw(deps, c, { ...posted, draft: { ...draft, unitId: '' } }, { unit });
  }
  if (error instanceof DomainError && code === 'number_unknown') {
    const { field = 'reference' } = error.facts;
    return redraw(deps, c, posted, { [field]: text.related.unknown });
  }
  if (form.file?.ok && isCertainlyNotStored(error)) await discardFile(deps, form.file.file);
  throw error;
};
