import type { Context, Hono } from 'hono';
import { InternalText } from '../../src/platform/base/audience.ts';
import type { StaffEnv } from '../env.ts';
import type { LetterRouteDeps } from './show-letter.tsx';
import { readForm } from '../route-parts.ts';
import { act, actWithText } from './unit-actions.routes.tsx';

export const addHeldReplyRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.post('/:id/release', release(deps));
  routes.post('/:id/rework', rework(deps));
};

const release = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const form = await readForm(deps, c);
  return act(deps, c, form, { kind: 'release', replyId: form.field('heldReply') });
};

const rework = (deps: LetterRouteDeps) =>
  actWithText(
    deps,
    'reworkText',
    (text) => text.staffLetter.heldReply.missing,
    (text, form) => ({
      kind: 'rework',
      replyId: form.field('heldReply'),
      note: new InternalText(text),
    }),
  );
