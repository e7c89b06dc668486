import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { coversScope, openKey } from '../../src/operations/integrations/api-keys.ts';
import type { ApiKey, KeyScope } from '../../src/operations/integrations/api-keys.ts';
import type { DecisionOutcome } from '../../src/desk/letters/decision-outcome.ts';
import { findStaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import type { StoredFile } from '../../src/platform/files/stored-file.ts';
import type { PostedForm } from '../http/form-reader.ts';
import { readBody } from '../http/read-body.ts';
import { wrongFilesText } from '../portal/letter.form.ts';
import { noteEvent } from '../security-events.ts';
import type { View } from '../view.ts';
import { factsOf } from './answers.ts';
import type { Api, ApiEnv } from './api-app.ts';
import { ApiProblem, fieldProblems } from './problems.ts';
import type * as schemas from './schemas.ts';

export interface Asked<Params, Query, Body> {
  c: Context<ApiEnv>;
  key: ApiKey;
  view: View;
  params: Params;
  query: Query;
  body: Body;
  /** UUID derived from key and Idempotency-Key, so that a repeated request has the same. */
  actionKey: string;
  form: PostedForm | undefined;
}

export type AskedAny = Asked<unknown, unknown, unknown>;

export const NOTHING = z.strictObject({});

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** Counted by its key before anything else is read. */
export const readKey = async (
  { deps }: Api,
  c: Context<ApiEnv>,
  { needed, writes }: { needed: KeyScope; writes: boolean },
): Promise<ApiKey> => {
  const given = c.req.header('authorization');
  if (given === undefined)
    throw new ApiProblem('key_missing', {}, { 'www-authenticate': 'Bearer realm="desk"' });
  const token = BEARER.exec(given)?.[1];
  const key = token === undefined ? undefined : await openKey(deps, { key: token, writes });
  if (!key) {
    noteEvent(c, 'api_key_refused');
    const challenge = 'Bearer realm="desk", error="invalid_token"';
    throw new ApiProblem('key_unknown', {}, { 'www-authenticate': challenge });
  }
  c.set('keyId', key.id);
  if (!coversScope(key.scope, needed)) {
    noteEvent(c, 'not_allowed');
    const challenge = `Bearer realm="desk", error="insufficient_scope", scope="${needed}"`;
    throw new ApiProblem('insufficient_scope', {}, { 'www-authenticate': challenge });
  }
  return key;
};

export const checkAgainst = <Schema extends z.ZodType>(
  c: Context<ApiEnv>,
  schema: Schema,
  { value, place }: { value: unknown; place: 'body' | 'address' },
): z.output<Schema> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldProblems(result.error, place, c.var.apiView.text.api.fields);
  throw new ApiProblem('invalid', { errors });
};

export const readParams = <Schema extends z.ZodType>(
  c: Context<ApiEnv>,
  schema: Schema,
): z.output<Schema> => {
  const result = schema.safeParse(c.req.param());
  if (!result.success) throw new ApiProblem('not_found');
  return result.data;
};

/** A repeated parameter stays an array, which no schema accepts. */
export const readQuery = <Schema extends z.ZodType>(
  c: Context<ApiEnv>,
  schema: Schema,
): z.output<Schema> => {
  const value = Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  );
  return checkAgainst(c, schema, { value, place: 'address' });
};

export const readJson = async (
  { deps: { site }, watchPace }: Api,
  c: Context<ApiEnv>,
): Promise<unknown> => {
  const type = c.req.header('content-type');
  if (type !== undefined && !JSON_TYPE.test(type)) throw new ApiProblem('unsupported_type');
  const bytes = await readBody(c, site.api.maxBytes, watchPace);
  if (bytes.length === 0) return {};
  if (type === undefined) throw new ApiProblem('unsupported_type');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ApiProblem('malformed');
  }
};

export const invalidField = (name: string, detail: string): ApiProblem =>
  new ApiProblem('invalid', { errors: [{ pointer: `#/${name}`, detail }] });

export const invalidParameter = ({ view }: AskedAny, parameter: string): ApiProblem =>
  new ApiProblem('invalid', { errors: [{ parameter, detail: view.text.api.fields.invalid }] });

export const cleanedText = ({ view }: AskedAny, name: string, text: string): string => {
  const clean = cleanText(text);
  if (clean !== '') return clean;
  throw invalidField(name, view.text.api.fields.missing);
};

export const filesIn = ({ form, view }: AskedAny): StoredFile[] => {
  const posted = form?.files ?? [];
  const wrong = posted.filter((file) => !file.ok);
  const [first] = wrong;
  if (!first) return posted.filter((file) => file.ok).map(({ file }) => file);
  if (first.problem === 'too_big') throw new ApiProblem('too_big');
  if (first.problem === 'too_many_checks') throw new DomainError('too_many');
  if (first.problem === 'busy') throw new DomainError('unavailable', { stored: 'no' });
  throw invalidField('file', wrongFilesText(view, { files: posted }, wrong));
};

export const actorOf = ({
  key,
  c,
}: AskedAny): { staff: ApiKey['staff']; from: string | undefined } => ({
  staff: key.staff,
  from: c.var.from,
});

/** A letter that has left the sight of this key, as by a referral, is not in the answer. */
export const outcomeOf = async (
  { deps }: Api,
  asked: Asked<{ id: string }, unknown, unknown>,
  { outcome }: DecisionOutcome,
): Promise<z.input<typeof schemas.Outcome>> => {
  if (outcome !== 'applied') return { outcome: 'recorded', letter: null };
  const which = { letterId: asked.params.id, ...actorOf(asked) };
  const letter = await findStaffLetter(deps, which);
  return { outcome, letter: letter ? factsOf(letter) : null };
};
