/**
 * Temporal's remote codec protocol. It takes JSON where all else takes forms, so it precedes their
 * guards with a stricter one: a cookie counts only from the pages of Temporal UI, a token only in
 * its header.
 */
import { Hono } from 'hono';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { DomainError } from '../../src/platform/base/errors.ts';
import { asUnavailable } from '../../src/platform/files/away.ts';
import type { CodecReader, EnginePayload } from '../../src/operations/maintenance/open-payloads.ts';
import type { Cookies } from '../http/cookies.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import { readBody } from '../http/read-body.ts';
import { noteEvent } from '../security-events.ts';
import { decodePayloads, encodePayloads } from '../../src/operations/maintenance/open-payloads.ts';
import { findStaff } from '../../src/desk/staff/staff-sessions.ts';

const JSON_TYPE = /^application\/json\s*(;|$)/i;
const BEARER = /^Bearer ([\x21-\x7e]{1,500})$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const PREFLIGHT_SECONDS = '600';

type Refusal = { status: 400 | 401 | 403 | 413 | 415 | 503; error: string };

const isFromUi = ({ site }: RouteDeps, c: Context<AppEnv>): boolean =>
  site.codec.uiOrigin !== null && c.req.header('origin') === site.codec.uiOrigin;

const readerOf = async (
  deps: RouteDeps,
  cookies: Cookies,
  c: Context<AppEnv>,
): Promise<CodecReader | Refusal> => {
  const authorization = c.req.header('authorization');
  if (authorization !== undefined) {
    const [, token] = BEARER.exec(authorization) ?? [];
    return token === undefined ? { status: 401, error: 'malformed_token' } : { token };
  }
  if (!isFromUi(deps, c)) return { status: 403, error: 'not_from_temporal_ui' };
  const token = cookies.read(c, 'staff_sid');
  const staff = token === undefined ? undefined : await findStaff(deps, token);
  return staff ? { staff } : { status: 401, error: 'sign_in_first' };
};

const answer = async (
  deps: RouteDeps,
  cookies: Cookies,
  c: Context<AppEnv>,
  act: typeof decodePayloads | typeof encodePayloads,
): Promise<{ payloads: EnginePayload[] } | Refusal> => {
  const origin = c.req.header('origin');
  if (origin !== undefined && !isFromUi(deps, c))
    return { status: 403, error: 'not_from_temporal_ui' };
  if (!JSON_TYPE.test(c.req.header('content-type') ?? ''))
    return { status: 415, error: 'json_only' };
  const reader = await readerOf(deps, cookies, c);
  if ('status' in reader) return reader;
  const payloads = readPayloads(await readBody(c, deps.site.codec.maxBytes));
  if (!payloads) return { status: 400, error: 'malformed' };
  const { from } = c.var;
  const done = await act(deps, { reader, payloads, ...(from !== undefined && { from }) });
  return done ? { payloads: done } : { status: 400, error: 'malformed' };
};

export const createCodecRoutes = (deps: RouteDeps, cookies: Cookies) => {
  const routes = new Hono<AppEnv>();

  // CORS: only Temporal UI's origin may read answers and send cookies.
  routes.use(async (c, next) => {
    await next();
    c.res.headers.append('vary', 'Origin');
    if (!isFromUi(deps, c)) return;
    c.res.headers.set('access-control-allow-origin', deps.site.codec.uiOrigin ?? '');
    c.res.headers.set('access-control-allow-credentials', 'true');
  });
  for (const [path, act] of [
    ['/decode', decodePayloads],
    ['/encode', encodePayloads],
  ] as const) {
    routes.post(path, async (c) => {
      const answered = await answer(deps, cookies, c, act).catch(refusalOf);
      if ('status' in answered && answered.status < 500) noteEvent(c, 'codec_refused');
      return 'status' in answered
        ? c.json({ error: answered.error }, answered.status)
        : c.json(answered);
    });
    routes.options(path, (c) => {
      if (!isFromUi(deps, c)) return c.body(null, 403);
      return c.body(null, 204, {
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type, x-namespace',
        'access-control-max-age': PREFLIGHT_SECONDS,
      });
    });
  }
  return routes;
};

const refusalOf = (thrown: unknown): Refusal => {
  const error = thrown instanceof Error ? asUnavailable(thrown) : thrown;
  if (error instanceof DomainError && error.code === 'not_allowed')
    return { status: 403, error: 'not_allowed' };
  if (error instanceof DomainError && error.code === 'unavailable')
    return { status: 503, error: 'unavailable' };
  if (error instanceof HTTPException && error.status === 413)
    return { status: 413, error: 'too_big' };
  if (error instanceof HTTPException && (error.status === 400 || error.status === 408))
    return { status: 400, error: 'malformed' };
  throw error;
};

const readPayloads = (body: Buffer): EnginePayload[] | undefined => {
  try {
    const { payloads } = JSON.parse(body.toString()) as { payloads?: unknown };
    return Array.isArray(payloads) && payloads.every(isPayload) ? payloads : undefined;
  } catch {
    return undefined;
  }
};

const isPayload = (value: unknown): value is EnginePayload => {
  if (typeof value !== 'object' || value === null) return false;
  const { metadata, data } = value as Record<string, unknown>;
  const isBytes = (part: unknown): boolean =>
    part === undefined || (typeof part === 'string' && BASE64.test(part));
  return (
    isBytes(data) &&
    (metadata === undefined ||
      (typeof metadata === 'object' && metadata !== null && Object.values(metadata).every(isBytes)))
  );
};
