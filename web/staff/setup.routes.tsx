import { Hono } from 'hono';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { SetupProblems } from '../../src/desk/administration/set-up.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { AppEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import type { View } from '../view.ts';
import { SetupPage } from './setup.page.tsx';
import { mayBeSetUp, setUpInBrowser } from '../../src/desk/administration/set-up.ts';

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

export const whileNotSetUp = (deps: RouteDeps) =>
  createMiddleware<AppEnv>(async (_c, next) => {
    if (!(await mayBeSetUp(deps))) throw new DomainError('not_found');
    return next();
  });

export const createSetupRoutes = (deps: RouteDeps, forms: FormReader) => {
  const limitTries = limitByAddress({
    deps,
    addressOf: createClientAddress(deps.site),
    limit: 'staff_sign_in',
    onlyFailures: true,
  });
  return new Hono<AppEnv>()
    .get('/', (c) => c.html(page(<SetupPage view={c.var.view} />)))
    .post('/', limitTries, (c) => postSetup(deps, forms, c));
};

const postSetup = async (deps: RouteDeps, forms: FormReader, c: Context<AppEnv>) => {
  const { view } = c.var;
  const form = await forms.readFields(c);
  ensureWhole(form);
  const typed = {
    code: form.field('code'),
    organisation: form.field('organisation'),
    unit: form.field('unit'),
    username: form.field('username').trim(),
  };
  const result = await setUpInBrowser(deps, { ...typed, password: form.field('password') });
  switch (result.outcome) {
    case 'done':
      return c.redirect('/staff?notice=desk_set_up', 303);
    case 'set_up_already':
      throw new DomainError('not_found');
    case 'invalid': {
      const problems = wordsFor(view, result.fields);
      return c.html(page(<SetupPage {...{ view, typed, problems }} />), 422);
    }
  }
};
