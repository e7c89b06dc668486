/** The desk as other systems see it: the real one on a real database, with keys and letters. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { recordSettings } from '../main/compose.ts';
import { createApiKeys } from '../usecases/api-keys.ts';
import type { KeyScope } from '../usecases/api.ts';
import type { DecisionKind } from '../domain/letter.ts';
import { createRecordDecision } from '../usecases/record-decision.ts';
import { createRecordUnitAction } from '../usecases/record-unit-action.ts';
import { addTestApplicant } from './letters.ts';
import { freshMobile } from './real-site.ts';
import type { RealSite } from './real-site.ts';
import { sampleFile } from './sample-files.ts';

const OPERATOR = { kind: 'operator', id: 'tests' } as const;

export interface ApiAsk {
  method?: string;
  key?: string | undefined;
  /** Of a writing request; left out: a new one. '' leaves the header out. */
  idempotencyKey?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export const createApiSite = (site: RealSite) => {
  const { db, desk, config, app } = site;
  const settings = recordSettings(config);
  const recordDecision = createRecordDecision({ db, settings });
  const recordUnitAction = createRecordUnitAction({ db, settings });

  return {
    /** The key itself; under a name of its own. */
    async addKey(
      scope: KeyScope,
      {
        unitId = null,
        name = `key ${randomUUID().slice(0, 8)}`,
        days = null,
      }: { unitId?: string | null; name?: string; days?: number | null } = {},
    ): Promise<{ id: string; key: string; name: string }> {
      const by = OPERATOR;
      const added = await createApiKeys({ db }).add({ by, name, scope, unitId, days });
      if (added.outcome !== 'added') throw new Error(`${added.field} is ${added.why}`);
      return { id: added.row.id, key: added.key, name };
    },

    revokeKey: (id: string) => createApiKeys({ db }).revoke({ by: OPERATOR, id }),

    async addLetter(unitId: string, subject = 'درخواست'): Promise<string> {
      const { name, bytes } = await sampleFile('pdf');
      const file = await desk.receiveFile({ stream: Readable.from([bytes]), fileName: name });
      if (!file.ok) throw new Error(file.problem);
      const { letterId } = await desk.submitLetter({
        applicantId: await addTestApplicant(db, freshMobile()),
        submissionKey: randomUUID(),
        senderName: 'شرکت نمونه',
        unitId,
        subject,
        file: file.file,
      });
      return letterId;
    },

    /** As the workflow does with what was decided; without that, with a decision of a reviewer. */
    async takeDecision(letterId: string, kind: DecisionKind = 'approve'): Promise<void> {
      const [open] = await db<{ id: string; kind: DecisionKind }[]>`
        select id, kind from decisions where letter_id = ${letterId} and outcome is null`;
      const said = { by: 'مریم رضایی', decisionId: open?.id ?? randomUUID() };
      const decision = { kind: open?.kind ?? kind, reason: 'امضا ندارد', ...said };
      await recordDecision({ letterId, decision });
    },

    async takeActions(letterId: string): Promise<void> {
      const open = await db<{ id: string }[]>`
        select id from unit_actions where letter_id = ${letterId} and outcome is null
        order by acted_at`;
      for (const { id } of open) await recordUnitAction({ letterId, actionId: id });
    },

    ask(
      path: string,
      { method = 'GET', key, idempotencyKey = randomUUID(), body, headers = {} }: ApiAsk = {},
    ): Promise<Response> {
      const isForm = body instanceof FormData;
      return Promise.resolve(
        app.request(`${config.PUBLIC_ORIGIN}${path}`, {
          method,
          headers: {
            ...(key !== undefined && { authorization: `Bearer ${key}` }),
            ...(method === 'POST' &&
              idempotencyKey !== '' && { 'idempotency-key': idempotencyKey }),
            ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && {
            body: isForm || typeof body === 'string' ? body : JSON.stringify(body),
          }),
        }),
      );
    },
  };
};

export type ApiSite = ReturnType<typeof createApiSite>;

/** The form of a reply. */
export const replyForm = async (text = 'پاسخ', withFile = true): Promise<FormData> => {
  const { name, bytes } = await sampleFile('pdf');
  const form = new FormData();
  form.set('text', text);
  if (withFile) form.set('file', new File([new Uint8Array(bytes)], name));
  return form;
};
