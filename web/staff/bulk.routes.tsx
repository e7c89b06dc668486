import { Hono } from 'hono';
import type { Context } from 'hono';
import { listActiveReasons } from '../../src/desk/administration/stock-reasons.ts';
import type { StockReason } from '../../src/desk/administration/stock-reasons.ts';
import {
  cancelBulk,
  decideInBulk,
  getBulkDecision,
  listForBulk,
} from '../../src/desk/letters/decide-in-bulk.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';
import { page } from '../components/layout.tsx';
import type { RouteDeps, StaffEnv } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import { ensureWhole, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { requireStaff } from '../middleware/sessions.ts';
import { textProblem } from '../portal/letter.form.ts';
import { BULK_KINDS, BulkPage, NewBulkPage } from './bulk.page.tsx';
import { queryOf } from './show-letter.tsx';
import { EMPTY_DRAFT, type StaffDraft } from './staff-letter.form.ts';

export const createBulkRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies));
  routes.get('/', (c) => c.redirect('/staff', 303));
  routes.get('/new', (c) =>
    showForm(deps, c, { letterIds: queryOf(c).getAll('letter'), draft: EMPTY_DRAFT }),
  );
  routes.post('/new', postBulk(deps, forms));
  routes.get('/:bulk', async (c) => {
    const { staff, view } = c.var;
    const bulk = await getBulkDecision(deps, { staff, bulkId: c.req.param('bulk') });
    return c.html(page(<BulkPage {...{ view, staff, bulk }} notice={c.req.query('notice')} />));
  });
  routes.get('/:bulk/cancellation', (c) => {
    const bulkId = c.req.param('bulk');
    if (!isUuid(bulkId)) throw new DomainError('not_found');
    return c.redirect(`/staff/bulk/${bulkId}`, 303);
  });
  routes.post('/:bulk/cancellation', async (c) => {
    const bulkId = c.req.param('bulk');
    await cancelBulk(deps, { staff: c.var.staff, bulkId });
    return c.redirect(`/staff/bulk/${bulkId}?notice=bulk_cancelled`, 303);
  });
  return routes;
};

const showForm = async (
  deps: RouteDeps,
  c: Context<StaffEnv>,
  {
    letterIds,
    draft,
    formKey = crypto.randomUUID(),
  }: { letterIds: string[]; draft: StaffDraft; formKey?: string },
) => {
  const { staff, view } = c.var;
  const [letters, reasons] = await Promise.all([
    listForBulk(deps, { staff, letterIds }),
    listActiveReasons(deps),
  ]);
  const hasProblems = Object.keys(draft.problems).length > 0;
  return c.html(
    page(<NewBulkPage {...{ view, staff, letters, reasons, draft, formKey }} />),
    hasProblems ? 422 : 200,
  );
};

const postBulk = (deps: RouteDeps, forms: FormReader) => async (c: Context<StaffEnv>) => {
  const form = await forms.readFields(c);
  ensureWhole(form);
  const letterIds = form.field('letters').split(' ');
  const typedKey = form.field('formKey');
  const key = isUuid(typedKey) ? typedKey : crypto.randomUUID();
  const { kind, reason, problems } = readBulk(form, await listActiveReasons(deps), deps, c);
  if (kind === undefined || Object.keys(problems).length > 0) {
    const values = Object.fromEntries(
      ['kind', 'stock', 'bulkReason'].map((id) => [id, form.field(id)]),
    );
    return showForm(deps, c, { letterIds, draft: { values, problems }, formKey: key });
  }
  const bulkId = await decideInBulk(deps, { staff: c.var.staff, key, letterIds, kind, reason });
  return c.redirect(`/staff/bulk/${bulkId}`, 303);
};

const readBulk = (
  form: PostedForm,
  reasons: StockReason[],
  { site }: RouteDeps,
  { var: { view } }: Context<StaffEnv>,
) => {
  const words = view.text.staffLetter.problems;
  const kind = BULK_KINDS.find((known) => known === form.field('kind'));
  if (kind === undefined)
    return { kind, reason: null, problems: { kind: view.text.bulk.kindMissing } };
  if (kind === 'approve') return { kind, reason: null, problems: {} };
  const typed = cleanText(form.field('bulkReason'));
  const picked = reasons.find((one) => one.kind === kind && one.id === form.field('stock'));
  const reason = typed === '' ? (picked?.text ?? '') : typed;
  const missing = kind === 'reject' ? words.reason_missing : words.return_missing;
  const problem = textProblem(reason, missing, site.limits, view);
  return { kind, reason, problems: problem === undefined ? {} : { bulkReason: problem } };
};
