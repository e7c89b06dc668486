import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Context } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { listOutbox } from '../../src/platform/messages/outbox-gateway.ts';
import { page } from '../components/layout.tsx';
import type { AppEnv, RouteDeps } from '../env.ts';
import { OutboxPage } from './outbox.page.tsx';

const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'];

const isLoopback = (address: string): boolean =>
  address === '::1' || /^(::ffff:)?127\./.test(address);

/**
 * It shows every sign-in code: the connection itself must come from this machine, whatever a header
 * says.
 */
const fromThisMachine = createMiddleware<AppEnv>(async (c, next) => {
  // Without a server there is no line: a test calls the app.
  const peer = c.env?.incoming?.socket?.remoteAddress ?? '::1';
  const isForwarded = FORWARDED.some((name) => c.req.header(name) !== undefined);
  if (!isLoopback(peer) || isForwarded) throw new DomainError('not_found');
  return next();
});

export const createOutboxRoutes = (deps: RouteDeps) => {
  const routes = new Hono<AppEnv>();
  routes.use(fromThisMachine);
  const mobileOf = (c: Context): string => c.req.query('mobile')?.trim() ?? '';
  const messagesTo = (mobile: string) => listOutbox(deps, mobile === '' ? {} : { mobile });

  routes.get('/outbox', async (c) => {
    const mobile = mobileOf(c);
    const messages = await messagesTo(mobile);
    return c.html(page(<OutboxPage view={c.var.view} messages={messages} mobile={mobile} />));
  });
  routes.get('/outbox.json', async (c) => c.json(await messagesTo(mobileOf(c))));
  return routes;
};
