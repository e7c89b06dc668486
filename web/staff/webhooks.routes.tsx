import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import {
  listAdministeredWebhooks,
  readWebhook,
  redeliverWebhook,
  subscribeWebhook,
  testWebhook,
  unsubscribeWebhook,
} from '../../src/operations/integrations/webhooks.ts';
import { WEBHOOK_EVENTS } from '../../src/platform/audit/audit-action.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';
import { page } from '../components/layout.tsx';
import { ensureUuid } from '../http/letter-address.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { adminPath } from './admin-areas.ts';
import { administratorsOnly, isConfirmed, provenOnly } from './admin.answers.ts';
import type { AdminContext, AdminEnv } from './admin.answers.ts';
import { ConfirmRetirementPage } from './retirement.page.tsx';
import {
  AddedWebhookPage,
  eventField,
  NewWebhookPage,
  WebhookPage,
  WebhooksPage,
} from './webhooks.page.tsx';

const HOME = adminPath('webhooks');
/** What only takes forms: a reload leads back. */
const FORMS = ['test', 'redelivery', 'retirement'];

export const createWebhooksRoutes = (parts: RouteParts) => {
  const { deps, cookies, forms } = parts;
  const routes = new Hono<AdminEnv>();
  const adminOnly = administratorsOnly(parts);
  const mayChange = [adminOnly, provenOnly('webhooks')] as const;
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));
  routes.get('/', (c) => showWebhooks(parts, c));
  routes.get('/new', ...mayChange, (c) => newWebhookPage(c, { formKey: randomUUID() }));
  routes.post('/new', ...mayChange, (c) => postWebhook(parts, c));
  routes.get('/:webhook', (c) => showWebhook(parts, c));
  for (const form of FORMS)
    routes.get(`/:webhook/${form}`, adminOnly, (c) => c.redirect(pathOf(c), 303));
  routes.post('/:webhook/test', adminOnly, (c) => postTest(parts, c));
  routes.post('/:webhook/redelivery', adminOnly, (c) => postRedelivery(parts, c));
  routes.post('/:webhook/retirement', ...mayChange, (c) => postRetirement(parts, c));
  return routes;
};

const idOf = (c: AdminContext): string => ensureUuid(c.req.param('webhook') ?? '');
const pathOf = (c: AdminContext): string => `${HOME}/${idOf(c)}`;

const showWebhooks = async ({ deps }: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const webhooks = await listAdministeredWebhooks(deps, staff);
  const notice = c.req.query('notice');
  return c.html(page(<WebhooksPage {...{ view, staff, webhooks, notice }} />));
};

const showWebhook = async ({ deps }: RouteParts, c: AdminContext) => {
  const { staff, view } = c.var;
  const found = await readWebhook(deps, { staff, id: idOf(c) });
  return c.html(
    page(<WebhookPage {...{ view, staff, ...found }} notice={c.req.query('notice')} />),
  );
};

const postWebhook = async (parts: RouteParts, c: AdminContext) => {
  const { staff, view, by } = c.var;
  const form = await readForm(parts, c);
  const formKey = isUuid(form.field('formKey')) ? form.field('formKey') : randomUUID();
  const url = form.field('url').trim();
  const events = WEBHOOK_EVENTS.filter((event) => form.field(eventField(event)) === 'on');
  const result = await subscribeWebhook(parts.deps, { by, id: formKey, url, events });
  if (result.outcome === 'added')
    return c.html(page(<AddedWebhookPage view={view} staff={staff} secret={result.secret} />));
  if (result.outcome === 'added_before') return c.redirect(`${HOME}/${result.id}`, 303);
  const words = view.text.admin.webhooks.problems;
  const [first] = WEBHOOK_EVENTS;
  const problems =
    result.field === 'url' ? { url: words.url } : { [eventField(first)]: words.event };
  return newWebhookPage(c, { formKey, typed: { url, events }, problems }, 422);
};

const postTest = async (parts: RouteParts, c: AdminContext) => {
  await readForm(parts, c);
  await testWebhook(parts.deps, { by: c.var.by, id: idOf(c) });
  return c.redirect(`${pathOf(c)}#test`, 303);
};

const postRedelivery = async (parts: RouteParts, c: AdminContext) => {
  const id = (await readForm(parts, c)).field('delivery');
  const done = await redeliverWebhook(parts.deps, { by: c.var.by, id });
  return c.redirect(`${pathOf(c)}${done ? '?notice=webhook_redelivered' : ''}`, 303);
};

const postRetirement = async (parts: RouteParts, c: AdminContext) => {
  const { staff, view, by } = c.var;
  const form = await readForm(parts, c);
  const { webhook } = await readWebhook(parts.deps, { staff, id: idOf(c) });
  if (!isConfirmed(form)) {
    const words = view.text.admin.webhooks;
    const asked = { href: pathOf(c), what: webhook.url, words, version: '0' };
    return c.html(page(<ConfirmRetirementPage {...{ view, staff }} {...asked} />));
  }
  await unsubscribeWebhook(parts.deps, { by, id: webhook.id });
  return c.redirect(`${HOME}?notice=webhook_disabled`, 303);
};

const newWebhookPage = (
  c: AdminContext,
  props: Omit<Parameters<typeof NewWebhookPage>[0], 'view' | 'staff'>,
  status: 200 | 422 = 200,
) => c.html(page(<NewWebhookPage view={c.var.view} staff={c.var.staff} {...props} />), status);
