import { Hono } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import {
  addReason,
  changeReason,
  listAdministeredReasons,
  retireReason,
} from '../../src/desk/administration/stock-reasons.ts';
import type {
  AdministeredReason,
  ReasonProblems,
} from '../../src/desk/administration/stock-reasons.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import { ensureUuid } from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { administratorsOnly, isConfirmed, provenOnly, versionOf } from './admin.answers.ts';
import type { AdminContext, AdminEnv } from './admin.answers.ts';
import { ReasonPage, ReasonsPage } from './reasons.page.tsx';
import { ConfirmRetirementPage } from './retirement.page.tsx';

const HOME = '/staff/admin/reasons';

export const createReasonsRoutes = (parts: RouteParts) => {
  const { deps, cookies, forms } = parts;
  const routes = new Hono<AdminEnv>();
  const adminOnly = administratorsOnly(parts);
  const mayChange = [adminOnly, provenOnly('reasons')] as const;
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));
  routes.get('/', (c) => showReasons(parts, c));
  routes.get('/new', ...mayChange, (c) => reasonPage(c, { reason: undefined }));
  routes.post('/new', ...mayChange, (c) => postReason(parts, c));
  routes.get('/:reason', ...mayChange, async (c) =>
    reasonPage(c, { reason: await findReason(parts, c) }),
  );
  routes.post('/:reason', ...mayChange, (c) => postChange(parts, c));
  routes.get('/:reason/retirement', adminOnly, (c) =>
    c.redirect(`${HOME}/${ensureUuid(c.req.param('reason'))}`, 303),
  );
  routes.post('/:reason/retirement', ...mayChange, (c) => postRetirement(parts, c));
  return routes;
};

const showReasons = async ({ deps }: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const reasons = await listAdministeredReasons(deps, staff);
  const notice = c.req.query('notice');
  return c.html(page(<ReasonsPage {...{ view, staff, reasons, notice }} />));
};

const postReason = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const typed = { kind: form.field('kind'), text: form.field('text') };
  const result = await addReason(parts.deps, c.var.by, typed);
  if (result.outcome === 'done') return done(c, 'reason_added');
  const problems = result.outcome === 'invalid' ? problemsOf(parts, c, result.fields) : {};
  return reasonPage(c, { reason: undefined, typed, problems }, 422);
};

const postChange = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const reason = await findReason(parts, c);
  const text = form.field('text');
  const changed = { reasonId: reason.id, text, version: versionOf(form) };
  const result = await changeReason(parts.deps, c.var.by, changed);
  if (result.outcome === 'done') return done(c, 'reason_changed');
  if (result.outcome === 'stale') return staleReason(parts, c);
  const typed = { kind: reason.kind, text };
  return reasonPage(c, { reason, typed, problems: problemsOf(parts, c, result.fields) }, 422);
};

const postRetirement = async (parts: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const form = await readForm(parts, c);
  const { id: reasonId, text: what } = await findReason(parts, c);
  if (!isConfirmed(form)) {
    const words = view.text.admin.reasons;
    const asked = { href: `${HOME}/${reasonId}`, what, words, version: form.field('version') };
    return c.html(page(<ConfirmRetirementPage {...{ view, staff }} {...asked} />));
  }
  const retired = { reasonId, version: versionOf(form) };
  const result = await retireReason(parts.deps, c.var.by, retired);
  return result.outcome === 'done' ? done(c, 'reason_retired') : staleReason(parts, c);
};

const findReason = async ({ deps }: RouteParts, c: AdminContext): Promise<AdministeredReason> => {
  const reasons = await listAdministeredReasons(deps, c.var.staff);
  const reason = reasons.find(({ id, retired }) => id === c.req.param('reason') && !retired);
  if (!reason) throw new DomainError('not_found');
  return reason;
};

const reasonPage = (
  c: AdminContext,
  props: Omit<Parameters<typeof ReasonPage>[0], 'view' | 'staff'>,
  status: 200 | 409 | 422 = 200,
) => c.html(page(<ReasonPage view={c.var.view} staff={c.var.staff} {...props} />), status);

const staleReason = async (parts: RouteParts, c: AdminContext) =>
  reasonPage(c, { reason: await findReason(parts, c), stale: true }, 409);

const done = (c: AdminContext, notice: string) => c.redirect(`${HOME}?notice=${notice}`, 303);

const problemsOf = (
  { deps: { site } }: RouteParts,
  c: AdminContext,
  { kind, text }: ReasonProblems,
): Problems => {
  const { view } = c.var;
  const words = view.text.admin.reasons;
  const { stockReason, stockReasons } = site.limits;
  const texts = {
    missing: words.problems.text_missing,
    taken: words.problems.text_taken,
    too_long: words.tooLong(view.digits(stockReason)),
    too_many: words.tooMany(view.digits(stockReasons)),
  };
  return {
    ...(kind && { kind: words.problems.kind_missing }),
    ...(text && { text: texts[text] }),
  };
};
