import { Hono } from 'hono';
import type { Context } from 'hono';
import { page } from '../components/layout.tsx';
import type { AppEnv, RouteDeps } from '../env.ts';
import { OutboxPage } from './outbox.page.tsx';

/** Messages of the `outbox:` gateway; mounted only where no real one is configured. */
export const createOutboxRoutes = ({ desk }: RouteDeps) => {
  const routes = new Hono<AppEnv>();
  const mobileOf = (c: Context): string => c.req.query('mobile')?.trim() ?? '';
  const messagesTo = (mobile: string) => desk.outboxMessages(mobile === '' ? {} : { mobile });

  routes.get('/outbox', async (c) => {
    const mobile = mobileOf(c);
    const messages = await messagesTo(mobile);
    return c.html(page(<OutboxPage view={c.var.view} messages={messages} mobile={mobile} />));
  });
  routes.get('/outbox.json', async (c) => c.json(await messagesTo(mobileOf(c))));
  return routes;
};
