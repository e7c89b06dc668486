import { Hono } from 'hono';
import type { Context } from 'hono';
import { formatTrackingCode } from '../../src/desk/register/tracking-code.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import { sendFile, sendPicture } from '../http/download.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import {
  answerIdOf,
  fileNumberOf,
  letterIdOf,
  pageNumberOf,
  replyNumberOf,
} from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireApplicant } from '../middleware/sessions.ts';
import { addReceiptRoutes } from '../receipts/receipt.routes.tsx';
import { OwnDeadlinePage } from './deadline.page.tsx';
import { addAnswerRoutes } from './answer.routes.tsx';
import { addFollowUpRoutes } from './follow-up.routes.tsx';
import { addLetterEventsRoute } from './letter-events.routes.ts';
import { FirstVisitPage, LetterListPage } from './letter-list.page.tsx';
import type { LetterListPageProps } from './letter-list.page.tsx';
import { LetterPage } from './letter.page.tsx';
import { addObjectionRoutes } from './objection.routes.tsx';
import { addCorrectionRoutes } from './correction.routes.tsx';
import { addWithdrawalRoutes } from './withdrawal.routes.tsx';
import {
  getLatestStatus,
  getLetter,
  listLetters,
} from '../../src/desk/letters/applicant-letters.ts';
import { readLetterFile } from '../../src/desk/letters/letter-files.ts';
import { explainOwnDeadline } from '../../src/desk/letters/deadlines.ts';
import { readReplyPreview } from '../../src/desk/letters/letter-previews.ts';

export const createLettersRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { file, picture } = deps.downloadLimits;
  const routes = new Hono<ApplicantEnv>();
  routes.use(requireApplicant(deps, cookies, createKeptForms(deps, cookies, forms)));
  routes.get('/', showLetters(deps));
  routes.post('/', searchLetters(deps, forms));
  routes.get('/:id', showLetter(deps));
  routes.get('/:id/deadline', showDeadline(deps));
  routes.get('/:id/file', file, sendLetterFile(deps));
  routes.get('/:id/files/:n', file, sendOneOfFiles(deps));
  routes.get('/:id/replies/:number/file', file, sendReplyFile(deps));
  routes.get('/:id/answers/:answer/file', file, sendAnswerFile(deps));
  addReceiptRoutes(routes, deps);
  routes.get('/:id/replies/:number/preview/:page', picture, sendReplyPreview(deps));
  addCorrectionRoutes(routes, deps, forms);
  addWithdrawalRoutes(routes, deps, forms);
  addObjectionRoutes(routes, deps, forms);
  addAnswerRoutes(routes, deps, forms);
  addFollowUpRoutes(routes, deps, forms);
  addLetterEventsRoute(routes, deps, cookies);
  return routes;
};

type LetterContext = Context<ApplicantEnv>;

const ownLetter = (c: LetterContext): { applicantId: string; letterId: string } => ({
  applicantId: c.var.applicant.id,
  letterId: letterIdOf(c),
});

const showLetters = (deps: RouteDeps) => async (c: LetterContext) => {
  const applicantId = c.var.applicant.id;
  // Of an address that somebody kept: the form sends the code in its body.
  const code = c.req.query('code')?.trim() || undefined;
  const letters = await listLetters(deps, {
    applicantId,
    ...(code !== undefined && { trackingCode: code }),
  });
  const found = letters.find(({ id }) => id === c.req.query('found'));
  if (code === undefined && found?.trackingCode) {
    const shown = formatTrackingCode(found.trackingCode);
    return c.html(listPage(c, { letters: [found], code: shown }));
  }
  return c.html(listPage(c, { letters, code }));
};

/** The code is posted to keep it out of histories and proxy logs. */
const searchLetters = (deps: RouteDeps, forms: FormReader) => async (c: LetterContext) => {
  const form = await forms.readFields(c);
  ensureWhole(form);
  const applicantId = c.var.applicant.id;
  const code = form.field('code').trim();
  if (code === '') {
    const letters = await listLetters(deps, { applicantId });
    const problem = c.var.view.text.list.searchMissing;
    return c.html(listPage(c, { letters, code: undefined, problem }), 422);
  }
  const [found] = await listLetters(deps, { applicantId, trackingCode: code });
  if (found) return c.redirect(`/letters?found=${found.id}`, 303);
  // Nothing found is an answer, and no mistake of whoever asks.
  return c.html(listPage(c, { letters: [], code }));
};

const listPage = (
  c: LetterContext,
  { letters, code, problem }: Omit<LetterListPageProps, 'view' | 'applicant' | 'notice'>,
) => {
  const { view, applicant } = c.var;
  const props = { view, applicant, problem, notice: c.req.query('notice') };
  return page(
    letters.length === 0 && code === undefined ? (
      <FirstVisitPage {...props} />
    ) : (
      <LetterListPage {...props} letters={letters} code={code} />
    ),
  );
};

const showLetter = (deps: RouteDeps) => async (c: LetterContext) => {
  const which = ownLetter(c);
  // Before the letter: a reply that the status mentions is then on the page.
  const latest = c.req.query('latest') === '1' ? await getLatestStatus(deps, which) : undefined;
  const notice = c.req.query('notice');
  const letter = await getLetter(deps, { ...which, withRepeat: notice === 'submitted' });
  return c.html(page(<LetterPage view={c.var.view} {...{ letter, latest, notice }} />));
};

const showDeadline = (deps: RouteDeps) => async (c: LetterContext) => {
  const explanation = await explainOwnDeadline(deps, ownLetter(c));
  return c.html(page(<OwnDeadlinePage view={c.var.view} explanation={explanation} />));
};

const sendLetterFile = (deps: RouteDeps) => async (c: LetterContext) =>
  sendFile(c, await readLetterFile(deps, { ...ownLetter(c), from: c.var.from }));

const sendOneOfFiles = (deps: RouteDeps) => async (c: LetterContext) => {
  const which = { ...ownLetter(c), number: fileNumberOf(c) };
  return sendFile(c, await readLetterFile(deps, { ...which, from: c.var.from }));
};

const sendReplyFile = (deps: RouteDeps) => async (c: LetterContext) => {
  const which = { ...ownLetter(c), replyNumber: replyNumberOf(c) };
  return sendFile(c, await readLetterFile(deps, { ...which, from: c.var.from }));
};

const sendAnswerFile = (deps: RouteDeps) => async (c: LetterContext) => {
  const which = { ...ownLetter(c), answerId: answerIdOf(c) };
  return sendFile(c, await readLetterFile(deps, { ...which, from: c.var.from }));
};

const sendReplyPreview = (deps: RouteDeps) => async (c: LetterContext) => {
  const which = { ...ownLetter(c), replyNumber: replyNumberOf(c), page: pageNumberOf(c) };
  return sendPicture(c, await readReplyPreview(deps, which));
};
