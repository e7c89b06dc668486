/**
 * One operation of the API: its description for `/api/openapi.json` and its handler, which is asked
 * only when the key covers it and everything that came is as described.
 */
import { createHash } from 'node:crypto';
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import { FILE_TYPES } from '../../src/platform/files/stored-file.ts';
import { coversScope, openKey } from '../../src/operations/integrations/api-keys.ts';
import { asUnavailable } from '../../src/platform/files/away.ts';
import type { ApiAnswer } from '../../src/operations/integrations/api.ts';
import type { ApiKey, KeyScope } from '../../src/operations/integrations/api-keys.ts';
import { createPaceWatch } from '../http/body-pace.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import type { FormReader, PostedForm } from '../http/form-reader.ts';
import { ensureWhole } from '../http/form-reader.ts';
import { readBody } from '../http/read-body.ts';
import { deadline } from '../middleware/deadline.ts';
import { noteError, noteEvent } from '../security-events.ts';
import type { MakeView, View } from '../view.ts';
import { answerProblem, ApiProblem, fieldProblems, PROBLEMS } from './problems.ts';
import type { ProblemKind } from './problems.ts';
import { idempotencyKey as idempotencyKeySchema, Problem } from './schemas.ts';
import { discardFile } from '../../src/platform/files/receive-file.ts';
import { answerOnce } from '../../src/operations/integrations/api.ts';

export interface ApiEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { apiView: View };
}

/** Of one request, all of it checked. */
export interface Asked<Params, Query, Body> {
  c: Context<ApiEnv>;
  key: ApiKey;
  view: View;
  params: Params;
  query: Query;
  body: Body;
  /** Made of key and Idempotency-Key: the same request again has the same. A UUID. */
  actionKey: string;
  /** The posted form of an operation with `upload`. */
  form: PostedForm | undefined;
}

interface Described<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  /** As in OpenAPI: `/v1/letters/{id}`. */
  path: string;
  id: string;
  summary: string;
  tag: string;
  scope: KeyScope;
  params?: Params;
  query?: Query;
  body?: Body;
  /** Beside those that every operation has. */
  problems?: ProblemKind[];
}

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
  /** The body is a form with these texts, and a file in the field `file`. */
  upload?: readonly string[];
  answer: Answer;
  status?: 200 | 201;
  act(asked: Asked<z.output<Params>, unknown, z.output<Body>>): Promise<z.input<Answer>>;
}

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

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
const JSON_TYPE = /^application\/json\s*(;|$)/i;
const MULTIPART = /^multipart\/form-data\s*;/i;

/** The 16 bytes as a UUID of version 8 (RFC 9562): made here, of a hash. */
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

const NOTHING = z.strictObject({});

/** A file that came stands as an empty text: what it is was judged while it was received. */
const formOf = (form: PostedForm, names: readonly string[]): Record<string, string> => ({
  ...Object.fromEntries(names.map((name) => [name, form.field(name)])),
  ...(form.file && { file: '' }),
});

export const createOperations = (
  deps: RouteDeps,
  forms: FormReader,
  { viewIn, languages }: { viewIn: MakeView; languages: string[] },
) => {
  const { site, log, downloadLimits } = deps;
  const watchPace = createPaceWatch(site.pace);
  const api = new OpenAPIHono<ApiEnv>();
  api.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
  });

  api.use(deadline(site.answerWithinMs));
  api.use(async (c, next) => {
    const language = accepts(c, {
      header: 'Accept-Language',
      supports: languages,
      default: site.defaultLocale,
      // `en-GB` is served by `en`.
      match: (wanted, { supports, default: other }) =>
        wanted
          .toSorted((one, two) => two.q - one.q)
          .map(({ type }) => type.split('-')[0]?.toLowerCase() ?? '')
          .find((code) => supports.includes(code)) ?? other,
    });
    c.set(
      'apiView',
      viewIn(language, () => ''),
    );
    await next();
  });
  api.onError((thrown, c) => {
    const error = asUnavailable(thrown);
    noteError(c as unknown as Context<AppEnv>, error);
    const { apiView: view, requestId } = c.var;
    const answer = answerProblem(c, error, {
      text: view.text.api,
      language: view.language,
      requestId,
    });
    if (answer.status >= 500) log.error({ requestId, err: error }, 'the request failed');
    return answer;
  });

  /** Who asks. Counted by its key, before anything else is read. */
  const keyFor = async (c: Context<ApiEnv>, needed: KeyScope, writes: boolean): Promise<ApiKey> => {
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

  const check = <Schema extends z.ZodType>(
    c: Context<ApiEnv>,
    schema: Schema,
    value: unknown,
    place: 'body' | 'address',
  ): z.output<Schema> => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const errors = fieldProblems(result.error, place, c.var.apiView.text.api.fields);
    throw new ApiProblem('invalid', { errors });
  };

  /** An address that names nothing is one that does not exist. */
  const paramsOf = <Schema extends z.ZodType>(
    c: Context<ApiEnv>,
    schema: Schema,
  ): z.output<Schema> => {
    const result = schema.safeParse(c.req.param());
    if (!result.success) throw new ApiProblem('not_found');
    return result.data;
  };

  /** The first of each name counts; one that comes twice is a mistake. */
  const queryOf = (c: Context<ApiEnv>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(c.req.queries()).map(([name, values]) => [
        name,
        values.length === 1 ? values[0] : values,
      ]),
    );

  const readJson = async (c: Context<ApiEnv>): Promise<unknown> => {
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
    {
      path,
      id,
      summary,
      tag,
      scope,
      params,
      query,
      problems = [],
    }: Described<z.ZodType, z.ZodType, z.ZodType>,
    rest: Pick<RouteConfig, 'method' | 'responses'> & {
      headers?: z.ZodObject;
      body?: NonNullable<RouteConfig['request']>['body'];
    },
    kinds: ProblemKind[],
  ): string => {
    api.openAPIRegistry.registerPath({
      method: rest.method,
      path: `/api${path}`,
      operationId: id,
      summary,
      tags: [tag],
      description: `Scope \`${scope}\`.`,
      security: [{ key: [] }],
      request: {
        ...(params && { params: params as z.ZodObject }),
        ...(query && { query: query as z.ZodObject }),
        ...(rest.headers && { headers: rest.headers }),
        ...(rest.body && { body: rest.body }),
      },
      responses: {
        ...rest.responses,
        ...problemAnswers([...new Set([...OF_ALL, ...kinds, ...problems])]),
      },
    });
    return path.replace(/\{(\w+)\}/g, ':$1');
  };

  const asking = async (
    c: Context<ApiEnv>,
    { scope, params, query }: Described<z.ZodType, z.ZodType, z.ZodType>,
  ) => {
    const key = await keyFor(c, scope, false);
    return {
      c,
      key,
      view: c.var.apiView,
      params: paramsOf(c, params ?? NOTHING),
      query: check(c, query ?? NOTHING, queryOf(c), 'address'),
      body: undefined,
      actionKey: '',
      form: undefined,
    };
  };

  const read = <Params extends z.ZodType, Query extends z.ZodType, Answer extends z.ZodType>(
    operation: Reading<Params, Query, Answer>,
  ): void => {
    const responses = {
      200: { description: 'OK', content: { 'application/json': { schema: operation.answer } } },
    };
    const path = describe(operation, { method: 'get', responses }, []);
    api.get(path, async (c) => {
      const asked = await asking(c, operation);
      return c.json((await operation.read(asked as never)) as object);
    });
  };

  /** The bytes of a file. */
  const send = <Params extends z.ZodType>(operation: Sending<Params>): void => {
    const schema = { type: 'string' as const, format: 'binary' };
    const responses = {
      200: {
        description: 'OK',
        content: Object.fromEntries(Object.values(FILE_TYPES).map((type) => [type, { schema }])),
      },
    };
    const path = describe(operation, { method: 'get', responses }, []);
    api.get(path, async (c) => {
      const asked = await asking(c, operation);
      downloadLimits.takeFile(c as unknown as Context<AppEnv>);
      return operation.send(asked as never);
    });
  };

  const write = <Params extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
    operation: Writing<Params, Body, Answer>,
  ): void => {
    const { method = 'post', upload, status = 200, scope, params, body } = operation;
    const isOnce = method === 'post';
    const type = upload ? 'multipart/form-data' : 'application/json';
    const path = describe(
      operation,
      {
        method,
        ...(isOnce && {
          headers: z.object({
            'idempotency-key': idempotencyKeySchema,
          }),
        }),
        ...(body && { body: { required: true, content: { [type]: { schema: body } } } }),
        responses: {
          [status]: {
            description: 'OK',
            content: { 'application/json': { schema: operation.answer } },
          },
        },
      },
      OF_WRITING,
    );
    api.on(method.toUpperCase(), path, async (c) => {
      const key = await keyFor(c, scope, true);
      const idempotencyKey = c.req.header('idempotency-key') ?? '';
      if (isOnce && !idempotencyKeySchema.safeParse(idempotencyKey).success)
        throw new ApiProblem('idempotency_key_missing');
      const asked = {
        c,
        key,
        view: c.var.apiView,
        params: paramsOf(c, params ?? NOTHING),
        query: check(c, NOTHING, queryOf(c), 'address'),
        actionKey: uuidOf(sha256(key.id, idempotencyKey)),
        form: undefined as PostedForm | undefined,
      };
      const discard = async (): Promise<void> => {
        if (asked.form?.file?.ok) await discardFile(deps, asked.form.file.file);
      };
      const sent = upload ? undefined : await readJson(c);
      if (upload) {
        if (!MULTIPART.test(c.req.header('content-type') ?? ''))
          throw new ApiProblem('unsupported_type');
        const by = { kind: 'key' as const, id: key.id };
        asked.form = await forms.readUpload(c, 'file', { by, from: c.var.from });
        ensureWhole(asked.form);
      }
      try {
        const given = asked.form && upload ? formOf(asked.form, upload) : sent;
        const whole = check(c, body ?? NOTHING, given, 'body');
        const act = async (): Promise<ApiAnswer> => ({
          status,
          body: (await operation.act({ ...asked, body: whole } as never)) as object,
        });
        if (!isOnce) return c.json((await act()).body, status);
        const file = asked.form?.file?.ok ? asked.form.file.file : undefined;
        const { method: verb, path: address } = c.req;
        const requestHash = sha256(
          verb,
          address,
          JSON.stringify(given),
          file ? `${file.name}\0${file.sha256}` : '',
        );
        const result = await answerOnce(deps, { key, idempotencyKey, requestHash, act });
        if (result.outcome === 'answered') {
          if (result.repeated) {
            await discard();
            c.header('idempotency-replayed', 'true');
          }
          return c.json(result.answer.body, result.answer.status as 200);
        }
        throw new ApiProblem('other_request');
      } catch (error) {
        if (error instanceof ApiProblem || isCertainlyNotStored(error)) await discard();
        throw error;
      }
    });
  };

  return { api, read, send, write };
};
