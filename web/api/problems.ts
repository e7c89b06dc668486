/** Problem details (RFC 9457), in the language of the request. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from '@hono/zod-openapi';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { DomainErrorCode } from '../../src/platform/base/errors.ts';
import type { Text } from '../text/fa.ts';

/** The names are part of `type` and must not change. */
export const PROBLEMS = {
  malformed: 400,
  idempotency_key_missing: 400,
  key_missing: 401,
  key_unknown: 401,
  insufficient_scope: 403,
  own_rejection: 403,
  not_found: 404,
  method_not_allowed: 405,
  cut: 408,
  already_decided: 409,
  not_open: 409,
  file_waiting: 409,
  file_infected: 409,
  erased: 410,
  too_big: 413,
  unsupported_type: 415,
  invalid: 422,
  unit_not_available: 422,
  other_request: 422,
  too_many: 429,
  internal: 500,
  damaged: 503,
  unavailable: 503,
} as const satisfies Record<string, ContentfulStatusCode>;

export type ProblemKind = keyof typeof PROBLEMS;

export interface FieldProblem {
  pointer?: string;
  parameter?: string;
  detail: string;
}

export class ApiProblem extends Error {
  readonly kind: ProblemKind;
  readonly extra: { errors?: FieldProblem[] } & Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(
    kind: ProblemKind,
    extra: ApiProblem['extra'] = {},
    headers: Record<string, string> = {},
  ) {
    super(kind);
    this.name = 'ApiProblem';
    this.kind = kind;
    this.extra = extra;
    this.headers = headers;
  }
}

const RETRY_AFTER_SECONDS = '30';

const OF_DOMAIN: Record<DomainErrorCode, ProblemKind> = {
  not_found: 'not_found',
  not_allowed: 'insufficient_scope',
  already_decided: 'already_decided',
  not_open: 'not_open',
  unit_not_available: 'unit_not_available',
  too_many: 'too_many',
  too_many_letters: 'too_many',
  too_many_downloads: 'too_many',
  codes_paused: 'unavailable',
  held_file_gone: 'invalid',
  too_many_files: 'invalid',
  key_reused: 'other_request',
  closing_reason_missing: 'invalid',
  erased: 'erased',
  damaged: 'damaged',
  file_waiting: 'file_waiting',
  file_infected: 'file_infected',
  identity_provider_away: 'unavailable',
  own_letter: 'insufficient_scope',
  taken_up: 'not_open',
  number_unknown: 'invalid',
  reply_waiting: 'not_open',
  own_reply: 'not_open',
  own_rejection: 'own_rejection',
  unavailable: 'unavailable',
};

const OF_HTTP: Record<number, ProblemKind> = {
  400: 'malformed',
  404: 'not_found',
  408: 'cut',
  413: 'too_big',
  415: 'unsupported_type',
};

const FACTS_TO_SHOW = ['kind', 'by', 'at'] as const;

const toProblem = (error: Error): ApiProblem => {
  if (error instanceof ApiProblem) return error;
  if (error instanceof DomainError) {
    const { facts } = error;
    const kind = OF_DOMAIN[error.code];
    const shown = FACTS_TO_SHOW.filter((name) => facts[name] !== undefined);
    const wait = facts.seconds ?? (PROBLEMS[kind] === 503 ? RETRY_AFTER_SECONDS : undefined);
    return new ApiProblem(
      kind,
      Object.fromEntries(shown.map((name) => [name, facts[name]])),
      wait === undefined ? {} : { 'retry-after': wait },
    );
  }
  const kind = error instanceof HTTPException ? OF_HTTP[error.status] : undefined;
  return new ApiProblem(kind ?? 'internal');
};

export const answerProblem = (
  c: Context,
  error: Error,
  { text, language, requestId }: { text: Text['api']; language: string; requestId: string },
): Response => {
  const { kind, extra, headers } = toProblem(error);
  const status = PROBLEMS[kind];
  const { title, detail } = text.problems[kind];
  const problem = {
    type: `urn:pishkhan:problem:${kind.replaceAll('_', '-')}`,
    title,
    status,
    detail,
    instance: `urn:uuid:${requestId}`,
    ...extra,
  };
  return c.body(JSON.stringify(problem), status, {
    ...headers,
    'content-type': 'application/problem+json',
    'content-language': language,
    vary: 'accept-language',
  });
};

const detailOf = (issue: z.core.$ZodIssue, fields: Text['api']['fields']): string => {
  if (issue.code === 'unrecognized_keys') return fields.unknown;
  if (issue.code === 'too_big' || issue.message === 'too_long') return fields.tooLong;
  const isMissing =
    (issue.code === 'invalid_type' && issue.message.includes('received undefined')) ||
    (issue.code === 'too_small' && issue.origin === 'string') ||
    issue.message === 'missing';
  return isMissing ? fields.missing : fields.invalid;
};

const escaped = (part: PropertyKey): string =>
  String(part).replaceAll('~', '~0').replaceAll('/', '~1');

/** A JSON pointer in a URI fragment (RFC 6901). */
const pointerTo = (path: PropertyKey[]): string =>
  `#${path.map((part) => `/${encodeURIComponent(escaped(part))}`).join('')}`;

export const fieldProblems = (
  error: z.ZodError,
  place: 'body' | 'address',
  fields: Text['api']['fields'],
): FieldProblem[] =>
  error.issues.flatMap((issue) => {
    const paths =
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => [...issue.path, key])
        : [issue.path];
    return paths.map((path) => ({
      ...(place === 'body' ? { pointer: pointerTo(path) } : { parameter: String(path[0] ?? '') }),
      detail: detailOf(issue, fields),
    }));
  });
