/**
 * One operation of the API: its description for `/api/openapi.json` and its handler, which is called
 * only when the key covers it and the request is as described.
 */
import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { answerOnce } from '../../src/operations/integrations/api.ts';
import type { KeyScope } from '../../src/operations/integrations/api-keys.ts';
import { isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import { discardFormFiles } from '../http/form-file.ts';
import { FILE_TYPES } from '../../src/platform/files/stored-file.ts';
import type { AppEnv } from '../env.ts';
import { ensureWhole } from '../http/form-reader.ts';
import type { PostedForm } from '../http/form-reader.ts';
import type { Api, ApiEnv } from './api-app.ts';
import { checkAgainst, NOTHING, readJson, readKey, readParams, readQuery } from './asked.ts';
import type { Asked } from './asked.ts';
import { ApiProblem, PROBLEMS } from './problems.ts';
import type { ProblemKind } from './problems.ts';
import { idempotencyKey as idempotencyKeySchema, Problem } from './schemas.ts';

interface Described<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  path: string;
  id: string;
  summary: string;
  tag: string;
  scope: KeyScope;
  params?: Params;
  query?: Query;
  body?: Body;
  problems?: ProblemKind[];
}

type AnyOperation = Described<z.ZodType, z.ZodType, z.ZodType>;

interface Reading<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Answer extends z.ZodType,
> extends Described<Params, Query, z.ZodType> {
  answer: Answer;
  read(asked: Asked<z.output<Params>, z.output<Query>, undefined>): Promise<z.input<Answer>>;
}

interface Sending<Params extends z.ZodType> extends Described<Params, z.ZodType, z.ZodType> {
  send(asked: Asked<z.output<Params>, unknown, undefined>): Promise<Response>;
}

interface Writing<
  Params extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> extends Described<Params, z.ZodType, Body> {
  method?: 'post' | 'patch';
  upload?: readonly string[];
  mostFiles?: number;
  answer: Answer;
  status?: 200 | 201;
  act(asked: Asked<z.output<Params>, unknown, z.output<Body>>): Promise<z.input<Answer>>;
}

type AnyWriting = Writing<z.ZodType, z.ZodType, z.ZodType>;

const OF_ALL: ProblemKind[] = [
  'key_missing',
  'key_unknown',
  'insufficient_scope',
  'invalid',
  'too_many',
  'internal',
  'unavailable',
];
const OF_WRITING: ProblemKind[] = [
  'malformed',
  'idempotency_key_missing',
  'too_big',
  'unsupported_type',
  'other_request',
];

const MULTIPART = /^multipart\/form-data\s*;/i;

/** UUID version 8 (RFC 9562) made of the first 16 bytes of a hash. */
const uuidOf = (hash: Buffer): string => {
  const bytes = Buffer.from(hash.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

const sha256 = (...parts: (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest();
};

const problemAnswers = (kinds: ProblemKind[]): RouteConfig['responses'] => {
  const byStatus = new Map<number, ProblemKind[]>();
  for (const kind of kinds)
    byStatus.set(PROBLEMS[kind], [...(byStatus.get(PROBLEMS[kind]) ?? []), kind]);
  return Object.fromEntries(
    [...byStatus].map(([status, all]) => [
      status,
      {
        description: all.map((kind) => kind.replaceAll('_', '-')).join(', '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
};

const describe = (
  { app }: Api,
  { path, id, summary, tag, scope, params, query, problems = [] }: AnyOperation,
  {
    method,
    responses,
    kinds = [],
    request,
  }: Pick<RouteConfig, 'method' | 'responses' | 'request'> & { kinds?: ProblemKind[] },
): string => {
  app.openAPIRegistry.registerPath({
    method,
    path: `/api${path}`,
    operationId: id,
    summary,
    tags: [tag],
    description: `Scope \`${scope}\`.`,
    security: [{ key: [] }],
    request: {
      ...(params && { params: params as z.ZodObject }),
      ...(query && { query: query as z.ZodObject }),
      ...request,
    },
    responses: {
      ...responses,
      ...problemAnswers([...new Set([...OF_ALL, ...kinds, ...problems])]),
    },
  });
  return path.replace(/\{(\w+)\}/g, ':$1');
};

const readAsked = async (
  api: Api,
  c: Context<ApiEnv>,
  { scope, params, query }: AnyOperation,
): Promise<Asked<unknown, unknown, undefined>> => ({
  c,
  key: await readKey(api, c, { needed: scope, writes: false }),
  view: c.var.apiView,
  params: readParams(c, params ?? NOTHING),
  query: readQuery(c, query ?? NOTHING),
  body: undefined,
  actionKey: '',
  form: undefined,
});

export const addReading = <
  Params extends z.ZodType,
  Query extends z.ZodType,
  Answer extends z.ZodType,
>(
  api: Api,
  operation: Reading<Params, Query, Answer>,
): void => {
  const responses = {
    200: { description: 'OK', content: { 'application/json': { schema: operation.answer } } },
  };
  api.app.get(describe(api, operation, { method: 'get', responses }), async (c) => {
    const asked = await readAsked(api, c, operation);
    return c.json((await operation.read(asked as never)) as object);
  });
};

export const addSending = <Params extends z.ZodType>(
  api: Api,
  operation: Sending<Params>,
): void => {
  const schema = { type: 'string' as const, format: 'binary' };
  const responses = {
    200: {
      description: 'OK',
      content: Object.fromEntries(Object.values(FILE_TYPES).map((type) => [type, { schema }])),
    },
  };
  api.app.get(describe(api, operation, { method: 'get', responses }), async (c) => {
    const asked = await readAsked(api, c, operation);
    api.deps.downloadLimits.takeFile(c as unknown as Context<AppEnv>);
    return operation.send(asked as never);
  });
};

type Written = Omit<Asked<unknown, unknown, undefined>, 'body'>;

const readGiven = async (
  api: Api,
  asked: Written,
  { upload, mostFiles: most = 1 }: Pick<AnyWriting, 'upload' | 'mostFiles'>,
): Promise<unknown> => {
  const { c, key } = asked;
  if (!upload) return readJson(api, c);
  if (!MULTIPART.test(c.req.header('content-type') ?? '')) throw new ApiProblem('unsupported_type');
  const by = { kind: 'key' as const, id: key.id };
  asked.form = await api.forms.readUpload(c, { name: 'file', most }, { by, from: c.var.from });
  ensureWhole(asked.form);
  const { form } = asked;
  return {
    ...Object.fromEntries(upload.map((name) => [name, form.field(name)])),
    ...(form.files.length > 0 && { file: most === 1 ? '' : form.files.map(() => '') }),
  };
};

const hashedFiles = (form: PostedForm | undefined): string =>
  (form?.files ?? [])
    .map((file) => (file.ok ? `${file.file.name}\0${file.file.sha256}` : ''))
    .join('\0\0');

const writeOnce = async (
  { deps }: Api,
  { c, key, form }: Written,
  {
    given,
    act,
    idempotencyKey,
  }: {
    given: unknown;
    act: () => Promise<{ status: number; body: object }>;
    idempotencyKey: string;
  },
): Promise<Response> => {
  const { method, path } = c.req;
  const requestHash = sha256(method, path, JSON.stringify(given), hashedFiles(form));
  const result = await answerOnce(deps, { key, idempotencyKey, requestHash, act });
  if (result.outcome === 'other_request') throw new ApiProblem('other_request');
  if (result.repeated) {
    if (form) await discardFormFiles(deps, form);
    c.header('idempotency-replayed', 'true');
  }
  return c.json(result.answer.body, result.answer.status as 200);
};

const write = async (api: Api, c: Context<ApiEnv>, operation: AnyWriting): Promise<Response> => {
  const { method = 'post', status = 200, scope, params, body } = operation;
  const key = await readKey(api, c, { needed: scope, writes: true });
  const idempotencyKey = c.req.header('idempotency-key') ?? '';
  if (method === 'post' && !idempotencyKeySchema.safeParse(idempotencyKey).success)
    throw new ApiProblem('idempotency_key_missing');
  const asked: Written = {
    c,
    key,
    view: c.var.apiView,
    params: readParams(c, params ?? NOTHING),
    query: readQuery(c, NOTHING),
    actionKey: uuidOf(sha256(key.id, idempotencyKey)),
    form: undefined,
  };
  const given = await readGiven(api, asked, operation);
  try {
    const whole = checkAgainst(c, body ?? NOTHING, { value: given, place: 'body' });
    const act = async () => ({
      status,
      body: (await operation.act({ ...asked, body: whole })) as object,
    });
    if (method === 'post') return await writeOnce(api, asked, { given, act, idempotencyKey });
    return c.json((await act()).body, status);
  } catch (error) {
    if (asked.form && (error instanceof ApiProblem || isCertainlyNotStored(error)))
      await discardFormFiles(api.deps, asked.form);
    throw error;
  }
};

export const addWriting = <
  Params extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(
  api: Api,
  operation: Writing<Params, Body, Answer>,
): void => {
  const { method = 'post', upload, status = 200, body } = operation;
  const type = upload ? 'multipart/form-data' : 'application/json';
  const path = describe(api, operation, {
    method,
    kinds: OF_WRITING,
    request: {
      ...(method === 'post' && {
        headers: z.object({ 'idempotency-key': idempotencyKeySchema }),
      }),
      ...(body && { body: { required: true, content: { [type]: { schema: body } } } }),
    },
    responses: {
      [status]: {
        description: 'OK',
        content: { 'application/json': { schema: operation.answer } },
      },
    },
  });
  api.app.on(method.toUpperCase(), path, (c) => write(api, c, operation as unknown as AnyWriting));
};
