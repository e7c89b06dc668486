import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError, isCertainlyNotStored } from '../../src/domain/errors.ts';
import type { AttachedFile, LetterDraft } from '../../src/usecases/desk.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../cookies.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { chooseFile, createFormFiles, isRemoval } from '../form-file.ts';
import { cutStatus, type FormReader } from '../form-reader.ts';
import { requireApplicant } from '../middleware/sessions.ts';
import { draftProblems, emptyDraft, fileProblemText, readDraft } from './letter.form.ts';
import { NewLetterPage } from './new-letter.page.tsx';
import { rememberPage } from './return-page.ts';

/** «ثبت نامه جدید»: guide rows 5 to 7. A good file survives what is wrong elsewhere in the form. */
export const createNewLetterRoutes = (
  { desk, config }: RouteDeps,
  cookies: Cookies,
  forms: FormReader,
) => {
  const routes = new Hono<ApplicantEnv>();
  const files = createFormFiles(desk);

  const heldFor = (applicantId: string, draft: LetterDraft) => ({
    holder: { applicantId },
    formKey: draft.submissionKey,
  });

  /** A letter sent after the session had ended: kept, until its writer has signed in again. */
  const keepForLater = async (c: Context<ApplicantEnv>, applicantId: string): Promise<Response> => {
    const form = await forms.readUpload(c, 'file', {
      by: { kind: 'applicant', id: applicantId },
      from: c.var.from,
    });
    const draft = readDraft(form);
    await files.keep(heldFor(applicantId, draft), form);
    await desk.holdDraft({ applicantId, draft });
    rememberPage(c, cookies, applicantId, '/letters/new?draft=1');
    return c.redirect('/?notice=draft_kept', 303);
  };

  routes.use(requireApplicant(desk, cookies, { onEndedPost: keepForLater }));

  const newLetterPage = async (
    c: Context<ApplicantEnv>,
    state: {
      draft: LetterDraft;
      held?: AttachedFile | undefined;
      problems?: Problems;
      notice?: string;
    },
  ) => {
    const units = (await desk.listUnits()).filter(({ retired }) => !retired);
    return page(<NewLetterPage view={c.var.view} units={units} {...state} />);
  };

  routes.get('/', async (c) => {
    // What a button of a form without fields leaves behind in the address.
    if (c.req.url.endsWith('?')) return c.redirect('/letters/new', 303);
    const { id } = c.var.applicant;
    const draft = c.req.query('draft') === '1' ? await desk.findHeldDraft(id) : undefined;
    if (!draft) return c.html(await newLetterPage(c, { draft: emptyDraft() }));
    const held = await desk.findHeldFile(heldFor(id, draft));
    return c.html(await newLetterPage(c, { draft, held, notice: 'draft_back' }));
  });

  routes.post('/', async (c) => {
    const { view, applicant, from } = c.var;
    const words = view.text.newLetter.problems;
    const form = await forms.readUpload(c, 'file', {
      by: { kind: 'applicant', id: c.var.applicant.id },
      from: c.var.from,
    });
    const draft = readDraft(form);
    const which = heldFor(applicant.id, draft);
    const chosen = chooseFile(form);

    const redraw = async (problems: Problems, status: 400 | 408 | 413 | 422 = 422) => {
      const held = await files.keep(which, form);
      const isGone = chosen.ok && chosen.file === 'held' && !held;
      const all = { ...(isGone && { file: view.text.file.heldGone }), ...problems };
      return c.html(await newLetterPage(c, { draft, held, problems: all }), status);
    };

    const cut = cutStatus(form);
    if (cut) return redraw({ file: words.body_cut }, cut);
    if (isRemoval(form)) {
      await files.remove(which, form);
      return c.html(await newLetterPage(c, { draft }));
    }
    // A form that was too big to read is not asked for what may have been in its lost part.
    const problems = form.state === 'whole' ? draftProblems(draft, config.limits, view) : {};
    if (!chosen.ok) {
      const file = fileProblemText(view, chosen.problem);
      return redraw({ ...problems, file }, chosen.status);
    }
    const { file } = chosen;
    if (file === undefined) return redraw({ ...problems, file: fileProblemText(view, 'missing') });
    if (Object.keys(problems).length > 0) return redraw(problems);
    try {
      const letter = { applicantId: applicant.id, ...draft, file, from };
      const { letterId } = await desk.submitLetter(letter);
      return c.redirect(`/letters/${letterId}?notice=submitted`, 303);
    } catch (error) {
      const code = error instanceof DomainError ? error.code : undefined;
      if (code === 'held_file_gone') return redraw({ file: view.text.file.heldGone });
      if (code === 'unit_not_available') {
        draft.unitId = '';
        return redraw({ unit: words.unit_gone });
      }
      if (form.file?.ok && isCertainlyNotStored(error)) await desk.discardFile(form.file.file);
      throw error;
    }
  });

  return routes;
};
