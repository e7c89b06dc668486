/** The desk as other systems see it: the real one on a real database, with keys and letters. */
import { randomUUID } from 'node:crypto';
import { addKey, revokeKey } from '../operations/integrations/api-keys.ts';
import type { KeyScope } from '../operations/integrations/api-keys.sql.ts';
import type { RealSite } from './real-site.ts';
import { sampleFile } from './sample-files.ts';
import { createSiteLetters } from './site-letters.ts';

const OPERATOR = { kind: 'operator', id: 'command line' } as const;

export interface ApiAsk {
  method?: string;
  key?: string | undefined;
  /** Of a writing request; left out: a new one. '' leaves the header out. */
  idempotencyKey?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export const createApiSite = (site: RealSite) => {
  const { config, app } = site;
  const { applyDecision, applyActions, letterIn, storeFile } = createSiteLetters(site);

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
      const added = await addKey(site.deps, { by, name, scope, unitId, days });
      if (added.outcome !== 'added') throw new Error(`${added.field} is ${added.why}`);
      return { id: added.row.id, key: added.key, name };
    },

    revokeKey: (id: string) => revokeKey(site.deps, { by: OPERATOR, id }),

    async addLetter(unitId: string, subject = 'درخواست'): Promise<string> {
      const file = await storeFile(await sampleFile('pdf'));
      const { id } = await letterIn('pending', {
        unitId,
        subject,
        senderName: 'شرکت نمونه',
        file,
      });
      return id;
    },

    takeDecision: applyDecision,
    takeActions: applyActions,

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

/** The form of a letter that somebody brought to the counter. */
export const letterForm = async (
  unit: string,
  fields: Partial<Record<'senderName' | 'mobile' | 'subject', string>> = {},
): Promise<FormData> => {
  const { name, bytes } = await sampleFile('pdf');
  const form = new FormData();
  const all = { senderName: 'شرکت نمونه', mobile: '۰۹۱۲۳۴۵۶۷۸۹', subject: 'درخواست', ...fields };
  for (const [field, value] of Object.entries({ ...all, unit })) form.set(field, value);
  form.set('file', new File([new Uint8Array(bytes)], name));
  return form;
};
