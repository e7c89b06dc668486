import type { Context, Hono } from 'hono';
import { InternalText } from '../../src/platform/base/audience.ts';
import type { StaffEnv } from '../env.ts';
import type { LetterRouteDeps } from './show-letter.tsx';
import { redrawLetter } from './show-letter.tsx';
import { readText } from './staff-letter.form.ts';
import { act, actOrRedraw, readForm } from './unit-actions.routes.tsx';

export const addHeldReplyRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.post('/:id/release', release(deps));
  routes.post('/:id/rework', rework(deps));
};

const release = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const form = await readForm(deps, c);
  return act(deps, c, form, { kind: 'release', replyId: form.field('heldReply') });
};

const rework = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const { view } = c.var;
  const form = await readForm(deps, c);
  const missing = view.text.staffLetter.heldReply.missing;
  const { text, problems } = readText(form, 'reworkText', missing, deps.site.limits, view);
  const fields = ['reworkText'];
  if (problems.reworkText !== undefined) return redrawLetter(deps, c, form, { fields, problems });
  const note = new InternalText(text);
  const action = { kind: 'rework', replyId: form.field('heldReply'), note } as const;
  return actOrRedraw(deps, c, form, { action, fields });
};
