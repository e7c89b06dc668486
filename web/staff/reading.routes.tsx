import type { Context, Hono } from 'hono';
import { explainDeadline } from '../../src/desk/letters/deadlines.ts';
import { readStaffFile } from '../../src/desk/letters/letter-files.ts';
import { readPreview } from '../../src/desk/letters/letter-previews.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { page } from '../components/layout.tsx';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { sendFile, sendPicture } from '../http/download.ts';
import {
  answerIdOf,
  fileNumberOf,
  letterIdOf,
  pageNumberOf,
  replyNumberOf,
  roundOf,
} from '../http/letter-address.ts';
import { StaffDeadlinePage } from './deadline.page.tsx';

export const addReadingRoutes = (routes: Hono<StaffEnv>, deps: RouteDeps): void => {
  const { file, picture } = deps.downloadLimits;
  routes.get('/:id/deadline', showDeadline(deps));
  routes.get('/:id/file', file, sendLetterFile(deps));
  routes.get('/:id/files/:n', file, sendOneOfFiles(deps));
  routes.get('/:id/versions/:round/file', file, sendVersionFile(deps));
  routes.get('/:id/versions/:round/files/:n', file, sendOneOfVersion(deps));
  routes.get('/:id/replies/:number/file', file, sendReplyFile(deps));
  routes.get('/:id/held-reply/file', file, sendHeldFile(deps));
  routes.get('/:id/answers/:answer/file', file, sendAnswerFile(deps));
  routes.get('/:id/preview/:page', picture, sendPreview(deps));
  routes.get('/:id/files/:n/preview/:page', picture, sendFilePreview(deps));
  routes.get('/:id/replies/:number/preview/:page', picture, sendReplyPreview(deps));
};

type LetterContext = Context<StaffEnv>;

const letterOf = (
  c: LetterContext,
): { staff: StaffMember; letterId: string; from: string | undefined } => ({
  staff: c.var.staff,
  letterId: letterIdOf(c),
  from: c.var.from,
});

const showDeadline = (deps: RouteDeps) => async (c: LetterContext) => {
  const { staff, view } = c.var;
  const explanation = await explainDeadline(deps, { staff, letterId: letterIdOf(c) });
  return c.html(page(<StaffDeadlinePage {...{ view, staff, explanation }} />));
};

const sendLetterFile = (deps: RouteDeps) => async (c: LetterContext) =>
  sendFile(c, await readStaffFile(deps, letterOf(c)));

const sendVersionFile = (deps: RouteDeps) => async (c: LetterContext) =>
  sendFile(c, await readStaffFile(deps, { ...letterOf(c), round: roundOf(c) }));

const sendOneOfFiles = (deps: RouteDeps) => async (c: LetterContext) =>
  sendFile(c, await readStaffFile(deps, { ...letterOf(c), number: fileNumberOf(c) }));

const sendOneOfVersion = (deps: RouteDeps) => async (c: LetterContext) => {
  const which = { round: roundOf(c), number: fileNumberOf(c) };
  return sendFile(c, await readStaffFile(deps, { ...letterOf(c), ...which }));
};

const sendReplyFile = (deps: RouteDeps) => async (c: LetterContext) =>
  sendFile(c, await readStaffFile(deps, { ...letterOf(c), replyNumber: replyNumberOf(c) }));

const sendHeldFile = (deps: RouteDeps) => async (c: LetterContext) =>
  sendFile(c, await readStaffFile(deps, { ...letterOf(c), ofHeldReply: true }));

const sendAnswerFile = (deps: RouteDeps) => async (c: LetterContext) =>
  sendFile(c, await readStaffFile(deps, { ...letterOf(c), answerId: answerIdOf(c) }));

const sendPreview = (deps: RouteDeps) => async (c: LetterContext) =>
  sendPicture(c, await readPreview(deps, { ...letterOf(c), page: pageNumberOf(c) }));

const sendFilePreview = (deps: RouteDeps) => async (c: LetterContext) => {
  const which = { number: fileNumberOf(c), page: pageNumberOf(c) };
  return sendPicture(c, await readPreview(deps, { ...letterOf(c), ...which }));
};

const sendReplyPreview = (deps: RouteDeps) => async (c: LetterContext) => {
  const which = { replyNumber: replyNumberOf(c), page: pageNumberOf(c) };
  return sendPicture(c, await readPreview(deps, { ...letterOf(c), ...which }));
};
