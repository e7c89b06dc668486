import { Hono } from 'hono';
import type { Context } from 'hono';
import type { LetterDraft } from './letter.form.ts';
import { submitLetter } from '../../src/desk/letters/submit-letter.ts';
import { DomainError, isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import type { AttachedFile, HeldFor } from '../../src/platform/files/stored-file.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import {
  chooseFiles,
  discardFormFiles,
  isRemoval,
  keepChosenFiles,
  keepFormFilesAnew,
  removeFormFiles,
} from '../http/form-file.ts';
import type { ChosenFiles, FileProblemStatus } from '../http/form-file.ts';
import { cutStatus, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireApplicant } from '../middleware/sessions.ts';
import {
  draftProblems,
  emptyDraft,
  fileProblemText,
  lettersFiles,
  readDraft,
  tooManyFilesText,
  wrongFilesText,
} from './letter.form.ts';
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
  which: HeldFor & { several: true };
  chosen: ChosenFiles;
}

const showNewLetter = (deps: RouteDeps) => async (c: Context<ApplicantEnv>) => {
  // What a button of a form without fields leaves behind in the address.
  if (c.req.url.endsWith('?')) return c.redirect('/letters/new', 303);
  return c.html(await newLetterPage(deps, c, { draft: emptyDraft() }));
};

const submit = (deps: RouteDeps, forms: FormReader) => async (c: Context<ApplicantEnv>) => {
  const { view, applicant, from } = c.var;
  const posted = await readLetter(deps, forms, c);
  const { form, draft, which, chosen } = posted;
  const cut = cutStatus(form);
  if (cut) return redraw(deps, c, posted, { file: view.text.newLetter.problems.body_cut }, cut);
  if (isRemoval(form)) {
    const held = await removeFormFiles(deps, which, form);
    return c.html(await newLetterPage(deps, c, { draft, held }));
  }
  // A form that was too big to read is not asked for what may have been in its lost part.
  const problems = form.state === 'whole' ? draftProblems(draft, deps.site.limits, view) : {};
  if (!chosen.ok) {
    const file = wrongFilesText(view, form, chosen.wrong);
    return redraw(deps, c, posted, { ...problems, file }, chosen.status);
  }
  const { files } = chosen;
  if (files.length === 0)
    return redraw(deps, c, posted, { ...problems, file: fileProblemText(view, 'missing') });
  if (Object.keys(problems).length > 0) return redraw(deps, c, posted, problems);
  try {
    const letter = { applicantId: applicant.id, ...draft, files, from };
    const { letterId } = await submitLetter(deps, letter);
    return c.redirect(`/letters/${letterId}?notice=submitted`, 303);
  } catch (error) {
    return answerRefused(deps, c, posted, error);
  }
};

const readLetter = async (
  deps: RouteDeps,
  forms: FormReader,
  c: Context<ApplicantEnv>,
): Promise<PostedLetter> => {
  const { applicant, from } = c.var;
  const by = { kind: 'applicant', id: applicant.id } as const;
  const form = await forms.readUpload(c, lettersFiles(deps), { by, from });
  const draft = readDraft(form);
  const holder = { applicantId: applicant.id };
  const which = { holder, formKey: draft.submissionKey, several: true } as const;
  return { form, draft, which, chosen: chooseFiles(form) };
};

const newLetterPage = async (
  deps: RouteDeps,
  c: Context<ApplicantEnv>,
  state: {
    draft: LetterDraft;
    held?: AttachedFile[];
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
  const { held, isGone } = await keepChosenFiles(deps, posted);
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
  const held = await keepFormFilesAnew(deps, which, form, submissionKey);
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
  if (code === 'too_many_files')
    return redraw(deps, c, posted, { file: tooManyFilesText(c.var.view) });
  if (code === 'held_file_gone') return redraw(deps, c, posted, { file: text.file.heldGone });
  if (code === 'unit_not_available') {
    const unit = text.newLetter.problems.unit_gone;
    return redraw(deps, c, { ...posted, draft: { ...draft, unitId: '' } }, { unit });
  }
  if (error instanceof DomainError && code === 'number_unknown') {
    const { field = 'reference' } = error.facts;
    return redraw(deps, c, posted, { [field]: text.related.unknown });
  }
  if (isCertainlyNotStored(error)) await discardFormFiles(deps, form);
  throw error;
};
