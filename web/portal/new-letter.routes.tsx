import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError, isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import type { LetterDraft } from '../../src/desk/desk.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { chooseFile, createFormFiles, isRemoval } from '../http/form-file.ts';
import type { FileProblemStatus } from '../http/form-file.ts';
import { cutStatus, type FormReader } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireApplicant } from '../middleware/sessions.ts';
import { draftProblems, emptyDraft, fileProblemText, readDraft } from './letter.form.ts';
import { NewLetterPage } from './new-letter.page.tsx';
import { submitLetter } from '../../src/desk/letters/submit-letter.ts';
import { discardFile } from '../../src/platform/files/receive-file.ts';

/** «ثبت نامه جدید»: guide rows 5 to 7. A good file survives what is wrong elsewhere in the form. */
export const createNewLetterRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { desk, site } = deps;
  const routes = new Hono<ApplicantEnv>();
  const files = createFormFiles(deps);

  const heldFor = (applicantId: string, draft: LetterDraft) => ({
    holder: { applicantId },
    formKey: draft.submissionKey,
  });

  routes.use(requireApplicant(deps, cookies, createKeptForms(deps, cookies, forms)));

  const newLetterPage = async (
    c: Context<ApplicantEnv>,
    state: {
      draft: LetterDraft;
      held?: AttachedFile | undefined;
      problems?: Problems;
      earlierId?: string | undefined;
    },
  ) => {
    const units = (await desk.listUnits()).filter(({ retired }) => !retired);
    return page(<NewLetterPage view={c.var.view} units={units} {...state} />);
  };

  routes.get('/', async (c) => {
    // What a button of a form without fields leaves behind in the address.
    if (c.req.url.endsWith('?')) return c.redirect('/letters/new', 303);
    return c.html(await newLetterPage(c, { draft: emptyDraft() }));
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

    const redraw = async (problems: Problems, status: 400 | 408 | FileProblemStatus = 422) => {
      const held = await files.keep(which, form);
      const isGone = chosen.ok && chosen.file === 'held' && !held;
      const all = { ...(isGone && { file: view.text.file.heldGone }), ...problems };
      return c.html(await newLetterPage(c, { draft, held, problems: all }), status);
    };

    /** Sent by one form, as with the page that the browser goes back to: another letter. */
    const redrawAsNew = async (earlierId: string | undefined) => {
      const submissionKey = crypto.randomUUID();
      const held = await files.keepAnew(which, form, submissionKey);
      const fresh = { ...draft, submissionKey };
      return c.html(await newLetterPage(c, { draft: fresh, held, earlierId }), 409);
    };

    const cut = cutStatus(form);
    if (cut) return redraw({ file: words.body_cut }, cut);
    if (isRemoval(form)) {
      await files.remove(which, form);
      return c.html(await newLetterPage(c, { draft }));
    }
    // A form that was too big to read is not asked for what may have been in its lost part.
    const problems = form.state === 'whole' ? draftProblems(draft, site.limits, view) : {};
    if (!chosen.ok) {
      const file = fileProblemText(view, chosen.problem);
      return redraw({ ...problems, file }, chosen.status);
    }
    const { file } = chosen;
    if (file === undefined) return redraw({ ...problems, file: fileProblemText(view, 'missing') });
    if (Object.keys(problems).length > 0) return redraw(problems);
    try {
      const letter = { applicantId: applicant.id, ...draft, file, from };
      const { letterId } = await submitLetter(deps, letter);
      return c.redirect(`/letters/${letterId}?notice=submitted`, 303);
    } catch (error) {
      const code = error instanceof DomainError ? error.code : undefined;
      if (error instanceof DomainError && code === 'key_reused')
        return redrawAsNew(error.facts.letterId);
      if (code === 'held_file_gone') return redraw({ file: view.text.file.heldGone });
      if (code === 'unit_not_available') {
        draft.unitId = '';
        return redraw({ unit: words.unit_gone });
      }
      if (form.file?.ok && isCertainlyNotStored(error)) await discardFile(deps, form.file.file);
      throw error;
    }
  });

  return routes;
};
