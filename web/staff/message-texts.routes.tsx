import { Hono } from 'hono';
import {
  changeWording,
  checkWording,
  isMail,
  listMessageTexts,
  previewWording,
  restoreWording,
  textKey,
} from '../../src/desk/administration/message-texts.ts';
import type {
  WordedText,
  WordingProblem,
  WordingProblems,
} from '../../src/desk/administration/message-texts.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { VARIABLE_NAMES } from '../../src/platform/messages/sms-texts.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { adminPath } from './admin-areas.ts';
import {
  administratorsOnly,
  isPreview,
  previewStatus,
  provenOnly,
  versionOf,
} from './admin.answers.ts';
import type { AdminContext, AdminEnv } from './admin.answers.ts';
import { MessageTextPage, MessageTextsPage } from './message-texts.page.tsx';

const HOME = adminPath('texts');

export const createMessageTextsRoutes = (parts: RouteParts) => {
  const { deps, cookies, forms } = parts;
  const routes = new Hono<AdminEnv>();
  const mayChange = [administratorsOnly(parts), provenOnly('texts')] as const;
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));
  routes.get('/', (c) => showTexts(parts, c));
  routes.get('/:text', ...mayChange, async (c) =>
    textPage(parts, c, { worded: await findText(parts, c) }),
  );
  routes.post('/:text', ...mayChange, (c) => postText(parts, c));
  return routes;
};

const showTexts = async ({ deps }: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const texts = await listMessageTexts(deps, staff);
  const notice = c.req.query('notice');
  const sentIn = deps.config.ORG_LOCALE;
  return c.html(page(<MessageTextsPage {...{ view, staff, texts, notice, sentIn }} />));
};

const postText = async (parts: RouteParts, c: AdminContext) => {
  const { deps } = parts;
  const form = await readForm(parts, c);
  const worded = await findText(parts, c);
  const which = { text: worded.text, locale: worded.locale, version: versionOf(form) };
  const act = form.field('act');
  if (act === 'restore') {
    const restored = await restoreWording(deps, c.var.by, which);
    if (restored.outcome !== 'stale')
      return c.redirect(`${HOME}?notice=message_text_restored`, 303);
    return textPage(parts, c, { worded, stale: true }, 409);
  }
  const typed = { subject: form.field('subject'), wording: form.field('wording') };
  if (isPreview(form)) {
    const problems = problemsOf(c, worded, await checkWording(deps, worded, typed));
    const shown = { worded: { ...worded, ...which }, typed, problems };
    return textPage(parts, c, shown, previewStatus(form, problems));
  }
  const result = await changeWording(deps, c.var.by, { ...which, ...typed });
  if (result.outcome === 'done') return c.redirect(`${HOME}?notice=message_text_changed`, 303);
  if (result.outcome === 'stale') return textPage(parts, c, { worded, stale: true }, 409);
  const problems = problemsOf(c, worded, result.fields);
  return textPage(parts, c, { worded: { ...worded, ...which }, typed, problems }, 422);
};

const findText = async ({ deps }: RouteParts, c: AdminContext): Promise<WordedText> => {
  const texts = await listMessageTexts(deps, c.var.staff);
  const found = texts.find((worded) => textKey(worded) === c.req.param('text'));
  if (!found) throw new DomainError('not_found');
  return found;
};

const textPage = async (
  { deps }: RouteParts,
  c: AdminContext,
  props: Omit<Parameters<typeof MessageTextPage>[0], 'view' | 'staff' | 'preview'>,
  status: 200 | 409 | 422 = 200,
) => {
  const { staff, view } = c.var;
  const preview = await previewWording(deps, props.worded, props.typed ?? props.worded);
  return c.html(page(<MessageTextPage {...{ view, staff, preview }} {...props} />), status);
};

const problemsOf = (
  c: AdminContext,
  { text, locale }: WordedText,
  { subject, wording }: WordingProblems,
): Problems => {
  const { view } = c.var;
  const words = view.text.admin.texts.problems;
  const said = (found: WordingProblem): string => {
    if (found.problem === 'missing') return words.missing;
    if (found.problem === 'unknown') return words.unknown(found.name);
    if (found.problem === 'too_long')
      return words[isMail(text) ? 'too_long' : 'too_long_sms'](view.digits(found.most));
    return words[found.problem](`{${VARIABLE_NAMES[locale][found.variable]}}`);
  };
  return {
    ...(subject && { subject: said(subject) }),
    ...(wording && { wording: said(wording) }),
  };
};
