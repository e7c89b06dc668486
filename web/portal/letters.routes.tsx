import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError, isCertainlyNotStored } from '../../src/domain/errors.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../cookies.ts';
import { sendFile } from '../download.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import type { FormReader } from '../form-reader.ts';
import { letterIdOf, replyNumberOf } from '../letter-address.ts';
import { requireApplicant } from '../middleware/sessions.ts';
import {
  draftProblems,
  emptyDraft,
  fileProblemText,
  readDraft,
  type LetterDraft,
} from './letter.form.ts';
import { FirstVisitPage, LetterListPage } from './letter-list.page.tsx';
import { LetterPage } from './letter.page.tsx';
import { NewLetterPage } from './new-letter.page.tsx';

/** The applicant's own letters: guide rows 4 to 15. */
export const createLettersRoutes = (
  { desk, config }: RouteDeps,
  cookies: Cookies,
  forms: FormReader,
) => {
  const routes = new Hono<ApplicantEnv>();
  routes.use(requireApplicant(desk, cookies));

  routes.get('/', async (c) => {
    const code = c.req.query('code')?.trim() || undefined;
    const letters = await desk.listLetters({
      applicantId: c.var.applicant.id,
      ...(code !== undefined && { trackingCode: code }),
    });
    const props = { view: c.var.view, notice: c.req.query('notice') };
    return c.html(
      page(
        letters.length === 0 && code === undefined ? (
          <FirstVisitPage {...props} />
        ) : (
          <LetterListPage {...props} letters={letters} code={code} />
        ),
      ),
    );
  });

  const newLetterPage = async (
    c: Context<ApplicantEnv>,
    draft: LetterDraft,
    problems?: Problems,
  ) => {
    const units = (await desk.listUnits()).filter(({ retired }) => !retired);
    return page(
      <NewLetterPage view={c.var.view} units={units} draft={draft} problems={problems ?? {}} />,
    );
  };

  routes.get('/new', async (c) => {
    // What a button of a form without fields leaves behind in the address.
    if (c.req.url.endsWith('?')) return c.redirect('/letters/new', 303);
    return c.html(await newLetterPage(c, emptyDraft()));
  });

  routes.post('/new', async (c) => {
    const { view, applicant } = c.var;
    const words = view.text.newLetter.problems;
    const form = await forms.readUpload(c, 'file');
    const draft = readDraft(form);
    const received = form.file;
    if (form.state !== 'whole' || !received?.ok) {
      const tooBig = received !== undefined && !received.ok && received.problem === 'too_big';
      const problem =
        form.state === 'cut'
          ? words.body_cut
          : fileProblemText(view, received && !received.ok ? received.problem : 'missing');
      // A cut form is not asked for what may have been in its lost part.
      const others = form.state === 'whole' ? draftProblems(draft, config.limits, view) : {};
      const problems = { ...others, file: problem };
      const status = form.state === 'cut' ? 400 : tooBig ? 413 : 422;
      return c.html(await newLetterPage(c, draft, problems), status);
    }
    const { file } = received;
    const problems = draftProblems(draft, config.limits, view);
    if (Object.keys(problems).length > 0) {
      await desk.discardFile(file);
      return c.html(await newLetterPage(c, draft, { ...problems, file: words.file_again }), 422);
    }
    try {
      const { letterId } = await desk.submitLetter({ applicantId: applicant.id, ...draft, file });
      return c.redirect(`/letters/${letterId}?notice=submitted`, 303);
    } catch (error) {
      if (isCertainlyNotStored(error)) await desk.discardFile(file);
      if (!(error instanceof DomainError) || error.code !== 'unit_not_available') throw error;
      const gone = { unit: words.unit_gone, file: words.file_again };
      return c.html(await newLetterPage(c, { ...draft, unitId: '' }, gone), 422);
    }
  });

  routes.get('/:id', async (c) => {
    const which = { applicantId: c.var.applicant.id, letterId: letterIdOf(c) };
    // Asked first: a reply that it tells of is then on the page.
    const latest = c.req.query('latest') === '1' ? await desk.latestStatus(which) : undefined;
    const letter = await desk.getLetter(which);
    return c.html(
      page(
        <LetterPage
          view={c.var.view}
          letter={letter}
          latest={latest}
          notice={c.req.query('notice')}
        />,
      ),
    );
  });

  routes.get('/:id/file', async (c) => {
    const which = { applicantId: c.var.applicant.id, letterId: letterIdOf(c) };
    return sendFile(c, await desk.readLetterFile(which));
  });

  routes.get('/:id/replies/:number/file', async (c) => {
    const which = { applicantId: c.var.applicant.id, letterId: letterIdOf(c) };
    return sendFile(c, await desk.readLetterFile({ ...which, replyNumber: replyNumberOf(c) }));
  });

  return routes;
};
