import type { z } from '@hono/zod-openapi';
import { decideLetter } from '../../src/desk/letters/decide-letter.ts';
import type { DecideLetter } from '../../src/desk/letters/decide-letter.ts';
import type { Api } from './api-app.ts';
import { actorOf, cleanedText, outcomeOf } from './asked.ts';
import type { Asked } from './asked.ts';
import * as bodies from './bodies.ts';
import { addWriting } from './operations.ts';
import type { ProblemKind } from './problems.ts';
import * as schemas from './schemas.ts';

const TAG = 'Decisions';
const OF_DECISION: ProblemKind[] = [
  'own_rejection',
  'not_found',
  'already_decided',
  'not_open',
  'unit_not_available',
  'file_waiting',
  'file_infected',
  'damaged',
];

const decide = async (
  api: Api,
  asked: Asked<{ id: string }, unknown, { round?: number | undefined }>,
  decision: DecideLetter['decision'],
): Promise<z.input<typeof schemas.Outcome>> =>
  outcomeOf(
    api,
    asked,
    await decideLetter(api.deps, {
      letterId: asked.params.id,
      decision,
      round: asked.body.round,
      decisionKey: asked.actionKey,
      ...actorOf(asked),
    }),
  );

const addReasoned = (
  api: Api,
  { kind, ...named }: { kind: 'reject' | 'return'; path: string; id: string; summary: string },
): void =>
  addWriting(api, {
    ...named,
    tag: TAG,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.reasonBody(api.deps.site.limits.text),
    answer: schemas.Outcome,
    problems: OF_DECISION,
    act: async (asked) =>
      decide(api, asked, { kind, reason: cleanedText(asked, 'reason', asked.body.reason) }),
  });

export const addDecisionOperations = (api: Api): void => {
  addWriting(api, {
    path: '/v1/letters/{id}/approval',
    id: 'approveLetter',
    summary: 'Approve: the letter is registered and goes to the unit',
    tag: TAG,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.approvalBody,
    answer: schemas.Outcome,
    problems: OF_DECISION,
    act: (asked) => {
      const { unit: unitId } = asked.body;
      return decide(api, asked, { kind: 'approve', ...(unitId !== undefined && { unitId }) });
    },
  });
  addReasoned(api, {
    kind: 'reject',
    path: '/v1/letters/{id}/rejection',
    id: 'rejectLetter',
    summary: 'Reject: the sender is told the reason',
  });
  addReasoned(api, {
    kind: 'return',
    path: '/v1/letters/{id}/return',
    id: 'returnLetter',
    summary: 'Return: the sender is told what to correct',
  });
};
