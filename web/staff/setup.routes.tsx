import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { Desk } from '../../src/desk/desk.ts';
import type { SetupProblems } from '../../src/desk/administration/set-up.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { AppEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import type { View } from '../view.ts';
import { SetupPage } from './setup.page.tsx';

const wordsFor = (view: View, fields: SetupProblems): Problems => {
  const words = view.text.setup.problems;
  return {
    ...(fields.code && { code: words.code }),
    ...(fields.organisation && { organisation: words.name }),
    ...(fields.unit && { unit: words.name }),
    ...(fields.username && { username: words.username[fields.username] }),
    ...(fields.password && { password: words.password[fields.password] }),
  };
};

/** Once there is an administrator, no method finds the set-up. */
export const whileNotSetUp = (desk: Pick<Desk, 'mayBeSetUp'>) =>
  createMiddleware<AppEnv>(async (_c, next) => {
    if (!(await desk.mayBeSetUp())) throw new DomainError('not_found');
    return next();
  });

export const createSetupRoutes = (deps: RouteDeps, forms: FormReader) => {
  const { desk, site } = deps;
  const routes = new Hono<AppEnv>();
  const limitTries = limitByAddress({
    desk,
    addressOf: createClientAddress(site),
    limit: 'staff_sign_in',
    onlyFailures: true,
  });

  routes.get('/', (c) => c.html(page(<SetupPage view={c.var.view} />)));

  routes.post('/', limitTries, async (c) => {
    const form = await forms.readFields(c);
    ensureWhole(form);
    const typed = {
      code: form.field('code'),
      organisation: form.field('organisation'),
      unit: form.field('unit'),
      username: form.field('username').trim(),
    };
    const result = await desk.setUp({ ...typed, password: form.field('password') });
    switch (result.outcome) {
      case 'done':
        return c.redirect('/staff?notice=desk_set_up', 303);
      case 'set_up_already':
        throw new DomainError('not_found');
      case 'invalid': {
        const problems = wordsFor(c.var.view, result.fields);
        return c.html(page(<SetupPage view={c.var.view} typed={typed} problems={problems} />), 422);
      }
    }
  });
  return routes;
};
