import type { z } from '@hono/zod-openapi';
import { actOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import type { ActOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import { InternalText, publicText } from '../../src/platform/base/audience.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import type { Api } from './api-app.ts';
import { actorOf, cleanedText, filesIn, outcomeOf } from './asked.ts';
import type { Asked } from './asked.ts';
import * as bodies from './bodies.ts';
import { addWriting } from './operations.ts';
import type { ProblemKind } from './problems.ts';
import * as schemas from './schemas.ts';

const TAG = 'Work of a unit';
const OF_ACTION: ProblemKind[] = ['not_found', 'not_open', 'unit_not_available', 'damaged'];

const act = async (
  api: Api,
  asked: Asked<{ id: string }, unknown, unknown>,
  action: ActOnLetter['action'],
): Promise<z.input<typeof schemas.Outcome>> =>
  outcomeOf(
    api,
    asked,
    await actOnLetter(api.deps, {
      letterId: asked.params.id,
      actionKey: asked.actionKey,
      action,
      ...actorOf(asked),
    }),
  );

const addInternalWork = (api: Api): void => {
  addWriting(api, {
    path: '/v1/letters/{id}/notes',
    id: 'noteLetter',
    summary: 'Write an internal note: staff see it, the sender never does',
    tag: TAG,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.noteBody(api.deps.site.limits.text),
    answer: schemas.Outcome,
    problems: OF_ACTION,
    act: async (asked) =>
      act(api, asked, {
        kind: 'note',
        note: new InternalText(cleanedText(asked, 'text', asked.body.text)),
      }),
  });
  addWriting(api, {
    path: '/v1/letters/{id}/referrals',
    id: 'referLetter',
    summary: 'Refer the letter to another unit; the text is internal',
    tag: TAG,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.referralBody(api.deps.site.limits.text),
    answer: schemas.Outcome,
    problems: OF_ACTION,
    act: async (asked) => {
      const text = cleanText(asked.body.text);
      const note = text === '' ? null : new InternalText(text);
      return act(api, asked, { kind: 'refer', unitId: asked.body.unit, note });
    },
  });
};

const addPublicWork = (api: Api): void => {
  addWriting(api, {
    path: '/v1/letters/{id}/updates',
    id: 'updateLetter',
    summary: 'Say where the letter stands; its sender sees it',
    tag: TAG,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.updateBody(api.deps.site.limits.text),
    answer: schemas.Outcome,
    problems: OF_ACTION,
    act: async (asked) => {
      const text = publicText(cleanedText(asked, 'text', asked.body.text));
      return act(api, asked, { kind: 'update', text });
    },
  });
  addWriting(api, {
    path: '/v1/letters/{id}/replies',
    id: 'replyToLetter',
    summary: 'Answer the letter, with a file or without',
    tag: TAG,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.replyBody(api.deps.site.limits.text),
    upload: ['text'],
    answer: schemas.Outcome,
    problems: OF_ACTION,
    async act(asked) {
      const [file = null] = filesIn(asked);
      const text = publicText(cleanedText(asked, 'text', asked.body.text));
      return act(api, asked, { kind: 'reply', text, file });
    },
  });
  addWriting(api, {
    path: '/v1/letters/{id}/closing',
    id: 'closeLetter',
    summary: 'Close the letter, with a reason where nothing was replied',
    tag: TAG,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.closingBody(api.deps.site.limits.text),
    answer: schemas.Outcome,
    problems: OF_ACTION,
    act: async (asked) => {
      const { reason } = asked.body;
      return act(api, asked, {
        kind: 'close',
        reason: reason === undefined ? null : publicText(cleanedText(asked, 'reason', reason)),
      });
    },
  });
};

export const addUnitWorkOperations = (api: Api): void => {
  addPublicWork(api);
  addInternalWork(api);
};
